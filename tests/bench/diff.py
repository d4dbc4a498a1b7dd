#!/usr/bin/python3
"""Measures `heapcoach diff` on two large profiles: 100,000 stacks of 20 frames on both sides, which end
in 10,000 lines.

    tests/bench/diff.py [--stacks N] [--per-line N]

In the new one all lines have moved, and of every ten functions one was renamed, one has another callee,
one allocates more, and one is gone with another in its place. The bounds are 5 s of processor time (it
has one thread and waits for nothing, so that is its wall time where nothing else runs) and 1.5 GB;
exit status 1 when one is exceeded.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.paths import HEAPCOACH  # noqa: E402

BOUND_S = 5.0
BOUND_GB = 1.5
DEPTH = 20
LINES_PER_FUNCTION = 10


class Table:
    """ftbl and heapcoach.frames."""

    def __init__(self):
        self.texts, self.frames, self.index = ["[root]"], [None], {}

    def frame(self, function: str, file: str, line: int, crate: str, kind: str) -> int:
        key = (function, file, line)
        if key not in self.index:
            self.index[key] = len(self.texts)
            self.texts.append(f"0x{len(self.texts):x}: {function} ({file[-40:]}:{line})")
            self.frames.append(
                {"fn": function, "file": file, "line": line, "crate": crate, "kind": kind, "mod": 0}
            )
        return self.index[key]


def stack(table: Table, number: int, per_line: int, new: bool) -> list[int]:
    site, way = divmod(number, per_line)
    function, line = divmod(site, LINES_PER_FUNCTION)
    change = function % 10 if new else -1
    name = f"app::m{function % 300}::f{function}"
    if change in (0, 1):
        name += "_renamed" if change == 0 else "_other"
    callee = "with_capacity" if change == 2 else "push"
    std = "/rustc/0/library/alloc/src/vec/mod.rs"
    moved = 7 if new else 0
    where = (function // 300 * LINES_PER_FUNCTION + line) * 5 + moved + 1
    frames = [
        table.frame("malloc", "", 0, "", "hook"),
        table.frame("alloc::raw_vec::RawVec<T,A>::grow_one", std, 10, "alloc", "std"),
        table.frame(f"alloc::vec::Vec<T,A>::{callee}", std, 20, "alloc", "std"),
        table.frame(name, f"/home/user/app/src/m{function % 300}.rs", where, "app", "user"),
    ]
    tree = function * per_line + way
    if change == 1:
        tree += 7_777_777  # what takes the place has other callers
    for depth in range(DEPTH - len(frames)):
        tree //= 2
        frames.append(
            table.frame(f"app::d{depth}::c{tree}", f"/home/user/app/src/d{depth}.rs", 3 + moved, "app", "user")
        )
    return frames


def profile(stacks: int, per_line: int, new: bool) -> dict:
    table, points, total = Table(), [], 0
    for number in range(stacks):
        blocks = number % 97 + 1
        if new and number // per_line // LINES_PER_FUNCTION % 10 == 3:
            blocks *= 2
        total += blocks
        points.append(
            dict(tb=64 * blocks, tbk=blocks, tl=blocks, mb=64, mbk=1, gb=64, gbk=1, eb=0, ebk=0,
                 fs=stack(table, number, per_line, new), hc=dict(fn="malloc", end="whole", births=blocks))
        )  # fmt: skip
    return {
        "dhatFileVersion": 2, "mode": "heap", "verb": "Allocated", "bklt": True, "bkacc": False,
        "tu": "µs", "Mtu": "s", "tuth": 10, "cmd": "./app", "pid": 1, "te": 1000000, "tg": 500000,
        "pps": points, "ftbl": table.texts,
        "heapcoach": {
            "schema": "heapcoach-profile/1",
            "program": {"exe": "/home/user/app/target/release/app", "lines": True, "symbols": True},
            "totals": {"bytes": 64 * total, "blocks": total, "peak_bytes": 64 * stacks,
                       "peak_blocks": stacks},
            "modules": [{"path": "/home/user/app/target/release/app"}], "frames": table.frames,
        },
    }  # fmt: skip


def measure(command: list) -> tuple[float, float, float, bytes]:
    """Wall time and processor time in seconds, the most memory in GB, what it printed."""
    start = time.monotonic()
    child = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE)
    out = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit(f"bench: heapcoach diff ended with {child.returncode}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e9, out


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--stacks", type=int, default=100_000)
    parser.add_argument("--per-line", type=int, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for new in (False, True):
            made = profile(options.stacks, options.per_line, new)
            files.append(Path(folder) / ("new.json" if new else "old.json"))
            files[-1].write_text(json.dumps(made, separators=(",", ":")))
        size = sum(f.stat().st_size for f in files) / 1e6
        wall, cpu, memory, out = measure([HEAPCOACH, "diff", "--format", "json", *files])
    kinds = [site["match"] for site in json.loads(out)["sites"]]
    print(f"heapcoach diff: {options.stacks:,} stacks against {options.stacks:,} ({size:.0f} MB)")
    print(f"    {cpu:.2f} s of processor time, {wall:.2f} s of wall time (bound {BOUND_S} s)")
    print(f"    {memory:.2f} GB (bound {BOUND_GB} GB)")
    print(f"    lines that differ: {', '.join(f'{kinds.count(k):,} {k}' for k in sorted(set(kinds)))}")
    return 1 if cpu > BOUND_S or memory > BOUND_GB else 0


if __name__ == "__main__":
    sys.exit(main())
