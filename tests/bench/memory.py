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


def per_live_block(tools: dict[str, Tool], live: Path, blocks: int, rounds: int) -> list[dict]:
    """Resident memory with the recorder less that without, over the number of blocks."""
    anonymous, whole, recordings = [], [], []
    for _ in range(rounds):
        (bare, bare_all), _ = output_and_recording(tools[BARE], live, [blocks, LIVE_BYTES])
        (ours, ours_all), size = output_and_recording(tools[RECORDER], live, [blocks, LIVE_BYTES])
        anonymous.append((ours - bare) * 1024 / blocks)
        whole.append((ours_all - bare_all) * 1024 / blocks)
        recordings.append(size)
    what = f"at {blocks:,} live blocks of {LIVE_BYTES} B"
    return [
        figure(f"bytes per live block beyond the recording, {what}", statistics.median(anonymous), 24),
        figure(f"bytes per live block with all files, {what}", statistics.median(whole), None),
        figure(f"bytes of the recording, {what}", statistics.median(recordings), None),
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
