#!/usr/bin/python3
"""Measures what recording costs: one program bare, under heapcoach and under heaptrack.

    tests/bench/bench.py [--rounds N] [--events N] [--quick]

Prints one table and writes build/bench.json. README.md beside this file says how to read it.
The runs are interleaved (bare, heapcoach, heaptrack, bare, ...), so that what else the machine does
falls on all alike; each figure is the median of the rounds.
"""

import argparse
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.paths import BUILD, HEAPCOACH, LIBRARY, ROOT  # noqa: E402
from support.programs import clean_environment  # noqa: E402


@dataclass(frozen=True)
class Load:
    """Arguments of churn.rs."""

    name: str
    depth: int
    paths: int
    threads: int
    leaf: tuple[str, ...] = ()


LOADS = [
    Load("12 frames", 12, 1, 1),
    Load("60 frames", 60, 1, 1),
    Load("25 frames, 512 paths", 25, 512, 1),
    Load("12 frames, growing", 12, 1, 1, ("growing",)),
    Load("12 frames, 2 threads", 12, 16, 2),
]
BARE = "bare"
RECORDER = "heapcoach, recording"
RUN = "heapcoach run"
HEAPTRACK = "heaptrack -r"


def build_program() -> Path:
    program = BUILD / "bench" / "churn"
    source = Path(__file__).with_name("churn.rs")
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        program.parent.mkdir(parents=True, exist_ok=True)
        flags = ["--edition", "2021", "-C", "opt-level=3", "-C", "debuginfo=1"]
        subprocess.run(["rustc", *flags, "-o", program, source.relative_to(ROOT)], cwd=ROOT, check=True)
    return program


def tools(folder: Path) -> dict:
    """For each tool: (what stands before the program's command, environment)."""
    found = {
        BARE: ([], {}),
        RECORDER: (
            [],
            {"LD_PRELOAD": str(LIBRARY), "HEAPCOACH_DIR": str(folder), "HEAPCOACH_FINISH": "0"},
        ),
        RUN: ([HEAPCOACH, "run", "-o", folder / "profile.json", "--"], {}),
    }
    if shutil.which("heaptrack"):
        found[HEAPTRACK] = (["heaptrack", "-r", "-o", folder / "heaptrack"], {})
    return found


def measure(command: list, env: dict) -> dict:
    """Wall time, and processor time of the command and all that it waited for, in seconds; the most
    memory that one of them had, in KiB."""
    start = time.monotonic()
    child = subprocess.Popen(
        [str(c) for c in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=clean_environment(**env),
    )
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit(f"bench: {' '.join(map(str, command))} ended with {child.returncode}")
    return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "rss_kib": usage.ru_maxrss}


def measure_load(program: Path, load: Load, events: int, rounds: int) -> dict:
    arguments = [load.depth, load.paths, load.threads, events, *load.leaf]
    made = int(subprocess.check_output([program, *map(str, arguments)]))
    runs: dict[str, list] = {}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            for tool, (before, env) in tools(Path(folder)).items():
                runs.setdefault(tool, []).append(measure([*before, program, *arguments], env))
    result = {"load": load.name, "arguments": arguments, "events": made, "tools": {}}
    for tool, all_runs in runs.items():
        medians = {k: statistics.median(r[k] for r in all_runs) for k in all_runs[0]}
        result["tools"][tool] = {**medians, "runs": all_runs}
    bare = result["tools"][BARE]
    for figures in result["tools"].values():
        figures["wall_ratio"] = figures["wall"] / bare["wall"]
        figures["cpu_ratio"] = figures["cpu"] / bare["cpu"]
        figures["ns_per_event"] = (figures["wall"] - bare["wall"]) / made * 1e9
    return result


def table(results: list[dict]) -> str:
    """One line per load and tool; times in milliseconds."""
    lines = [
        f"{'load':<22}{'tool':<22}{'wall ms':>9}{'cpu ms':>9}{'wall x':>8}{'cpu x':>8}"
        f"{'ns/event':>10}{'MiB':>7}"
    ]
    for result in results:
        name = result["load"]
        for tool, f in result["tools"].items():
            lines.append(
                f"{name:<22}{tool:<22}{f['wall'] * 1e3:>9.0f}{f['cpu'] * 1e3:>9.0f}"
                f"{f['wall_ratio']:>8.2f}{f['cpu_ratio']:>8.2f}{f['ns_per_event']:>10.0f}"
                f"{f['rss_kib'] / 1024:>7.0f}"
            )
            name = ""
    return "\n".join(lines)


def machine() -> dict:
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return {
        "processor": model.group(1) if model else platform.machine(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "rustc": subprocess.check_output(["rustc", "-V"], text=True).strip(),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--events", type=int, default=6_000_000)
    parser.add_argument("--quick", action="store_true", help="one round of few events: does it work?")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.rounds, chosen.events = 1, 50_000
    program = build_program()
    if not shutil.which("heaptrack"):
        print("bench: no heaptrack here, so it is not compared", file=sys.stderr)
    results = [measure_load(program, load, chosen.events, chosen.rounds) for load in LOADS]
    out = BUILD / "bench.json"
    out.write_text(json.dumps({"machine": machine(), "rounds": chosen.rounds, "results": results},
                              indent=1) + "\n")  # fmt: skip
    print(table(results))
    print(f"\n{chosen.rounds} rounds, medians; all figures in {out.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
