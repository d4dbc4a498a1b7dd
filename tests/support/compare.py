"""Compares our profile of a program with Valgrind's, exactly.

What is compared is DHAT's six counts (not the lifetimes, whose clock differs, nor mb and mbk, which
Valgrind gets wrong), of the whole program and of every site. A site is a stack inside the
executable, as addresses in the file's own numbering: those are the same for both tools, whatever
each thinks of inlining, of names, and of libraries without debug info. Frames outside of the
executable (the allocation function, libc, ld.so) become one "..." where they stand; of frames that
follow each other with one address (inlined ones, recursion) one is kept.

Inlining and lines are compared apart: each address must stand for the same lines in both.

Functions that left by a tail call, which the analyzer puts back, are left out of ours.

What glibc allocates for itself is compared like all else, with two exceptions, where the amount
depends on what else is mapped or loaded, and so on the tool:
- getdelim: pthread_getattr_np reads /proc/self/maps, and its line buffer grows with the longest line.
- _dl_allocate_tls: a thread's table has an entry for each library with thread-local variables.
"""

import re
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from .dhat import NUMBERS, Frame, Profile, names

OUTSIDE = "..."
PAGE = 4096
START_CODE_BYTES = 64
DEPENDS_ON_THE_TOOL = ("getdelim", "__getdelim", "_IO_getdelim", "_dl_allocate_tls", "allocate_dtv")


@lru_cache
def address_range(executable: Path) -> tuple[int, int]:
    """First address of the executable's segments and the one after the last, in its own numbering."""
    lines = subprocess.run(
        ["readelf", "-lW", str(executable)], check=True, capture_output=True, text=True
    ).stdout.splitlines()
    loads = [line.split() for line in lines if line.split()[:1] == ["LOAD"]]
    return (
        min(int(f[2], 16) for f in loads),
        max(int(f[2], 16) + int(f[5], 16) for f in loads),
    )


@lru_cache
def entry_point(executable: Path) -> int:
    listed = subprocess.run(
        ["readelf", "-hW", str(executable)], check=True, capture_output=True, text=True
    ).stdout
    return int(re.search(r"Entry point address:\s+0x([0-9a-f]+)", listed)[1], 16)


def our_addresses(profile: Profile, executable: Path) -> list[int | None]:
    """For each frame its address in the executable, None if it is outside. The start code, `_start`,
    counts as outside: it stands below libc's, and Valgrind shows neither."""
    start = range(entry_point(executable), entry_point(executable) + START_CODE_BYTES)
    own = profile.data["heapcoach"]
    inside = {i for i, m in enumerate(own["modules"]) if m and m["path"] == str(executable)}
    if len(inside) != 1:
        raise ValueError(f"{executable} is not exactly one of the modules: {own['modules']}")
    return [None] + [
        frame.address if known.get("mod") in inside and frame.address not in start else None
        for frame, known in zip(profile.frames[1:], own["frames"][1:])
    ]


def valgrind_addresses(
    valgrind: Profile, inside: list[int | None], executable: Path
) -> list[int | None]:
    """The same for Valgrind's profile, whose addresses are those of its run. It put the executable
    at a whole page; the page is the one at which most of its frames' addresses are ours."""
    mine: dict[int, set[int]] = {}
    for address in inside:
        if address is not None:
            mine.setdefault(address % PAGE, set()).add(address)
    votes: Counter = Counter()
    for theirs in {frame.address for frame in valgrind.frames[1:]}:
        votes.update(theirs - address for address in mine.get(theirs % PAGE, ()))
    if not votes:
        raise ValueError("no address of the two profiles agrees, so no base can be found")
    base = votes.most_common(1)[0][0]
    low, high = address_range(executable)
    return [None] + [
        f.address - base if low <= f.address - base < high else None for f in valgrind.frames[1:]
    ]


@dataclass
class Side:
    """One profile, ready to be compared."""

    sites: dict[tuple, Counter] = field(default_factory=dict)
    lines: dict[int, tuple] = field(default_factory=dict)
    total: Counter = field(default_factory=Counter)
    left_out: Counter = field(default_factory=Counter)


def _collapse(addresses: list[int | None]) -> tuple:
    key: list = []
    for address in addresses:
        at = OUTSIDE if address is None else address
        if key[-1:] != [at]:
            key.append(at)
    # libc's start code below main, which Valgrind does not show
    return tuple(key[:-1] if key[-1:] == [OUTSIDE] else key)


def _lines_of(run: list[Frame]) -> tuple:
    """What an address stands for: its inlined frames' lines and its own. Direct recursion repeats
    them; once is enough."""
    places = [f.place for f in run]
    for period in range(1, len(places)):
        if len(places) % period == 0 and places == places[:period] * (len(places) // period):
            return tuple(places[:period])
    return tuple(places)


def _cut(stack: list[Frame], functions: list[str]) -> int:
    """How many frames to keep, so that the outermost is one of these functions; all, if none is."""
    at = [i for i, f in enumerate(stack) if any(names(f.function, n) for n in functions)]
    return at[-1] + 1 if at else len(stack)


def _left_by_a_jump(profile: Profile) -> set[int]:
    """The frames that no walk of a stack meets, Valgrind's neither."""
    known = profile.data.get("heapcoach", {}).get("frames", [])
    return {i for i, frame in enumerate(known) if frame and frame.get("jumped")}


def side(profile: Profile, addresses: list[int | None], outermost: list[str]) -> Side:
    found = Side()
    unseen = _left_by_a_jump(profile)
    for pp, stack in profile.stacks():
        kept = [k for k, frame in enumerate(pp["fs"]) if frame not in unseen]
        stack = [stack[k] for k in kept]
        stack = stack[: _cut(stack, outermost)]
        numbers = Counter({n: pp[n] for n in NUMBERS})
        if any(f.function.split("@")[0] in DEPENDS_ON_THE_TOOL for f in stack):
            found.left_out.update(numbers)
            continue
        found.total.update(numbers)
        inside = [addresses[pp["fs"][k]] for k in kept[: len(stack)]]
        found.sites.setdefault(_collapse(inside), Counter()).update(numbers)
        start = 0
        for end in range(1, len(stack) + 1):
            if end == len(stack) or inside[end] != inside[start]:
                if inside[start] is not None:
                    found.lines[inside[start]] = _lines_of(stack[start:end])
                start = end
    return found


def _show(key: tuple) -> str:
    return " < ".join(k if k == OUTSIDE else hex(k) for k in key)


def differences(ours: Side, valgrind: Side, numbers=NUMBERS) -> list[str]:
    """What is not equal, one line each; empty if all is."""
    found = []
    for n in numbers:
        if ours.total[n] != valgrind.total[n]:
            found.append(f"whole program {n}: ours {ours.total[n]}, Valgrind {valgrind.total[n]}")
    for key in sorted(ours.sites.keys() | valgrind.sites.keys(), key=_show):
        mine, theirs = ours.sites.get(key), valgrind.sites.get(key)
        if mine is None or theirs is None:
            found.append(f"only in {'ours' if mine else 'Valgrind'}: {_show(key)} {mine or theirs}")
            continue
        for n in numbers:
            if mine[n] != theirs[n]:
                found.append(f"{n} at {_show(key)}: ours {mine[n]}, Valgrind {theirs[n]}")
    return found


def _addr2lines_opinion(executable: Path, address: int) -> tuple:
    listed = subprocess.run(
        ["addr2line", "-i", "-e", str(executable), hex(address)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    places = (line.split(" (")[0].rpartition(":") for line in listed.splitlines())
    return tuple(
        (file.rsplit("/", 1)[-1], int(line) if line.isdigit() else 0) for file, _, line in places
    )


def _agree(ours: tuple, addr2line: tuple) -> bool:
    """Code that the compiler made of no line in particular (line 0, told as "?", in whatever file the
    table stood at) is the one thing of which we say more: file and line of its function."""
    return len(ours) == len(addr2line) and all(
        mine == theirs or theirs[1] == 0
        for mine, theirs in zip(ours, addr2line)
    )


def line_differences(ours: Side, valgrind: Side, executable: Path) -> list[str]:
    """Addresses of both that do not stand for the same lines. Valgrind now and then takes a wrong
    file of a line table, so where the two differ, binutils' addr2line decides."""
    return [
        f"{address:#x}: ours {ours.lines[address]}, Valgrind {valgrind.lines[address]}"
        for address in sorted(ours.lines.keys() & valgrind.lines.keys())
        if ours.lines[address] != valgrind.lines[address]
        and not _agree(ours.lines[address], _addr2lines_opinion(executable, address))
    ]


def compare(
    ours: Profile, valgrind: Profile, executable: Path, outermost: list[str] = []
) -> tuple[Side, Side]:
    """OUTERMOST: functions whose callers Valgrind does not find, so that they are not compared."""
    inside = our_addresses(ours, executable)
    return (
        side(ours, inside, outermost),
        side(valgrind, valgrind_addresses(valgrind, inside, executable), outermost),
    )
