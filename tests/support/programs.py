"""Runs programs: bare, under heapcoach, with the library preloaded by hand, under Valgrind."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .paths import HEAPCOACH, LIBRARY

# For what hangs, and for nothing else: on a machine with much other work all takes 30 times as long.
TIMEOUT_S = 300


def clean_environment(**more: str) -> dict[str, str]:
    """Ours without what would change what a program does: no preload, no HEAPCOACH_*, no
    backtraces, the C locale."""
    env = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("HEAPCOACH_", "RUST_", "LD_", "MALLOC_", "GLIBC_"))
    }
    env["LC_ALL"] = "C"
    env.update(more)
    return env


@dataclass
class Run:
    """How a program went, and the profile that was made of it."""

    status: int
    stdout: bytes
    stderr: bytes
    profile_path: Path

    @property
    def profile(self) -> dict:
        return json.loads(self.profile_path.read_text(encoding="utf-8", errors="strict"))


def call(
    command: list, cwd: Path | None = None, stdin: bytes = b"", **env: str
) -> subprocess.CompletedProcess:
    return subprocess.run(
        [str(c) for c in command],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        env=clean_environment(**env),
        timeout=TIMEOUT_S,
    )


def heapcoach_run(
    command: list, folder: Path, stdin: bytes = b"", cwd: Path | None = None, **env: str
) -> Run:
    """`heapcoach run -o FOLDER/profile.json -- COMMAND`."""
    out = folder / "profile.json"
    done = call([HEAPCOACH, "run", "-o", out, "--", *command], cwd=cwd, stdin=stdin, **env)
    return Run(done.returncode, done.stdout, done.stderr, out)


def preloaded_run(
    command: list, folder: Path, stdin: bytes = b"", preload: str = "", **env: str
) -> Run:
    """The library preloaded by hand; the profile appears in FOLDER by itself."""
    done = call(
        command,
        cwd=folder,
        stdin=stdin,
        LD_PRELOAD=preload or str(LIBRARY),
        HEAPCOACH_DIR=str(folder),
        **env,
    )
    made = sorted(folder.glob("heapcoach.*.json"))
    return Run(done.returncode, done.stdout, done.stderr, made[-1] if made else folder / "none")


def valgrind_run(
    command: list, folder: Path, stdin: bytes = b"", cwd: Path | None = None, **env: str
) -> Run:
    """Valgrind's DHAT, with whole stacks and without glibc's own cleaning up at exit."""
    out = folder / "valgrind.json"
    done = call(
        [
            "valgrind",
            "--tool=dhat",
            "--num-callers=500",
            "--run-libc-freeres=no",
            f"--dhat-out-file={out}",
            f"--log-file={folder / 'valgrind.log'}",
            *command,
        ],
        cwd=cwd,
        stdin=stdin,
        **env,
    )
    return Run(done.returncode, done.stdout, done.stderr, out)
