"""Threads as few programs have them: a thousand at once, stacks of 16 KiB, coroutines, destructors at
a thread's end, handlers that allocate in the middle of the recorder's work or jump out, a hundred
thousand frames. The program runs as without the recorder, and every event is counted, or counted as
missed where it cannot be.

Not covered: handlers that jump out of the recorder's own work (no allocator bears that either).
"""

from pathlib import Path

import pytest

from support import c
from support.dhat import Profile
from support.paths import LIBRARY
from support.programs import call, heapcoach_run, preloaded_run

HERE = Path(__file__).parent
MISSED = ("events_missed_early", "events_missed_reentrant", "events_missed_no_room",
          "frees_unknown", "blocks_overwritten")  # fmt: skip


@pytest.fixture(scope="module")
def odd_threads() -> Path:
    return c.build(HERE / "odd_threads.c")


# kind: function, what it allocates (bytes, blocks, of these live at the end)
ODD = {
    "thousand": ("in_one_of_many", 1000 * (24 + 8), 2000, 1000),
    "one_by_one": ("in_short_life", 3000 * (32 + 16), 6000, 3000),
    # 4 schedulers, 100 turns, each with 20 coroutines: once before the switch, once after
    "coroutines": ("in_coroutine", 4 * 100 * 20 * 2 * 40, 16000, 0),
    # reallocs are charged to the block's birth, in with_values
    "destructors": ("in_key_destructor", 50 * 40 * 12, 2000, 2000),
    "jumps": ("in_jumping_handler", 1000 * 70, 1000, 0),
    "deep": ("descend", 40 * 33, 40, 0),
}


@pytest.mark.parametrize("kind", ODD)
def test_every_event_of_odd_threads_is_counted(kind, odd_threads, tmp_path):
    function, size, blocks, live = ODD[kind]
    run = heapcoach_run([odd_threads, kind], tmp_path)
    assert (run.status, run.stdout) == (0, b"")
    profile = Profile(run.profile)
    assert profile.sums_below(function, ("tb", "tbk", "ebk")) == {
        "tb": size, "tbk": blocks, "ebk": live,
    }  # fmt: skip
    recorder = profile.data["heapcoach"]["recorder"]
    assert {key: recorder[key] for key in MISSED} == dict.fromkeys(MISSED, 0)
    # however deep, a stack is walked to the limit and marked
    cut = recorder["stacks"]["cut_by_depth"]
    assert cut >= 40 if kind == "deep" else cut == 0


@pytest.mark.parametrize("kind", ["coroutines", "jumps", "destructors", "deep"])
def test_their_stacks_are_libunwinds(kind, odd_threads, tmp_path):
    run = heapcoach_run([odd_threads, kind], tmp_path, HEAPCOACH_CHECK_UNWIND="1")
    walks = run.profile["heapcoach"]["recorder"]["walks"]
    assert walks["checked"] >= 40 and walks["differences"] == 0


def test_the_stacks_of_ended_threads_do_not_get_in_each_others_way(odd_threads, tmp_path):
    """Sets of counters are handed on: as many as there were threads at once, not in all."""
    run = heapcoach_run([odd_threads, "one_by_one"], tmp_path)
    recorder = run.profile["heapcoach"]["recorder"]
    assert recorder["threads"] == 3001
    assert recorder["sites"] < 40 and recorder["recording_bytes"] < 2 << 20


def test_cancelled_threads_lose_nothing(odd_threads, tmp_path):
    run = heapcoach_run([odd_threads, "cancelled"], tmp_path)
    rounds = int(run.stdout)
    assert run.status == 0 and rounds >= 100
    profile = Profile(run.profile)
    assert profile.sums_below("in_cancelled", ("tb", "tbk", "ebk")) == {
        "tb": 10 * rounds, "tbk": rounds, "ebk": 0,
    }  # fmt: skip
    # and what the C library itself allocates to unwind them is given back, or is its own
    assert profile.data["heapcoach"]["recorder"]["frees_unknown"] == 0


def counted(profile: dict) -> int:
    """Calls that were recorded or are said to have been missed."""
    totals, recorder = profile["heapcoach"]["totals"], profile["heapcoach"]["recorder"]
    assert recorder["frees_unknown"] == recorder["blocks_overwritten"] == 0
    return (
        totals["blocks"]  # DHAT counts reallocs as blocks
        + totals["frees"]
        + recorder["events_missed_reentrant"]
        + recorder["events_missed_early"]
    )


def test_events_of_handlers_in_the_recorders_own_work_are_all_counted_as_missed(tmp_path):
    allocator = c.build(HERE / "bump_allocator.c", "-shared", "-fPIC", "-O2")
    preload = f"{LIBRARY}:{allocator}"
    storm = c.build(HERE / "signal_storm.c")
    bare = call([storm], LD_PRELOAD=str(allocator))
    assert bare.returncode == 0
    run = preloaded_run([storm], tmp_path, preload=preload)
    assert (run.status, run.stderr) == (0, b"")
    calls, handlers = map(int, run.stdout.split())
    assert calls == 3 * 3 * 60000 + 3 * handlers
    # besides: the C library's for 3 threads, and for stdout
    assert handlers > 100 and counted(run.profile) == calls + 4
    recorder = run.profile["heapcoach"]["recorder"]
    assert 0 < recorder["events_missed_reentrant"] <= 3 * handlers
    assert recorder["stacks"]["whole"] == run.profile["heapcoach"]["totals"]["blocks"]


def test_the_first_event_may_be_on_a_coroutines_stack(tmp_path):
    """Where the main thread's own stack ends is known all the same; and nothing is read that is no part of it."""
    run = heapcoach_run([c.build(HERE / "first_event.c", "-fcf-protection=none")], tmp_path)
    assert run.status == 0
    # the coroutines' frames seem to be called by what lies before `finish`
    own = [point["tbk"] for point in run.profile["pps"] if point["tb"] == 20 * point["tbk"]]
    assert own == [1000]
    walks = run.profile["heapcoach"]["recorder"]["walks"]
    assert walks["foreign"] < 5 and walks["remembered"] > 900
