#!/usr/bin/python3
"""The figures of tests/README.md: faults injected and survived, bad inputs tried, events lost. `make
figures` runs the tests that README's table of survival names, and a few loads, and writes the table
anew. A figure is a count of this run; nothing is carried over.

    tests/figures.py            prints the table
    tests/figures.py FILE       writes it into FILE, between the marks
"""

import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
os.environ.setdefault("HEAPCOACH_TEST_BUILD", "build")

from fuzz import fuzz  # noqa: E402
from fuzz.test_fuzz import RUNS  # noqa: E402
from support import c  # noqa: E402
from support.programs import heapcoach_run  # noqa: E402
from survives import SURVIVES, shown_tests  # noqa: E402

BEGIN, END = "<!-- figures: made by make figures -->", "<!-- end of figures -->"
LOST = (
    "events_missed_early",
    "events_missed_reentrant",
    "events_missed_no_room",
    "frees_unknown",
    "blocks_overwritten",
)


def run_tests() -> dict[str, Counter]:
    """file::function: how many of its cases passed, failed, were skipped."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-c", "tests/pytest.ini", "--rootdir=tests"]
        named = [f"tests/{test}" for test in dict.fromkeys(shown_tests())]
        fuzzed = [
            "tests/fuzz/test_fuzz.py::test_runs_from_the_seeds_find_nothing",
            "tests/cli/test_bad_input.py",
        ]
        subprocess.run([*command, f"--junitxml={report}", *named, *fuzzed], cwd=ROOT)
        cases = xml.etree.ElementTree.parse(report).getroot().iter("testcase")
        found: dict[str, Counter] = {}
        for case in cases:
            file = case.get("classname").replace(".", "/") + ".py"
            outcome = next((child.tag for child in case), "passed")
            found.setdefault(f"{file}::{case.get('name').split('[')[0]}", Counter())[outcome] += 1
        return found


def loads() -> tuple[int, int]:
    """Events of loads in which none may be lost, and how many were."""
    preload = ROOT / "tests/preload"
    commands = [[c.build(preload / "stress.c", "-O2"), k] for k in ("churn", "storm", "ring", "fleeting")]
    commands += [
        [c.build(preload / "odd_threads.c"), k]
        for k in ("thousand", "one_by_one", "coroutines", "destructors", "jumps", "deep")
    ]
    events = lost = 0
    for command in commands:
        with tempfile.TemporaryDirectory() as folder:
            own = heapcoach_run(command, Path(folder)).profile["heapcoach"]
            events += own["totals"]["blocks"] + own["totals"]["frees"]
            lost += sum(own["recorder"].get(key, 0) for key in LOST)
    return events, lost


def row(what: str, count: Counter) -> str:
    return f"| {what} | {sum(count.values()) - count['skipped']} | {count['passed']} | {count['skipped']} |"


def table() -> str:
    found, total = run_tests(), Counter()
    lines = ["| faults | injected | survived | not possible here |", "|---|---|---|---|"]
    for group, rows in SURVIVES.items():
        tests = dict.fromkeys(test for shown in rows for test in shown[2:])
        count = sum((found.get(test, Counter()) for test in tests), Counter())
        total += count
        lines.append(row(group.lower(), count))
    lines += [row("all", total), ""]
    bad_files = sum((n for test, n in found.items() if "test_bad_input" in test), Counter())
    inputs = sum(len(fuzz.inputs(target)) for target in fuzz.targets())
    fuzzed = sum((n for test, n in found.items() if "test_fuzz" in test), Counter())
    events, lost = loads()
    lines += [
        "| bad inputs | tried | not handled |",
        "|---|---|---|",
        f"| files and arguments for the command | {sum(bad_files.values())} | {bad_files['failure']} |",
        f"| fuzz targets: seeds and cases | {inputs:,} | {fuzzed['failure']} |",
        f"| fuzz targets: executions in `make test` | {sum(RUNS.values()):,} | {fuzzed['failure']} |",
        "",
        "| loads in which nothing may be lost | events | lost |",
        "|---|---|---|",
        f"| `stress.c` and `odd_threads.c`, 10 kinds | {events:,} | {lost} |",
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    made = table()
    if len(sys.argv) < 2:
        print(made, end="")
        return 0
    file = Path(sys.argv[1])
    text = file.read_text()
    begin, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    file.write_text(f"{text[:begin]}\n{made}{text[end:]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
