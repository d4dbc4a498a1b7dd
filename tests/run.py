#!/usr/bin/python3
"""Runs the tests and says how many passed: the unit tests (C, cmocka), then pytest's.

    tests/run.py [--unit-only | --no-unit] [PYTEST ARGUMENT...]

`make test` and `make unit` call it, with the compiler and its flags in the environment. The last
line is "N passed, N failed, N skipped", of both kinds together; the exit status is 0 if none failed.

A unit test is one file tests/unit/test_NAME.c, a program of its own. Its first lines say what else
is compiled into it and how it can be built:

    // sources: preload/stacks.c preload/memory.c     compiled with it, in each variant
    // libs: analyzer libunwind                       linked to it
    // threads                                        also built with ThreadSanitizer
    // plain-only: REASON                             not built with sanitizers

It is built and run plain, with AddressSanitizer and UndefinedBehaviorSanitizer together, and where
it says `threads` with ThreadSanitizer. Each test of each variant counts as one.
"""

import os
import re
import shlex
import subprocess
import sys
import xml.etree.ElementTree
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = Path(os.environ.get("HEAPCOACH_TEST_BUILD", "build"))
OUT = BUILD / "unit"
UNIT_TIMEOUT_S = 300
VARIANTS = {
    "plain": [],
    "asan": ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"],
    "tsan": ["-fsanitize=thread"],
}
SANITIZER_OPTIONS = {
    "ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1",
    "TSAN_OPTIONS": "halt_on_error=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
}


def words(variable: str, default: str = "") -> list[str]:
    return shlex.split(os.environ.get(variable, default))


CC = words("CC", "gcc")
FLAGS = words("UNIT_CFLAGS", "-std=gnu11 -Wall -Wextra -O1 -g -I.")


@dataclass
class Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, other: "Counts"):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


@dataclass
class UnitTest:
    source: Path
    sources: list[str] = field(default_factory=list)
    libs: list[str] = field(default_factory=list)
    variants: list[str] = field(default_factory=lambda: ["plain", "asan"])

    @staticmethod
    def read(source: Path) -> "UnitTest":
        test = UnitTest(source)
        for line in (ROOT / source).read_text().splitlines():
            if not line.startswith("//"):
                break
            key, _, value = line[2:].strip().partition(":")
            if key == "sources":
                test.sources += value.split()
            elif key == "libs":
                test.libs += value.split()
            elif key == "threads":
                test.variants.append("tsan")
            elif key == "plain-only":
                test.variants = ["plain"]
        return test

    def program(self, variant: str) -> Path:
        return OUT / variant / self.source.stem


def newest_input() -> float:
    """When the newest C file or makefile was changed. A unit test that is younger is not built again;
    coarse, but no dependency can be forgotten."""
    files = [
        f
        for folder in ("preload", "analyzer", "tests/unit")
        for f in (ROOT / folder).rglob("*")
        if f.suffix in (".c", ".h", ".mk")
    ]
    return max(f.stat().st_mtime for f in files)


def make(folder: Path, files: list[Path], *variables: str):
    """Files of ours as `make` builds them, but in that folder and with these variables."""
    subprocess.run(
        ["make", "--no-print-directory", "-s", f"BUILD={folder}", *variables, *files],
        cwd=ROOT,
        check=True,
        env={k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL")},
    )


def sanitize(variant: str) -> str:
    return f"SANITIZE={' '.join(VARIANTS[variant])}"


def make_library(variant: str, lib: str) -> list[str]:
    """What to link for `libs: LIB` in this variant; builds it if it is ours."""
    if lib == "libunwind":
        return words("LIBUNWIND_LIBS")
    if lib == "m":
        return ["-lm"]
    if lib != "analyzer":
        raise ValueError(f"no library {lib!r}: analyzer, libunwind or m")
    folder = BUILD if variant == "plain" else BUILD / "unit" / f"analyzer-{variant}"
    archive = folder / "libheapcoach-analyzer.a"
    make(folder, [archive], sanitize(variant))
    return [str(archive), *words("ANALYZER_LIBS")]


def compile_test(test: UnitTest, variant: str, libraries: list[str], changed: float) -> str:
    """Compiles one variant; returns what the compiler said if it failed, else nothing."""
    program = ROOT / test.program(variant)
    if program.exists() and program.stat().st_mtime > changed:
        return ""
    program.parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [*CC, *FLAGS, *VARIANTS[variant], str(test.source), *test.sources]
        + ["-o", str(program), *libraries, "-lcmocka", "-lpthread"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    return done.stderr or f"{CC[0]} failed" if done.returncode else ""


def read_tap(text: str) -> Counts:
    counts = Counts()
    for line in text.splitlines():
        if re.match(r"(not )?ok \d+.*# SKIP", line, re.IGNORECASE):  # cmocka says "not ok"
            counts.skipped += 1
        elif re.match(r"ok \d+", line):
            counts.passed += 1
        elif re.match(r"not ok \d+", line):
            counts.failed += 1
    return counts


def run_test(test: UnitTest, variant: str) -> tuple[Counts, str]:
    """Runs one variant. A program that dies, or ends badly without saying which test failed,
    counts as one failure more."""
    env = {**os.environ, **SANITIZER_OPTIONS, "CMOCKA_MESSAGE_OUTPUT": "TAP"}
    try:
        done = subprocess.run(
            [str(ROOT / test.program(variant))],
            cwd=ROOT,
            capture_output=True,
            env=env,
            timeout=UNIT_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired:
        return Counts(failed=1), f"no end within {UNIT_TIMEOUT_S} s"
    out = done.stdout.decode(errors="replace")
    counts = read_tap(out)
    if counts.failed == 0 and (done.returncode != 0 or counts.passed + counts.skipped == 0):
        counts.failed += 1
    said = out + done.stderr.decode(errors="replace") if counts.failed else ""
    return counts, said and f"{said}exit status {done.returncode}"


def run_unit_tests() -> Counts:
    tests = [UnitTest.read(p.relative_to(ROOT)) for p in sorted(ROOT.glob("tests/unit/test_*.c"))]
    changed = newest_input()
    libraries = {
        (variant, lib): make_library(variant, lib)
        for test in tests
        for variant in test.variants
        for lib in test.libs
    }

    def build_and_run(job: tuple[UnitTest, str]) -> tuple[Counts, str]:
        test, variant = job
        linked = [word for lib in test.libs for word in libraries[variant, lib]]
        said = compile_test(test, variant, linked, changed)
        return (Counts(failed=1), said) if said else run_test(test, variant)

    total = Counts()
    jobs = [(test, variant) for test in tests for variant in test.variants]
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for (test, variant), (counts, said) in zip(jobs, pool.map(build_and_run, jobs)):
            print(f"unit {test.source.stem} ({variant}): {counts}")
            if said:
                print("    " + "\n    ".join(said.splitlines()[:200]))
            sys.stdout.flush()
            total.add(counts)
    return total


def run_pytest(arguments: list[str]) -> Counts:
    report = ROOT / BUILD / "pytest.xml"
    report.unlink(missing_ok=True)
    # Debian's own Python, whatever else is called python3 on PATH: python3-pytest is installed for it
    done = subprocess.run(
        ["/usr/bin/python3", "-m", "pytest", "-c", "tests/pytest.ini", "--rootdir=tests"]
        + ["--durations=15", f"--junitxml={report}", *(arguments or ["tests"])],
        cwd=ROOT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    if not report.exists():
        return Counts(failed=1)
    counts = Counts()
    for suite in xml.etree.ElementTree.parse(report).getroot().iter("testsuite"):
        bad = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped = int(suite.get("skipped", 0))
        counts.add(Counts(int(suite.get("tests", 0)) - bad - skipped, bad, skipped))
    if done.returncode != 0 and counts.failed == 0:
        counts.failed = 1
    return counts


def main() -> int:
    arguments = sys.argv[1:]
    total = Counts()
    if "--no-unit" in arguments:
        arguments.remove("--no-unit")
    else:
        total.add(run_unit_tests())
    if "--unit-only" not in arguments:
        total.add(run_pytest(arguments))
    print(total)
    return 1 if total.failed or total.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
