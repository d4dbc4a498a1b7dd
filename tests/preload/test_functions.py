"""What each interposed function is counted as. The numbers are every_function.c's."""

from pathlib import Path

import pytest

from support import c
from support.dhat import Profile
from support.programs import heapcoach_run

# caller: (function, bytes, blocks); all are live at the end
CALLS = {
    "call_malloc": ("malloc", 33, 3),
    "call_calloc": ("calloc", 84, 4),
    "call_realloc": ("realloc", 31, 1),
    "call_reallocarray": ("reallocarray", 82, 1),
    "call_posix_memalign": ("posix_memalign", 51, 1),
    "call_aligned_alloc": ("aligned_alloc", 61, 1),
    "call_memalign": ("memalign", 71, 1),
    "call_valloc": ("valloc", 81, 1),
    "call_pvalloc": ("pvalloc", 91, 1),
}


@pytest.fixture(scope="module")
def profile(tmp_path_factory) -> Profile:
    program = c.build(Path(__file__).parent / "every_function.c")
    return Profile(heapcoach_run([program], tmp_path_factory.mktemp("functions")).profile)


@pytest.mark.parametrize("caller", CALLS)
def test_a_call_is_counted_once_under_its_own_name(profile, caller):
    function, size, blocks = CALLS[caller]
    points = profile.below(caller)
    assert len(points) == 1
    assert {k: points[0][k] for k in ("tb", "tbk", "eb", "ebk")} == {
        "tb": size, "tbk": blocks, "eb": size, "ebk": blocks,
    }  # fmt: skip
    innermost = profile.frames[points[0]["fs"][0]]
    assert innermost.function == function and "libheapcoach.so" in innermost.file
    assert points[0]["hc"]["fn"] == function


@pytest.mark.parametrize(
    "caller, bytes_, events, live_bytes, live_blocks",
    [
        ("grow_and_shrink", 60, 3, 20, 1),
        ("realloc_to_nothing", 100, 1, 0, 0),
        ("failing", 200, 1, 200, 1),
        ("freed", 20000, 50, 0, 0),
    ],
)
def test_realloc_and_free_are_charged_to_the_birth(
    profile, caller, bytes_, events, live_bytes, live_blocks
):
    assert profile.sums_below(caller, ("tb", "tbk", "eb", "ebk")) == {
        "tb": bytes_, "tbk": events, "eb": live_bytes, "ebk": live_blocks,
    }  # fmt: skip
    assert len(profile.below(caller)) == 1


def test_a_block_of_size_zero_is_a_block(profile):
    assert profile.sums_below("of_size_zero", ("tbk", "ebk")) == {"tbk": 2, "ebk": 1}


def test_reallocs_are_counted_apart(profile):
    assert profile.own_sums_below("grow_and_shrink", ("births", "rl", "rs")) == {
        "births": 1, "rl": 2, "rs": 1,
    }  # fmt: skip
