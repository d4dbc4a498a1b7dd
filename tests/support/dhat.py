"""Reads DHAT profiles, ours and Valgrind's.

A program point's stack is read from the frame table's text, so what is read here is what other
readers of DHAT files see. Only own_sums_below looks at heapcoach's own keys.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

NUMBERS = ("tb", "tbk", "gb", "gbk", "eb", "ebk")
FRAME = re.compile(r"^0x([0-9a-fA-F]+): (.+) \((?:in )?(.+?)(?::(\d+))?(?::(\d+))?\)$")


@dataclass(frozen=True)
class Frame:
    address: int
    function: str
    file: str
    line: int

    @property
    def place(self) -> tuple[str, int]:
        return (self.file.rsplit("/", 1)[-1], self.line)


def parse_frame(text: str, own: bool = True) -> Frame:
    """OWN: one that we wrote. Valgrind's code in no file has an address and nothing else."""
    if not own and text.endswith(": ???"):
        text += " (in ???)"
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
        own = "heapcoach" in data
        self.frames = [None] + [parse_frame(text, own) for text in data["ftbl"][1:]]

    @staticmethod
    def read(path: Path) -> "Profile":
        return Profile(json.loads(path.read_text(encoding="utf-8", errors="strict")))

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
