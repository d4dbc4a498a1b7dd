"""The command without memory: each allocation is made to fail in turn, by a preloaded malloc. Then one line
says so, the status is 2, and nothing is half-written. Where only a name or a line is lost for it, the
command may go on; the counts are then the same.

Tried are the calls that come from different stacks, at most MOST of a command, evenly spread (there are
46,000 calls in one `finish`). HEAPCOACH_TEST_ALL=1 tries all stacks.

Not covered: leaks after a failure (the command ends), and elfutils itself, which crashes on some of its
own allocations when they fail (0.188: an assertion, a null pointer); even then nothing is half-written.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

from support import c
from support.dhat import NUMBERS
from support.paths import HEAPCOACH, LIBRARY, SANITIZED
from support.programs import TIMEOUT_S, call, clean_environment

pytestmark = pytest.mark.skipif(SANITIZED, reason="a sanitizer bears no malloc but its own")

HERE = Path(__file__).parent
MOST = 10_000 if os.environ.get("HEAPCOACH_TEST_ALL") else 40
CRASHES_ITSELF = ("libdw", "libelf")


@pytest.fixture(scope="module")
def failing_malloc() -> Path:
    return c.build(HERE / "failing_malloc.c", "-shared", "-fPIC")


@pytest.fixture(scope="module")
def folder(program, tmp_path_factory) -> Path:
    """A recording, its profile, and limits that hold."""
    folder = tmp_path_factory.mktemp("no_memory")
    env = {"LD_PRELOAD": str(LIBRARY), "HEAPCOACH_FINISH": "0"}
    call([program("ends"), "return"], HEAPCOACH_RECORDING=str(folder / "a.recording"), **env)
    done = call([HEAPCOACH, "finish", "-o", folder / "a.json", folder / "a.recording"])
    assert done.returncode == 0
    (folder / "program").symlink_to(program("ends"))
    (folder / "limits.json").write_text('{"max_total_blocks": 1000000, "fail_on": ["growth"]}')
    return folder


COMMANDS = {
    "finish": ["finish", "-o", "out.json", "a.recording"],
    "report": ["report", "a.json"],
    "report json": ["report", "--format", "json", "--all", "a.json"],
    "report sarif": ["report", "--format", "sarif", "a.json"],
    "diff": ["diff", "a.json", "a.json"],
    "check": ["check", "--limits", "limits.json", "a.json"],
    "check baseline": [
        "check",
        "--baseline",
        "a.json",
        "--tolerance",
        "5",
        "--format",
        "junit",
        "a.json",
    ],
    "view": ["view", "--no-open", "-o", "out.json", "--against", "a.json", "a.json"],
    "doctor": ["doctor", "./program"],
}


def stacks(command: list, failing_malloc: Path, folder: Path) -> list[tuple[int, str]]:
    """(the number of a call, the file whose code made it), of the calls that are tried."""
    listed = folder / "list"
    done = run(command, folder, LD_PRELOAD=str(failing_malloc), FAILING_MALLOC_LIST=str(listed))
    assert done.returncode == 0, done.stderr
    found = [line.split(" ", 1) for line in listed.read_text().splitlines()]
    listed.unlink()
    step = max(1, len(found) // MOST)
    return [(int(number), file) for number, file in found[::step]]


def run(command: list, folder: Path, **env) -> subprocess.CompletedProcess:
    return subprocess.run(
        [HEAPCOACH, *command],
        cwd=folder,
        capture_output=True,
        env=clean_environment(**env),
        timeout=TIMEOUT_S,
    )


def counts(path: Path) -> list:
    profile = json.loads(path.read_text())
    return sorted([pp[key] for key in NUMBERS] for pp in profile["pps"])


@pytest.mark.parametrize("name", COMMANDS)
def test_each_allocation_may_fail(name, failing_malloc, folder):
    command, out = COMMANDS[name], folder / "out.json"
    whole = run(command, folder)
    chosen = stacks(command, failing_malloc, folder)
    out.unlink(missing_ok=True)
    before, failed, tried = sorted(os.listdir(folder)), 0, 0
    for number, file in chosen:
        done = run(command, folder, LD_PRELOAD=str(failing_malloc), FAILING_MALLOC_AT=str(number))
        where = f"call {number} from {file}: {done.returncode} {done.stderr!r}"
        tried += 1
        if done.returncode < 0:
            assert any(library in file for library in CRASHES_ITSELF), where
        elif done.returncode == 2:
            failed += 1
            assert done.stderr.startswith(b"heapcoach: ") and done.stderr.count(b"\n") == 1, where
        else:
            assert done.returncode == 0, where
            if name == "finish":
                assert counts(out) == counts(folder / "a.json"), where
            else:
                # without its tables of characters, the C library leaves us ASCII; what libelf and
                # libdw have no memory to read, doctor does not see
                lost = ("libc.so", *CRASHES_ITSELF) if name == "doctor" else ("libc.so",)
                assert done.stdout == whole.stdout or any(n in file for n in lost), where
        if done.returncode != 0:
            assert not out.exists(), where
        out.unlink(missing_ok=True)
        assert sorted(os.listdir(folder)) == before, where
    assert tried >= min(MOST, 5) and failed > (0 if name == "doctor" else tried // 4)
