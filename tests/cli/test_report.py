"""`heapcoach report`: what a person reads. The data are small profiles: own.json is written by hand in
heapcoach's format, dhat-rs.json by hand in that of dhat-rs, valgrind.json was made by
`valgrind --tool=dhat` of tiny.rs. Whether real recordings give such profiles is tested elsewhere."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios
from pathlib import Path

import pytest

from support.paths import HEAPCOACH
from support.programs import call, clean_environment

from . import golden

DATA = Path(__file__).parent / "data"


def report(*arguments, cwd=DATA, **env) -> str:
    done = call([HEAPCOACH, "report", *arguments], cwd=cwd, **env)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout.decode()


def on_terminal(columns: int, *arguments, **env) -> str:
    """The report as it goes to a terminal of that width."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    attributes = termios.tcgetattr(slave)
    attributes[1] &= ~termios.OPOST
    termios.tcsetattr(slave, termios.TCSANOW, attributes)
    command = [str(HEAPCOACH), "report", *map(str, arguments)]
    child = subprocess.Popen(command, cwd=DATA, stdout=slave, env=clean_environment(TERM="xterm", **env))
    os.close(slave)
    pieces = []
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:  # Linux says EIO when the other side is closed
            break
        if not piece:
            break
        pieces.append(piece)
    os.close(master)
    assert child.wait() == 0
    return b"".join(pieces).decode()


def changed_profile(folder: Path, change) -> Path:
    profile = json.loads((DATA / "own.json").read_text())
    change(profile)
    file = folder / "changed.json"
    file.write_text(json.dumps(profile))
    return file


@pytest.mark.parametrize("name", ["own", "valgrind", "dhat-rs"])
def test_report_is_as_it_was(name):
    golden.check(f"report-{name}.txt", report(f"{name}.json"))


def test_top_limits_the_lines_but_keeps_each_leader():
    text = report("--top", "1", "own.json")
    assert "demo::read_numbers" in text  # first by bytes and at the peak
    assert "demo::main::{closure#0}" in text  # first by blocks and short life
    assert "demo::model::keep" not in text
    assert "the leading 2 of 4 lines" in text


def test_top_0_shows_all():
    assert "all 4 lines" in report("--top", "0", "own.json")


def test_source_lines_are_shown_from_where_the_program_ran(tmp_path):
    source = tmp_path / "src" / "main.rs"
    source.parent.mkdir()
    source.write_text("\n" * 8 + "\t    numbers.push(line.parse()?);\n" + "\n" * 30)

    def here(profile):
        profile["heapcoach"]["program"]["cwd"] = str(tmp_path)
        for frame in profile["heapcoach"]["frames"][1:]:
            frame["file"] = frame.get("file", "").replace("/home/user/demo/", "")

    text = report(changed_profile(tmp_path, here), cwd="/")
    assert "│ numbers.push(line.parse()?);\n" in text


def test_a_source_file_changed_since_the_run_is_named_so(tmp_path):
    source = tmp_path / "main.rs"
    source.write_text("x\n" * 40)

    def old(profile):
        profile["heapcoach"]["program"]["start_unix_ns"] = 10**18
        profile["heapcoach"]["frames"][4]["file"] = str(source)

    assert "changed after this run" in report(changed_profile(tmp_path, old))


@pytest.mark.parametrize("bad", ["fifo", "folder", "short"])
def test_what_is_no_source_file_is_not_read(tmp_path, bad):
    place = tmp_path / "main.rs"
    if bad == "fifo":
        os.mkfifo(place)
    elif bad == "folder":
        place.mkdir()
    else:
        place.write_text("one line\n")

    def there(profile):
        profile["heapcoach"]["frames"][4]["file"] = str(place)

    assert "│" not in report(changed_profile(tmp_path, there))


def test_names_cannot_control_the_terminal(tmp_path):
    evil = "a\x1b[31mred\x07\u202ertl\nnew\x9b2J"

    def change(profile):
        profile["cmd"] = evil
        profile["heapcoach"]["program"]["rustc"] = evil
        profile["heapcoach"]["modules"][0]["note"] = evil
        for frame in profile["heapcoach"]["frames"][1:]:
            frame["fn"] = evil
            frame["file"] = evil
            frame["crate"] = evil

    text = report("--top", "0", changed_profile(tmp_path, change))
    assert "red" in text
    for character in text:
        assert character == "\n" or character.isprintable() or character == "\ufffd", repr(character)
    assert "\nnew" not in text and "\u202e" not in text


def test_bytes_that_are_not_utf8_become_replacement_characters(tmp_path):
    file = tmp_path / "raw.json"
    file.write_bytes((DATA / "own.json").read_bytes().replace(b"./demo --lines", b"./d\xffmo --lines"))
    assert "./d\ufffdmo" in report(file)


def test_colours_are_for_terminals_only():
    assert "\x1b[" not in report("own.json")
    assert "\x1b[1m" in on_terminal(100, "own.json")


def test_no_color_is_obeyed():
    assert "\x1b[" not in on_terminal(100, "own.json", NO_COLOR="1")
    assert "\x1b[" in on_terminal(100, "own.json", NO_COLOR="")


def test_a_dumb_terminal_gets_no_colours():
    command = ["sh", "-c", f"TERM=dumb exec {HEAPCOACH} report own.json"]
    master, slave = pty.openpty()
    done = subprocess.Popen(command, cwd=DATA, stdout=slave, env=clean_environment())
    os.close(slave)
    first = os.read(master, 65536)
    assert done.wait() == 0
    os.close(master)
    assert b"\x1b[" not in first


@pytest.mark.parametrize("columns", [60, 80, 100, 120])
@pytest.mark.parametrize("name", ["own", "valgrind"])
def test_lines_fit_the_terminal(columns, name):
    text = on_terminal(columns, f"{name}.json", NO_COLOR="1")
    assert [line for line in text.splitlines() if len(line) > columns] == []


def test_wide_terminals_are_not_filled():
    assert max(map(len, on_terminal(250, "own.json", NO_COLOR="1").splitlines())) <= 120


def test_missing_lines_come_with_a_hint(tmp_path):
    def strip(profile):
        profile["heapcoach"]["program"]["lines"] = False

    text = report(changed_profile(tmp_path, strip))
    assert '[profile.release]\n      debug = "line-tables-only"' in text
    assert "line-tables-only" not in report("own.json")


def test_a_stripped_program_shows_addresses(tmp_path):
    def strip(profile):
        profile["heapcoach"]["program"].update(lines=False, symbols=False)
        for frame in profile["heapcoach"]["frames"][1:]:
            if frame["kind"] != "hook":
                for key in ("fn", "file", "line", "name", "crate"):
                    frame.pop(key, None)
                frame["kind"] = "none"

    text = report(changed_profile(tmp_path, strip))
    assert re.search(r"demo\+0x2000 +demo\n    called from demo\+0x1100, demo\+0x1100, demo\+0x1200", text)
    assert "no function names and no line numbers" in text
    assert '      strip = false\n      debug = "line-tables-only"' in text


def test_without_lines_sites_are_functions(tmp_path):
    def strip(profile):
        for frame in profile["heapcoach"]["frames"][1:]:
            frame.pop("file", None)
            frame.pop("line", None)

    text = report(changed_profile(tmp_path, strip))
    assert re.search(r"1\. demo::read_numbers +demo\n", text)  # the module stands in for the file


def test_what_was_missed_is_said(tmp_path):
    def missed(profile):
        recorder = profile["heapcoach"]["recorder"]
        recorder["sealed"] = False
        recorder["events_missed_early"] = 1
        recorder["events_missed_reentrant"] = 22
        recorder["events_missed_no_room"] = 333
        recorder["out_of_room"] = "No space left on device"
        recorder["stacks"] = {"whole": 1, "cut_by_depth": 4444, "lost": 55555, "unrecorded": 6}
        recorder["truncated"] = True
        recorder["repaired"] = 7
        profile["heapcoach"]["totals"]["peak_error_bytes"] = 666

    text = report(changed_profile(tmp_path, missed))
    for piece in ["1 calls before", "22 inside", "333 for want", "No space left", "4,444 blocks cut",
                  "55,555 with outer", "6 without any", "off by 666 B", "ended without exit",
                  "its end is missing", "7 of its parts"]:
        assert piece in text, piece
    assert "Nothing was missed" not in text


def test_stacks_that_occur_twice_are_said(tmp_path):
    def twice(profile):
        profile["pps"].append(dict(profile["pps"][0]))

    assert "1 stacks occur twice" in report(changed_profile(tmp_path, twice))
    assert "occur twice" not in report("own.json")


def test_an_empty_profile_says_so(tmp_path):
    def empty(profile):
        profile["pps"] = []
        profile["heapcoach"]["links"] = []

    assert "No allocation was recorded." in report(changed_profile(tmp_path, empty))


def test_keys_come_in_any_order(tmp_path):
    def backwards(value):
        if isinstance(value, dict):
            return {k: backwards(v) for k, v in reversed(value.items())}
        return [backwards(v) for v in value] if isinstance(value, list) else value

    file = tmp_path / "backwards.json"
    file.write_text(json.dumps(backwards(json.loads((DATA / "own.json").read_text()))))
    assert report(file) == report("own.json")


def test_the_order_of_program_points_does_not_matter(tmp_path):
    def turn(profile):
        profile["pps"].reverse()
        profile["heapcoach"]["links"] = []

    assert report(changed_profile(tmp_path, turn)) == report("own.json")


def test_unknown_keys_are_passed_over(tmp_path):
    def more(profile):
        profile["future"] = {"a": [1, {"b": -2.5e3}]}
        profile["pps"][0]["acc"] = [-3, 1]
        profile["pps"][0]["hc"]["new"] = [[]]
        profile["heapcoach"]["later"] = None

    assert report(changed_profile(tmp_path, more)) == report("own.json")


def test_a_pipe_is_read_like_a_file():
    with open(DATA / "own.json", "rb") as file:
        text = subprocess.run(
            ["sh", "-c", f"cat | {HEAPCOACH} report /dev/stdin"],
            stdin=file, capture_output=True, cwd=DATA, env=clean_environment(),
        ).stdout.decode()
    assert text == report("own.json")
