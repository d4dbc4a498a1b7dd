"""The files of the project, as git sees them (committed, or new and not ignored), but for vendored
ones."""

import re
import subprocess
from functools import lru_cache
from pathlib import Path

from support.paths import ROOT

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


@lru_cache
def tracked(*patterns: str) -> tuple[Path, ...]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\n")
    return tuple(Path(f) for f in listed if f and (ROOT / f).is_file())


def own(*patterns: str) -> tuple[Path, ...]:
    return tuple(f for f in tracked(*patterns) if "vendor" not in f.parts)


def text_of(file: Path) -> str:
    return (ROOT / file).read_text(encoding="utf-8")


def includes(file: Path) -> list[str]:
    return INCLUDE.findall(text_of(file))
