#!/usr/bin/python3
"""Measures what recording costs, side by side with the other profilers.

    tests/bench/bench.py [--rounds N] [--only PART] [--quick | --long]

Prints tables of ratios and writes build/bench.json. README.md beside this file says how to read
them. The runs are interleaved (bare, heapcoach, heaptrack, ..., bare, ...), so that what else the
machine does falls on all alike; each figure is the median of the rounds.
"""

import argparse
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import loads, memory, programs  # noqa: E402
from bench import tools as peers  # noqa: E402
from bench.measure import machine  # noqa: E402
from support.paths import BUILD  # noqa: E402

PARTS = ("loads", "programs", "memory")


def loads_table(results: list[dict]) -> str:
    """One line per load and tool; times in milliseconds."""
    lines = [
        f"{'load':<33}{'tool':<30}{'wall ms':>9}{'cpu ms':>9}{'wall x':>8}{'cpu x':>8}"
        f"{'ns/event':>10}"
    ]
    for result in results:
        name = result["load"]
        for tool, f in result["tools"].items():
            mark = "*" if f["share"] > 1 else " "
            lines.append(
                f"{name:<33}{tool:<30}{f['wall'] * 1e3:>9.0f}{f['cpu'] * 1e3:>9.0f}"
                f"{f['wall_ratio']:>7.2f}{mark}{f['cpu_ratio']:>7.2f}{mark}"
                f"{f['ns_per_event']:>10.0f}"
            )
            name = ""
    return "\n".join([*lines, "* worked out from fewer events, start-up left out"])


def figures_table(figures: list[dict]) -> str:
    lines = []
    for f in figures:
        limit = f["limit"]
        met = "" if limit is None else f"at most {limit:g}   {'yes' if f['value'] <= limit else 'NO'}"
        value = f"{f['value']:,.2f}" if abs(f["value"]) < 1000 else f"{f['value']:,.0f}"
        lines.append(f"{f['what']:<76}{value:>13}   {met}".rstrip())
    return "\n".join(lines)


def measure_loads(chosen, tools, churn) -> tuple[list[dict], list[dict]]:
    wanted = [loads.smaller(load, 400_000) for load in loads.LOADS] if chosen.quick else loads.LOADS
    results = [loads.measure_load(churn, load, tools, chosen.rounds) for load in wanted]
    return results, loads.work_out(results)


def measure_programs(chosen, tools) -> list[dict]:
    programs.make_input()
    return [programs.measure_program(p, tools, chosen.rounds) for p in programs.listed()]


def measure_memory(chosen, tools, churn, live) -> list[dict]:
    blocks = memory.LIVE_BLOCKS // 100 if chosen.quick else memory.LIVE_BLOCKS
    events = {"quick": 2, "long": 1000}.get(chosen.length, 60) * memory.EVENTS
    return [
        *memory.per_live_block(tools, live, blocks, min(chosen.rounds, 3)),
        *memory.per_site(churn, "short"),
        *memory.per_site(churn, "growing"),
        *memory.long_run(tools, churn, events),
    ]


def options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=PARTS, action="append", help="this part alone")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_const", const="quick", dest="length",
                        help="one round of few events: does it work?")  # fmt: skip
    length.add_argument("--long", action="store_const", const="long", dest="length",
                        help="eleven rounds, and a run of a billion events")  # fmt: skip
    chosen = parser.parse_args()
    chosen.quick = chosen.length == "quick"
    chosen.rounds = {"quick": 1, "long": 11}.get(chosen.length, chosen.rounds)
    chosen.only = chosen.only or PARTS
    return chosen


def main():
    chosen = options()
    start = time.monotonic()
    tools, missing = peers.prepare()
    churn, live = peers.build_program(), peers.build_live()
    out = {
        "machine": machine(),
        "date": time.strftime("%Y-%m-%d"),
        "rounds": chosen.rounds,
        "tools": {t.name: {"version": t.version, "command": t.shown()} for t in tools.values()},
        "missing": missing,
        "figures": [],
    }
    if "loads" in chosen.only:
        out["loads"], figures = measure_loads(chosen, tools, churn)
        out["figures"] += figures
        print(loads_table(out["loads"]), end="\n\n")
    if "programs" in chosen.only:
        out["programs"] = measure_programs(chosen, tools)
        print(programs.table(out["programs"]), end="\n\n")
    if "memory" in chosen.only:
        out["figures"] += measure_memory(chosen, tools, churn, live)
    print(figures_table(out["figures"]), end="\n\n")
    for name, why in missing.items():
        print(f"not compared: {name}, {why}")
    file = BUILD / "bench.json"
    file.write_text(json.dumps(out, indent=1, default=str) + "\n")
    print(f"{chosen.rounds} rounds, medians, {time.monotonic() - start:.0f} s; all figures in {file}")


if __name__ == "__main__":
    main()
