"""Stacks whose frames are the same in another order are told apart."""

import re
from pathlib import Path

import pytest

from support import c
from support.programs import heapcoach_run

HERE = Path(__file__).parent
EACH = 1000
PATHS = {  # innermost first: bytes of each block
    ("small", "large", "large", "small"): 10,
    ("large", "small", "small", "large"): 20,
    ("large", "small", "small", "as_large"): 30,
}


@pytest.mark.parametrize("flags", [[], ["-O2"], ["-fno-omit-frame-pointer"]])
def test_the_same_frames_in_another_order_are_another_stack(flags, tmp_path):
    program = c.build(HERE / "reordered.c", *flags)
    for _ in range(5):  # where the stack begins is random
        data = heapcoach_run([program], tmp_path).profile
        seen = {}
        for point in data["pps"]:
            frames = " ".join(data["ftbl"][i] for i in point["fs"])
            names = tuple(re.findall(r": (small|large|as_large) ", frames))
            if names:
                seen[names] = (point["tbk"], point["tb"])
        assert seen == {names: (EACH, EACH * size) for names, size in PATHS.items()}
