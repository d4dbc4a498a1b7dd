"""The advice is right on programs with planted faults, and silent on their good twins.

Each program of tests/rules/programs is built in every variant of `corpus.VARIANTS`, run under
heapcoach, and what the report says is compared with what the program says is true of it. A table
of what was expected and what came is printed at the end, and written to advice/confusion.txt in
the build folder.

Not covered: whether the saving told is what the edit saves (tests/savings), and crates of others
(tests/real).
"""

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from . import corpus

PROGRAMS = {program.name: program for program in corpus.programs()}
CASES = [
    (name, variant)
    for name, program in PROGRAMS.items()
    for variant in corpus.VARIANTS
    if variant not in program.skip
]
needs_debians = pytest.mark.skipif(
    not os.path.exists(corpus.VARIANTS["debian"][0]), reason="Debian's rustc is not here"
)
_outcomes: dict[tuple[str, str], tuple[list[corpus.Outcome], list[str]]] = {}


def compare(name: str, variant: str):
    program = PROGRAMS[name]
    told = corpus.read_report(corpus.profile_of(corpus.build(program.source, variant)))
    return program, told, *corpus.judge(program, variant, told)


@pytest.fixture(scope="module")
def compared(request):
    """Of each case that is asked for, its future; two at a time, in the order of the tests."""
    wanted = [
        (item.callspec.params["name"], item.callspec.params["variant"])
        for item in request.session.items
        if getattr(item, "module", None) is request.module
        and "variant" in getattr(getattr(item, "callspec", None), "params", {})
    ]
    with ThreadPoolExecutor(max_workers=2) as pool:
        yield {case: pool.submit(compare, *case) for case in wanted}
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize(
    "name,variant",
    [pytest.param(*c, marks=needs_debians if c[1] == "debian" else ()) for c in CASES],
)
def test_the_right_rule_at_the_right_line(name, variant, compared):
    program, told, outcomes, wrong = compared[name, variant].result()
    rules = {one.rule for one in told}
    for rule, is_so in [("no-lines", variant == "symbols"), ("debug-build", False)]:
        outcomes += [corpus.Outcome(corpus.Wanted((rule,)), one, []) for one in told if is_so and one.rule == rule]
        if is_so and rule not in rules:
            outcomes.append(corpus.Outcome(corpus.Wanted((rule,)), None, []))
        if not is_so and rule in rules:
            wrong.append(f"{rule} of a build that is none")
    _outcomes[name, variant] = outcomes, wrong
    missed = [o for o in outcomes if not o.found]
    assert [f"{o.wanted}: {', '.join(map(str, o.instead)) or 'nothing'}" for o in missed] + wrong == []


@pytest.mark.parametrize("name", ["cloning", "capacities"])
def test_what_was_timed_puts_the_same_first(name):
    """By what the calls took in the run, however slow the machine was just then, a line that stands out
    by far stands out, and nothing is told of the good twins. Which of two near lines comes first, and
    what is near a limit, may differ."""
    program = PROGRAMS[name]
    profile = corpus.profile_of(corpus.build(program.source, "full"))
    usual, timed = (corpus.savings(profile, costs) for costs in ("usual", "measured"))
    first = max(usual, key=usual.get)
    far_behind = [one for one, ns in usual.items() if ns * 20 < usual[first]]
    assert first in timed and all(timed.get(one, 0) < timed[first] for one in far_behind)
    quiet = [q.function for q in program.quiet if q.function and not q.rule]
    told = [one for one in corpus.read_report(profile, "measured") if one.leads and one.shown]
    assert [str(one) for one in told if any(one.is_in(name) for name in quiet)] == []


# By function of map_sizes.rs: for how many items half of its maps have room in the end, nine in ten, all.
ROOM_IN_THE_END = {"palette": (448, 448, 448), "cells": (14, 28, 56), "visitors": (28, 56, 112)}


@pytest.mark.parametrize(
    "build", [pytest.param(v, marks=needs_debians if v == "debian" else ()) for v in corpus.VARIANTS]
)
def test_what_maps_end_with_is_told_right(build):
    """Their items are of 3, 6 and 4 bytes, of which tables of two sizes share a power of two, or could be of
    larger items by the smallest table."""
    profile = corpus.profile_of(corpus.build(PROGRAMS["map_sizes"].source, build))
    told = {
        one["location"]["function"].rpartition("::")[2]: tuple(
            one["evidence"].get(key) for key in ("capacity_p50", "capacity_p90", "capacity_max")
        )
        for one in corpus.findings(profile, "usual")
        if one["rule"] == "hash-growth"
    }
    assert told == ROOM_IN_THE_END


@pytest.mark.parametrize("name", ["nothing", "tokenizer"])
def test_a_debug_build_is_told(name):
    """What it allocates is not what the release build does: so much has to be said, whatever else is."""
    told = corpus.read_report(corpus.profile_of(corpus.build(PROGRAMS[name].source, corpus.DEBUG_BUILD)))
    assert "debug-build" in {one.rule for one in told}


def confusion() -> str:
    """One line per rule: in how many places it was to come, how it came, and what came instead."""
    table: dict[str, Counter] = {}
    for outcomes, _ in _outcomes.values():
        for outcome in outcomes:
            table.setdefault("|".join(outcome.wanted.rules), Counter())[outcome.word] += 1
    lines = [f"{'expected':52} {'places':>6} {'leads':>6} {'also':>5}  instead"]
    for rule, words in sorted(table.items()):
        other = " ".join(f"{w} {n}" for w, n in words.most_common() if w not in ("leads", "also"))
        lines.append(f"{rule:52} {words.total():6} {words['leads']:6} {words['also']:5}  {other}")
    total = sum(words.total() for words in table.values())
    right = sum(words["leads"] + words["also"] for words in table.values())
    wrong = [f"  {name} ({variant}): {w}" for (name, variant), (_, ws) in _outcomes.items() for w in ws]
    lines.append(f"right: {right} of {total} ({right / max(total, 1):.1%}); wrong advice: {len(wrong)}")
    return "\n".join(lines + wrong)


def test_confusion(capsys):
    """Last: shows the table of all that was compared above."""
    text = confusion()
    corpus.MADE.mkdir(parents=True, exist_ok=True)
    (corpus.MADE / "confusion.txt").write_text(text + "\n")
    with capsys.disabled():
        print("\n" + text)
