"""`heapcoach diff`: what is printed of two profiles. The profiles are own.json and what it becomes by
the edits of `after` below, so each number can be followed; which line belongs to which is tested in
tests/unit/test_diff.c, real programs in tests/diff."""

import json
import re
from pathlib import Path

import pytest

from support.paths import HEAPCOACH
from support.programs import call

from . import golden

DATA = Path(__file__).parent / "data"
OWN = json.loads((DATA / "own.json").read_text())
METRICS = ["bytes", "blocks", "peak_bytes", "peak_blocks", "end_bytes", "end_blocks", "reallocs",
           "bytes_copied", "short_lived_blocks"]  # fmt: skip


def fresh() -> dict:
    return json.loads(json.dumps(OWN))


def after() -> dict:
    """read_numbers grows no more and stands in another line, a closure is gone, keep() keeps more."""
    profile = fresh()
    numbers, closure, keep, _ = profile["pps"]
    totals = profile["heapcoach"]["totals"]
    numbers.update(tb=5_000_000, tbk=1000)
    numbers["hc"].update(rl=0, rm=0, bc=0)
    keep.update(tb=500_000, tbk=500, gb=500_000, gbk=500, eb=500_000, ebk=500)
    profile["pps"].remove(closure)
    profile["heapcoach"]["links"] = []
    profile["heapcoach"]["frames"][4].update(line=12)
    totals.update(bytes=5_501_024, blocks=1501, peak_bytes=5_501_024, peak_blocks=1501,
                  end_bytes=501_024, end_blocks=501, reallocs=0, reallocs_moved=0, bytes_copied=0,
                  short_lived_blocks=0)  # fmt: skip
    return profile


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "before.json").write_text(json.dumps(fresh()))
    (tmp_path / "after.json").write_text(json.dumps(after()))
    return tmp_path


def diff(folder: Path, *arguments) -> str:
    done = call([HEAPCOACH, "diff", *arguments], cwd=folder)
    assert (done.returncode, done.stderr) == (0, b"")
    text = done.stdout.decode()
    for line in text.splitlines():  # two blanks at the end break a line of Markdown
        assert line == line.rstrip() + ("  " if "markdown" in arguments and line.endswith("  ") else "") or line.startswith("  ~")
    return text


def diff_json(folder: Path, *arguments) -> dict:
    return json.loads(diff(folder, "--format", "json", *arguments))


@pytest.mark.parametrize("form, ending", [("text", "txt"), ("markdown", "md"), ("json", "json")])
def test_diff_is_as_it_was(folder, form, ending):
    golden.check(f"diff.{ending}", diff(folder, "--format", form, "before.json", "after.json"))


@pytest.mark.parametrize("name", ["own", "valgrind", "dhat-rs"])
def test_a_profile_does_not_differ_from_itself(name):
    text = diff(DATA, f"{name}.json", f"{name}.json")
    assert "No line differs." in text and "Where it changed" not in text
    found = diff_json(DATA, f"{name}.json", f"{name}.json")
    assert (found["sites"], found["hidden"]) == ([], 0)
    assert all(not change["changed"] for change in found["totals"].values())
    fates = {k: v for k, v in found["findings"].items() if k != "unchanged"}
    assert fates == {"fixed": [], "new": [], "better": [], "worse": []}


def test_the_lines_add_up_to_the_totals(folder):
    found = diff_json(folder, "before.json", "after.json")
    assert list(found["totals"]) == METRICS
    for metric, total in found["totals"].items():
        changes = [site["changes"].get(metric, {"change": 0})["change"] for site in found["sites"]]
        assert sum(changes) == total["change"] == total["new"] - total["old"]
        assert found["others"][metric] == 0
    assert [site["match"] for site in found["sites"]] == ["gone", "same", "same"]


def test_the_sides_can_be_swapped(folder):
    found = diff_json(folder, "before.json", "after.json")
    mirror = diff_json(folder, "after.json", "before.json")
    swapped = {"gone": "new", "new": "gone"}
    for one, other in zip(found["sites"], mirror["sites"], strict=True):
        assert swapped.get(one["match"], one["match"]) == other["match"]
        assert (one["old"], one["new"]) == (other["new"], other["old"])
        for metric, change in one["changes"].items():
            assert change["change"] == -other["changes"][metric]["change"]


def test_columns_stay_apart_where_a_line_changed_more_than_the_totals(folder):
    """What one line allocates no more another one does, so the totals do not change at all."""
    whole = 120_804_727_000
    sides = {"moved-before": 0, "moved-after": 1}
    for name, point in sides.items():
        profile = fresh()
        profile["pps"][point]["tb"] += whole
        profile["heapcoach"]["totals"]["bytes"] += whole
        (folder / f"{name}.json").write_text(json.dumps(profile))
    text = diff(folder, "moved-before.json", "moved-after.json")
    lines = [line for line in text.splitlines() if re.match(r"    bytes allocated ", line)]
    assert len(lines) == 3  # of the totals, and of the two lines
    for line in lines:
        title, *figures = re.split(r" {2,}", line.strip())
        assert (title, len(figures)) in [("bytes allocated", 3), ("bytes allocated", 4)], line
    assert len({re.match(r"(?: +\S+){5}", line).end() for line in lines}) == 1  # one right margin
    assert {line.split()[4] for line in lines} == {"0", f"+{whole:,}", f"-{whole:,}"}


def test_top_says_what_the_other_lines_come_to(folder):
    text = diff(folder, "--top", "1", "before.json", "after.json")
    assert "the leading 1 of 3 lines" in text
    # read_numbers's 4,000,000 less and keep's 100,000 more
    assert "2 more changed by less, together -3,900,000 bytes allocated" in " ".join(text.split())
    found = diff_json(folder, "--top", "1", "before.json", "after.json")
    assert (found["hidden"], found["others"]["bytes"]) == (2, -3_900_000)
    (site,) = found["sites"]
    for metric, total in found["totals"].items():
        listed = site["changes"].get(metric, {"change": 0})["change"]
        assert listed + found["others"][metric] == total["change"], metric


def test_lines_that_only_the_clock_changed_are_summed_up(folder):
    later = fresh()
    numbers, closure, _, _ = later["pps"]
    closure["hc"]["luh"] = [[1, 60_000], [20, 40_000]]  # 40,000 of the 100,000 lived longer
    numbers["hc"]["luh"] = [[1, 1000]]  # and 1,000 others shorter
    later["heapcoach"]["totals"]["short_lived_blocks"] += -40_000 + 1000
    (folder / "later.json").write_text(json.dumps(later))
    found = diff_json(folder, "before.json", "later.json")
    assert (found["sites"], found["hidden"]) == ([], 0)
    assert found["others"].pop("short_lived_blocks") == -39_000
    assert found["totals"]["short_lived_blocks"]["change"] == -39_000
    assert not any(found["others"].values())
    assert "No line differs." in diff(folder, "before.json", "later.json")
    asked = ["--metric", "short_lived_blocks", "--top", "1", "before.json", "later.json"]
    assert diff_json(folder, *asked)["others"]["short_lived_blocks"] == 1000
    assert "1 more changed by less, together +1,000 short-lived blocks" in diff(folder, *asked)


def test_a_metric_can_be_asked_for(folder):
    sites = diff_json(folder, "--metric", "end_bytes", "before.json", "after.json")["sites"]
    assert [site["new"]["function"] for site in sites] == ["demo::model::keep"]
    sites = diff_json(folder, "--metric", "blocks", "before.json", "after.json")["sites"]
    assert [site["changes"]["blocks"]["change"] for site in sites] == [-100_000, -2000, 100]


def test_small_changes_can_be_left_out(folder):
    # the largest of keep's changes is that of 100 blocks of the 1,501 at the peak: 6.66 %
    found = diff_json(folder, "--threshold", "6.7", "before.json", "after.json")
    assert (len(found["sites"]), found["hidden"]) == (2, 1)
    found = diff_json(folder, "--threshold", "6.6", "before.json", "after.json")
    assert (len(found["sites"]), found["hidden"]) == (3, 0)


def test_numbers_per_unit_of_work(folder):
    found = diff_json(folder, "--per-old", "1000", "--per-new", "100", "before.json", "after.json")
    assert found["totals"]["reallocs"]["old"] == 2
    assert found["totals"]["bytes"]["new"] == 55010.24
    same = diff(folder, "--per", "1000", "before.json", "after.json")
    assert re.search(r"bytes allocated +11,001 +5,501 +-5,500 ", same)


def test_a_change_within_the_spread_of_runs_is_marked(folder):
    more = fresh()
    more["pps"][2].update(tb=600_000)
    more["heapcoach"]["totals"].update(bytes=OWN["heapcoach"]["totals"]["bytes"] + 200_000)
    (folder / "more.json").write_text(json.dumps(more))
    found = diff_json(folder, "before.json,more.json,before.json", "after.json")
    keep = [s for s in found["sites"] if s["new"] and s["new"]["function"] == "demo::model::keep"]
    change = keep[0]["changes"]["bytes"]
    assert (change["old_min"], change["old"], change["old_max"]) == (400_000, 400_000, 600_000)
    assert (change["new"], change["within_spread"]) == (500_000, True)
    assert keep[0]["changes"]["end_bytes"]["within_spread"] is False
    text = diff(folder, "before.json,more.json,before.json", "after.json")
    assert re.search(r"bytes allocated +400,000 +500,000 +\+100,000 +\+25 % +within the spread", text)
    assert "3 runs: medians" in text


def test_a_comma_may_be_part_of_a_name(folder):
    (folder / "a,b.json").write_text(json.dumps(fresh()))
    assert "No line differs." in diff(folder, "a,b.json", "before.json")


def test_doubtful_comparisons_are_warned_of(folder):
    def warnings(change) -> list[str]:
        profile = fresh()
        change(profile)
        (folder / "other.json").write_text(json.dumps(profile))
        return diff_json(folder, "before.json", "other.json")["warnings"]

    def longer(profile):
        profile["te"] *= 3

    def other_program(profile):
        profile["heapcoach"]["program"]["exe"] = "/usr/bin/other"

    def cut_off(profile):
        profile["heapcoach"]["recorder"]["out_of_room"] = "No space left on device"

    def unoptimised(profile):
        profile["heapcoach"]["program"]["opt_level_0"] = True

    assert warnings(lambda profile: None) == []
    assert "took 2.50 s and 7.50 s" in warnings(longer)[0]
    assert warnings(other_program) == ["these are two programs: demo and other"]
    assert "other.json is not the whole run" in warnings(cut_off)[0]
    assert "the new program was built without optimisation" in warnings(unoptimised)[0]
    (folder / "longer.json").write_text(json.dumps({**fresh(), "te": 9_000_000}))
    assert diff_json(folder, "--per", "7", "before.json", "longer.json")["warnings"] == []
    text = diff(DATA, "own.json", "valgrind.json")
    assert "these are two programs: demo and tiny" in text and "by different tools" in text


def test_of_other_tools_what_they_know_is_compared():
    found = diff_json(DATA, "valgrind.json", "dhat-rs.json")
    assert list(found["totals"]) == [m for m in METRICS if m not in ("reallocs", "bytes_copied")]
    for metric, total in found["totals"].items():
        changes = [site["changes"].get(metric, {"change": 0})["change"] for site in found["sites"]]
        assert sum(changes) == total["change"]


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["before.json"], "expected [OPTION...] OLD[,OLD...] NEW[,NEW...]"),
        (["before.json", "none.json"], "none.json"),
        (["before.json,", "after.json"], "found an empty one"),
        (["--metric", "frees", "before.json", "after.json"], "expected one of bytes, blocks, "),
        (["--per", "0", "before.json", "after.json"], "--per: expected a number from 1"),
        (["--per-new", "x", "before.json", "after.json"], "--per-new: expected a number from 1"),
        (["--threshold", "101", "before.json", "after.json"], "expected percent from 0 to 100"),
        (["--threshold", "1 %", "before.json", "after.json"], "expected percent from 0 to 100"),
        ([",".join(["before.json"] * 65), "after.json"], "at most 64 profiles"),
    ],
)
def test_bad_arguments_are_refused(folder, arguments, said):
    done = call([HEAPCOACH, "diff", *arguments], cwd=folder)
    text = done.stderr.decode()
    assert (done.returncode, done.stdout) == (2, b"")
    assert said in text and text.count("\n") == 1, text


def test_a_metric_that_is_not_known_is_refused():
    done = call([HEAPCOACH, "diff", "--metric", "reallocs", "own.json", "valgrind.json"], cwd=DATA)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"reallocs is not known of both profiles" in done.stderr


def test_names_cannot_leave_their_place(folder):
    def hostile(profile):
        name = "demo::a|b`c\x1b[31m<img>\n## x"
        profile["heapcoach"]["frames"][4].update(fn=name)
        profile["ftbl"][4] = f"0x1: {name} (a|b.rs:1)"
        profile["pps"][0]["tb"] += 1
        profile["heapcoach"]["totals"]["bytes"] += 1
        return profile

    (folder / "hostile.json").write_text(json.dumps(hostile(fresh())))
    for form in ("text", "markdown"):
        text = diff(folder, "--format", form, "before.json", "hostile.json")
        assert "\x1b" not in text and "\n## x" not in text
    rows = [line for line in text.splitlines() if line.startswith("| `") or line.startswith("| ``")]
    assert rows and all(len(re.findall(r"(?<!\\)\|", row)) == 3 for row in rows), rows
