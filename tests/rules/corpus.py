"""The programs of tests/rules/programs: what each is to be told, building, running, comparing.

The comments a program begins with say it (`//@ ` lines; NAME is a component of a function's path,
MARKER the text of a `// <- MARKER` comment at the end of the line to be told):

    //@ expect=RULE[:VARIANT] function=NAME line=MARKER [caller=NAME] [severity=any]
            this rule at that line, above severity low (`severity=any`: shown with --all is enough)
            RULE may be several, NAME and MARKER too, with | between: any of them is right
    //@ quiet function=NAME         nothing above severity low at any line of it
    //@ quiet=RULE function=NAME    no finding of that rule there at all
    //@ program expect=RULE         among the findings that have no line
    //@ program quiet=RULE          no finding of that rule anywhere
    //@ skip VARIANT...             builds it makes no sense in

What is above severity low and at no line that is expected is wrong advice, wherever it is.

Findings at one line are told together. So a rule is found if it leads there, or is among `also`.
"""

import hashlib
import json
import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from support import rust
from support.paths import BUILD, HEAPCOACH, LIBRARY, ROOT, TESTS
from support.programs import call

PROGRAMS = TESTS / "rules/programs"
MADE = BUILD / "advice"

# name: (compiler, flags)
VARIANTS = {
    "full": ("rustc", ["-C", "opt-level=3", "-g"]),
    "o2": ("rustc", ["-C", "opt-level=2", "-C", "codegen-units=1", "-C", "debuginfo=1"]),
    "lines": ("rustc", ["-C", "opt-level=3", "-C", "debuginfo=line-tables-only"]),
    "lto": (
        "rustc",
        ["-C", "opt-level=3", "-C", "debuginfo=2", "-C", "lto=fat", "-C", "codegen-units=1"]
        + ["-C", "panic=abort"],
    ),
    "symbols": ("rustc", ["-C", "opt-level=3", "-C", "strip=debuginfo"]),
    "debian": (rust.DEBIANS_RUSTC, ["-C", "opt-level=3", "-g"]),
}
DEBUG_BUILD = "debug"
# What can be said where there are symbols alone: these rules, and no variants of them.
SURVIVE_SYMBOLS = {
    "growth", "hash-growth", "buffer-reuse", "cross-thread-free", "live-at-exit", "shrink",
    "sort-buffer", "path-join", "thread-spawn", "huge-churn",
}  # fmt: skip
SHOWN = ("high", "medium")


@dataclass(frozen=True)
class Wanted:
    """One `expect` line. lines are of the program's file; empty for a finding without a line."""

    rules: tuple[str, ...]  # "growth" or "growth:collect"
    functions: tuple[str, ...] = ()
    lines: frozenset[int] = frozenset()
    caller: str = ""
    any_severity: bool = False

    def __str__(self):
        return f"{'|'.join(self.rules)} in {'|'.join(self.functions) or 'the program'}"

    @property
    def names(self) -> list[str]:
        return [rule.partition(":")[0] for rule in self.rules]


@dataclass(frozen=True)
class Quiet:
    function: str  # "": the whole program
    rule: str  # "": all, above severity low


@dataclass
class Program:
    name: str
    source: Path
    wanted: list[Wanted] = field(default_factory=list)
    quiet: list[Quiet] = field(default_factory=list)
    skip: list[str] = field(default_factory=list)


def _marked_lines(text: str) -> dict[str, set[int]]:
    marked: dict[str, set[int]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if found := re.search(r"// <- (\S+)$", line):
            marked.setdefault(found[1], set()).add(number)
    return marked


def read_program(source: Path) -> Program:
    text = source.read_text()
    marked, used = _marked_lines(text), set()
    program = Program(source.stem, source)
    for line in text.splitlines():
        if not line.startswith("//@ "):
            continue
        words = line[4:].split()
        if words[0] == "skip":
            program.skip += words[1:]
            continue
        whole = words[0] == "program"
        given = dict(word.partition("=")[::2] for word in words[whole:])
        unknown = given.keys() - {"expect", "quiet", "function", "line", "caller", "severity"}
        if unknown or ("function" in given) == whole or ("expect" in given) == ("quiet" in given):
            raise ValueError(f"{source}: cannot read {line!r}")
        if "quiet" in given:
            program.quiet.append(Quiet(given.get("function", ""), given["quiet"]))
            continue
        markers = given["line"].split("|") if "line" in given else []
        used.update(markers)
        program.wanted.append(
            Wanted(
                rules=tuple(given["expect"].split("|")),
                functions=tuple(given["function"].split("|")) if not whole else (),
                lines=frozenset(n for marker in markers for n in marked[marker]),
                caller=given.get("caller", ""),
                any_severity=whole or "severity" in given,
            )
        )
    if used != marked.keys():
        raise ValueError(f"{source}: markers {sorted(used ^ marked.keys())} on one side only")
    return program


def programs() -> list[Program]:
    return [read_program(source) for source in sorted(PROGRAMS.glob("*.rs"))]


# ---- building and running, each once ----


def _key(*parts) -> str:
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:12]


def build(source: Path, variant: str) -> Path:
    compiler, flags = ("rustc", ["-g"]) if variant == DEBUG_BUILD else VARIANTS[variant]
    flags = ["--edition", "2021", *flags, *(rust.OLD_FLAGS if compiler != "rustc" else [])]
    folder = MADE / f"{source.stem}-{variant}-{_key(rust.version(compiler), flags, source.read_text())}"
    out = folder / source.stem
    if not out.exists():
        folder.mkdir(parents=True, exist_ok=True)
        half_made = folder / f"{source.stem}.part"
        subprocess.run(
            [compiler, *flags, "--crate-name", source.stem, "-o", half_made, source.relative_to(ROOT)],
            cwd=ROOT,
            check=True,
            env={**os.environ, "RUSTC_BOOTSTRAP": "1"} if compiler != "rustc" else None,
        )
        half_made.rename(out)
    return out


def profile_of(executable: Path, folder: str = "") -> Path:
    """Its profile; recorded again when it or what records has changed. It lies beside the executable,
    or in the folder of that name for one that others build."""
    made_by = _key(*(hashlib.sha256(f.read_bytes()).hexdigest() for f in (executable, HEAPCOACH, LIBRARY)))
    place = MADE / f"{executable.name}-{folder}" if folder else executable.parent
    place.mkdir(parents=True, exist_ok=True)
    profile = place / f"{made_by}.json"
    if not profile.exists():
        for old in place.glob("*.json"):
            old.unlink()
        half_made = place / "profile.part"
        done = call([HEAPCOACH, "run", "-q", "-o", half_made, "--", executable], cwd=ROOT)
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        half_made.rename(profile)
    return profile


@dataclass(frozen=True)
class Told:
    """A finding, or one of the others told at its line."""

    rule: str
    variant: str
    severity: str
    function: str
    file: str
    line: int
    caller: str
    caller_file: str
    caller_line: int
    leads: bool

    def __str__(self):
        name = self.rule + (f":{self.variant}" if self.variant else "")
        place = f"{self.function} {self.file.rsplit('/', 1)[-1]}:{self.line}"
        return f"{name} ({self.severity}) at {place}" if self.function else f"{name} ({self.severity})"

    @property
    def shown(self) -> bool:
        return self.severity in SHOWN

    def is_in(self, name: str) -> bool:
        return _has(self.function, name)

    def is_rule(self, wanted: str, variants: bool) -> bool:
        rule, _, variant = wanted.partition(":")
        return self.rule == rule and (not variant or not variants or self.variant == variant)


def _has(path: str, name: str) -> bool:
    """True if NAME is a component of the path of a function, not the crate's own name."""
    inside = path.partition("::")[2] if "::" in path.partition("<")[0] else path
    return name == "*" or re.search(rf"(?<!\w){re.escape(name)}(?!\w)", inside) is not None


def findings(profile: Path, costs: str) -> list[dict]:
    done = call([HEAPCOACH, "report", "--all", "--costs", costs, "--format", "json", profile], cwd=ROOT)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return json.loads(done.stdout)["findings"]


def savings(profile: Path, costs: str) -> dict[tuple[str, str], int]:
    """By rule and function: the nanoseconds told."""
    return {(one["rule"], one["location"]["function"]): one["saving"]["ns"] for one in findings(profile, costs)}


def read_report(profile: Path, costs: str = "usual") -> list[Told]:
    """By the usual costs, since what the machine does besides must decide nothing."""
    told = []
    for finding in findings(profile, costs):
        place = finding["location"]
        caller = finding["caller"] or {"function": "", "file": "", "line": 0}
        for one in [finding, *finding.get("also", [])]:
            told.append(
                Told(
                    one["rule"], one["variant"], one["severity"],
                    place["function"], place["file"], place["line"],
                    caller["function"], caller["file"], caller["line"], one is finding,
                )
            )  # fmt: skip
    return told


# ---- comparing ----


@dataclass
class Outcome:
    """How one expectation fared: what was told there."""

    wanted: Wanted
    found: Told | None
    instead: list[Told]

    @property
    def word(self) -> str:
        if self.found:
            return "leads" if self.found.leads else "also"
        return self.instead[0].rule if self.instead else "nothing"


def judge(program: Program, variant: str, told: list[Told]) -> tuple[list[Outcome], list[str]]:
    """Of each expectation that the variant allows, what came; and what is wrong about the rest."""
    symbols = variant == "symbols"

    def at(wanted: Wanted, one: Told) -> bool:
        if not wanted.functions:
            return True
        if not any(one.is_in(name) for name in wanted.functions):
            return False
        if wanted.caller and not (_has(one.caller, wanted.caller) or one.is_in(wanted.caller)):
            return False
        here = one.file.endswith(f"/{program.source.name}") and one.line in wanted.lines
        return symbols or here

    outcomes, wrong = [], []
    for wanted in program.wanted:
        if symbols and wanted.functions and not set(wanted.names) & SURVIVE_SYMBOLS:
            continue
        here = [one for one in told if at(wanted, one)]
        right = [
            one
            for one in here
            if any(one.is_rule(rule, not symbols) for rule in wanted.rules)
            and (wanted.any_severity or one.shown)
        ]
        right.sort(key=lambda one: not one.leads)
        instead = [one for one in here if one.leads and wanted.functions]
        outcomes.append(Outcome(wanted, right[0] if right else None, instead))
    for one in told:
        for quiet in program.quiet:
            if quiet.function and not one.is_in(quiet.function):
                continue
            if quiet.rule == one.rule or (not quiet.rule and one.leads and one.shown):
                wrong.append(f"is to be quiet, says: {one}")
        silent = any(q.function and not q.rule and one.is_in(q.function) for q in program.quiet)
        if one.leads and one.shown and one.function and not silent:
            if not any(w.functions and at(w, one) for w in program.wanted):
                wrong.append(f"nobody planted: {one}")
    return outcomes, wrong
