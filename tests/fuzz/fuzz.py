#!/usr/bin/python3
"""Builds and runs the fuzz targets.

    tests/fuzz/fuzz.py [SECONDS] [TARGET...]

`make fuzz` calls it: each target runs for so many seconds (default 60), one after the other, from
the seeds and cases and from what earlier runs have found under BUILD/fuzz/corpus. What goes wrong is
left in BUILD/fuzz/found/TARGET; kept as a case, it goes to tests/fuzz/cases/TARGET.

A target is a file target_NAME.c; its first lines say what is linked to it, as in tests/run.py. It is
built for libFuzzer (by clang) or with replay.c as its main (by $CC), both with AddressSanitizer and
UndefinedBehaviorSanitizer.
"""

import os
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import run  # noqa: E402
from fuzz import seeds  # noqa: E402
from support.paths import BUILD, ROOT, TESTS  # noqa: E402

OUT = BUILD / "fuzz"
CASES = TESTS / "fuzz" / "cases"
CLANG = "clang"
CLANG_FLAGS = ["-std=gnu11", "-Wall", "-Wextra", "-O1", "-g", "-fno-omit-frame-pointer", "-I."]
SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]
# One input of a few KiB takes milliseconds; one that takes this is a defect, on a busy machine, too.
TIMEOUT_S = 25
MEMORY_MB = 2048
# Inputs longer than this add nothing but time. ELF files and recordings do not come smaller.
MOST_BYTES = {"page_server": 20000, "profile": 16384, "recording": 32768, "elf": 32768}


def has_libfuzzer() -> bool:
    """Whether clang is there, and with it the runtime that -fsanitize=fuzzer links, which may be a
    package of its own: what is not there clang names without a folder."""
    if not shutil.which(CLANG):
        return False
    ask = [CLANG, f"--print-file-name=libclang_rt.fuzzer-{platform.machine()}.a"]
    said = subprocess.run(ask, capture_output=True, text=True, check=True).stdout
    return Path(said.strip()).is_absolute()


def targets() -> list[str]:
    return sorted(f.stem.removeprefix("target_") for f in (TESTS / "fuzz").glob("target_*.c"))


def newest_input() -> float:
    files = (f for f in (TESTS / "fuzz").iterdir() if f.suffix in (".c", ".h"))
    return max(run.newest_input(), *(f.stat().st_mtime for f in files))


def clang_library() -> str:
    """The analyzer, instrumented for libFuzzer."""
    archive = OUT / "analyzer" / "libheapcoach-analyzer.a"
    sanitize = ["-fsanitize=fuzzer-no-link", *SANITIZE]
    flags = [f"CC={CLANG}", "CFLAGS=-O1 -g -fno-omit-frame-pointer", f"SANITIZE={' '.join(sanitize)}"]
    run.make(archive.parent, [archive], *flags)
    return str(archive)


def libunwind(libfuzzer: bool) -> list[str]:
    """The vendored objects; for libFuzzer instrumented, but for undefined behaviour: see
    preload/vendor/libunwind.mk."""
    objects = sorted((BUILD / "preload/vendor/libunwind").rglob("*.o"))
    if libfuzzer:
        objects = [OUT / "libunwind" / o.relative_to(BUILD) for o in objects]
        run.make(OUT / "libunwind", objects, f"CC={CLANG} -fsanitize=fuzzer-no-link,address")
    return [str(o) for o in objects]


def build(program: Path, compiler: list[str], sources: list[str], libraries: list[str]) -> Path:
    """Compiles and links, unless nothing has changed since."""
    if not program.exists() or program.stat().st_mtime < newest_input():
        program.parent.mkdir(parents=True, exist_ok=True)
        part = program.with_suffix(".part")
        subprocess.run([*compiler, *sources, "-o", part, *libraries], cwd=ROOT, check=True)
        part.rename(program)
    return program


def build_target(target: str, libfuzzer: bool) -> Path:
    source = Path(f"tests/fuzz/target_{target}.c")
    says = run.UnitTest.read(source)
    sources = [str(source), *says.sources, "tests/fuzz/target.c"]
    linked = libunwind(libfuzzer) if "libunwind" in says.libs else []
    if libfuzzer:
        compiler = [CLANG, *CLANG_FLAGS, "-fsanitize=fuzzer", *SANITIZE]
        libraries = [clang_library(), *seeds.analyzer_libs()]
        return build(OUT / "libfuzzer" / target, compiler, sources, libraries + linked)
    compiler = [*run.CC, *CLANG_FLAGS, *SANITIZE]
    library, *_ = run.make_library("asan", "analyzer")
    libraries = [library, *seeds.analyzer_libs()]
    sources.append("tests/fuzz/replay.c")
    return build(OUT / "replay" / target, compiler, sources, libraries + linked)


def folders(target: str) -> list[Path]:
    """Of seeds and cases."""
    return [f for f in (seeds.make(target, OUT), CASES / target) if f.is_dir()]


def inputs(target: str) -> list[Path]:
    return [file for folder in folders(target) for file in sorted(folder.iterdir())]


def options(target: str) -> list[str]:
    dictionary = TESTS / "fuzz" / f"{target}.dict"
    return [
        f"-timeout={TIMEOUT_S}",
        f"-rss_limit_mb={MEMORY_MB}",
        f"-max_len={MOST_BYTES.get(target, 4096)}",
        *([f"-dict={dictionary}"] if dictionary.exists() else []),
    ]


def environment() -> dict[str, str]:
    """Files that a target makes lie in the build folder."""
    folder = OUT / "tmp"
    folder.mkdir(parents=True, exist_ok=True)
    return {
        **os.environ,
        "TMPDIR": str(folder),
        "ASAN_OPTIONS": "detect_leaks=1:allocator_may_return_null=1:handle_abort=1",
        "UBSAN_OPTIONS": "print_stacktrace=1",
    }


@dataclass
class Result:
    target: str
    status: int
    executions: int
    edges: int
    said: str

    def __str__(self):
        how = "nothing found" if self.status == 0 else "FOUND SOMETHING"
        return f"{self.target}: {self.executions} executions, {self.edges} edges, {how}"


def fuzz(target: str, arguments: list[str], corpus: list[Path]) -> Result:
    """Runs a target by libFuzzer; new inputs go to the first folder."""
    program = build_target(target, libfuzzer=True)
    found = OUT / "found" / target
    found.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [program, *options(target), f"-artifact_prefix={found}/", *arguments, *corpus],
        cwd=ROOT,
        capture_output=True,
        env=environment(),
    )
    said = done.stderr.decode(errors="replace")
    executions = re.findall(r"stat::number_of_executed_units: *(\d+)", said) or re.findall(
        r"^#(\d+)", said, re.M
    )
    edges = re.findall(r"cov: (\d+)", said)
    return Result(
        target,
        done.returncode,
        int(executions[-1]) if executions else 0,
        int(edges[-1]) if edges else 0,
        said,
    )


def main() -> int:
    words = sys.argv[1:]
    seconds = int(words.pop(0)) if words and words[0].isdigit() else 60
    failed = False
    for target in words or targets():
        corpus = OUT / "corpus" / target
        corpus.mkdir(parents=True, exist_ok=True)
        limits = [f"-max_total_time={seconds}", "-print_final_stats=1"]
        result = fuzz(target, limits, [corpus, *folders(target)])
        print(result, flush=True)
        if result.status != 0:
            failed = True
            print(result.said[-6000:])
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
