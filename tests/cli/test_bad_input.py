"""Input that is no good gets one clear line on stderr (which file, what was expected, what was found)
and exit status 2; output that cannot be written likewise, and no file is lost or half written. That
hostile texts never crash the reader is also held by tests/unit/test_json_in.c and tests/fuzz."""

import json
import os
import resource
import subprocess
from pathlib import Path

import pytest

from support.paths import HEAPCOACH, SANITIZED
from support.programs import call, clean_environment

DATA = Path(__file__).parent / "data"
OWN = (DATA / "own.json").read_text()


def refused(*command, **more) -> str:
    """The one line that heapcoach says when it refuses."""
    done = call([HEAPCOACH, *command], **more)
    assert done.returncode == 2, done
    assert done.stdout == b""
    text = done.stderr.decode()
    assert text.startswith("heapcoach: ") and text.count("\n") == 1 and text.endswith("\n"), text
    return text


def refused_text(folder: Path, text) -> str:
    file = folder / "bad.json"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    said = refused("report", file)
    assert str(file) in said
    return said


def changed(change) -> str:
    profile = json.loads(OWN)
    change(profile)
    return json.dumps(profile)


def test_no_such_file():
    assert "No such file" in refused("report", "/no/such/file.json")


def test_a_folder(tmp_path):
    assert "found a folder" in refused("report", tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_must_not_be_read(tmp_path):
    file = tmp_path / "secret.json"
    file.write_text(OWN)
    file.chmod(0)
    assert "Permission denied" in refused("report", file)


def test_an_empty_file(tmp_path):
    assert "found an empty file" in refused_text(tmp_path, "")


@pytest.mark.parametrize("text", ["hello", "\x7fELF\x02\x01", "[1]", "<html>", "42", '"text"'])
def test_not_json_or_not_an_object(tmp_path, text):
    said = refused_text(tmp_path, text)
    assert "not a DHAT profile: expected an object `{`, found" in said


def test_a_recording_is_told_apart(tmp_path):
    said = refused_text(tmp_path, b"heapcrec\x01\0\0\0" + bytes(100))
    assert "found a recording: `heapcoach finish" in said


def test_another_json_file(tmp_path):
    said = refused_text(tmp_path, '{"name": "x", "version": 1}')
    assert 'expected the key "dhatFileVersion"' in said


@pytest.mark.parametrize("version", ["1", "3"])
def test_another_version(tmp_path, version):
    text = OWN.replace('"dhatFileVersion": 2', f'"dhatFileVersion": {version}')
    assert f"expected DHAT file version 2, found version {version}" in refused_text(tmp_path, text)


def test_another_schema_of_our_own(tmp_path):
    said = refused_text(tmp_path, OWN.replace("heapcoach-profile/1", "heapcoach-profile/9"))
    assert "found heapcoach-profile/9" in said


@pytest.mark.parametrize("part", [0.1, 0.35, 0.5, 0.75, 0.9, 0.999])
def test_truncated(tmp_path, part):
    text = OWN.rstrip()
    said = refused_text(tmp_path, text[: int(len(text) * part)])
    assert "truncated" in said or "expected" in said


def test_something_behind_the_end(tmp_path):
    assert "nothing more after" in refused_text(tmp_path, OWN + "{}")


@pytest.mark.parametrize("key", ["mode", "verb", "bklt", "bkacc", "cmd", "pid", "te", "pps", "ftbl"])
def test_a_missing_key(tmp_path, key):
    assert f'expected the key "{key}"' in refused_text(tmp_path, changed(lambda p: p.pop(key)))


@pytest.mark.parametrize("key", ["tb", "tbk", "fs", "tl", "mb", "mbk", "gb", "gbk", "eb", "ebk"])
def test_a_program_point_without_a_key(tmp_path, key):
    said = refused_text(tmp_path, changed(lambda p: p["pps"][2].pop(key)))
    assert f'expected the key "{key}" in every program point' in said
    assert "pps[2]" in said


@pytest.mark.parametrize("index", [0, 14, 4294967295])
def test_a_frame_number_out_of_range(tmp_path, index):
    said = refused_text(tmp_path, changed(lambda p: p["pps"][1]["fs"].append(index)))
    assert "expected frame numbers from 1 to 13" in said
    assert f"found {index} in pps[1]" in said


@pytest.mark.parametrize("value", ["-1", "1.5", "1e3", '"5"', "null", "true", "18446744073709551616"])
def test_counters_are_non_negative_integers(tmp_path, value):
    said = refused_text(tmp_path, OWN.replace('"tb": 9000000', f'"tb": {value}'))
    assert "expected a non-negative integer below 2^64, found" in said
    assert "at byte" in said


def test_frames_of_ours_must_match_the_table(tmp_path):
    said = refused_text(tmp_path, changed(lambda p: p["heapcoach"]["frames"].pop()))
    assert "expected as many heapcoach.frames as ftbl has (14), found 13" in said


def bad_module(p):
    p["heapcoach"]["frames"][2]["mod"] = 1


def bad_thread(p):
    p["pps"][0]["hc"]["th"] = [[3, 1]]


def bad_bucket(p):
    p["pps"][0]["hc"]["sz"] = [[64, 1]]


def bad_pair(p):
    p["pps"][0]["hc"]["sz"] = [[1, 2, 3]]


def bad_link(p):
    p["heapcoach"]["links"][0]["to"] = 4


def bad_link_stack(p):
    p["heapcoach"]["links"][1]["to_fs"] = [99]


def lost_own(p):
    del p["pps"][3]["hc"]


@pytest.mark.parametrize(
    "change", [bad_module, bad_thread, bad_bucket, bad_pair, bad_link, bad_link_stack, lost_own]
)
def test_numbers_that_lead_nowhere(tmp_path, change):
    assert "expected" in refused_text(tmp_path, changed(change))


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100000,
        '{"a":' * 100000,
        '{"dhatFileVersion":2,"x":' + "[" * 65 + "]" * 65 + "}",
        '{"dhatFileVersion":2,"pps":[],"pps":[]}',
        '{"dhatFileVersion":2,"pps":[{"fs":[[1]]}]}',
        '{"dhatFileVersion":2,"ftbl":[1]}',
        '{"dhatFileVersion":2,"cmd":"\\ud800\\u"}',
        '{"dhatFileVersion":2,"cmd":"\x00"}',
        '{"dhatFileVersion":2,"heapcoach":[]}',
        '{"dhatFileVersion":2,"heapcoach":{}}',
        '{"dhatFileVersion":"2"}',
        '{"dhatFileVersion":2,}',
    ],
    ids=range(12),
)
def test_hostile_json(tmp_path, text):
    refused_text(tmp_path, text)


def test_no_byte_of_a_profile_can_be_changed_into_a_crash(tmp_path):
    """Every 7th byte becomes another; the report comes or one line does."""
    data = OWN.encode()
    file = tmp_path / "changed.json"
    for at in range(0, len(data), 7):
        file.write_bytes(data[:at] + bytes([data[at] ^ 0x15]) + data[at + 1 :])
        done = call([HEAPCOACH, "report", file])
        assert done.returncode in (0, 2), (at, done)
        assert done.returncode == 0 or done.stderr.count(b"\n") == 1, (at, done)


# ---- usage ----


@pytest.mark.parametrize(
    "command, said",
    [
        ([], "expected a command"),
        (["frobnicate"], "unknown command `frobnicate`"),
        (["report"], "report: expected"),
        (["report", "a", "b"], "unexpected argument `b`"),
        (["report", "--nonsense", "a"], "unknown option `--nonsense`"),
        (["report", "-x", "a"], "unknown option `-x`"),
        (["report", "--format", "xml", "a"], "expected text|json|markdown|github|sarif, found `xml`"),
        (["report", "--format"], "after `--format`"),
        (["report", "--format=", "a"], "expected text|json|markdown|github|sarif, found ``"),
        (["report", "--top", "-3", "a"], "expected a number, found `-3`"),
        (["report", "--top", "9999999999", "a"], "expected a number"),
        (["run"], "run: expected"),
        (["run", "-o"], "expected FILE after `-o`"),
        (["run", "--quiet=yes", "true"], "takes no value"),
        (["finish"], "finish: expected"),
        (["doctor"], "doctor: expected"),
        (["help", "me"], "unknown command `me`"),
    ],
)
def test_usage(command, said):
    assert said in refused(*command)


# ---- finish ----


def test_finish_refuses_what_is_no_recording(tmp_path):
    target = tmp_path / "out.json"
    target.write_text("precious")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)  # nobody writes to it: opening it must not wait
    for bad in (DATA / "own.json", tmp_path, tmp_path / "none", "/dev/null", pipe):
        refused("finish", "-o", target, bad)
        assert target.read_text() == "precious"
    assert sorted(os.listdir(tmp_path)) == ["out.json", "pipe"]


def test_a_device_is_not_read(tmp_path):
    """It may have no end. A baseline is named by a file that may be a stranger's."""
    assert "/dev/zero: expected a DHAT profile, found a device" in refused("report", "/dev/zero")
    limits = tmp_path / "limits.json"
    limits.write_text('{"baseline": "/dev/zero"}')
    assert "found a device" in refused("check", "--limits", limits, DATA / "own.json")


# ---- output ----


@pytest.mark.parametrize("format", ["text", "json"])
def test_a_full_disk_behind_stdout_is_an_error(format):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [HEAPCOACH, "report", "--format", format, DATA / "own.json"],
            stdout=full, stderr=subprocess.PIPE, env=clean_environment(),
        )  # fmt: skip
    assert done.returncode == 2
    assert b"cannot write to the standard output: No space left" in done.stderr
    assert done.stderr.count(b"\n") == 1


def test_a_closed_stdout_is_an_error():
    done = subprocess.run(
        ["sh", "-c", f"exec {HEAPCOACH} report {DATA / 'own.json'} >&-"],
        stderr=subprocess.PIPE, env=clean_environment(),
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith(b"heapcoach: cannot write to the standard output")


@pytest.mark.skipif(SANITIZED, reason="the sanitizers need more addresses than that")
def test_memory_that_runs_out_is_an_error(tmp_path):
    """A file bigger than the address space that is allowed."""
    file = tmp_path / "big.json"
    with open(file, "w") as out:
        out.truncate(400 << 20)  # sparse

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (200 << 20, 200 << 20))

    done = subprocess.run(
        [HEAPCOACH, "report", file], capture_output=True, preexec_fn=limit, env=clean_environment()
    )
    assert done.returncode == 2
    assert b"Cannot allocate memory" in done.stderr or b"not enough memory" in done.stderr
