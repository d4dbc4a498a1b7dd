"""heapcoach and the other profilers: how each is built, started, and what its version is.

A tool that is so slow that it would take minutes runs one event in `share`; its time for all is
worked out from two runs (few events, and that many), and its start-up is left out, to its favour.
"""

import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from bench.measure import build_rust, first_line
from support.paths import BUILD, HEAPCOACH, LIBRARY, SAMPLE_LIBRARY
from support.programs import clean_environment

HERE = Path(__file__).parent
FOLDER = BUILD / "bench"
HEAPTRACK_LIBRARY = Path("/usr/lib/heaptrack/libheaptrack_preload.so")
MEMRAY_VERSION = "1.20.0"

BARE = "bare"
RECORDER = "heapcoach, recording"
RUN = "heapcoach run"
SAMPLE = "heapcoach --sample 512k"
HEAPTRACK = "heaptrack -r"
HEAPTRACK_AWAY = "heaptrack, output thrown away"
HEAPSCOPE = "heapscope"
DHAT_RS = "dhat-rs, 10 frames"
DHAT_RS_ALL = "dhat-rs, all frames"
DHAT = "valgrind --tool=dhat"
MEMRAY = "memray, native"


@dataclass(frozen=True)
class Tool:
    """`command`: what stands before the program, and instead of it if `program` is set. {folder} in
    it and in `env` stands for a folder that is emptied after the run."""

    name: str
    version: str
    command: list = field(default_factory=list)
    env: dict = field(default_factory=dict)
    program: Path | None = None
    share: int = 1

    def for_run(self, program: Path, arguments: list, folder: Path) -> tuple[list, dict]:
        place = lambda text: str(text).replace("{folder}", str(folder))  # noqa: E731
        before = [place(c) for c in self.command]
        env = {k: place(v) for k, v in self.env.items()}
        return [*before, self.program or program, *arguments], env

    def shown(self) -> str:
        words = [f"{k}={v}" for k, v in self.env.items()] + [str(c) for c in self.command]
        return " ".join([*words, self.program.name if self.program else "PROGRAM", "ARGUMENTS"])


def cargo_build(target: str, *options: str, rustflags: str = "") -> Path:
    """The program in peers/, in a folder of its own for each set of flags; where its results lie."""
    env = clean_environment(RUSTFLAGS=rustflags)
    env.pop("CARGO_TARGET_DIR", None)
    folder = FOLDER / target
    command = ["cargo", "build", "--quiet", "--locked", "--release", "--target-dir", folder, *options]
    done = subprocess.run(command, cwd=HERE / "peers", env=env, capture_output=True, text=True)
    if done.returncode != 0:
        raise OSError("; ".join(done.stderr.strip().splitlines()[:2]))
    return folder / "release"


def locked_version(crate: str) -> str:
    text = (HERE / "peers" / "Cargo.lock").read_text()
    return re.search(rf'name = "{crate}"\nversion = "(.*)"', text).group(1)


def heaptracks() -> list[Tool]:
    version = first_line("heaptrack", "--version") if shutil.which("heaptrack") else ""
    if not version:
        raise OSError("not installed (apt: heaptrack)")
    found = [Tool(HEAPTRACK, version, ["heaptrack", "-r", "-o", "{folder}/heaptrack"])]
    if HEAPTRACK_LIBRARY.exists():
        env = {"LD_PRELOAD": HEAPTRACK_LIBRARY, "DUMP_HEAPTRACK_OUTPUT": "/dev/null"}
        found.append(Tool(HEAPTRACK_AWAY, version, env=env))
    return found


def valgrind() -> list[Tool]:
    if not shutil.which("valgrind"):
        raise OSError("not installed (apt: valgrind)")
    command = ["valgrind", "--tool=dhat", "--num-callers=500", "--dhat-out-file={folder}/dhat.json"]
    return [Tool(DHAT, first_line("valgrind", "--version"), command, share=20)]


def dhat_rs() -> list[Tool]:
    program = cargo_build("peer-dhat", "--features", "dhat", "--bin", "with-dhat") / "with-dhat"
    version = f"dhat {locked_version('dhat')}, source changed"
    return [
        Tool(DHAT_RS, version, program=program, share=20),
        Tool(DHAT_RS_ALL, version, env={"PEER_FRAMES": "all"}, program=program, share=40),
    ]


def heapscope() -> list[Tool]:
    options = ["--features", "heapscope", "--bin", "with-heapscope", "--ignore-rust-version"]
    flags = "-C force-frame-pointers=yes"
    program = cargo_build("peer-heapscope", *options, rustflags=flags) / "with-heapscope"
    version = f"heapscope {locked_version('heapscope')}, source changed, frame pointers"
    return [Tool(HEAPSCOPE, version, env={"TMPDIR": "{folder}"}, program=program)]


def memray() -> list[Tool]:
    """It follows an interpreter, not a bare program: so the program is a library that Python loads, in
    an environment of its own. Its base is the same without memray."""
    library = cargo_build("peer-memray", "--lib") / "libpeers.so"
    python = FOLDER / "memray" / "bin" / "python"
    if not python.exists():
        commands = [
            ["python3", "-m", "venv", FOLDER / "memray"],
            [python, "-m", "pip", "--quiet", "install", f"memray=={MEMRAY_VERSION}"],
        ]
        for command in commands:
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0:
                shutil.rmtree(FOLDER / "memray", ignore_errors=True)
                raise OSError("; ".join(done.stderr.strip().splitlines()[-2:]))
    script = HERE / "memray_run.py"
    version = f"memray {MEMRAY_VERSION}, the program as a library in Python"
    return [Tool(MEMRAY, version, [python, script, "{folder}/memray.bin"], program=library, share=10)]


def own() -> list[Tool]:
    version = first_line(str(HEAPCOACH), "--version")
    preload = {"LD_PRELOAD": LIBRARY, "HEAPCOACH_DIR": "{folder}", "HEAPCOACH_FINISH": "0"}
    run = [HEAPCOACH, "run", "-q", "-o", "{folder}/profile.json", "--"]
    return [
        Tool(BARE, ""),
        Tool(RECORDER, version, env=preload),
        Tool(RUN, version, run),
        Tool(SAMPLE, version, env={**preload, "LD_PRELOAD": SAMPLE_LIBRARY, "HEAPCOACH_SAMPLE": "512k"}),
    ]


def prepare() -> tuple[dict[str, Tool], dict[str, str]]:
    """The tools that are to be had, and why the others are not."""
    tools = {tool.name: tool for tool in own()}
    missing = {"bytehound": "in no package registry: it is built from source with a web client"}
    for name, make in (
        ("heaptrack", heaptracks),
        ("valgrind", valgrind),
        ("dhat-rs", dhat_rs),
        ("heapscope", heapscope),
        ("memray", memray),
    ):
        try:
            tools.update({tool.name: tool for tool in make()})
        except OSError as why:
            missing[name] = str(why)
    return tools, missing


def build_program() -> Path:
    return build_rust(HERE / "churn.rs", FOLDER / "churn")


def build_live() -> Path:
    return build_rust(HERE / "live.rs", FOLDER / "live")
