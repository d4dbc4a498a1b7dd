"""`heapcoach report`: the options that choose what is shown, and that every format is written. How
findings look is tested in tests/unit/test_findings_shown.c, on findings made by hand; which
findings there are, in the tests of the rules. busy.json is own.json with its first two stacks a
hundred times as busy and its lines in tiny.rs, so that there is something to find."""

import json
import re
from pathlib import Path

import pytest

from support.paths import HEAPCOACH
from support.programs import call

from . import golden
from .test_report import on_terminal

DATA = Path(__file__).parent / "data"
FORMATS = ["text", "json", "markdown", "github", "sarif"]


def report(*arguments) -> str:
    done = call([HEAPCOACH, "report", *arguments], cwd=DATA)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout.decode()


def refused(*arguments) -> str:
    done = call([HEAPCOACH, "report", *arguments], cwd=DATA)
    assert (done.returncode, done.stdout) == (2, b"")
    return done.stderr.decode()


def sites(*arguments) -> dict:
    got = json.loads(report("--format=json", *arguments, "own.json"))
    return {s["location"]["function"]: s["basis"] for s in got["sites"]}


@pytest.mark.parametrize("name", ["own", "valgrind", "dhat-rs"])
@pytest.mark.parametrize("name_of_format", FORMATS)
def test_every_format_is_written_of_every_kind_of_profile(name_of_format, name):
    text = report("--format", name_of_format, "--all", "--how", "--stacks", f"{name}.json")
    assert text.endswith("\n")
    assert text == report("--format", name_of_format, "--all", "--how", "--stacks", f"{name}.json")


def test_text_is_the_default():
    assert report("own.json") == report("--format", "text", "own.json")


def test_help_lists_the_formats():
    done = call([HEAPCOACH, "help", "report"])
    assert f"--format {'|'.join(FORMATS)}" in done.stdout.decode()


@pytest.mark.parametrize("name_of_format", FORMATS)
def test_a_failed_write_is_an_error_in_every_format(name_of_format):
    command = f"{HEAPCOACH} report --format {name_of_format} own.json > /dev/full"
    done = call(["sh", "-c", command], cwd=DATA)
    assert done.returncode == 2
    assert done.stderr.decode().count("cannot write to the standard output") == 1


def test_mine_leaves_out_what_is_in_no_crate_of_the_users():
    assert "std::io::stdio::stdout" in sites()
    assert set(sites("--mine").values()) == {"own"}
    assert "std::io::stdio::stdout" not in report("--mine", "--top", "0", "own.json")


def test_a_crate_can_be_chosen():
    assert list(sites("--crate", "serde-json")) == ["demo::model::keep"]
    assert list(sites("--crate=std")) == ["std::io::stdio::stdout"]
    assert "no frame of own.json is of a crate `sede`" in refused("--crate", "sede", "own.json")


def test_what_was_not_asked_for_is_counted():
    text = report("--crate", "serde_json", "busy.json")
    assert "Nothing worth changing in what was asked for.\n" in text
    assert re.search(r"\d+ (is|are) in other crates\.", text)
    assert "What came nearest" not in text


def test_what_is_the_users_own_can_be_said():
    assert "serde_json::value::to_value" in sites("--own", "serde_json")
    assert sites("--own", "serde_json")["demo::read_numbers"] == "dependency"
    assert sites("--own", "demo") == sites()
    said = refused("--own", "demo,sede", "own.json")
    assert "crate `sede`" in said and "demo, serde_json" in said


def test_the_roll_up_makes_up_the_program():
    for name in ("own", "valgrind", "dhat-rs"):
        got = json.loads(report("--format=json", f"{name}.json"))
        for key in ("bytes", "blocks", "short_lived_blocks", "end_bytes"):
            assert sum(c[key] for c in got["crates"]) == got["totals"][key], (name, key)


@pytest.mark.parametrize("name_of_format", ["markdown", "github"])
def test_reports_for_pull_requests_are_as_they_were(name_of_format):
    golden.check(f"report-own.{name_of_format}", report("--format", name_of_format, "own.json"))


KEYS = [
    "id", "rule", "variant", "severity", "confidence", "condition", "title", "scope", "crate", "location",
    "caller", "what", "evidence", "advice", "code", "saving", "how", "skill", "reference", "together", "also", "point",
    "stack",
]  # fmt: skip


def findings(*arguments) -> list[dict]:
    return json.loads(report("--format=json", *arguments, "busy.json"))["findings"]


def test_a_finding_has_the_keys_of_its_schema():
    assert findings()
    for finding in findings("--all"):
        assert list(finding) == KEYS
        assert list(finding["location"]) == ["function", "file", "line"]
        assert list(finding["saving"]) == ["calls", "bytes", "bytes_copied", "peak_bytes", "ns", "share"]
        assert finding["id"].startswith(finding["rule"] + "-")
        for also in finding["also"]:
            assert list(also) == [key for key in KEYS if key not in ("together", "also")]


def test_the_most_saving_comes_first_at_the_users_lines():
    found = findings()
    assert [f["location"]["line"] for f in found[:2]] == [17, 5]
    assert found[0]["saving"]["ns"] > found[1]["saving"]["ns"] > 0
    assert {f["severity"] for f in found} <= {"high", "medium"}


def test_ids_stay_where_the_line_moves():
    profile = json.loads((DATA / "busy.json").read_text())
    assert len({f["id"] for f in findings()}) == len(findings())
    for frame in profile["heapcoach"]["frames"][1:]:
        frame["line"] = frame.get("line", 0) + 3
    command = [HEAPCOACH, "report", "--format=json", "/dev/stdin"]
    moved = call(command, cwd=DATA, stdin=json.dumps(profile).encode())
    assert [f["id"] for f in json.loads(moved.stdout)["findings"]] == [f["id"] for f in findings()]


def test_the_first_screen_shows_line_and_edit():
    screen = "\n".join(report("busy.json").splitlines()[:40])
    assert "tiny.rs:17" in screen
    assert ">    17 │     total += i.to_string().len();" in screen
    assert "→ " in screen and "Saves about " in screen


@pytest.mark.parametrize("columns", [60, 80, 100, 120])
def test_findings_fit_the_terminal_but_for_code_to_copy(columns):
    text = on_terminal(columns, "--all", "--how", "--stacks", "busy.json", NO_COLOR="1")
    code = {line for f in findings("--all") for g in [f, *f["also"]] for line in g["code"].splitlines()}
    too_long = [line for line in text.splitlines() if len(line) > columns and line.strip() not in
                {c.strip() for c in code}]  # fmt: skip
    assert too_long == []


def test_annotations_and_markdown_name_the_lines():
    assert "::warning file=tiny.rs,line=17,title=" in report("--format=github", "busy.json")
    assert ">   17      total += i.to_string().len();" in report("--format=markdown", "busy.json")


def test_how_and_stacks_are_told_on_demand():
    plain, full = report("busy.json"), report("--how", "--stacks", "busy.json")
    assert "Reckoned: " not in plain and "Reckoned: " in full
    assert "Stack, " not in plain and "Stack, the innermost frame first:" in full
