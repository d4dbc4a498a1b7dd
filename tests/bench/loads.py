"""What the alloc-bound program is asked to do, and what is worked out of it: see README.md."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from bench.measure import folder_for_output, measure, medians
from bench.tools import (
    BARE,
    DHAT,
    DHAT_RS,
    DHAT_RS_ALL,
    HEAPSCOPE,
    HEAPTRACK,
    HEAPTRACK_AWAY,
    MEMRAY,
    RECORDER,
    RUN,
    SAMPLE,
    Tool,
)

OWN = (BARE, RECORDER)
SOME = (*OWN, RUN, SAMPLE, HEAPTRACK, HEAPTRACK_AWAY)
ALL = (*SOME, HEAPSCOPE, DHAT_RS, DHAT_RS_ALL, DHAT, MEMRAY)
FEW_EVENTS = 1000


@dataclass(frozen=True)
class Load:
    """Arguments of churn.rs, and how many of it share the events, side by side."""

    name: str
    depth: int
    paths: int
    threads: int
    events: int
    tools: tuple[str, ...]
    leaf: str = "short"
    skip: int = 0
    processes: int = 1

    def arguments(self, events: int) -> list:
        return [self.depth, self.paths, self.threads, events, self.leaf, self.skip]


def thread_counts() -> list[int]:
    cores = os.cpu_count() or 1
    return sorted({n for n in (1, 2, 4, 8, 16, 32, 64, 128) if n <= cores} | {cores})


def threads_load(n: int, growing: bool = False) -> str:
    what = "growing" if growing else "12 frames"
    return f"{what}, 16 paths, {n} thread{'s' if n > 1 else ''}"


def processes_load(n: int) -> str:
    return f"12 frames, 16 paths, {n} processes"


FRAMES_12, FRAMES_60, FRAMES_500 = "12 frames", "60 frames", "500 frames"
PATHS = "25 frames, 512 paths"
CHANGES = [f"60 frames, {where} ones change" for where in ("outermost", "middle", "innermost")]

LOADS = [
    Load(FRAMES_12, 12, 1, 1, 6_000_000, ALL),
    Load(PATHS, 25, 512, 1, 3_000_000, ALL),
    Load("12 frames, the main thread waits", 12, 1, 0, 6_000_000, (*OWN, HEAPTRACK_AWAY)),
    Load("12 frames, growing", 12, 1, 1, 6_000_000, SOME, "growing"),
    Load(FRAMES_60, 60, 1, 1, 3_000_000, (*OWN, HEAPTRACK_AWAY)),
    Load(FRAMES_500, 500, 1, 1, 600_000, OWN),
    *(Load(name, 60, 8, 1, 3_000_000, OWN, skip=skip) for name, skip in zip(CHANGES, (0, 28, 54))),
    *(
        Load(threads_load(n), 12, 16, n, 18_000_000, (*OWN, HEAPTRACK, HEAPTRACK_AWAY))
        for n in thread_counts()
    ),
    *(
        Load(processes_load(n), 12, 16, 1, 18_000_000, OWN, processes=n)
        for n in thread_counts()[1:]
    ),
    *(
        Load(threads_load(n, growing=True), 12, 16, n, 6_000_000, (*OWN, HEAPTRACK, HEAPTRACK_AWAY), "growing")
        for n in thread_counts()
    ),
]


def run_once(tool: Tool, program: Path, load: Load, events: int) -> dict:
    with folder_for_output() as folder:
        run = tool.for_run(program, load.arguments(events // load.processes), Path(folder))
        if load.processes == 1:
            return measure(*run)
        return measure_together(run, load.processes)


def measure_together(run: tuple[list, dict], n: int) -> dict:
    """The same started n times at once: until the last has ended."""
    start = time.monotonic()
    with ThreadPoolExecutor(n) as pool:
        made = list(pool.map(lambda _: measure(*run), range(n)))
    sums = {key: sum(m[key] for m in made) for key in ("cpu", "memory")}
    return {"wall": time.monotonic() - start, **sums}


def all_events(load: Load, tool: Tool, few: dict, some: dict) -> dict:
    """What the whole load would have taken, without the start, from two runs of a slow tool."""
    events = load.events // tool.share - FEW_EVENTS
    return {k: (some[k] - few[k]) / events * load.events for k in ("wall", "cpu")}


def measure_load(program: Path, load: Load, tools: dict[str, Tool], rounds: int) -> dict:
    """All tools in turn, `rounds` times round."""
    wanted = [tools[name] for name in load.tools if name in tools]
    runs: dict[str, list] = {tool.name: [] for tool in wanted}
    for _ in range(rounds):
        for tool in wanted:
            made = run_once(tool, program, load, load.events // tool.share)
            if tool.share > 1:
                made = all_events(load, tool, run_once(tool, program, load, FEW_EVENTS), made)
            runs[tool.name].append(made)
    result = {
        "load": load.name,
        "arguments": load.arguments(load.events // load.processes),
        "processes": load.processes,
        "events": load.events,
        "tools": {},
    }
    for name, all_runs in runs.items():
        result["tools"][name] = {**medians(all_runs), "runs": all_runs, "share": tools[name].share}
    bare = result["tools"][BARE]
    for figures in result["tools"].values():
        figures["wall_ratio"] = figures["wall"] / bare["wall"]
        figures["cpu_ratio"] = figures["cpu"] / bare["cpu"]
        figures["ns_per_event"] = (figures["wall"] - bare["wall"]) / load.events * 1e9
    return result


def smaller(load: Load, events: int) -> Load:
    return replace(load, events=min(load.events, events))


# ---- what is worked out ----


def added(result: dict, tool: str, clock: str) -> float:
    return result["tools"][tool][clock] - result["tools"][BARE][clock]


def per_frame(results: dict[str, dict]) -> list[dict]:
    """What one more remembered frame costs: an allocation and its free under deep stacks against the
    same under 12 frames."""
    few = results[FRAMES_12]
    found = []
    for name in (FRAMES_60, FRAMES_500):
        deep = results[name]
        frames = deep["arguments"][0] - few["arguments"][0]
        ns = deep["tools"][RECORDER]["ns_per_event"] - few["tools"][RECORDER]["ns_per_event"]
        found.append(figure(f"ns per remembered frame, {name}", ns / frames, 1.5))
    return found


def per_thread(results: dict[str, dict]) -> list[dict]:
    """Time per allocation with T threads against one: that of a thread, not of all together. Beside it
    what T processes take, which share nothing but the machine."""
    found = []
    one, one_growing = results[threads_load(1)], results[threads_load(1, growing=True)]
    for n in thread_counts()[1:]:
        threads, processes = results[threads_load(n)], results[processes_load(n)]
        growing = results[threads_load(n, growing=True)]
        found += against_one(f"{n} threads", n, threads, one, 1.2)
        found += against_one(f"{n} processes", n, processes, one, None)
        found += against_one(f"{n} threads, growing", n, growing, one_growing, None)
        value = threads["tools"][RECORDER]["wall"] / processes["tools"][RECORDER]["wall"]
        found.append(figure(f"time per allocation, {n} threads against {n} processes", value, 1.2))
    return found


def against_one(what: str, n: int, many: dict, one: dict, limit: float | None) -> list[dict]:
    """n at once against one, for each tool; the limit is for the recorder."""
    return [
        figure(
            f"time per allocation, {what} against 1: {tool}",
            many["tools"][tool]["wall"] * n / one["tools"][tool]["wall"],
            limit if tool == RECORDER else None,
        )
        for tool in many["tools"]
    ]


def figure(what: str, value: float, limit: float | None) -> dict:
    """One figure with what it may be at most."""
    return {"what": what, "value": value, "limit": limit}


def work_out(results: list[dict]) -> list[dict]:
    by_name = {r["load"]: r for r in results}
    found = []
    for name, limit in ((FRAMES_12, 2.0), (PATHS, 2.2)):
        tools = by_name[name]["tools"]
        found.append(figure(f"wall, times bare, {name}", tools[RECORDER]["wall_ratio"], limit))
        if SAMPLE in tools:
            found.append(figure(f"wall, times bare, {name}, {SAMPLE}", tools[SAMPLE]["wall_ratio"], 1.05))
        for clock in ("wall", "cpu"):
            if HEAPTRACK in tools:
                share = added(by_name[name], RECORDER, clock) / added(by_name[name], HEAPTRACK, clock)
                found.append(figure(f"{clock} time added, times heaptrack's, {name}", share, 0.1))
    found += per_frame(by_name)
    for name in CHANGES:
        f = by_name[name]["tools"][RECORDER]
        found.append(figure(f"ns per allocation and free, {name}", f["ns_per_event"], None))
    return found + per_thread(by_name)
