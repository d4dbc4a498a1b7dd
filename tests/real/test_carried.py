"""Programs that carry an allocator: what Rust's code asks of mimalloc, jemalloc or snmalloc is recorded as
exactly as what it asks of the C library, whatever the optimizer and the linker make of the calls; and
where it cannot be, that is said."""

import collections
import errno
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from support import c, cargo
from support.paths import HEAPCOACH, LIBRARY, TESTS
from support.programs import call, heapcoach_run, preloaded_run

FUNCTIONS = ("boxes", "grown", "zeroed", "aligned", "words", "made")
# GNU ld writes the addresses of functions into the code where rustc's lld does not
GNU_LD = "-Clink-arg=-fuse-ld=bfd"


def by_function(profile: dict) -> dict:
    """What each of the program's functions allocated: blocks, bytes, and how many of them were freed."""
    names = profile["ftbl"]
    sums = collections.defaultdict(lambda: [0, 0, 0])
    for point in profile["pps"]:
        stack = [names[f] for f in point["fs"]]
        called = [f for f in FUNCTIONS if any(f": carried::{f}" in frame for frame in stack)]
        for function in called[:1]:
            for i, n in enumerate((point["tbk"], point["tb"], point["hc"].get("freed", 0))):
                sums[function][i] += n
    return dict(sums)


def handovers(program: Path, folder: Path) -> list[tuple]:
    """Blocks that took over from others, as in tables that grow: of one thread, which frees in order."""
    links = heapcoach_run([program, "alone"], folder).profile["heapcoach"]["links"]
    return sorted((li["n"], li["bytes"], li["to_bytes"]) for li in links if li["kind"] == "handover")


def recorded(program: Path, folder: Path) -> dict:
    folder.mkdir(exist_ok=True)
    done = heapcoach_run([program], folder, HEAPCOACH_CHECK_UNWIND="1")
    assert done.status == 0, done.stderr
    return done.profile


def check_same(allocator: str, feature: str, profile: str, tmp_path: Path) -> tuple[dict, dict]:
    """What heapcoach says of the program with the allocator and without."""
    bare_program = cargo.build(profile, "carried")
    program = cargo.build(profile, "carried", features=feature)
    bare = recorded(bare_program, tmp_path / "bare")
    carried = recorded(program, tmp_path / "carried")
    own = carried["heapcoach"]
    assert own["program"]["allocator"] == allocator and "allocator" not in bare["heapcoach"]["program"]
    assert "allocator_in_part" not in own["program"]
    assert set(by_function(bare)) == set(FUNCTIONS)
    assert by_function(carried) == by_function(bare)
    assert handovers(program, tmp_path) == handovers(bare_program, tmp_path) != []
    assert own["recorder"]["walks"]["checked"] > 10_000 and own["recorder"]["walks"]["differences"] == 0
    assert own["recorder"]["stacks"]["lost"] == 0 and own["recorder"]["blocks_overwritten"] == 0
    return own, bare["heapcoach"]


@pytest.mark.parametrize("profile", ["release", "fat"])
@pytest.mark.parametrize("allocator", ["mimalloc", "jemalloc", "snmalloc"])
def test_the_same_is_recorded_of_each_allocator(allocator, profile, tmp_path):
    own, bare = check_same(allocator, allocator, profile, tmp_path)
    assert own["totals"]["reallocs"] == bare["totals"]["reallocs"] > 5_000
    if allocator != "snmalloc":  # it is C++, whose library keeps a block for itself
        assert own["recorder"]["frees_unknown"] == 0 and own["recorder"]["events_missed_reentrant"] == 0
        assert own["totals"]["end_blocks"] == bare["totals"]["end_blocks"]


def test_jemalloc_may_have_the_names_of_the_c_librarys_functions(tmp_path):
    own, bare = check_same("jemalloc", "unprefixed", "release", tmp_path)
    assert own["recorder"]["frees_unknown"] == 0
    # what the C library asks for itself comes from there, too, and is not seen
    assert 0 <= bare["totals"]["reallocs"] - own["totals"]["reallocs"] < 10
    done = call([HEAPCOACH, "doctor", cargo.build("release", "carried", features="unprefixed")])
    assert b"defines malloc itself, too: what code in C allocates is not recorded" in done.stdout


@pytest.mark.parametrize("allocator", ["mimalloc", "jemalloc", "snmalloc"])
def test_it_is_told_as_what_it_is(allocator, tmp_path):
    program = cargo.build("release", "carried", features=allocator)
    done = call([HEAPCOACH, "doctor", program])
    assert done.returncode == 0
    assert f"limits: it has {allocator} as its global allocator" in done.stdout.decode()
    path = heapcoach_run([program], tmp_path).profile_path
    text = call([HEAPCOACH, "report", path]).stdout.decode()
    assert "Verdict: the program brings an allocator of its own." in text
    assert f"The program's allocator is {allocator}: what Rust's code asks of it" in text
    report = json.loads(call([HEAPCOACH, "report", "--format", "json", path]).stdout)
    assert report["program"]["allocator"] == allocator


def test_blocks_are_recorded_by_the_names_that_the_c_library_has_for_them(tmp_path):
    names = {}
    for allocator in ("", "mimalloc", "jemalloc", "snmalloc"):
        program = cargo.build("release", "carried", features=allocator)
        profile = recorded(program, tmp_path / (allocator or "bare"))
        names[allocator] = collections.defaultdict(int)
        for point in profile["pps"]:
            stack = " ".join(profile["ftbl"][f] for f in point["fs"])
            if any(f"carried::{f}" in stack for f in ("zeroed", "aligned", "boxes", "wider_than_long")):
                names[allocator][profile["ftbl"][point["fs"][0]].split()[1]] += point["tbk"]
    bare = names.pop("")
    assert set(bare) == {"malloc", "calloc", "posix_memalign"}
    assert all(one == bare for one in names.values()), (bare, names)


def test_a_program_whose_linker_wrote_addresses_into_the_code_is_refused(tmp_path):
    program = cargo.build("release", "carried", features="mimalloc", flags=GNU_LD)
    done = call([HEAPCOACH, "doctor", program])
    assert done.returncode == 2
    assert b"the linker wrote some of its addresses into the code" in done.stdout
    assert b"-fuse-ld=lld" in done.stdout
    done = call([HEAPCOACH, "run", program], cwd=tmp_path)
    assert done.returncode == 2 and done.stderr.count(b"\n") == 1 and done.stdout == b""


def test_by_hand_it_is_recorded_where_one_says_so(tmp_path):
    program = cargo.build("release", "carried", features="mimalloc")
    (tmp_path / "bare").mkdir()
    bare = preloaded_run([program], tmp_path / "bare").profile
    assert "boxes" not in by_function(bare)
    assert bare["heapcoach"]["program"]["allocator_in_part"] is True
    (tmp_path / "said").mkdir()
    said = preloaded_run([program], tmp_path / "said", HEAPCOACH_CARRIED="1").profile
    assert by_function(said)["boxes"][0] == 2001  # and the Vec of them
    assert said["heapcoach"]["program"]["allocator"] == "mimalloc"
    assert "allocator_in_part" not in said["heapcoach"]["program"]


def test_another_file_in_the_programs_place_says_nothing_of_it(tmp_path):
    """As where it is built again before the profile is made."""
    program = shutil.copy(cargo.build("release", "carried"), tmp_path / "program")
    env = {"LD_PRELOAD": str(LIBRARY), "HEAPCOACH_DIR": str(tmp_path), "HEAPCOACH_FINISH": "0"}
    assert call([program, "alone"], **env).returncode == 0
    (recording,) = tmp_path.glob("*.rec")
    os.unlink(program)
    shutil.copy(cargo.build("release", "carried", features="mimalloc"), program)
    out = tmp_path / "profile.json"
    assert call([HEAPCOACH, "finish", "-o", out, recording]).returncode == 0
    assert not {"allocator", "allocator_in_part"} & set(json.loads(out.read_text())["heapcoach"]["program"])


@pytest.mark.parametrize("said", ["", "0"])
def test_what_another_program_starts_is_recorded_unless_one_says_no(said, tmp_path):
    program = cargo.build("release", "carried", features="jemalloc")
    command = [HEAPCOACH, "run", "--follow", "carried", "sh", "-c", f"{program}; true"]
    done = call(command, cwd=tmp_path, **({"HEAPCOACH_CARRIED": said} if said else {}))
    assert done.returncode == 0
    assert (b"Not all is counted: it has jemalloc as its allocator" in done.stderr) == (said == "0")
    (made,) = tmp_path.glob("heapcoach.carried.*.json")
    profile = json.loads(made.read_text())
    assert ("boxes" in by_function(profile)) == (said != "0")
    assert profile["heapcoach"]["program"].get("allocator_in_part", False) == (said == "0")


def test_what_is_seen_in_part_is_said_to_be(tmp_path):
    """By hand doctor's word may be ignored."""
    program = cargo.build("release", "carried", features="mimalloc", flags=GNU_LD)
    done = preloaded_run([program], tmp_path, HEAPCOACH_CARRIED="1")
    assert done.profile["heapcoach"]["program"]["allocator_in_part"] is True
    text = call([HEAPCOACH, "report", done.profile_path]).stdout.decode()
    assert "Not all is counted: calls of mimalloc" in text and "Nothing was missed" not in text


@pytest.mark.parametrize("allocator", ["mimalloc", "jemalloc", "snmalloc"])
def test_a_sample_of_it_is_right(allocator, tmp_path):
    program = cargo.build("release", "carried", features=allocator)
    exact = by_function(recorded(program, tmp_path / "exact"))
    out = tmp_path / "sampled.json"
    command = [HEAPCOACH, "run", "-q", "--sample", "1k", "-o", out, "--", program]
    assert call(command).returncode == 0
    profile = json.loads(out.read_text())
    own, estimated = profile["heapcoach"], by_function(profile)
    assert own["program"]["allocator"] == allocator and "allocator_in_part" not in own["program"]
    # a megabyte and more each, of which a sample of 1,400 blocks at least is within 2.7 %
    for function in ("zeroed", "aligned", "made"):
        bytes_, freed = exact[function][1], exact[function][2] / exact[function][0]
        assert abs(estimated[function][1] / bytes_ - 1) < 0.16, (function, exact, estimated)
        assert freed == 1 and abs(estimated[function][2] / estimated[function][0] - 1) < 0.01
    assert own["recorder"]["frees_unknown"] == 0


def test_where_the_table_cannot_be_written_a_line_says_so(tmp_path):
    """Under a sandbox that lets nothing be made writable (mprotect, 10, with PROT_WRITE, 2)."""
    sandbox = c.build(TESTS / "preload" / "sandbox.c")
    program = cargo.build("release", "carried", features="jemalloc")
    environment = [f"LD_PRELOAD={LIBRARY}", f"HEAPCOACH_DIR={tmp_path}", "HEAPCOACH_CARRIED=1"]
    done = call([sandbox, str(errno.EPERM), "10%2", "--", "env", *environment, program, "alone"])
    if done.returncode == 77:
        pytest.skip("no seccomp here")
    assert done.returncode == 0 and done.stdout == call([program, "alone"]).stdout
    assert done.stderr == (
        b"heapcoach: the program's table of addresses cannot be written: "
        b"what its own allocator gives out is not recorded\n"
    )
    (made,) = tmp_path.glob("heapcoach.carried.*.json")
    profile = json.loads(made.read_text())
    assert "boxes" not in by_function(profile)
    assert profile["heapcoach"]["program"]["allocator_in_part"] is True


@pytest.mark.parametrize("allocator", ["mimalloc", "jemalloc", "snmalloc"])
def test_without_symbols_it_is_not_seen_and_that_is_said(allocator, tmp_path):
    program = tmp_path / "stripped"
    built = cargo.build("release", "carried", features=allocator)
    subprocess.run(["strip", "-o", program, built], check=True)
    said = f"carries {allocator} too; what is allocated there is not recorded".encode()
    assert said in call([HEAPCOACH, "doctor", program]).stdout
    run = heapcoach_run([program], tmp_path)
    assert run.status == 0 and run.profile["heapcoach"]["totals"]["blocks"] < 200
    assert said in run.stderr
