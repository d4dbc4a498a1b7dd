"""`heapcoach check`: limits from options and from a file, what is said of each in all formats, and the
exit status. The profile is own.json, whose numbers can be read there: 11,001,024 bytes in 103,401
blocks, 5,401,040 at the peak, 401,024 at the end, 2,000 reallocs that copied 1,000,000 bytes. What a file
may hold is tested in tests/unit/test_limits.c, that SARIF validates in tests/sarif, real programs in
tests/diff."""

import json
import shutil
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from support.paths import HEAPCOACH
from support.programs import call

from . import golden

DATA = Path(__file__).parent / "data"


@pytest.fixture
def folder(tmp_path) -> Path:
    for name in ("own", "valgrind"):
        shutil.copy(DATA / f"{name}.json", tmp_path)
    return tmp_path


def check(folder: Path, *arguments, status: int) -> str:
    done = call([HEAPCOACH, "check", *arguments], cwd=folder)
    assert (done.returncode, done.stderr) == (status, b""), done.stdout.decode()
    return done.stdout.decode()


def check_json(folder: Path, *arguments, status: int) -> dict:
    return json.loads(check(folder, "--format", "json", *arguments, status=status))


def refused(folder: Path, *arguments) -> str:
    done = call([HEAPCOACH, "check", *arguments], cwd=folder)
    text = done.stderr.decode()
    assert (done.returncode, done.stdout) == (2, b""), done.stdout
    assert text.startswith("heapcoach: ") and text.count("\n") == 1, text
    return text


def limit_file(folder: Path, limits, name="heapcoach.json") -> Path:
    file = folder / name
    file.write_text(limits if isinstance(limits, str) else json.dumps(limits))
    return file


# ---- totals ----

TOTALS = {
    "max-total-bytes": 11_001_024,
    "max-total-blocks": 103_401,
    "max-peak-bytes": 5_401_040,
    "max-end-bytes": 401_024,
    "max-reallocs": 2000,
    "max-bytes-copied": 1_000_000,
}


@pytest.mark.parametrize("option", TOTALS)
def test_a_total_is_kept_up_to_its_limit_and_exceeded_above(folder, option):
    found = check_json(folder, f"--{option}", TOTALS[option], "own.json", status=0)
    assert (found["passed"], found["exceeded"]) == (True, 0)
    assert found["limits"][0]["found"] == TOTALS[option]
    assert found["limits"][0]["lines"] == []
    found = check_json(folder, f"--{option}", TOTALS[option] - 1, "own.json", status=1)
    assert (found["passed"], found["exceeded"]) == (False, 1)
    (limit,) = found["limits"]
    assert (limit["found"], limit["allowed"]) == (TOTALS[option], TOTALS[option] - 1)
    assert limit["where"] == f"--{option}"
    assert " more than the " in limit["message"]


def test_the_lines_to_blame_come_first_things_first(folder):
    (limit,) = check_json(folder, "--max-total-blocks", "9", "own.json", status=1)["limits"]
    assert [(line["function"], line["line"], line["value"]) for line in limit["lines"]] == [
        ("demo::main::{closure#0}", 14, 100_000),
        ("demo::read_numbers", 9, 3000),
    ]  # keep has 400 blocks, less than a hundredth of the first


def test_the_file_is_found_and_options_overrule_it(folder):
    limit_file(folder, '{ // the run\n "max_reallocs": 10, /* ... */ "max_end_bytes": 500000\n}')
    found = check_json(folder, "own.json", status=1)
    assert [(f["where"], f["passed"]) for f in found["limits"]] == [
        ("heapcoach.json:2", False), ("heapcoach.json:2", True)
    ]  # fmt: skip
    found = check_json(folder, "--max-reallocs", "5000", "own.json", status=0)
    assert [f["where"] for f in found["limits"]] == ["--max-reallocs", "heapcoach.json:2"]
    other = limit_file(folder, {"max_total_blocks": 1}, "other.json")
    found = check_json(folder, "--limits", other, "own.json", status=1)
    assert [f["where"] for f in found["limits"]] == [f"{other}:1"]


# ---- functions and crates ----


def budget(folder: Path, status: int, **keys) -> dict:
    limit_file(folder, {"budgets": [keys]})
    (limit,) = check_json(folder, "own.json", status=status)["limits"]
    return limit


def test_a_function_answers_for_all_that_it_calls(folder):
    # load calls keep, whose 400 blocks serde_json makes
    for function in ("demo::load", "demo::model::keep", "serde_json::value::to_value"):
        assert budget(folder, 1, function=function, max_blocks=0)["found"] == 400
        assert budget(folder, 0, function=function, max_blocks=400)["found"] == 400
    # all but the line of std's
    assert budget(folder, 1, function="demo::main", max_bytes=0)["found"] == 11_000_000
    assert budget(folder, 1, function="demo::model::*", max_end_bytes=0)["found"] == 400_000


def test_the_lines_of_a_function_are_blamed(folder):
    limit = budget(folder, 1, function="demo::main", max_blocks=7)
    assert [line["value"] for line in limit["lines"]] == [100_000, 3000]
    assert limit["lines"][0]["file"] == "/home/user/demo/src/main.rs"


def test_a_crate_answers_for_its_own_code(folder):
    assert budget(folder, 1, crate="serde_json", max_blocks=0)["found"] == 400
    assert budget(folder, 1, crate="serde-json", max_bytes=0)["found"] == 400_000
    assert budget(folder, 1, crate="demo", max_blocks=0)["found"] == 103_000


def test_a_name_that_matches_nothing_is_an_error(folder):
    limit_file(folder, '{"budgets": [\n\n{"function": "demo::reed", "max_blocks": 0}]}')
    text = refused(folder, "own.json")
    assert "heapcoach.json:3: no stack of own.json has a function `demo::reed`" in text
    limit_file(folder, {"budgets": [{"crate": "serde_jsn", "max_blocks": 0}]})
    assert "has a crate `serde_jsn`" in refused(folder, "own.json")


def test_a_name_that_may_be_absent_passes(folder):
    limit = budget(folder, 0, function="demo::gone", max_blocks=0, may_be_absent=True)
    assert (limit["found"], limit["absent"]) == (0, True)


# ---- findings ----


def test_rules_that_do_not_exist_are_refused(folder):
    assert "--fail-on: there is no rule `grwth`" in refused(folder, "--fail-on", "grwth", "own.json")
    assert "no rule ``" in refused(folder, "--fail-on", "any,", "own.json")
    limit_file(folder, '{"fail_on": ["any",\n"grwth"]}')
    assert "heapcoach.json:2: there is no rule `grwth`" in refused(folder, "own.json")


def test_any_is_what_the_report_shows(folder):
    done = call([HEAPCOACH, "report", "--costs", "usual", "--format", "json", "own.json"], cwd=folder)
    shown = json.loads(done.stdout)["findings"]
    many = [f for f in shown if f["severity"] in ("medium", "high")]
    done = call([HEAPCOACH, "check", "--format", "json", "--fail-on", "any", "own.json"], cwd=folder)
    (limit,) = json.loads(done.stdout)["limits"]
    assert done.returncode == (1 if many else 0)
    assert {f["id"] for f in many} <= {f["id"] for f in limit["findings"]}
    assert limit["found"] == len(limit["findings"])


# ---- baseline ----


def test_a_baseline_with_its_tolerance(folder):
    profile = json.loads((DATA / "own.json").read_text())
    profile["pps"][2].update(tb=500_000)
    profile["heapcoach"]["totals"].update(bytes=11_101_024)  # 0.909 % more
    (folder / "more.json").write_text(json.dumps(profile))
    found = check_json(folder, "--baseline", "own.json", "more.json", status=1)
    assert [f["metric"] for f in found["limits"] if not f["passed"]] == ["bytes"]
    assert [f["metric"] for f in found["limits"]] == [
        "bytes", "blocks", "peak_bytes", "end_bytes", "reallocs", "bytes_copied"
    ]  # fmt: skip
    limit = found["limits"][0]
    assert (limit["before"], limit["allowed"], limit["found"]) == (11_001_024, 11_001_024, 11_101_024)
    assert [(line["function"], line["value"]) for line in limit["lines"]] == [
        ("demo::model::keep", 100_000)
    ]
    check(folder, "--baseline", "own.json", "--tolerance", "0.908", "more.json", status=1)
    check(folder, "--baseline", "own.json", "--tolerance", "0.91", "more.json", status=0)
    check(folder, "--baseline", "more.json", "own.json", status=0)
    (folder / "ci").mkdir()
    file = limit_file(folder, {"baseline": "../own.json", "tolerance_percent": 1}, "ci/limits.json")
    check(folder, "--limits", file, "more.json", status=0)


def test_of_a_foreign_baseline_what_both_know_is_compared(folder):
    found = check_json(folder, "--baseline", "valgrind.json", "own.json", status=1)
    assert [f["metric"] for f in found["limits"]] == ["bytes", "blocks", "peak_bytes", "end_bytes"]


# ---- what checks nothing ----


@pytest.mark.parametrize(
    "arguments, said",
    [
        ([], "expected [OPTION...] PROFILE"),
        (["own.json"], "expected limits: no heapcoach.json is here"),
        (["--limits", "none.json", "own.json"], "none.json: cannot open a limit file"),
        (["--max-reallocs", "-1", "own.json"], "--max-reallocs: expected a whole number"),
        (["--max-reallocs", "1e3", "own.json"], "--max-reallocs: expected a whole number"),
        (["--max-reallocs", "9007199254740993", "own.json"], "expected a whole number from 0 to"),
        (["--tolerance", "1", "--max-reallocs", "1", "own.json"], "--tolerance: a tolerance of what?"),
        (["--baseline", "own.json", "--tolerance", "x", "own.json"], "--tolerance: expected percent"),
        (["--baseline", "none.json", "own.json"], "none.json"),
        (["--max-reallocs", "1", "valgrind.json"], "valgrind.json does not know its reallocs"),
        (["--format", "xml", "--max-reallocs", "1", "own.json"], "text|json|github|sarif|junit"),
    ],
)
def test_what_would_check_nothing_is_refused(folder, arguments, said):
    assert said in refused(folder, *arguments)


def test_an_empty_file_checks_nothing(folder):
    limit_file(folder, "{}")
    assert "heapcoach.json: expected a limit at least" in refused(folder, "own.json")


# ---- formats ----

ALL = {
    "max_total_bytes": 20_000_000,
    "max_peak_bytes": 5_000_000,
    "max_reallocs": 2000,
    "budgets": [
        {"function": "demo::model::keep", "max_blocks": 0},
        {"crate": "serde_json", "max_bytes": 300_000},
        {"function": "demo::old", "max_blocks": 0, "may_be_absent": True},
    ],
}


@pytest.mark.parametrize("form, ending", [("text", "txt"), ("github", "github"), ("sarif", "sarif"),
                                          ("junit", "xml"), ("json", "json")])  # fmt: skip
def test_check_is_as_it_was(folder, form, ending):
    limit_file(folder, json.dumps(ALL, indent=2))
    golden.check(f"check.{ending}", check(folder, "--format", form, "own.json", status=1))


def test_annotations_carry_file_and_line(folder):
    text = check(folder, "--format", "github", "--max-reallocs", "0", "own.json", status=1)
    errors = [line for line in text.splitlines() if line.startswith("::error ")]
    assert len(errors) == 1
    assert errors[0].startswith("::error file=src/main.rs,line=9,title=heapcoach%3A max-reallocs::")
    assert text.splitlines()[-1].startswith("::notice title=heapcoach::1 of 1 limits exceeded")


def test_sarif_carries_file_and_line(folder):
    log = json.loads(check(folder, "--format", "sarif", "--max-reallocs", "0", "own.json", status=1))
    (result,) = log["runs"][0]["results"]
    assert (result["ruleId"], result["level"]) == ("max-reallocs", "error")
    physical = result["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == "src/main.rs"
    assert physical["region"]["startLine"] == 9


def test_junit_is_xml_with_a_case_for_each_limit(folder):
    limit_file(folder, ALL)
    root = ElementTree.fromstring(check(folder, "--format", "junit", "own.json", status=1))
    cases = root.findall("./testsuite/testcase")
    assert len(cases) == 6 and root.get("tests") == "6" and root.get("failures") == "3"
    failed = [case.get("name") for case in cases if case.find("failure") is not None]
    assert failed == ["max-peak-bytes", "max_blocks of function demo::model::keep",
                      "max_bytes of crate serde_json"]  # fmt: skip


def test_names_cannot_leave_their_place(folder):
    profile = json.loads((DATA / "own.json").read_text())
    name = 'demo::a<&"\'>\x1b[31m\n::error::x'
    profile["heapcoach"]["frames"][4].update(fn=name, file="/home/user/demo/a,b:c%\n.rs")
    (folder / "hostile.json").write_text(json.dumps(profile))
    for form in ("text", "github", "sarif", "junit", "json"):
        text = check(folder, "--format", form, "--max-reallocs", "0", "hostile.json", status=1)
        assert "\x1b" not in text and "\n::error::x" not in text
        if form == "junit":
            ElementTree.fromstring(text)
        if form == "github":
            assert "file=a%2Cb%3Ac%25" in text
