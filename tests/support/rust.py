"""Builds the Rust programs of tests/rust, each once: a program lies under build/fixtures in a
folder named after a hash of all that went into it (source, flags, compiler), so a second run of
the tests builds nothing.

The first lines of a program say how it is built and what is true of it:

    //@ flags FLAG...      more flags for rustc
    //@ args ARG...        how the tests call it (default: no arguments)
    //@ peak varies        threads make the peak differ from run to run: gb and gbk are not compared
    //@ outermost FUNCTION  Valgrind does not find FUNCTION's callers: they are not compared
    //@ site FUNCTION key=value...       DHAT's numbers, summed over the sites below FUNCTION
    //@ growth FUNCTION key=value...     heapcoach's own numbers, summed likewise
    //@ elsewhere FUNCTION key=value...  likewise
    //@ called FUNCTION malloc-function  what the innermost frame is
"""

import hashlib
import os
import subprocess
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from .paths import FIXTURES, ROOT, RUST

FLAGS = ["--edition", "2021", "-C", "opt-level=3", "-g"]
DEBIANS_RUSTC = "/usr/bin/rustc"  # 1.63 on Debian 12, the oldest that is supported
# What the programs use and 1.63 had as unstable; newer compilers warn that it is not any more.
OLD_FLAGS = ["-Zcrate-attr=feature(bench_black_box,once_cell)", "--cap-lints", "allow"]


@dataclass
class Truth:
    """One `//@ KIND FUNCTION key=value...` line."""

    kind: str
    function: str
    numbers: dict[str, int] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)


@dataclass
class Directives:
    flags: list[str] = field(default_factory=list)
    args: list[str] = field(default_factory=list)
    peak_varies: bool = False
    outermost: list[str] = field(default_factory=list)
    truths: list[Truth] = field(default_factory=list)


def directives(source: Path) -> Directives:
    found = Directives()
    for line in source.read_text().splitlines():
        if not line.startswith("//@ "):
            continue
        kind, *words = line[4:].split()
        if kind == "flags":
            found.flags += words
        elif kind == "args":
            found.args += words
        elif kind == "outermost":
            found.outermost += words
        elif (kind, words) == ("peak", ["varies"]):
            found.peak_varies = True
        elif kind in ("site", "growth", "elsewhere", "called"):
            numbers = dict(w.split("=") for w in words[1:] if "=" in w)
            rest = [w for w in words[1:] if "=" not in w]
            found.truths.append(
                Truth(kind, words[0], {k: int(v) for k, v in numbers.items()}, rest)
            )
        else:
            raise ValueError(f"{source}: unknown directive {kind!r}")
    return found


@lru_cache
def version(compiler: str) -> str:
    return subprocess.run(
        [compiler, "-vV"], check=True, capture_output=True, text=True
    ).stdout


def build(name: str, *more_flags: str, compiler: str = "rustc") -> Path:
    """The executable (or library) of tests/rust/NAME.rs, built with the file's flags and these."""
    source = RUST / f"{name}.rs"
    flags = FLAGS + directives(source).flags + list(more_flags)
    if compiler != "rustc":
        flags += OLD_FLAGS
    made_of = "\0".join([version(compiler), *flags, source.read_text()])
    folder = FIXTURES / f"{name}-{hashlib.sha256(made_of.encode()).hexdigest()[:12]}"
    out = folder / (f"lib{name}.so" if "cdylib" in flags else name)
    if not out.exists():
        folder.mkdir(parents=True, exist_ok=True)
        half_made = folder / f"{out.name}.part"
        subprocess.run(
            [compiler, *flags, "-o", str(half_made), str(source.relative_to(ROOT))],
            cwd=ROOT,
            check=True,
            env={**os.environ, "RUSTC_BOOTSTRAP": "1"} if compiler != "rustc" else None,
        )
        half_made.rename(out)
    return out


def names_with_truth() -> list[str]:
    """The programs that say what is true of them."""
    return sorted(
        s.stem for s in RUST.glob("*.rs") if any(t.kind == "site" for t in directives(s).truths)
    )
