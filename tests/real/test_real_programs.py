"""Programs that nobody here wrote, on a fixed input, counted as Valgrind counts them: Debian's
ripgrep, hexyl, lsd and coreutils, which are stripped, and a program of serde_json and regex with debug info.

Not covered: programs whose allocations differ from run to run.
"""

import shutil
from pathlib import Path

import pytest

from support import cargo
from support.compare import compare, differences, line_differences
from support.dhat import Profile
from support.programs import call, heapcoach_run, valgrind_run

RG = Path("/usr/bin/rg")

needs_rg = pytest.mark.skipif(not RG.exists(), reason="no ripgrep here")


def make_tree(folder: Path):
    """6 folders of 8 files of 400 lines."""
    for d in range(6):
        for f in range(8):
            file = folder / f"d{d}" / f"f{f}.txt"
            file.parent.mkdir(exist_ok=True, parents=True)
            words = ("needle" if i % 37 == f else "hay" for i in range(400))
            lines = (f"line {i} of file {f} in {d}: {w}{i * i}\n" for i, w in enumerate(words))
            file.write_text("".join(lines))


def both(command: list, folder: Path, cwd: Path | None = None) -> tuple[Profile, Profile]:
    ours = heapcoach_run(command, folder, cwd=cwd, HEAPCOACH_EXACT_PEAK="1")
    theirs = valgrind_run(command, folder, cwd=cwd)
    bare = call(command, cwd=cwd)
    assert ours.stdout == theirs.stdout == bare.stdout
    assert ours.status == theirs.status == bare.returncode == 0
    return Profile(ours.profile), Profile(theirs.profile)


@needs_rg
def test_ripgrep_is_counted_as_by_valgrind(tmp_path):
    tree = tmp_path / "tree"
    make_tree(tree)
    command = [RG, "-j1", "--no-config", "--sort", "path", r"needle\d+", "."]
    ours, theirs = both(command, tmp_path, cwd=tree)
    mine, valgrinds = compare(ours, theirs, RG)
    assert differences(mine, valgrinds) == []
    assert len(mine.sites) > 300


@pytest.mark.parametrize(
    "name, arguments, sites",
    [("hexyl", ["d0/f0.txt"], 50), ("lsd", ["-lR", "--color=always", "."], 200), ("coreutils", ["wc", "d0/f0.txt"], 60)],
)
def test_programs_of_debians_are_counted_as_by_valgrind(name, arguments, sites, tmp_path):
    program = Path("/usr/bin", name)
    if not program.exists():
        pytest.skip(f"no {name} here")
    tree = tmp_path / "tree"
    make_tree(tree)
    ours, theirs = both([program, *arguments], tmp_path, cwd=tree)
    mine, valgrinds = compare(ours, theirs, program)
    assert differences(mine, valgrinds) == []
    assert len(mine.sites) > sites


@needs_rg
def test_a_stripped_program_is_said_to_be_one(tmp_path):
    profile = heapcoach_run([RG, "--version"], tmp_path).profile
    assert profile["heapcoach"]["program"]["symbols"] is False
    assert profile["heapcoach"]["program"]["lines"] is False
    # and its places are told by module and offset
    assert any("(in /usr/bin/rg)" in text for text in profile["ftbl"])


@pytest.mark.skipif(shutil.which("cargo") is None, reason="no cargo here")
@pytest.mark.parametrize("profile", ["release", "fat"])
def test_a_program_of_published_crates_is_counted_as_by_valgrind(profile, tmp_path):
    executable = cargo.build(profile)
    ours, theirs = both([executable], tmp_path)
    mine, valgrinds = compare(ours, theirs, executable)
    assert differences(mine, valgrinds) == []
    assert line_differences(mine, valgrinds, executable) == []
    assert len(mine.sites) > 200
    # lines of the crates and of the program's own file are there
    places = {(f.function.rsplit("::", 1)[-1], f.place[0]) for f in ours.frames[1:]}
    assert {("change", "main.rs"), ("make_text", "main.rs"), ("find_words", "main.rs")} <= places
    assert any("serde_json" in f.function and f.line for f in ours.frames[1:])
