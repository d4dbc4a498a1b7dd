"""A real program before and after the advice was taken (before/orders.rs, after/orders.rs), and one
program built in two places: what diff and check say of them, to the last block.

What each function of orders.rs costs, derived by hand:

    squares  20,000 Vecs of 100 u64. Before: 4, 8, ... 128 numbers, so 1 block and 5 reallocs of
             32 to 1,024 bytes each (32 + 64 + 128 + 256 + 512 + 1,024 = 2,016 bytes).
             After: 100 numbers at once, 800 bytes.
    longest  Before: a clone of each of 100,000 names, of which half have 10 bytes and half 3.
             After: nothing.
    width    Before: 100,000 Strings, grown to 8 bytes. After: one of 20 bytes.
    names    the same in both.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from support.paths import HEAPCOACH
from support.programs import call, heapcoach_run

HERE = Path(__file__).parent
FLAGS = ["--edition", "2021", "-C", "opt-level=3"]


def build(source: Path, folder: Path, *flags: str) -> Path:
    """The program, built in its own folder as by `rustc src/orders.rs`."""
    (folder / "src").mkdir(parents=True)
    shutil.copy(source, folder / "src" / "orders.rs")
    command = ["rustc", *FLAGS, *(flags or ["-g"]), "-o", "orders", "src/orders.rs"]
    # a whole path in the debug information, as cargo has it
    source_file = str(folder / "src" / "orders.rs")
    subprocess.run([*command[:-1], source_file], cwd=folder, check=True)
    return folder / "orders"


def profile(program: Path) -> Path:
    # the program's name is part of what it allocates at its start: the same text for all
    run = heapcoach_run(["./" + program.name], program.parent, cwd=program.parent)
    assert run.status == 0, run.stderr
    return run.profile_path


@pytest.fixture(scope="module")
def profiles(tmp_path_factory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("orders")
    return tuple(
        profile(build(HERE / side / "orders.rs", folder / side)) for side in ("before", "after")
    )


def diff(old: Path, new: Path, *arguments) -> dict:
    done = call([HEAPCOACH, "diff", "--format", "json", *arguments, old, new])
    assert (done.returncode, done.stderr) == (0, b"")
    return json.loads(done.stdout)


def changes(site: dict) -> dict:
    """The changes, but those that the clock makes."""
    return {k: v["change"] for k, v in site["changes"].items() if k != "short_lived_blocks"}


def test_the_lines_that_were_changed_differ_by_what_was_saved_and_no_other_does(profiles):
    found = diff(*profiles)
    assert found["warnings"] == []
    sites = {(s["new"] or s["old"])["function"]: s for s in found["sites"]}
    assert set(sites) == {"orders::squares", "orders::longest", "orders::width"}
    squares = changes(sites["orders::squares"])
    assert squares.pop("bytes_copied") < 0  # which reallocs can stay in place is the allocator's matter
    assert squares == {
        "bytes": 20_000 * (800 - 2016),
        "blocks": 20_000 * (1 - 6),
        "reallocs": -100_000,
    }
    assert changes(sites["orders::longest"]) == {"bytes": -50_000 * 13, "blocks": -100_000}
    assert changes(sites["orders::width"]) == {"bytes": 20 - 800_000, "blocks": 1 - 100_000}
    assert sites["orders::longest"]["match"] == "gone"
    assert sites["orders::squares"]["match"] == sites["orders::width"]["match"] == "function"


def test_the_lines_add_up_to_the_totals(profiles):
    found = diff(*profiles)
    for metric, total in found["totals"].items():
        parts = [site["changes"].get(metric, {"change": 0})["change"] for site in found["sites"]]
        others = found["others"][metric]
        assert sum(parts) + others == total["change"], metric
        # only the clock changes lines that are not listed
        assert others == 0 or metric == "short_lived_blocks"
    assert found["totals"]["reallocs"]["change"] == -100_000
    assert found["totals"]["peak_bytes"]["change"] == 0


def test_what_was_advised_is_fixed(profiles):
    found = diff(*profiles)["findings"]
    fixed = {(f["old"]["rule"], f["old"]["function"]) for f in found["fixed"]}
    assert {("growth", "orders::squares"), ("clone", "orders::longest"),
            ("format-temp", "orders::width")} <= fixed  # fmt: skip
    assert found["new"] == [] and found["worse"] == []


def test_taking_the_advice_back_is_new(profiles):
    before, after = profiles
    found = diff(after, before)["findings"]
    new = {(f["new"]["rule"], f["new"]["function"]) for f in found["new"]}
    assert ("growth", "orders::squares") in new and ("clone", "orders::longest") in new
    assert found["fixed"] == [] and found["better"] == []


def test_check_passes_after_and_fails_before(profiles, tmp_path):
    before, after = profiles
    limits = tmp_path / "limits.json"
    limits.write_text(
        json.dumps(
            {
                "max_reallocs": 10,
                "fail_on": ["clone", "growth"],
                "budgets": [{"function": "orders::longest", "max_blocks": 0}],
            }
        )
    )

    def check(path: Path) -> tuple[int, dict]:
        done = call([HEAPCOACH, "check", "--limits", limits, "--format", "json", path])
        assert done.stderr == b""
        return done.returncode, json.loads(done.stdout)

    status, found = check(before)
    assert (status, found["exceeded"]) == (1, 4)
    assert found["limits"][0]["lines"][0]["function"] == "orders::squares"
    status, found = check(after)
    assert (status, found["exceeded"]) == (0, 0)
    # longest allocates no more, so no stack has it: the program itself is asked
    assert [f["absent"] for f in found["limits"]] == [False, False, False, True]
    limits.write_text(json.dumps({"budgets": [{"function": "orders::longst", "max_blocks": 0}]}))
    done = call([HEAPCOACH, "check", "--limits", limits, after])
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"there is no function `orders::longst` in" in done.stderr


def test_a_baseline_lets_no_allocation_creep_back(profiles):
    before, after = profiles
    assert call([HEAPCOACH, "check", "--baseline", before, after]).returncode == 0
    done = call([HEAPCOACH, "check", "--baseline", after, "--tolerance", "5", before])
    assert done.returncode == 1
    assert re.search(rb"24,320,000 bytes allocated more by orders::squares", done.stdout)


@pytest.mark.parametrize("flags", [["-g"], ["-C", "debuginfo=line-tables-only"], ["-C", "debuginfo=0"]],
                         ids=["debug", "line-tables", "symbols"])  # fmt: skip
def test_a_rebuild_in_another_folder_with_moved_lines_does_not_differ(tmp_path, flags):
    source = (HERE / "before" / "orders.rs").read_text()
    moved = tmp_path / "orders.rs"
    # a function that is never called, and blank lines, before all others and between them
    moved.write_text(
        "#![allow(dead_code)]\n#[inline(never)]\npub fn put_before(n: u64) -> Vec<u64> {\n"
        "    vec![n; 7]\n}\n\n" + source.replace("//! ", "// ").replace("#[inline(never)]", "\n\n#[inline(never)]")
    )
    one = profile(build(HERE / "before" / "orders.rs", tmp_path / "one", *flags))
    other = profile(build(moved, tmp_path / "elsewhere" / "a-longer-name", *flags))
    found = diff(one, other)
    assert found["sites"] == []
    assert found["warnings"] == []
    fates = {fate: found["findings"][fate] for fate in ("fixed", "new", "better", "worse")}
    assert fates == {"fixed": [], "new": [], "better": [], "worse": []}
    done = call([HEAPCOACH, "diff", one, other])
    assert b"No line differs." in done.stdout


def test_two_runs_of_one_program_do_not_differ(tmp_path):
    program = build(HERE / "before" / "orders.rs", tmp_path / "one")
    (tmp_path / "again").mkdir()
    first = profile(program)
    again = heapcoach_run(["./orders"], tmp_path / "again", cwd=program.parent).profile_path
    assert diff(first, again)["sites"] == []
