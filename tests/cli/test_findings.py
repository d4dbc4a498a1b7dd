"""`heapcoach report`: the options that choose what is shown, and that every format is written. How
findings look is tested in tests/unit/test_findings_shown.c, on findings made by hand; which
findings there are, in the tests of the rules."""

import json
from pathlib import Path

import pytest

from support.paths import HEAPCOACH
from support.programs import call

from . import golden

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
