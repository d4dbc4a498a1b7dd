"""Real programs, none written for this: Debian's Rust tools, cargo and rustfmt, and programs of
published crates (tests/real). What they work on is made here, the same on every machine."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.measure import folder_for_output, measure, medians
from bench.tools import BARE, FOLDER, HEAPTRACK_AWAY, RECORDER, Tool
from support import cargo
from support.paths import TESTS
from support.programs import heapcoach_run

INPUT = FOLDER / "input"
TREE = INPUT / "tree"
SOURCE = INPUT / "all.rs"
BYTES = INPUT / "bytes"
LOGS = INPUT / "logs"
MADE = INPUT / "made-2"  # another number when anything else is made
ADVICE = ("documents", "measure", "orders", "pages", "routes", "stages")
BLOCKS_PER_SECOND = 1_000_000
LIMIT = 1.15
SHORT_SECONDS = 0.05  # what takes less is run so many times as often: a start's chances weigh more
SHORT_TIMES = 5


@dataclass(frozen=True)
class Program:
    name: str
    command: list


def make_input():
    """6,000 files in 320 folders, a Rust source of all the tests' small programs, logs of 70 MB, 300,000 bytes."""
    if MADE.exists():
        return
    for d in range(300):
        folder = TREE / f"d{d % 20}" / f"e{d}"
        folder.mkdir(parents=True, exist_ok=True)
        for f in range(20):
            words = ("needle" if i % 37 == f else "hay" for i in range(60))
            lines = (f"line {i} of file {f} in {d}: {w}{i * i}\n" for i, w in enumerate(words))
            (folder / f"f{f}.txt").write_text("".join(lines))
    LOGS.mkdir(exist_ok=True)
    for k in range(8):
        lines = (
            f"2026-11-{i % 30 + 1:02} 12:{i % 60:02} host{k} service[{i * 7919 % 65536}]: "
            f"{'error: timeout' if i % 997 == 0 else 'request served'} in {i * i % 1000} us, {i * 31 % 4096} bytes\n"
            for i in range(120_000)
        )
        (LOGS / f"{k}.log").write_text("".join(lines))
    sources = sorted((TESTS / "rules" / "programs").glob("*.rs"))
    SOURCE.write_text("".join(s.read_text() for s in sources))
    BYTES.write_bytes(bytes((i * i + 7 * i) & 255 for i in range(300_000)))
    MADE.touch()


def toolchain(name: str) -> Path | None:
    """The program itself, not rustup's, which starts it."""
    if shutil.which("rustup"):
        done = subprocess.run(["rustup", "which", name], capture_output=True, text=True)
        return Path(done.stdout.strip()) if done.returncode == 0 else None
    found = shutil.which(name)
    return Path(found) if found else None


def listed() -> list[Program]:
    manifest = TESTS / "real" / "crates-advice" / "Cargo.toml"
    metadata = ["metadata", "--offline", "--locked", "--format-version", "1", "--manifest-path", manifest]
    found = [
        Program("rg", ["rg", "--no-config", r"needle\d+", TREE]),
        Program("rg, one thread", ["rg", "-j1", "--no-config", r"needle\d+", TREE]),
        Program("rg, logs", ["rg", "-j1", "--no-config", r"error: (\w+) in (\d+)", LOGS]),
        Program("fdfind", ["fdfind", "f1", TREE]),
        Program("bat", ["batcat", "--no-config", "--color=always", "--paging=never", SOURCE]),
        Program("exa", ["exa", "-lR", TREE]),
        Program("hexyl", ["hexyl", BYTES]),
        Program("cargo metadata", [toolchain("cargo"), *metadata]),
        Program("rustfmt", [toolchain("rustfmt"), "--edition", "2021", "--emit", "stdout", SOURCE]),
    ]
    found = [p for p in found if p.command[0] and shutil.which(p.command[0])]
    found.append(Program("serde_json, regex", [cargo.build("release")]))
    for name in ADVICE:
        program = cargo.build("release", "crates-advice", name)
        found.append(Program(f"crates: {name}", [program]))
    return found


def facts(program: Program) -> dict:
    """What heapcoach's profile says of one run."""
    with folder_for_output() as folder:
        done = heapcoach_run(program.command, Path(folder))
        if done.status != 0:
            raise SystemExit(f"bench: {program.name} ended with {done.status}")
        own = done.profile["heapcoach"]
    return {
        "blocks": own["totals"]["blocks"],
        "sites": own["recorder"]["sites"],
        "recording_bytes": own["recorder"]["recording_bytes"],
        "threads": own["recorder"]["threads"],
    }


def is_short(runs: list[dict]) -> bool:
    return bool(runs) and medians(runs)["wall"] < SHORT_SECONDS


def measure_program(program: Program, tools: dict[str, Tool], rounds: int) -> dict:
    wanted = [tools[n] for n in (BARE, RECORDER, HEAPTRACK_AWAY) if n in tools]
    runs: dict[str, list] = {tool.name: [] for tool in wanted}
    while len(runs[BARE]) < rounds * (SHORT_TIMES if is_short(runs[BARE]) else 1):
        for tool in wanted:
            with folder_for_output() as folder:
                command, env = tool.for_run(program.command[0], program.command[1:], Path(folder))
                runs[tool.name].append(measure(command, env))
    result = {"program": program.name, "command": [str(c) for c in program.command], **facts(program)}
    result["tools"] = {name: {**medians(all_), "runs": all_} for name, all_ in runs.items()}
    bare = result["tools"][BARE]
    for figures in result["tools"].values():
        figures["wall_ratio"] = figures["wall"] / bare["wall"]
        figures["cpu_ratio"] = figures["cpu"] / bare["cpu"] if bare["cpu"] else 0
    result["blocks_per_second"] = result["blocks"] / bare["wall"]
    result["counts"] = result["blocks_per_second"] < BLOCKS_PER_SECOND
    result["met"] = result["tools"][RECORDER]["wall_ratio"] <= LIMIT
    return result


def table(results: list[dict]) -> str:
    lines = [
        f"{'program':<22}{'bare ms':>9}{'blocks':>11}{'M/s':>6}{'sites':>8}{'B/site':>8}"
        f"{'wall x':>8}{'heaptrack':>10}   at most {LIMIT}, below 1 M blocks/s"
    ]
    for r in results:
        tools = r["tools"]
        heaptrack = f"{tools[HEAPTRACK_AWAY]['wall_ratio']:.2f}" if HEAPTRACK_AWAY in tools else "-"
        verdict = ("yes" if r["met"] else "NO") if r["counts"] else "more blocks"
        lines.append(
            f"{r['program']:<22}{tools[BARE]['wall'] * 1e3:>9.1f}{r['blocks']:>11,}"
            f"{r['blocks_per_second'] / 1e6:>6.2f}{r['sites']:>8,}"
            f"{r['recording_bytes'] / max(r['sites'], 1):>8.0f}"
            f"{tools[RECORDER]['wall_ratio']:>8.2f}{heaptrack:>10}   {verdict}"
        )
    return "\n".join(lines)
