"""Real programs, none written for this: Debian's Rust tools and compiler, cargo and rustfmt, and programs
of published crates (tests/real). What they work on is made here, the same on every machine."""

import json
import os
import random
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.measure import folder_for_output, measure, medians
from bench.tools import BARE, HEAPTRACK_AWAY, RECORDER, Tool
from support import cargo
from support.paths import TESTS
from support.programs import heapcoach_run

# In no repository: what that ignores would be asked by rg and fdfind, and differs from clone to clone.
INPUT = Path(tempfile.gettempdir(), f"heapcoach-bench-{os.getuid()}")
TREE = INPUT / "tree"
SOURCE = INPUT / "all.rs"
BYTES = INPUT / "bytes"
LOGS = INPUT / "logs"
DRAWING = INPUT / "drawing.svg"
VIDEO = INPUT / "video.y4m"
MADE = INPUT / "made-3"  # another number when anything else is made
ADVICE = ("documents", "measure", "orders", "pages", "routes", "stages")
BLOCKS_PER_SECOND = 1_000_000
LIMIT = 1.15
SHORT_SECONDS = 0.05  # what takes less is run so many times as often: a start's chances weigh more
SHORT_TIMES = 5


@dataclass(frozen=True)
class Program:
    name: str
    command: list


def make_drawing():
    """1,000 polygons with gradients, 100 texts, a blurred rectangle."""
    chance = random.Random(1)
    colour = lambda: f"#{chance.randrange(1 << 24):06x}"  # noqa: E731
    lines = ['<svg xmlns="http://www.w3.org/2000/svg" width="800" height="600"><defs>']
    for i in range(40):
        stops = "".join(f'<stop offset="{k}" stop-color="{colour()}"/>' for k in (0, 1))
        lines.append(f'<linearGradient id="g{i}">{stops}</linearGradient>')
    lines.append('<filter id="blur"><feGaussianBlur stdDeviation="3"/></filter></defs>')
    for i in range(1000):
        x, y = chance.randrange(800), chance.randrange(600)
        points = " ".join(f"{x + chance.randrange(-40, 40)},{y + chance.randrange(-40, 40)}" for _ in range(8))
        style = f"fill:url(#g{i % 40});stroke:black;stroke-width:{i % 3};opacity:0.{i % 9 + 1}"
        lines.append(f'<polygon points="{points}" style="{style}" transform="rotate({i % 90} {x} {y})"/>')
    for i in range(100):
        x, y = chance.randrange(700), chance.randrange(600)
        lines.append(f'<text x="{x}" y="{y}" font-size="{8 + i % 20}">label {i}</text>')
    lines.append('<rect x="100" y="100" width="300" height="200" fill="red" filter="url(#blur)"/></svg>')
    DRAWING.write_text("\n".join(lines))


def make_video():
    """12 frames of 320 by 176 that move."""
    width, height = 320, 176
    with VIDEO.open("wb") as file:
        file.write(b"YUV4MPEG2 W%d H%d F25:1 Ip A1:1 C420jpeg\n" % (width, height))
        for t in range(12):
            luma = bytes((x * 3 + y * 2 + t * 5 ^ x * y >> 5) & 255 for y in range(height) for x in range(width))
            file.write(b"FRAME\n" + luma + bytes([128 + t]) * (width * height // 2))


def make_input():
    """6,000 files in 320 folders, a Rust source of all the tests' small programs, logs of 70 MB, 300,000 bytes,
    a drawing and a video."""
    if MADE.exists():
        return
    for d in range(300):
        folder = TREE / f"d{d % 20}" / f"e{d}"
        folder.mkdir(parents=True, exist_ok=True)
        for f in range(20):
            words = ("needle" if i % 37 == f else "hay" for i in range(60))
            lines = (f"line {i} of file {f} in {d}: {w}{i * i}\n" for i, w in enumerate(words))
            (folder / f"f{f}.txt").write_text("".join(lines))
    LOGS.mkdir(parents=True, exist_ok=True)
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
    make_drawing()
    make_video()
    MADE.touch()


def toolchain(name: str) -> Path | None:
    """The program itself, not rustup's, which starts it."""
    if shutil.which("rustup"):
        done = subprocess.run(["rustup", "which", name], capture_output=True, text=True)
        return Path(done.stdout.strip()) if done.returncode == 0 else None
    found = shutil.which(name)
    return Path(found) if found else None


def compilations() -> list[Program]:
    """Debian's compiler, which allocates by the C library, of a published crate."""
    compiler = Path("/usr/bin/rustc")
    if not compiler.exists():
        return []
    project = TESTS / "real" / "crates-advice"
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--manifest-path", project / "Cargo.toml"]
    packages = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["packages"]
    (manifest,) = (p["manifest_path"] for p in packages if p["name"] == "aho-corasick")
    options = ["--edition", "2021", "--crate-type", "lib", "--crate-name", "aho_corasick", "--cfg", 'feature="std"']
    options += ["--cap-lints", "allow", "--out-dir", INPUT, Path(manifest).parent / "src/lib.rs"]
    return [Program(f"rustc, {emit}", [compiler, f"--emit={emit}", *options]) for emit in ("metadata", "link")]


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
        Program("lsd", ["lsd", "-lR", "--color=always", TREE]),
        Program("sort", ["coreutils", "sort", LOGS / "0.log"]),
        Program("rsvg-convert", ["rsvg-convert", "-o", INPUT / "drawing.png", DRAWING]),
        Program("rav1e", ["rav1e", "--speed", "10", "--threads", "2", "-y", "-o", INPUT / "video.ivf", VIDEO]),
        Program("cargo metadata", [toolchain("cargo"), *metadata]),
        Program("rustfmt", [toolchain("rustfmt"), "--edition", "2021", "--emit", "stdout", SOURCE]),
    ]
    found = [p for p in found if p.command[0] and shutil.which(p.command[0])]
    found += compilations()
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
