"""Builds the programs of published crates in tests/real, pinned by their Cargo.lock."""

import os
import re
import subprocess
from functools import lru_cache
from pathlib import Path

from .paths import BUILD, TESTS


@lru_cache
def build(
    profile: str = "release",
    project: str = "crates",
    binary: str = "",
    features: str = "",
    flags: str = "",
) -> Path:
    """BINARY of tests/real/PROJECT; without one, the program that is called like the project. Each
    choice of features and of rustc's flags has a place of its own."""
    target = BUILD / "-".join(filter(None, [project, features, re.sub(r"\W+", "-", flags)]))
    environment = {k: v for k, v in os.environ.items() if k not in ("RUSTFLAGS", "CARGO_TARGET_DIR")}
    if flags:
        environment["RUSTFLAGS"] = flags
    subprocess.run(
        ["cargo", "build", "--quiet", "--locked", "--profile", profile, "--target-dir", target]
        + ["--bin", binary or project, "--features", features],
        cwd=TESTS / "real" / project,
        check=True,
        env=environment,
    )
    return target / profile / (binary or project)


def libraries(project: str, *crates: str) -> list[str]:
    """What makes rustc take these crates as the release build of PROJECT does, whatever it compiles.
    Of several builds of a crate, the newest."""
    any_program = min(f.stem for f in (TESTS / "real" / project / "src/bin").glob("*.rs"))
    deps = build("release", project, any_program).parent / "deps"
    found = ["-L", f"dependency={deps}"]
    for crate in crates:
        library = max(deps.glob(f"lib{crate}-*.rlib"), key=lambda f: f.stat().st_mtime)
        found += ["--extern", f"{crate}={library}"]
    return found
