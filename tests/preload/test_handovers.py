"""Containers that are replaced by bigger ones: seen as handovers, also where the new one was itself
realloc'd meanwhile."""

import pytest

from support.dhat import Profile
from support.programs import heapcoach_run


@pytest.mark.parametrize(
    "function, n, new_bytes",
    [
        # 1 to 8 digits fit the first 8 bytes; with n + 1 digits the String doubles from n
        ("formatted", 992, sum(2 * n for n in range(8, 1000))),
        ("concatenated", 999, sum(4 * n for n in range(2, 1001))),
    ],
)
def test_each_replacement_by_a_bigger_one_is_a_handover(function, n, new_bytes, program, tmp_path):
    profile = Profile(heapcoach_run([program("handovers")], tmp_path).profile)
    of_function = [profile.data["pps"].index(pp) for pp in profile.below(function)]
    links = [
        link
        for link in profile.data["heapcoach"]["links"]
        if link["kind"] == "handover" and link["from"] in of_function and link["to"] in of_function
    ]
    assert sum(link["n"] for link in links) == n
    assert sum(link["to_bytes"] for link in links) == new_bytes
