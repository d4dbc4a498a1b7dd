#!/usr/bin/python3
"""Measures whether findings save what they say: each pair of programs here is a line that a finding
is about, and the same program after the edit that the finding advises.

    tests/savings/savings.py [--rounds N] [NAME...]

For each folder NAME with bad.rs and good.rs: in each of N rounds both are run in turn, some times, and the
difference of their shortest CPU times is taken; bad is recorded, and the finding's own `saving.ns` taken.
The medians of both over the rounds are compared: what else the machine does then disturbs the two alike,
and no round alone decides. The first line of bad.rs says which finding:

    //@ rule=growth function=fill

Prints one row per pair and writes build/savings.json. What is more than a factor LIMIT apart is
marked, and the exit status is 1. A benchmark, not a test.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.paths import BUILD, HEAPCOACH, ROOT  # noqa: E402
from support.programs import clean_environment  # noqa: E402

HERE = Path(__file__).resolve().parent
LIMIT = 1.3
RUNS = 3  # of a program in a round
FLAGS = ["--edition", "2021", "-C", "opt-level=3", "-g"]


@dataclass
class Result:
    name: str
    rule: str
    bad_ms: float
    saved_ms: float
    predicted_ms: float | None  # None: there is no such finding
    severity: str

    @property
    def factor(self) -> float:
        """Predicted over measured; 0 without a finding."""
        return (self.predicted_ms or 0) / max(self.saved_ms, 1e-9)

    @property
    def good_enough(self) -> bool:
        return 1 / LIMIT <= self.factor <= LIMIT


def header(source: Path) -> dict[str, str]:
    first = source.read_text().splitlines()[0]
    if not first.startswith("//@ "):
        raise SystemExit(f"{source}: the first line is to say rule=... and function=...")
    return dict(word.partition("=")[::2] for word in first[4:].split())


def build(source: Path) -> Path:
    program = BUILD / "savings" / f"{source.parent.name}-{source.stem}"
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        program.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["rustc", *FLAGS, "--crate-name", source.stem, "-o", program, source.relative_to(ROOT)],
            cwd=ROOT,
            check=True,
        )
    return program


def cpu_seconds(program: Path) -> float:
    """User and system time of one run."""
    with open(os.devnull, "w") as nowhere:
        child = subprocess.Popen([program], stdout=nowhere, env=clean_environment())
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit(f"{program}: exit status {child.returncode}")
    return usage.ru_utime + usage.ru_stime


def shortest(programs: list[Path]) -> list[float]:
    """The programs in turn, so that what else the machine does falls on all alike."""
    with tempfile.TemporaryDirectory() as folder:
        # The same file copied runs up to a seventh faster or slower, by where its pages come to lie.
        copies = [Path(shutil.copy(program, folder)) for program in programs]
        runs = [[cpu_seconds(program) for program in copies] for _ in range(RUNS)]
    return [min(times) for times in zip(*runs)]


def findings(program: Path, folder: Path) -> list[dict]:
    profile = folder / "profile.json"
    quiet = {"check": True, "capture_output": True, "cwd": ROOT, "env": clean_environment()}
    subprocess.run([HEAPCOACH, "run", "-q", "-o", profile, "--", program], **quiet)
    report = subprocess.run([HEAPCOACH, "report", "--all", "--format", "json", profile], **quiet)
    return json.loads(report.stdout)["findings"]


def predicted(found: list[dict], rule: str, function: str) -> tuple[float, str] | None:
    """Nanoseconds and severity of the rule's findings in the function, those that are told with
    others included."""
    mine = [
        one
        for finding in found
        if finding["location"]["function"].rsplit("::", 1)[-1] == function
        for one in [finding, *finding.get("also", [])]
        if one["rule"] == rule
    ]
    if not mine:
        return None
    return sum(one["saving"]["ns"] for one in mine), mine[0]["severity"]


def middle(all_said: list[tuple[float, str] | None]) -> tuple[float, str] | None:
    """A single recording times its calls in whatever weather there is."""
    said = sorted(one for one in all_said if one)
    return said[len(said) // 2] if len(said) * 2 > len(all_said) else None


def measure(name: str, rounds: int, folder: Path) -> Result:
    about = header(HERE / name / "bad.rs")
    bad, good = (build(HERE / name / f"{which}.rs") for which in ("bad", "good"))
    times, all_said = [], []
    for _ in range(rounds):
        times.append(shortest([bad, good]))
        all_said.append(predicted(findings(bad, folder), about["rule"], about["function"]))
    said = middle(all_said)
    return Result(
        name=name,
        rule=about["rule"],
        bad_ms=min(of_bad for of_bad, _ in times) * 1e3,
        saved_ms=median(of_bad - of_good for of_bad, of_good in times) * 1e3,
        predicted_ms=said[0] / 1e6 if said else None,
        severity=said[1] if said else "",
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("names", nargs="*", metavar="NAME")
    arguments = parser.parse_args()
    names = arguments.names or sorted(p.parent.name for p in HERE.glob("*/bad.rs"))
    results = []
    print(f"{'pair':<20} {'rule':<12} {'bad':>8} {'saved':>8} {'predicted':>10} {'factor':>7}")
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            r = measure(name, arguments.rounds, Path(folder))
            results.append(r)
            said = "no finding" if r.predicted_ms is None else f"{r.predicted_ms:.1f} ms"
            print(
                f"{r.name:<20} {r.rule:<12} {r.bad_ms:5.1f} ms {r.saved_ms:5.1f} ms "
                f"{said:>10} {r.factor:7.2f}{'' if r.good_enough else ' !'}",
                flush=True,
            )
    (BUILD / "savings.json").write_text(json.dumps([asdict(r) for r in results], indent=1) + "\n")
    wrong = [r for r in results if not r.good_enough]
    print(f"{len(results) - len(wrong)} of {len(results)} within a factor of {LIMIT}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
