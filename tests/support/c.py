"""Builds the C programs of the tests, each once, as rust.py does."""

import hashlib
import subprocess
from pathlib import Path

from .paths import FIXTURES, ROOT

FLAGS = ["-g", "-O1", "-Wall", "-Wextra", "-fno-builtin", "-pthread"]


def build(source: Path, *more_flags: str) -> Path:
    flags = FLAGS + list(more_flags)
    made_of = "\0".join([*flags, source.read_text()])
    folder = FIXTURES / f"{source.stem}-{hashlib.sha256(made_of.encode()).hexdigest()[:12]}"
    out = folder / source.stem
    if not out.exists():
        folder.mkdir(parents=True, exist_ok=True)
        half_made = folder / f"{out.name}.part"
        subprocess.run(
            ["gcc", *flags, "-o", str(half_made), str(source.relative_to(ROOT))],
            cwd=ROOT,
            check=True,
        )
        half_made.rename(out)
    return out
