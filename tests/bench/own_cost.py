#!/usr/bin/python3
"""Measures how well what the recorder took itself is known, which a saving's share hangs on: the CPU time
that profiles leave to a program (`cpu_ns` less `recorder_ns`) over what it takes alone.

    tests/bench/own_cost.py [--rounds N]

Of the pairs of tests/savings, the planted programs of tests/rules and the real ones of the benchmark, as
far as they take 10 ms; the least time of N rounds. Prints a row for each, sorted, and how they are spread. Exit
status 1 if fewer than nine in ten are within a third.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import programs  # noqa: E402
from bench.measure import build_rust, folder_for_output, measure  # noqa: E402
from rules import corpus  # noqa: E402
from savings import savings  # noqa: E402
from support.paths import BUILD, TESTS  # noqa: E402
from support.programs import heapcoach_run  # noqa: E402

LEAST_S = 0.01
LOADS = ("12 1 1 2000000", "25 512 1 1000000", "60 1 1 500000")


def commands() -> dict[str, list]:
    programs.make_input()
    found = {}
    for source in sorted((TESTS / "savings").glob("*/*.rs")):
        name = f"{source.parent.name}-{source.stem}"
        found[name] = [savings.build(source)]
    for program in corpus.programs():
        found[program.name] = [corpus.build(program.source, "full")]
    churn = build_rust(TESTS / "bench" / "churn.rs", BUILD / "bench" / "churn")
    found.update({f"churn {load}": [churn, *load.split()] for load in LOADS})
    found.update({program.name: program.command for program in programs.listed()})
    return found


def left_over_alone(command: list, rounds: int) -> float | None:
    """None where the program is too short, or does not end well (a panic that is planted)."""
    try:
        alone = min(measure(command, {})["cpu"] for _ in range(rounds))
    except SystemExit:
        return None
    if alone < LEAST_S:
        return None
    left = []
    for _ in range(rounds):
        with folder_for_output() as folder:
            told = heapcoach_run(command, Path(folder)).profile["heapcoach"]["program"]
        left.append((told["cpu_ns"], told["cpu_ns"] - told["recorder_ns"]))
    return min(left)[1] / 1e9 / alone


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    rows = [(left_over_alone(command, rounds), name) for name, command in commands().items()]
    rows = sorted((ratio, name) for ratio, name in rows if ratio is not None)
    for ratio, name in rows:
        print(f"{name:<40}{ratio:>6.2f}")
    near = sum(1 / 1.5 <= ratio <= 1.5 for ratio, _ in rows)
    middle = rows[len(rows) // 2][0]
    print(
        f"{len(rows)} programs: {near} within a third; least {rows[0][0]:.2f}, half {middle:.2f}, most {rows[-1][0]:.2f}"
    )
    return 0 if near * 10 >= len(rows) * 9 else 1


if __name__ == "__main__":
    sys.exit(main())
