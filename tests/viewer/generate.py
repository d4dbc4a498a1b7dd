#!/usr/bin/env python3
"""generate.py [--sites N] [--depth D] [--seed S] OUT: a made profile of heapcoach's own format.

For measuring and testing what reads profiles: any number of program points with deep stacks that share
their outer frames as those of real programs do, with histograms, threads, growth, lines over time and a
timeline. The same arguments give the same bytes. Figures are made up; histograms sum up to the
blocks, totals to the points.
"""

import argparse
import json
import random

UNIT_NS = 788.854895508371
PERIODS = 16


def histogram(blocks, low, high, rng):
    """Blocks spread over two to four neighbouring buckets."""
    first = rng.randint(low, high)
    parts = min(rng.randint(2, 4), blocks)
    bars, left = [], blocks
    for k in range(parts):
        share = left if k + 1 == parts else max(1, left * rng.randint(20, 70) // 100)
        share = min(share, left - (parts - k - 1))
        bars.append([first + k, share])
        left -= share
    return bars


class Frames:
    """The frame table: user functions in a tree of modules, dependencies, and std below and above."""

    def __init__(self, functions, rng):
        self.text, self.own = ["[root]"], [None]
        self.rng = rng
        self.runtime = [
            self.add("_start", "", 0, "", "rt"),
            self.add("__libc_start_main_impl", "csu/libc-start.c", 360, "libc", "libc"),
            self.add(
                "std::rt::lang_start_internal",
                "/rustc/0123/library/std/src/rt.rs",
                171,
                "std",
                "rt",
            ),
        ]
        self.main = self.add("made::main", "/home/user/made/src/main.rs", 12, "made", "user")
        self.user = [self.user_function(i) for i in range(functions)]
        self.dep = [self.dep_function(i) for i in range(max(4, functions // 3))]
        self.inner = [
            [
                self.add("malloc", "", 0, "", "hook"),
                self.add(
                    "alloc::alloc::alloc",
                    "/rustc/0123/library/alloc/src/alloc.rs",
                    95,
                    "alloc",
                    "std",
                ),
                self.add(
                    "<alloc::raw_vec::RawVecInner>::finish_grow",
                    "/rustc/0123/library/alloc/src/raw_vec/mod.rs",
                    400 + k,
                    "alloc",
                    "std",
                ),
                self.add(
                    f"<alloc::vec::Vec<{kind}>>::push",
                    "/rustc/0123/library/alloc/src/vec/mod.rs",
                    900 + k,
                    "alloc",
                    "std",
                ),
            ]
            for k, kind in enumerate(("u8", "u64", "alloc::string::String", "made::Item"))
        ]

    def add(self, function, file, line, crate, kind):
        number = len(self.text)
        address = 0x1000 + 16 * number
        place = f"({file}:{line})" if file else "(in /home/user/made/target/release/made)"
        self.text.append(f"{hex(address)}: {function} {place}")
        frame = {"fn": function, "mod": 0, "addr": address, "kind": kind}
        if file:
            frame.update(file=file, line=line)
        if crate:
            frame["crate"] = crate
        self.own.append(frame)
        return number

    def user_function(self, i):
        return self.add(
            f"made::part{i % 37}::step_{i}",
            f"/home/user/made/src/part{i % 37}.rs",
            10 + i % 900,
            "made",
            "user",
        )

    def dep_function(self, i):
        crate = ("serde_json", "regex_automata", "tokio", "hyper")[i % 4]
        return self.add(
            f"{crate}::inner{i % 11}::work_{i}",
            f"/home/user/.cargo/registry/src/index/{crate}-1.0.{i % 9}/src/inner{i % 11}.rs",
            20 + i % 500,
            crate,
            "dep",
        )


def stacks(frames, count, depth, rng):
    """Distinct stacks, innermost frame first; each goes on from an earlier one, as those of a program do."""
    paths, seen, out = [[frames.main]], set(), []
    while len(out) < count:
        base = paths[rng.randrange(len(paths))]
        path = base + [
            rng.choice(frames.user if rng.random() < 0.7 else frames.dep)
            for _ in range(rng.randint(1, 4))
        ]
        if len(path) > depth:
            path = path[:1] + path[1 : rng.randint(2, 1 + depth // 2)]
        if len(paths) < 4000:
            paths.append(path)
        stack = tuple(rng.choice(frames.inner) + path[::-1] + frames.runtime[::-1])
        if stack not in seen:
            seen.add(stack)
            out.append(list(stack))
    return out


def growth(blocks, reallocs, copied, largest):
    chains = max(1, blocks // 4)
    return {
        "chains": chains,
        "steps": reallocs,
        "moved": reallocs // 2,
        "copied": copied,
        "first_bytes": 32 * chains,
        "final_bytes": largest * chains,
        "peak_bytes": largest * chains,
        "final_max": largest,
        "steps_h": [[max(1, reallocs // chains), chains]],
        "first_h": [[5, chains]],
        "final_h": [[largest.bit_length() - 1, chains]],
    }


def point(stack, rng, threads, unit_us):
    blocks = max(1, int(rng.paretovariate(0.7)))
    blocks = min(blocks, 10**7)
    size = rng.randint(8, 4000)
    total = blocks * size
    live = rng.randint(0, blocks)
    peak = rng.randint(0, live)
    end = rng.randint(0, peak)
    births = blocks - blocks // 3
    reallocs = blocks - births
    copied = reallocs // 2 * (size // 2)
    own = {
        "fn": "malloc",
        "end": "whole",
        "births": births,
        "freed": max(0, births - end),
        "mo": live,
        "rl": reallocs,
        "rm": reallocs // 2,
        "bc": copied,
        "la": blocks * 9,
        "szmin": size,
        "szmax": size,
        "sz": [[size.bit_length() - 1, blocks]],
        "lah": histogram(births, 0, 12, rng),
        "luh": histogram(births, 0, 12, rng),
    }
    first = rng.randrange(threads)
    own["th"] = (
        [[first, blocks]]
        if blocks < 4 or threads < 2
        else [
            [t, n]
            for t, n in sorted(
                ((first, blocks - blocks // 4), ((first + 1) % threads, blocks // 4))
            )
        ]
    )
    if len(own["th"]) > 1:  # the second thread frees two blocks of the first's
        own["thb"] = [n * size for _, n in own["th"]]
        own["fe"] = min(2, own["freed"])
        own["thf"] = [[own["th"][1][0], own["freed"], own["fe"]]] if own["freed"] else []
    if reallocs:
        own["g"] = growth(births, reallocs, copied, size)
    if live:
        line = [live * rng.randint(0, 100) // 100 for _ in range(PERIODS - 1)] + [end]
        own["series"] = {"unit_us": unit_us, "bytes": [n * size for n in line], "blocks": line}
    return {
        "tb": total,
        "tbk": blocks,
        "tl": blocks * rng.randint(1, 900),
        "mb": live * size,
        "mbk": live,
        "gb": peak * size,
        "gbk": peak,
        "eb": end * size,
        "ebk": end,
        "fs": stack,
        "hc": {k: v for k, v in own.items() if v},
    }


def sums(points):
    total = lambda key: sum(p[key] for p in points)
    own = lambda key: sum(p["hc"].get(key, 0) for p in points)
    return {
        "bytes": total("tb"),
        "blocks": total("tbk"),
        "peak_bytes": total("gb"),
        "peak_blocks": total("gbk"),
        "peak_error_bytes": 0,
        "end_bytes": total("eb"),
        "end_blocks": total("ebk"),
        "frees": own("freed"),
        "reallocs": own("rl"),
        "reallocs_moved": own("rm"),
        "reallocs_remapped": 0,
        "reallocs_shrunk": 0,
        "bytes_copied": own("bc"),
        "short_lived_blocks": 0,
        "life_allocs": own("la"),
    }


def timeline(totals, duration_us, rng, points=400):
    unit = duration_us // points
    rows = []
    for k in range(points + 1):
        share = k / points
        live = share * (1.3 - share) / 0.4225 if k < points else 0
        noise = 1 - 0.1 * rng.random()
        last = k == points
        rows.append(
            [
                k,
                totals["end_bytes"] if last else int(totals["peak_bytes"] * min(live, 1) * noise),
                totals["end_blocks"] if last else int(totals["peak_blocks"] * min(live, 1) * noise),
                int(totals["bytes"] * share),
                int(totals["blocks"] * share),
            ]
        )
    return {
        "unit_us": unit,
        "points": rows,
        "peak": [int(points * 0.65), totals["peak_bytes"], totals["peak_blocks"]],
    }


def profile(sites, depth, seed):
    rng = random.Random(seed)
    frames = Frames(max(20, min(20000, sites // 4)), rng)
    duration_us, threads = 4_000_000, 4
    points = [
        point(stack, rng, threads, duration_us // PERIODS)
        for stack in stacks(frames, sites, depth, rng)
    ]
    totals = sums(points)
    own = {
        "schema": "heapcoach-profile/1",
        "version": "0.1.0",
        "program": {
            "exe": "/home/user/made/target/release/made",
            "args": [],
            "cwd": "/home/user/made",
            "pid": 4242,
            "start_unix_ns": 1700000000000000000,
            "duration_ns": duration_us * 1000,
            "build_id": "00" * 20,
            "rustc": "1.95.0",
            "lines": True,
            "symbols": True,
            "opt_level_0": False,
        },
        "totals": totals,
        "recorder": {
            "sealed": True,
            "end": "exit",
            "truncated": False,
            "repaired": 0,
            "events_missed_early": 0,
            "events_missed_reentrant": 0,
            "events_missed_no_room": 0,
            "frees_unknown": 0,
            "blocks_overwritten": 0,
            "walks": {
                "remembered": totals["blocks"],
                "joined": 0,
                "full": 0,
                "slow": 0,
                "foreign": 0,
                "checked": 0,
                "differences": 0,
                "no_room": 0,
            },
            "stacks": {"whole": totals["blocks"], "cut_by_depth": 0, "lost": 0, "unrecorded": 0},
            "memory_bytes": 10**8,
            "table_bytes": 5 * 10**7,
            "recording_bytes": 10**7,
            "sites": sites,
            "nodes": 3 * sites,
            "threads": threads,
            "module_changes": 0,
            "out_of_room": "",
            "depth_limit": 512,
            "clock": {"unit_ns": UNIT_NS},
        },
        "costs": {"alloc": [], "free": [], "grow_in_place": [], "grow_moved": []},
        "modules": [
            {
                "path": "/home/user/made/target/release/made",
                "build_id": "00" * 20,
                "lines": True,
                "symbols": True,
                "note": "",
            }
        ],
        "threads": [
            {
                "tid": 4242 + t,
                "name": ("made" if t == 0 else f"worker-{t}"),
                "owners": 1,
                "allocs": 1,
                "frees": 1,
            }
            for t in range(threads)
        ],
        "frames": frames.own,
        "links": [],
        "timeline": timeline(totals, duration_us, rng),
    }
    return {
        "dhatFileVersion": 2,
        "mode": "heap",
        "verb": "Allocated",
        "bklt": True,
        "bkacc": False,
        "tu": "µs",
        "Mtu": "s",
        "tuth": 10,
        "cmd": "target/release/made",
        "pid": 4242,
        "te": duration_us,
        "tg": duration_us * 65 // 100,
        "pps": points,
        "ftbl": frames.text,
        "heapcoach": own,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--sites", type=int, default=10000)
    parser.add_argument("--depth", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("out")
    arguments = parser.parse_args()
    with open(arguments.out, "w", encoding="utf-8") as stream:
        json.dump(
            profile(arguments.sites, arguments.depth, arguments.seed),
            stream,
            separators=(",", ":"),
            ensure_ascii=False,
        )


if __name__ == "__main__":
    main()
