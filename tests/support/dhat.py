"""Reads DHAT profiles, ours and Valgrind's, for comparison.

A site is a program point; its stack is read from the frame table's text. What is compared is the
stack inside the executable, as addresses in the file's own numbering: those are the same for both
tools, whatever each thinks of inlining, of file names and of libraries without debug info. Frames
outside of the executable (the allocation function, libc, ld.so) become one "..." where they stand.
"""

import re
import subprocess
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

NUMBERS = ("tb", "tbk", "gb", "gbk", "eb", "ebk")
FRAME = re.compile(r"^0x([0-9a-fA-F]+): (.+) \((?:in )?(.+?)(?::(\d+))?(?::(\d+))?\)$")
OUTSIDE = "..."


@dataclass(frozen=True)
class Frame:
    address: int
    function: str
    file: str
    line: int

    @property
    def place(self) -> tuple[str, int]:
        return (self.file.rsplit("/", 1)[-1], self.line)


def parse_frame(text: str) -> Frame:
    found = FRAME.match(text)
    if found is None:
        raise ValueError(f"not a frame that every reader takes: {text!r}")
    address, function, file, line, _ = found.groups()
    return Frame(int(address, 16), function, file, int(line or 0))


def names(function: str, wanted: str) -> bool:
    """True if `crate::module::wanted<T>` is the function WANTED."""
    return re.search(rf"(?:^|::){re.escape(wanted)}(?:<.*>)?$", function) is not None


class Profile:
    def __init__(self, data: dict):
        self.data = data
        self.frames = [None] + [parse_frame(text) for text in data["ftbl"][1:]]

    def stacks(self):
        """(program point, [Frame, innermost first]) of all."""
        for pp in self.data["pps"]:
            yield pp, [self.frames[i] for i in pp["fs"]]

    def sums(self) -> dict[str, int]:
        return {n: sum(pp[n] for pp in self.data["pps"]) for n in NUMBERS}

    def below(self, function: str) -> list[dict]:
        """The program points with FUNCTION in their stack."""
        return [pp for pp, stack in self.stacks() if any(names(f.function, function) for f in stack)]

    def sums_below(self, function: str, keys=NUMBERS) -> dict[str, int]:
        found = self.below(function)
        return {k: sum(pp[k] for pp in found) for k in keys}

    def own_sums_below(self, function: str, keys) -> dict[str, int]:
        """The same for the numbers in `hc`, where a missing key is 0."""
        found = self.below(function)
        return {k: sum(pp["hc"].get(k, 0) for pp in found) for k in keys}


@lru_cache
def text_range(executable: Path) -> tuple[int, int]:
    """First and last address of the executable's segments, in its own numbering."""
    lines = subprocess.run(
        ["readelf", "-lW", str(executable)], check=True, capture_output=True, text=True
    ).stdout.splitlines()
    loads = [line.split() for line in lines if line.split()[:1] == ["LOAD"]]
    return (
        min(int(f[2], 16) for f in loads),
        max(int(f[2], 16) + int(f[5], 16) for f in loads),
    )


def valgrind_base(valgrind: Profile, ours: Profile) -> int:
    """Where Valgrind put the executable. Frames that both tools name alike (function, file and
    line) vote; the base is a whole page that nearly all agree on."""
    mine = {}
    for frame in ours.frames[1:]:
        mine.setdefault((frame.function, frame.place), set()).add(frame.address)
    votes = Counter()
    for frame in valgrind.frames[1:]:
        at = mine.get((frame.function, frame.place), set())
        if len(at) == 1:
            votes[frame.address - next(iter(at))] += 1
    paged = [(n, base) for base, n in votes.items() if base % 4096 == 0 and base > 0]
    if not paged:
        raise ValueError("no frame of the two profiles agrees, so no base can be found")
    return max(paged)[1]


@dataclass
class Site:
    """The sum of the program points with one stack inside the executable."""

    numbers: dict[str, int]
    points: int


def sites(profile: Profile, inside, base: int) -> dict[tuple, Site]:
    """Sites by their stack, innermost first. `inside(frame)` says whether a frame is in the
    executable; base is taken off its address. Inlined frames share their caller's address, and
    count once."""
    found: dict[tuple, Site] = {}
    for pp, stack in profile.stacks():
        key: list = []
        for frame in stack:
            at = frame.address - base if inside(frame) else OUTSIDE
            if not key or key[-1] != at or at == OUTSIDE and key[-1] != OUTSIDE:
                key.append(at)
        # below main is libc's start code, which Valgrind does not show
        if key and key[-1] == OUTSIDE:
            key.pop()
        site = found.setdefault(tuple(key), Site(dict.fromkeys(NUMBERS, 0), 0))
        site.points += 1
        for n in NUMBERS:
            site.numbers[n] += pp[n]
    return found
