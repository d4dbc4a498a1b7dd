"""What other recorders were seen to stumble over and no other test here shows; tests/traps.py lists all.

Not covered: C libraries other than the one at hand.
"""

import subprocess
from pathlib import Path

import pytest

from support import c
from support.dhat import Profile
from support.paths import LIBRARY
from support.programs import call, heapcoach_run, preloaded_run

HERE = Path(__file__).parent


@pytest.mark.parametrize("checked", ["0", "1"])
@pytest.mark.parametrize("first", ["it", "us"])
def test_what_is_allocated_before_our_constructor_is_counted(first, checked, program, tmp_path):
    early = c.build(HERE / "early.c", "-shared", "-fPIC")
    preload = f"{early}:{LIBRARY}" if first == "it" else f"{LIBRARY}:{early}"
    run = preloaded_run([program("ends"), "exit"], tmp_path, preload=preload, HEAPCOACH_CHECK_UNWIND=checked)
    profile = Profile(run.profile)
    assert profile.sums_below("before_all_others", ("tb", "tbk", "ebk")) == {
        "tb": 165, "tbk": 5, "ebk": 5,
    }  # fmt: skip
    recorder = profile.data["heapcoach"]["recorder"]
    assert recorder["events_missed_early"] == recorder["walks"]["differences"] == 0
    # the loader's entry, which has no rules, is known to be the first frame
    assert recorder["stacks"]["lost"] == 0
    (stack,) = (stack for _, stack in profile.stacks() if any(f.function == "before_all_others" for f in stack))
    assert "/ld-" in stack[-1].file


def test_an_address_that_realloc_has_left_may_be_anothers_at_once(tmp_path):
    """Noted after the real call, the move would take the other thread's block for its own."""
    allocator = c.build(HERE / "handing_allocator.c", "-shared", "-fPIC", "-fno-builtin")
    run = preloaded_run([c.build(HERE / "realloc_race.c")], tmp_path, preload=f"{LIBRARY}:{allocator}")
    assert (run.status, run.stdout) == (0, b"100\n")
    profile = Profile(run.profile)
    assert profile.sums_below("moving", ("tb", "tbk", "eb", "ebk")) == {
        "tb": 100 * (2000 + 3000), "tbk": 200, "eb": 0, "ebk": 0,
    }  # fmt: skip
    assert profile.sums_below("taking", ("tb", "tbk", "eb", "ebk")) == {
        "tb": 100 * 2000, "tbk": 100, "eb": 0, "ebk": 0,
    }  # fmt: skip
    recorder = profile.data["heapcoach"]["recorder"]
    assert recorder["frees_unknown"] == recorder["blocks_overwritten"] == 0


def test_a_block_is_as_old_as_its_birth(tmp_path):
    profile = Profile(heapcoach_run([c.build(HERE / "long_life.c")], tmp_path).profile)
    (point,) = profile.below("old")
    # in allocations of its thread: the others, and its own realloc
    assert point["hc"]["la"] == 1001


def test_a_library_finds_its_own_by_its_own_path(tmp_path):
    """The loader looks where the caller of dlopen says: that must not be us."""
    inner = tmp_path / "inner"
    inner.mkdir()
    for flags in (
        ["-shared", "-fPIC", "-DFOUND", "-o", inner / "libfound-by-runpath.so"],
        ["-shared", "-fPIC", "-Wl,-rpath,$ORIGIN/inner", "-o", tmp_path / "libfinder.so"],
        ["-DMAIN", "-Wl,-rpath,$ORIGIN", f"-L{tmp_path}", "-o", tmp_path / "main"],
    ):
        tail = ["-lfinder"] if "-DMAIN" in flags else []
        subprocess.run(["gcc", *flags, HERE / "finder.c", *tail], check=True)
    assert call([tmp_path / "main"]).returncode == 0
    run = heapcoach_run([tmp_path / "main"], tmp_path)
    assert run.status == 0
    assert Profile(run.profile).sums_below("found", ("tb", "tbk")) == {"tb": 77, "tbk": 1}
