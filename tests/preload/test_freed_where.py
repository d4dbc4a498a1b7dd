"""Where blocks are freed, as the sampled frees say: each free is as likely as any other to be one of them,
whatever happens around it, and however seldom the clock is read."""

from pathlib import Path

import pytest

from support import c
from support.programs import heapcoach_run

HERE = Path(__file__).parent
FREES = 300_000
SAMPLE = 61  # one in so many, about


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
