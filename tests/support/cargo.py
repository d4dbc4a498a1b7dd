"""Builds the program of published crates in tests/real/crates, pinned by its Cargo.lock."""

import os
import subprocess
from functools import lru_cache
from pathlib import Path

from .paths import BUILD, TESTS

PROJECT = TESTS / "real/crates"


@lru_cache
def build(profile: str = "release") -> Path:
    target = BUILD / "crates"
    environment = {k: v for k, v in os.environ.items() if k not in ("RUSTFLAGS", "CARGO_TARGET_DIR")}
    subprocess.run(
        ["cargo", "build", "--quiet", "--locked", "--profile", profile, "--target-dir", target],
        cwd=PROJECT,
        check=True,
        env=environment,
    )
    return target / profile / "crates"
