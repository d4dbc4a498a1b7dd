"""A thread's latest allocation is freed in a shorter way than others, as long as the clock was not read since:
nothing else may be taken for it, and it may not be taken for anything else."""

from pathlib import Path

import pytest

from support import c
from support.dhat import Profile
from support.programs import heapcoach_run

HERE = Path(__file__).parent
ROUNDS = 3000
KEYS = ("tb", "tbk", "eb", "ebk", "gb", "gbk")
FIRST = {
    "at_once": 24 * (ROUNDS + 1),
    "beside_another": (56 + 72) * ROUNDS,
    "grown": (88 + 3000) * ROUNDS,
    "of_two_sizes": 112 * ROUNDS,
    "passed_on": 136 * ROUNDS,
    "again": 136 * ROUNDS,
    "after_null": 40 * ROUNDS,
}
BLOCKS = {"at_once": ROUNDS + 1, "beside_another": 2 * ROUNDS, "grown": 2 * ROUNDS}


@pytest.mark.parametrize("pace_ns", ["0", "800", "1000000"])
def test_whatever_becomes_of_it_is_counted(pace_ns, tmp_path):
    profile = Profile(
        heapcoach_run([c.build(HERE / "latest.c")], tmp_path, HEAPCOACH_PACE_NS=pace_ns).profile
    )
    for function, total in FIRST.items():
        sums = profile.sums_below(function, KEYS)
        left = 1 if function == "after_null" else 0
        assert (sums["tb"], sums["tbk"]) == (total, BLOCKS.get(function, ROUNDS)), function
        assert (sums["eb"], sums["ebk"]) == (40 * left, left), function
    recorder = profile.data["heapcoach"]["recorder"]
    assert recorder["frees_unknown"] == recorder["blocks_overwritten"] == 0
    lives = {
        name: [bar for point in profile.below(name) for bar in point["hc"].get("lah", [])] for name in FIRST
    }
    assert {bucket for bucket, _ in lives["at_once"]} == {0}
    assert sum(n for _, n in lives["at_once"]) == ROUNDS + 1
    assert sum(n for _, n in lives["passed_on"]) == 0, "another thread has freed these"
