"""Programs of the kind that allocators are tested with: many threads, blocks freed by others, realloc
storms, threads that come and go. They see no difference, and every event is counted, at the right site.

Not covered: hours; what a run does is chosen by a generator of its own, the same each time.
"""

import re
from pathlib import Path

import pytest

from support import c
from support.dhat import Profile
from support.programs import call, heapcoach_run

HERE = Path(__file__).parent
# given, resized: derived in stress.c
KINDS = {
    "churn": (8 * 20000, 0),
    "storm": (4 * 40, 4 * 40 * 16),
    "ring": (4 * 40000, 0),
    "fleeting": (400 * 50, 0),
}


@pytest.fixture(scope="module")
def stress() -> Path:
    return c.build(HERE / "stress.c", "-O2")


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_seen_and_everything_is_counted(kind, stress, tmp_path):
    given, resized = KINDS[kind]
    bare = call([stress, kind])
    run = heapcoach_run([stress, kind], tmp_path)
    assert (run.status, run.stdout) == (bare.returncode, bare.stdout) and bare.returncode == 0
    numbers = dict(re.findall(r"(\w+) (\d+)", run.stdout.decode()))
    assert numbers == {"given": str(given), "resized": str(resized), "left": "0", "wrong": "0"}
    profile = Profile(run.profile)
    made = profile.below("make")
    # reallocs are charged to the birth of the block, in `make`
    assert sum(pp["tbk"] for pp in made) == given + resized
    assert sum(pp["ebk"] for pp in made) == sum(pp["eb"] for pp in made) == 0
    assert profile.own_sums_below("make", ("births", "rl")) == {"births": given, "rl": resized}
    totals = profile.data["heapcoach"]["totals"]
    assert totals["peak_bytes"] + totals["peak_error_bytes"] >= max(pp["gb"] for pp in made)
    recorder = profile.data["heapcoach"]["recorder"]
    for key in ("events_missed_early", "events_missed_reentrant", "events_missed_no_room",
                "frees_unknown", "blocks_overwritten"):  # fmt: skip
        assert recorder[key] == 0, key
    assert recorder["stacks"]["lost"] == recorder["stacks"]["cut_by_depth"] == 0


def test_blocks_freed_by_other_threads_are_known_as_such(stress, tmp_path):
    profile = Profile(heapcoach_run([stress, "ring"], tmp_path).profile)
    assert profile.own_sums_below("make", ("fe",)) == {"fe": 4 * 40000}
