#!/usr/bin/python3
"""Measures what heapcoach does after the run: `finish` and `report` of many sites in a large program.

    tests/bench/after.py [--many]

The program is generated: modules that fill and drain collections of types of their own, so that there
is debug information of about 100 MB, and paths that branch on the way down to them. 10,000 sites may take
3 s and 1 GB, finish and report together; --many adds a million sites, which must do with an address
space of 4 GB. The program is built once (minutes). Exit status 1 when a bound is exceeded.
"""

import argparse
import resource
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.measure import folder_for_output, measure  # noqa: E402
from support.paths import BUILD, HEAPCOACH, LIBRARY  # noqa: E402
from support.programs import clean_environment  # noqa: E402

MODULES = 105
FEW_PATHS, MANY_PATHS = 6, 600  # about 1,800 sites a path
BOUND_S, BOUND_GB, BOUND_SPACE = 3.0, 1.0, 4 << 30

HEAD = """
type Work = fn(u64) -> usize;

#[inline(never)]
fn left(depth: u32, path: u64, work: Work) -> usize {
    descend(depth, path, work) + 1
}

#[inline(never)]
fn right(depth: u32, path: u64, work: Work) -> usize {
    descend(depth, path, work) + 2
}

/* A turn to the left or to the right by each bit of the path. */
fn descend(depth: u32, path: u64, work: Work) -> usize {
    match (depth, path & 1) {
        (0, _) => work(2),
        (_, 0) => left(depth - 1, path >> 1, work),
        (_, _) => right(depth - 1, path >> 1, work),
    }
}
"""

MODULE = """
mod m%(number)d {
    use std::collections::{BTreeMap, BinaryHeap, HashMap, HashSet, VecDeque};

    #[derive(Clone, Debug, Default, Hash, PartialEq, Eq, PartialOrd, Ord)]
    pub struct Key {
        number: u64,
        name: String,
        tail: [[u8; %(width)d]; %(height)d],
    }

    #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
    pub struct Value {
        texts: Vec<String>,
        next: Option<Box<Key>>,
    }

    #[inline(never)]
    pub fn work(n: u64) -> usize {
        let mut map: HashMap<Key, Vec<Value>> = HashMap::new();
        for number in 0..n {
            let key = Key { number, name: number.to_string(), ..Key::default() };
            let next = Some(Box::new(key.clone()));
            map.entry(key).or_default().push(Value { texts: vec![format!("{number}")], next });
        }
        let tree: BTreeMap<Key, Value> =
            map.into_iter().filter_map(|(k, mut v)| v.pop().map(|v| (k, v))).collect();
        let mut list: Vec<(Key, Value)> = tree.into_iter().rev().collect();
        list.sort_by(|a, b| a.0.name.cmp(&b.0.name));
        let heap: BinaryHeap<Key> = list.iter().map(|(k, _)| k.clone()).collect();
        let set: HashSet<Key> = heap.iter().cloned().collect();
        let mut queue: VecDeque<Value> = list.iter().map(|(_, v)| v.clone()).collect();
        queue.extend(list.into_iter().map(|(_, v)| v));
        queue.iter().map(|v| v.texts.len()).sum::<usize>() + set.len() + heap.into_vec().len()
    }
}
"""

MAIN = """
fn main() {
    let paths = std::env::args().nth(1).unwrap().parse().unwrap();
    let path = |p| WORK.iter().map(|work| descend(16, p, *work)).sum::<usize>();
    println!("{}", (0..paths).map(path).sum::<usize>());
}
"""


def source() -> str:
    modules = [
        MODULE % {"number": n, "width": n % 32 + 1, "height": n // 32 + 1} for n in range(MODULES)
    ]
    works = ", ".join(f"m{n}::work" for n in range(MODULES))
    return "".join([HEAD, *modules, f"\nconst WORK: [Work; {MODULES}] = [{works}];\n", MAIN])


def build() -> Path:
    program, text = BUILD / "bench/large", source()
    kept = program.with_suffix(".rs")
    if program.exists() and kept.read_text() == text:
        return program
    program.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(text)
    print("building a program with 100 MB of debug information", flush=True)
    flags = ["--edition", "2021", "-C", "opt-level=1", "-g"]
    subprocess.run(["rustc", *flags, "-o", program, kept], check=True)
    return program


def debug_bytes(program: Path) -> int:
    lines = subprocess.check_output(["size", "-A", program], text=True).splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(".debug"))


def limited():
    resource.setrlimit(resource.RLIMIT_AS, (BOUND_SPACE, BOUND_SPACE))


def record(program: Path, paths: int, folder: Path) -> Path:
    env = {"LD_PRELOAD": LIBRARY, "HEAPCOACH_DIR": folder, "HEAPCOACH_FINISH": "0"}
    subprocess.run(
        [program, str(paths)],
        env=clean_environment(**{k: str(v) for k, v in env.items()}),
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return next(folder.glob("*.rec"))


def sites_of(profile: Path) -> int:
    with profile.open("rb") as file:
        return sum(line.count(b'"tbk":') for line in file)


def row(what: str, sites: int, took: dict):
    print(f"{what:<28}{sites:>12,}{took['cpu']:>8.2f}{took['wall']:>8.2f}{took['memory']:>8.2f}", flush=True)


def few(program: Path) -> bool:
    with folder_for_output() as name:
        recording, profile = record(program, FEW_PATHS, Path(name)), Path(name) / "profile.json"
        finish = measure([HEAPCOACH, "finish", recording, "-o", profile], {})
        report = measure([HEAPCOACH, "report", profile], {})
        sites = sites_of(profile)
    row("finish", sites, finish)
    row("report", sites, report)
    return (
        finish["cpu"] + report["cpu"] <= BOUND_S
        and max(finish["memory"], report["memory"]) <= BOUND_GB
    )


def many(program: Path):
    """A command that runs out ends with a status that is not 0, which measure tells."""
    with folder_for_output() as name:
        recording, profile = record(program, MANY_PATHS, Path(name)), Path(name) / "profile.json"
        limited()
        finish = measure([HEAPCOACH, "finish", recording, "-o", profile], {})
        report = measure([HEAPCOACH, "report", profile], {})
        sites = sites_of(profile)
    row("finish", sites, finish)
    row("report", sites, report)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--many", action="store_true", help="a million sites, too")
    options = parser.parse_args()
    program = build()
    print(f"{debug_bytes(program) / 1e6:.0f} MB of debug information")
    print(f"{'heapcoach':<28}{'sites':>12}{'cpu s':>8}{'wall s':>8}{'GB':>8}")
    within = few(program)
    print(f"at most {BOUND_S:g} s of processor time together, {BOUND_GB:g} GB   {'yes' if within else 'NO'}")
    if options.many:
        many(program)
        print("done in an address space of 4 GB   yes")
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
