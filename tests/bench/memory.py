"""What recording takes of memory: per live block, per site, and whether a long run's recording grows."""

import json
import statistics
import subprocess
from pathlib import Path

from bench.loads import figure
from bench.measure import folder_for_output
from bench.tools import BARE, RECORDER, Tool
from support.paths import HEAPCOACH
from support.programs import clean_environment

LIVE_BLOCKS, LIVE_BYTES = 10_000_000, 40
MANY_PATHS = 8192  # each with two sites
FEW_PATHS = 64
EVENTS = 1_000_000


def output_and_recording(tool: Tool, program: Path, arguments: list) -> tuple[list[int], int]:
    """What it printed, and how big its recording is."""
    with folder_for_output() as folder:
        command, env = tool.for_run(program, arguments, Path(folder))
        words = subprocess.check_output(
            [str(c) for c in command], env=clean_environment(**env), text=True
        ).split()
        return [int(w) for w in words], sum(f.stat().st_size for f in Path(folder).glob("*.rec"))


def sites_of(program: Path, arguments: list) -> tuple[int, int]:
    """Sites of a run, and bytes of its recording."""
    with folder_for_output() as folder:
        profile = Path(folder) / "profile.json"
        command = [HEAPCOACH, "run", "-q", "-o", profile, "--", program, *arguments]
        subprocess.run(
            [str(c) for c in command], check=True, stdout=subprocess.DEVNULL, env=clean_environment()
        )
        recorder = json.loads(profile.read_text())["heapcoach"]["recorder"]
        return recorder["sites"], recorder["recording_bytes"]


def resident(tool: Tool, live: Path, blocks: int, rounds: int) -> list[int]:
    """Resident bytes with that many blocks, anonymous ones and all; medians."""
    runs = [output_and_recording(tool, live, [blocks, LIVE_BYTES])[0] for _ in range(rounds)]
    return [1024 * int(statistics.median(kinds)) for kinds in zip(*runs)]


def per_live_block(tools: dict[str, Tool], live: Path, blocks: int, rounds: int) -> list[dict]:
    """Resident memory with the recorder less that without. What each block takes is the difference between
    `blocks` and half of them; what is there in any case is told beside it."""
    added = {}
    for n in (blocks // 2, blocks):
        ours, bare = (resident(tools[t], live, n, rounds) for t in (RECORDER, BARE))
        added[n] = [a - b for a, b in zip(ours, bare)]
    each = (added[blocks][0] - added[blocks // 2][0]) / (blocks - blocks // 2)
    what = f"{blocks:,} live blocks of {LIVE_BYTES} B"
    return [
        figure(f"bytes per live block beyond the recording, to {what}", round(each, 2), 24),
        figure(f"tables, bytes, {what}", added[blocks][0], None),
        figure(f"tables, recording and code, bytes, {what}", added[blocks][1], None),
    ]


def per_site(churn: Path, leaf: str) -> list[dict]:
    few_sites, few = sites_of(churn, [25, FEW_PATHS, 1, FEW_PATHS * 50, leaf, 0])
    many_sites, many = sites_of(churn, [25, MANY_PATHS, 1, MANY_PATHS * 50, leaf, 0])
    each = (many - few) / (many_sites - few_sites)
    return [
        figure(f"bytes of the recording, {few_sites} sites, {leaf}", few, None),
        figure(f"bytes of the recording per site, {many_sites:,} sites, {leaf}", each, 1000),
    ]


def long_run(tools: dict[str, Tool], churn: Path, events: int) -> list[dict]:
    """The recording of a long run against that of a million events at the same sites."""
    sizes = [
        output_and_recording(tools[RECORDER], churn, [25, 512, 1, n])[1] for n in (EVENTS, events)
    ]
    what = f"recording of {events:,} events less that of {EVENTS:,}, bytes"
    return [figure(what, sizes[1] - sizes[0], 0)]
