"""HEAPCOACH_CHECK_UNWIND=1 walks every stack a second time with libunwind and counts differences.
There are none: in our programs, however they are built, and in real ones.
"""

from pathlib import Path

import pytest

from support import cargo, rust
from support.programs import heapcoach_run

FLAGS = {
    "plain": [],
    "panic-abort": ["-C", "panic=abort"],
    "lto": ["-C", "lto=fat", "-C", "codegen-units=1", "-C", "panic=abort"],
    "debug": ["-C", "opt-level=0"],
    "frame-pointers": ["-C", "force-frame-pointers=yes"],
    "stripped": ["-C", "strip=symbols"],
}
PROGRAMS = rust.names_with_truth()


def check(command: list, folder: Path, cwd: Path | None = None):
    run = heapcoach_run(command, folder, cwd=cwd, HEAPCOACH_CHECK_UNWIND="1")
    recorder = run.profile["heapcoach"]["recorder"]
    walks = recorder["walks"]
    assert walks["differences"] == 0
    assert walks["checked"] > 0
    # each allocating event was walked, and each walk checked
    totals = run.profile["heapcoach"]["totals"]
    assert walks["checked"] >= totals["blocks"] - recorder.get("events_missed_early", 0)
    assert recorder["stacks"].get("lost", 0) == 0


@pytest.mark.parametrize("name", PROGRAMS)
def test_our_programs(name, program, tmp_path):
    check([program(name), *rust.directives(rust.RUST / f"{name}.rs").args], tmp_path)


@pytest.mark.parametrize("variant", FLAGS)
@pytest.mark.parametrize("name", ["recursion", "threads", "over_aligned"])
def test_programs_built_in_other_ways(variant, name, program, tmp_path):
    args = rust.directives(rust.RUST / f"{name}.rs").args
    check([program(name, *FLAGS[variant]), *args], tmp_path)


@pytest.mark.parametrize("name", ["plugin_host", "processes", "module_list"])
def test_programs_with_libraries_and_children(name, program, tmp_path):
    args = {
        "plugin_host": ["6", program("plugin"), program("plugin", "--cfg", "other")],
        "processes": ["command"],
        "module_list": [program("plugin")],
    }
    check([program(name), *args[name]], tmp_path)


def test_deep_recursion(program, tmp_path):
    check([program("recursion"), "600"], tmp_path)


@pytest.mark.parametrize("profile", ["release", "fat"])
def test_a_program_of_published_crates(profile, tmp_path):
    check([cargo.build(profile)], tmp_path)


@pytest.mark.skipif(not Path("/usr/bin/rg").exists(), reason="no ripgrep here")
def test_ripgrep_with_threads(tmp_path):
    for i in range(40):
        (tmp_path / f"{i}.txt").write_text("needle 1\nhay 2\n" * 50)
    check(["/usr/bin/rg", "-j4", "--no-config", r"needle\s\d+", "."], tmp_path, cwd=tmp_path)
