"""Runs commands and measures them; what all parts of the benchmark share."""

import os
import platform
import re
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from support.paths import ROOT
from support.programs import clean_environment


def measure(command: list, env: dict, cwd: Path | None = None, stdout=subprocess.DEVNULL) -> dict:
    """Wall time, and processor time of the command and all that it waited for, in seconds; the most
    memory of it that was ever resident, in GB (at least as much as this process has itself)."""
    start = time.monotonic()
    child = subprocess.Popen(
        [str(c) for c in command],
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.DEVNULL,
        env=clean_environment(**env),
        cwd=cwd,
    )
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit(f"bench: {' '.join(map(str, command))} ended with {child.returncode}")
    cpu = usage.ru_utime + usage.ru_stime
    return {"wall": wall, "cpu": cpu, "memory": usage.ru_maxrss * 1024 / 1e9}


def folder_for_output() -> tempfile.TemporaryDirectory:
    """Where the tools write: in memory, where there is one, as heapcoach chooses by itself."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    return tempfile.TemporaryDirectory(dir=memory, prefix="heapcoach-bench-")


def medians(runs: list[dict]) -> dict:
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def first_line(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, env=clean_environment())
    return (done.stdout or done.stderr).strip().split("\n")[0]


def build_rust(source: Path, out: Path) -> Path:
    """Optimized, with line tables; kept while it is newer than its source."""
    if not out.exists() or out.stat().st_mtime < source.stat().st_mtime:
        out.parent.mkdir(parents=True, exist_ok=True)
        flags = ["--edition", "2021", "-C", "opt-level=3", "-C", "debuginfo=1"]
        subprocess.run(["rustc", *flags, "-o", out, source.relative_to(ROOT)], cwd=ROOT, check=True)
    return out


def machine() -> dict:
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return {
        "processor": model.group(1) if model else platform.machine(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "libc": " ".join(platform.libc_ver()),
        "rustc": first_line("rustc", "-V"),
        "load_at_start": os.getloadavg()[0],
    }
