"""README's commands work as they are written: each ```sh block, in its order, in a fresh copy of
the project with a home folder that is empty.

A block whose line before says <!-- not run: REASON --> is left out. `make test` is left out too:
this is it. Lines of a block are run by one shell that stops at the first that fails.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lint.sources import tracked
from support.paths import ROOT
from support.rust import names_with_truth

README = ROOT / "README.md"
BLOCK = re.compile(r"^(?P<before>[^\n]*)\n```sh\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
TIMEOUT_S = 600


def blocks(text: str) -> list[tuple[str, str]]:
    """(the line before, the commands) of each sh block."""
    return BLOCK.findall(text)


def runnable(text: str) -> list[str]:
    return [
        "".join(line + "\n" for line in body.splitlines() if line.strip() != "make test")
        for before, body in blocks(text)
        if not re.match(r"<!-- not run: .+ -->$", before)
    ]


def copy_of_the_project(folder: Path) -> Path:
    for file in tracked():
        to = folder / file
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / file, to, follow_symlinks=False)
    subprocess.run(["git", "init", "-q", folder], check=True)
    return folder


@pytest.mark.last
@pytest.mark.skipif(not README.exists(), reason="no README.md yet")
def test_the_commands_run_as_written(tmp_path):
    found = runnable(README.read_text())
    assert found, "README.md has no sh block that can be run"
    project = copy_of_the_project(tmp_path / "heapcoach")
    home = tmp_path / "home"
    home.mkdir()
    kept = ("PATH", "RUSTUP_HOME", "CARGO_HOME", "RUSTUP_TOOLCHAIN")
    environment = {k: os.environ[k] for k in kept if k in os.environ}
    # the toolchain itself is found through the home folder, if nothing else says where it is
    real_home = Path(os.environ.get("HOME", "/"))
    environment.setdefault("RUSTUP_HOME", str(real_home / ".rustup"))
    environment.setdefault("CARGO_HOME", str(real_home / ".cargo"))
    environment |= {"HOME": str(home), "CI": "true", "LC_ALL": "C.UTF-8"}
    for commands in found:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"


def test_blocks_are_found_and_left_out_as_said():
    text = (
        "words\n\n```sh\nmake\nmake test\n```\n\n"
        "<!-- not run: needs a network -->\n```sh\ngit clone x\n```\n```text\nno\n```\n"
    )
    assert len(blocks(text)) == 2
    assert runnable(text) == ["make\n"]


@pytest.mark.skipif(not README.exists(), reason="no README.md yet")
def test_the_number_of_programs_compared_with_valgrind_is_right():
    said = re.search(r"The tests run (\d+) programs", README.read_text())
    assert int(said[1]) == len(names_with_truth())
