"""Stacks that cannot be unwound: code without rules or with wrong ones, code made at run time, frames
overwritten, a library whose .eh_frame is garbage. Every event is counted, under as much of its stack as
can be known; the rest is marked. Nothing crashes, nothing goes round for ever, and libunwind, given the
same memory, sees the same.
"""

import random
import subprocess
from pathlib import Path

import pytest

from support import c
from support.dhat import Profile
from support.programs import call, heapcoach_run

HERE = Path(__file__).parent
UNKNOWN = "[outer frames unknown]"
TIMES = 100
# kind: calls of `bottom` per time, the innermost frame that is known, and how many of the
# stacks are said to be whole per time: where a return address of 0 is found, which ends a stack, and
# where the overwritten rbp leads to a frame further out
KINDS = {
    "no_rules": (1, "asm_without_rules", 0),
    "wrong_rules": (5, "asm_with_wrong_rules", 1),
    "wrong_rbps": (7, "asm_with_wrong_rbp", 1),
    "made_at_run_time": (1, "bottom", 0),
    "overwritten": (6, "overwrite", 1),
}


@pytest.fixture(scope="module")
def broken_frames() -> Path:
    return c.build(HERE / "broken_frames.c", "-fno-omit-frame-pointer")


@pytest.mark.parametrize("checked", ["0", "1"])
@pytest.mark.parametrize("kind", KINDS)
def test_events_below_broken_frames_are_counted_and_marked(kind, checked, broken_frames, tmp_path):
    per_time, known, whole = KINDS[kind]
    run = heapcoach_run([broken_frames, kind, str(TIMES)], tmp_path, HEAPCOACH_CHECK_UNWIND=checked)
    assert (run.status, run.stdout) == (7, b"")
    n = per_time * TIMES
    profile = Profile(run.profile)
    expected = {"tb": 60 * n, "tbk": n, "ebk": 0}
    assert profile.sums_below("bottom", ("tb", "tbk", "ebk")) == expected
    assert profile.sums_below(known, ("tb", "tbk", "ebk")) == expected
    recorder = profile.data["heapcoach"]["recorder"]
    assert recorder["stacks"]["lost"] == n - whole * TIMES
    marked = sum(
        pp["tbk"] for pp, stack in profile.stacks() if stack and stack[-1].function == UNKNOWN
    )
    assert marked == n - whole * TIMES
    assert recorder["walks"]["differences"] == 0
    assert recorder["walks"]["checked"] > n if checked == "1" else recorder["walks"]["checked"] == 0
    # what cannot be an address of code is no frame
    assert all(
        4095 <= frame.address < 1 << 47
        for pp, stack in profile.stacks()
        for frame in stack
        if frame.function == "???"
    )


def section(file: Path, name: str) -> tuple[int, int]:
    """Where a section is in the file: offset, bytes."""
    listed = subprocess.run(["readelf", "-SW", file], check=True, capture_output=True, text=True)
    for line in listed.stdout.splitlines():
        words = line.replace("[ ", "[").split()
        if len(words) > 5 and words[1] == name:
            return int(words[4], 16), int(words[5], 16)
    raise ValueError(name)


@pytest.mark.parametrize("name", [".eh_frame", ".eh_frame_hdr"])
@pytest.mark.parametrize("seed", range(8))
def test_a_corrupt_unwind_table_costs_frames_and_nothing_else(name, seed, program, tmp_path):
    """A few bytes of the table are replaced (of .eh_frame_hdr, whose search table the loader does not
    read). Rust's own unwinder would read the same table, so the program must not panic."""
    sound = program("box_churn")
    bare = call([sound])
    rng = random.Random(f"{name} {seed}")
    corrupt = tmp_path / "corrupt"
    bytes_ = bytearray(sound.read_bytes())
    start, size = section(sound, name)
    for _ in range(size // 40):
        bytes_[start + rng.randrange(size)] = rng.randrange(256)
    corrupt.write_bytes(bytes_)
    corrupt.chmod(0o755)
    for checked in ("0", "1"):
        run = heapcoach_run([corrupt], tmp_path, HEAPCOACH_CHECK_UNWIND=checked)
        assert (run.status, run.stdout) == (bare.returncode, bare.stdout)
        totals = run.profile["heapcoach"]["totals"]
        assert (totals["blocks"], totals["end_blocks"]) == totals_of(sound, tmp_path)


def totals_of(sound: Path, folder: Path, known={}) -> tuple[int, int]:
    if sound not in known:
        totals = heapcoach_run([sound], folder).profile["heapcoach"]["totals"]
        known[sound] = (totals["blocks"], totals["end_blocks"])
    return known[sound]
