"""Where blocks are freed, as the sampled frees say: each free is as likely as any other to be one of them,
whatever happens around it, and however seldom the clock is read."""

from pathlib import Path

import pytest

from support import c
from support.programs import heapcoach_run

HERE = Path(__file__).parent
FREES = 300_000
SAMPLE = 61  # one in so many, about: REC_FREE_SAMPLE, and
UNSEEN, FIRST = 8, 4  # REC_FREE_UNSEEN and REC_FREE_FIRST
STACKS = 20  # of first_frees.c


@pytest.mark.parametrize("pace_ns", ["0", "800", "1000000"])
def test_places_are_sampled_by_how_often_they_free(pace_ns, tmp_path):
    data = heapcoach_run([c.build(HERE / "freed_where.c")], tmp_path, HEAPCOACH_PACE_NS=pace_ns).profile
    names = data["ftbl"]
    counts = {"near": 0, "far": 0}
    for link in data["heapcoach"]["links"]:
        if link["kind"] == "freed":
            stack = " ".join(names[i] for i in link["to_fs"])
            for place in counts:
                counts[place] += link["n"] if f" {place} " in stack else 0
    total = sum(counts.values())
    # The two places' shares are a third and two thirds; 5,000 samples lie within 3 % of that.
    assert FREES / SAMPLE / 2 < total < FREES / SAMPLE * 2
    assert abs(counts["near"] / total - 1 / 3) < 0.06, counts


@pytest.mark.parametrize("pace_ns", ["0", "1000000"])
def test_the_first_frees_of_a_stack_are_looked_at_but_of_few(pace_ns, tmp_path):
    """Of 8 none, of more the ninth to the twelfth; and of all one in some, as above."""
    data = heapcoach_run([c.build(HERE / "first_frees.c")], tmp_path, HEAPCOACH_PACE_NS=pace_ns).profile
    names = data["ftbl"]
    looks = {(how, n): 0 for how in ("at_once", "later", "resized") for n in (8, 9, 12, 30)}
    for link in data["heapcoach"]["links"]:
        if link["kind"] == "freed":
            birth = " ".join(names[i] for i in data["pps"][link["from"]]["fs"])
            for how, n in looks:
                looks[how, n] += link["n"] if f" {how} " in birth and f" blocks_{n} " in birth else 0
    for (how, n), seen in looks.items():
        least = STACKS * min(max(n - UNSEEN, 0), FIRST)
        by_chance = STACKS * n / SAMPLE
        assert least <= seen <= least + 2 * by_chance + 2, (how, n, looks)
