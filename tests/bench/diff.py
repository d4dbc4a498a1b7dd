#!/usr/bin/python3
"""Measures what heapcoach does with large profiles: 100,000 stacks of 20 frames on either side.

    tests/bench/diff.py [--stacks N]

Each stack is one of a Vec that grew, with all counters that a recording has. They end in 10,000 lines,
or each in a line of its own: then there are as many sites as stacks, and as many findings. In the new
profile all lines have moved, and of every ten functions one was renamed, one has another callee, one
allocates more, and one is gone with another in its place.

The bounds are 5 s and 1.5 GB for each command; exit status 1 when one is exceeded. heapcoach has one
thread and waits for nothing, so the bound is for its processor time, which is its wall time where
nothing else runs.
"""

import argparse
import json
import multiprocessing
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.measure import measure  # noqa: E402
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


def counters(number: int, new: bool, per_line: int) -> tuple[dict, dict]:
    """What a program point of Vecs counts that grow from 32 to 128 bytes and are dropped; and the link
    to its reallocs, but for their stack."""
    births = number % 97 + 1
    if new and number // per_line // LINES_PER_FUNCTION % 10 == 3:
        births *= 2
    blocks = 3 * births
    series = [8 * (i % 5) for i in range(16)]
    own = dict(
        fn="malloc", end="whole", births=births, freed=births, mo=1, rl=2 * births, rm=births,
        bc=32 * births, la=5 * births, szmin=32, szmax=32, sz=[[5, births]], lah=[[2, births]],
        luh=[[0, births]], th=[[0, blocks]],
        g=dict(chains=births, steps=2 * births, moved=births, copied=32 * births,
               first_bytes=32 * births, final_bytes=128 * births, peak_bytes=128 * births,
               final_max=128, steps_h=[[2, births]], first_h=[[5, births]], final_h=[[7, births]]),
        series=dict(unit_us=6000, bytes=series, blocks=series),
    )  # fmt: skip
    point = dict(
        tb=224 * births, tbk=blocks, tl=births, mb=128, mbk=1, gb=128, gbk=1, eb=0, ebk=0, hc=own
    )
    link = dict(
        kind="grew", n=2 * births, bytes=96 * births, to_bytes=192 * births, moved=births,
        final_max=128, to_hist=[[6, births], [7, births]],
    )  # fmt: skip
    return point, link


def profile(stacks: int, per_line: int, new: bool) -> dict:
    table, points, links, blocks = Table(), [], [], 0
    for number in range(stacks):
        point, link = counters(number, new, per_line)
        frames = stack(table, number, per_line, new)
        blocks += point["tbk"]
        points.append({**point, "fs": frames})
        links.append({**link, "from": number, "to_fs": frames})
    births = blocks // 3
    return {
        "dhatFileVersion": 2, "mode": "heap", "verb": "Allocated", "bklt": True, "bkacc": False,
        "tu": "µs", "Mtu": "s", "tuth": 10, "cmd": "./app", "pid": 1, "te": 1000000, "tg": 500000,
        "pps": points, "ftbl": table.texts,
        "heapcoach": {
            "schema": "heapcoach-profile/1",
            "program": {"exe": "/home/user/app/target/release/app", "lines": True, "symbols": True,
                        "duration_ns": 1000000000, "cpu_ns": 1000000000, "recorder_ns": 100000000},
            "totals": {"bytes": 224 * births, "blocks": blocks, "frees": births,
                       "reallocs": 2 * births, "reallocs_moved": births, "bytes_copied": 32 * births,
                       "peak_bytes": 128 * stacks, "peak_blocks": stacks,
                       "short_lived_blocks": births, "life_allocs": 5 * births},
            "recorder": {"sealed": True, "end": "exit"},
            "modules": [{"path": "/home/user/app/target/release/app"}],
            "threads": [{"tid": 1, "name": "app", "owners": 1, "allocs": blocks, "frees": births}],
            "frames": table.frames, "links": links,
        },
    }  # fmt: skip


def write(file: Path, stacks: int, per_line: int, new: bool):
    """In a process of its own: the most memory of a child counts from what its parent has."""
    text = json.dumps(profile(stacks, per_line, new), separators=(",", ":"), ensure_ascii=False)
    file.write_text(text)


def make_pair(folder: Path, stacks: int, per_line: int) -> tuple[Path, Path]:
    files = folder / f"old-{per_line}.json", folder / f"new-{per_line}.json"
    for new, file in enumerate(files):
        maker = multiprocessing.get_context("spawn").Process(
            target=write, args=(file, stacks, per_line, bool(new))
        )
        maker.start()
        maker.join()
        if maker.exitcode != 0:
            raise SystemExit("bench: the profiles could not be made")
    return files


def run(what: str, command: list) -> bool:
    """Prints a line of the table. Is it within the bounds?"""
    took = measure([HEAPCOACH, *command], {})
    within = took["cpu"] <= BOUND_S and took["memory"] <= BOUND_GB
    print(
        f"{what:<62}{took['cpu']:>8.2f}{took['wall']:>9.2f}{took['memory']:>8.2f}   "
        f"at most {BOUND_S:g} s, {BOUND_GB:g} GB   {'yes' if within else 'NO'}",
        flush=True,
    )
    return within


def measure_kind(folder: Path, stacks: int, per_line: int) -> bool:
    old, new = make_pair(folder, stacks, per_line)
    lines = f"{stacks:,} stacks in {stacks // per_line:,} lines"
    tolerance = ["--baseline", old, "--tolerance", "1000"]
    return all(
        [
            run(f"diff, {lines}", ["diff", old, new]),
            run(f"diff --format json, {lines}", ["diff", "--format", "json", old, new]),
            run(f"report, {lines}", ["report", new]),
            run(f"report --format json --all, {lines}", ["report", "--format", "json", "--all", new]),
            run(f"check --baseline, {lines}", ["check", *tolerance, new]),
        ]
    )


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--stacks", type=int, default=100_000)
    options = parser.parse_args()
    print(f"{'heapcoach':<62}{'cpu s':>8}{'wall s':>9}{'GB':>8}")
    with tempfile.TemporaryDirectory() as folder:
        within = [measure_kind(Path(folder), options.stacks, per_line) for per_line in (10, 1)]
    return 0 if all(within) else 1


if __name__ == "__main__":
    sys.exit(main())
