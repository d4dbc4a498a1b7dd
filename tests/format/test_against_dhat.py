"""Our counts are those of Valgrind's DHAT, on every Rust program of tests/rust that states its
numbers: the whole program's and every site's. And both are what the program's comment derives.

Not covered: lifetimes (another clock), mb and mbk (Valgrind updates them only at a new global
maximum), and the two places in glibc that support/compare.py names.
"""

import copy
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from support import rust
from support.compare import compare, differences, line_differences
from support.dhat import NUMBERS, Profile
from support.programs import heapcoach_run, valgrind_run

class Pair(NamedTuple):
    ours: Profile
    valgrind: Profile
    executable: Path
    outermost: list[str]


PROGRAMS = rust.names_with_truth()


def source(name: str) -> Path:
    return rust.RUST / f"{name}.rs"


def compared(name: str) -> list[str]:
    """The numbers that are the same in each run."""
    varies = rust.directives(source(name)).peak_varies
    return [n for n in NUMBERS if not (varies and n in ("gb", "gbk"))]


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """pair(NAME) is what compare() takes, each program run once; pair(NAME, COMPILER) likewise."""
    known = {}

    def run_both(name: str, compiler: str = "rustc") -> Pair:
        if (name, compiler) not in known:
            executable = rust.build(name, compiler=compiler)
            said = rust.directives(source(name))
            command = [executable, *said.args]
            folder = tmp_path_factory.mktemp(name)
            # what threads do at the same time is counted exactly, too, when that is asked for
            ours = heapcoach_run(command, folder, HEAPCOACH_EXACT_PEAK="1")
            theirs = valgrind_run(command, folder)
            assert (ours.status, ours.stdout) == (theirs.status, theirs.stdout)
            known[name, compiler] = Pair(
                Profile(ours.profile), Profile(theirs.profile), executable, said.outermost
            )
        return known[name, compiler]

    return run_both


def test_there_are_enough_programs():
    assert len(PROGRAMS) >= 12


@pytest.mark.parametrize("name", PROGRAMS)
def test_counts_are_those_of_valgrind(name, pair):
    mine, valgrinds = compare(*pair(name))
    assert differences(mine, valgrinds, compared(name)) == []
    # both sides saw the program's own sites, not only libc's
    assert len(mine.sites) >= 5


@pytest.mark.skipif(not Path(rust.DEBIANS_RUSTC).exists(), reason="no rustc of Debian's here")
@pytest.mark.parametrize("name", PROGRAMS)
def test_counts_are_those_of_valgrind_with_an_old_compiler(name, pair):
    """Rust 1.63 on Debian 12: legacy names, an older std, other unwind tables."""
    both = pair(name, rust.DEBIANS_RUSTC)
    mine, valgrinds = compare(*both)
    assert differences(mine, valgrinds, compared(name)) == []
    assert line_differences(mine, valgrinds, both.executable) == []


@pytest.mark.parametrize("name", PROGRAMS)
def test_lines_and_inlined_frames_are_those_of_valgrind(name, pair):
    mine, valgrinds = compare(*pair(name))
    assert line_differences(mine, valgrinds, pair(name).executable) == []
    assert len(mine.lines.keys() & valgrinds.lines.keys()) >= 10


@pytest.mark.parametrize("name", PROGRAMS)
def test_little_is_left_out_of_the_comparison(name, pair):
    mine, valgrinds = compare(*pair(name))
    for side in (mine, valgrinds):
        # the line buffer starts at 120 bytes and doubles; a thread's table is below 1 KiB
        assert side.left_out["tbk"] <= 4 + 11
        assert side.left_out["tb"] <= 120 * 15 + 1024 * 11


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("whose", ["ours", "valgrind"])
def test_counts_are_what_the_program_states(name, whose, pair):
    ours, theirs = pair(name)[:2]
    profile = ours if whose == "ours" else theirs
    for truth in rust.directives(source(name)).truths:
        if truth.kind == "site":
            found = profile.sums_below(truth.function, truth.numbers)
            assert found == truth.numbers, truth.function


@pytest.mark.parametrize("name", PROGRAMS)
def test_own_counts_are_what_the_program_states(name, pair):
    ours = pair(name).ours
    for truth in rust.directives(source(name)).truths:
        if truth.kind in ("growth", "elsewhere"):
            found = ours.own_sums_below(truth.function, truth.numbers)
            assert found == truth.numbers, truth.function
        if truth.kind == "called":
            functions = {pp["hc"]["fn"] for pp in ours.below(truth.function)}
            assert functions == set(truth.words)


@pytest.mark.parametrize("name", PROGRAMS)
def test_own_totals_are_the_sums_of_the_sites(name, pair):
    ours = pair(name).ours
    totals, sums = ours.data["heapcoach"]["totals"], ours.sums()
    assert totals["bytes"] == sums["tb"]
    assert totals["blocks"] == sums["tbk"]
    assert totals["end_bytes"] == sums["eb"]
    assert totals["end_blocks"] == sums["ebk"]
    assert abs(totals["peak_bytes"] - sums["gb"]) == totals.get("peak_error_bytes", 0)
    if len(ours.data["heapcoach"]["threads"]) == 1:
        assert totals["peak_bytes"] == sums["gb"]
    assert totals["blocks"] - totals["reallocs"] - totals["frees"] == totals["end_blocks"]


# --- the comparison itself can fail ---


def spoiled(ours: Profile, change) -> Profile:
    data = copy.deepcopy(ours.data)
    change(data)
    return Profile(data)


@pytest.mark.parametrize("number", ["tb", "tbk", "gb", "gbk", "eb", "ebk"])
def test_a_number_that_is_off_by_one_is_reported(number, pair):
    ours, *rest = pair("vec_growth")

    def change(data):
        data["pps"][0][number] += 1

    found = differences(*compare(spoiled(ours, change), *rest))
    assert any(number in line and "0x" in line for line in found)
    assert any(line.startswith(f"whole program {number}") for line in found)


def test_bytes_charged_to_another_site_are_reported(pair):
    ours, *rest = pair("vec_growth")

    def change(data):
        data["pps"][0]["tb"] -= 8
        data["pps"][1]["tb"] += 8

    found = differences(*compare(spoiled(ours, change), *rest))
    assert len(found) == 2 and not any(line.startswith("whole") for line in found)


def test_a_stack_with_a_frame_too_few_is_reported(pair):
    ours, *rest = pair("vec_growth")

    def change(data):
        points = [pp for pp in data["pps"] if pp["tbk"] == 9]
        points[0]["fs"] = points[0]["fs"][:-4]

    found = differences(*compare(spoiled(ours, change), *rest))
    assert any(line.startswith("only in") for line in found)


def test_a_wrong_line_is_reported(pair):
    ours, *rest = pair("vec_growth")

    def change(data):
        next_line = lambda found: f"{found[1]}{int(found[2]) + 1}"
        data["ftbl"] = [re.sub(r"(vec_growth\.rs:)(\d+)", next_line, t) for t in data["ftbl"]]

    sides = compare(spoiled(ours, change), *rest)
    assert line_differences(*sides, pair("vec_growth").executable) != []
