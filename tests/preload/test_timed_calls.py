"""The calls that were timed are counted twice, by size for the program and by kind for the site of
the block: both counts are the same, whoever frees or grows the block.

Not covered: what they cost, which is another thing in each run.
"""

import pytest

from support.dhat import Profile
from support.programs import heapcoach_run

KINDS = ["alloc", "free", "grow_in_place", "grow_moved"]


def by_program(data: dict) -> list[int]:
    return [sum(calls for _, calls, *_ in data["heapcoach"]["costs"][kind]) for kind in KINDS]


def by_sites(points: list[dict]) -> list[int]:
    rows = [row for point in points for row in point["hc"].get("tc", [])]
    return [sum(calls for kind, calls, *_ in rows if kind == wanted) for wanted in range(len(KINDS))]


@pytest.mark.parametrize("name", ["box_churn", "handovers", "freed_elsewhere"])
def test_each_timed_call_is_charged_to_one_site(name, program, tmp_path):
    data = heapcoach_run([program(name)], tmp_path).profile
    assert sum(by_program(data)) > 0
    assert by_sites(data["pps"]) == by_program(data)


@pytest.mark.parametrize("pace_ns", ["0", "1000000"])
def test_what_was_freed_and_grown_stands_at_the_site_of_the_birth(pace_ns, program, tmp_path):
    """Whether the clock is read at each event or seldom."""
    profile = Profile(heapcoach_run([program("box_churn")], tmp_path, HEAPCOACH_PACE_NS=pace_ns).profile)
    alloc, free, *grown = by_sites(profile.below("one_box"))
    # one call in 127, of 10,000 of each
    assert 40 < alloc < 120 and 40 < free < 120
    assert grown == [0, 0]
