"""How long blocks live, where events come so quickly that they share readings of the clock."""

from pathlib import Path

from support import c
from support.dhat import Profile
from support.programs import heapcoach_run

HERE = Path(__file__).parent
PAUSE_US = 20_000


def test_a_large_block_is_as_old_as_the_pause_that_it_is_held_over(tmp_path):
    program = c.build(HERE / "large_block.c")
    profile = Profile(heapcoach_run([program], tmp_path, HEAPCOACH_PACE_NS="1000000").profile)
    (large,) = profile.below("large")
    assert large["tbk"] == 1
    assert large["tl"] >= PAUSE_US, "by the clock as it was read before"
