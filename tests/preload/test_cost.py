"""The hot path does not get longer unnoticed: instructions that an event costs, counted by callgrind.

Counts, not times: for one compiler they are the same on every run. The figures below are those of
Debian 12 (gcc 12, rustc 1.95, glibc 2.36); another compiler may need a little more, so the limit is
a tenth above. Under callgrind the program runs so slowly that the clock is read at every event,
about 50 instructions that a real run spends on one event in eight.

Not covered: threads, slow paths, the cost of a cache miss.
"""

import re
import shutil
import subprocess

import pytest

from bench.tools import build_program
from support.paths import LIBRARY
from support.programs import clean_environment

LOADER = "/lib64/ld-linux-x86-64.so.2"
# load (churn.rs: DEPTH PATHS THREADS, then "growing"), instructions per event that recording adds
FIGURES = [
    ("12 1 1", "", 507),
    ("60 1 1", "", 690),
    ("12 1 1", "growing", 726),
    ("25 512 1", "", 574),
]
EVENTS = (20_000, 40_000)  # the difference leaves out the start and what is learnt once


def instructions(command: list, env: dict) -> int:
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command],
        capture_output=True,
        text=True,
        env=clean_environment(**env),
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return int(re.search(r"Collected : (\d+)", done.stderr).group(1))


def per_event(before: list, load: str, leaf: str, folder) -> float:
    counts = []
    for events in EVENTS:
        env = {"HEAPCOACH_FINISH": "0", "HEAPCOACH_RECORDING": str(folder / f"{events}.rec")}
        command = [*before, build_program(), *load.split(), str(events), *leaf.split()]
        counts.append(instructions(command, env))
    return (counts[1] - counts[0]) / (EVENTS[1] - EVENTS[0])


@pytest.mark.skipif(not shutil.which("valgrind"), reason="no valgrind")
@pytest.mark.parametrize("load,leaf,figure", FIGURES)
def test_an_event_costs_no_more_instructions_than_it_did(load, leaf, figure, tmp_path):
    bare = per_event([], load, leaf, tmp_path)
    recorded = per_event([LOADER, "--preload", LIBRARY], load, leaf, tmp_path)
    assert recorded - bare > figure / 3, "nothing was recorded"
    assert recorded - bare <= figure * 1.1
