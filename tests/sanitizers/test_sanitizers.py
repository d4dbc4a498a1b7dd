"""The analyzer under AddressSanitizer, UndefinedBehaviorSanitizer and Valgrind's memcheck, and that
ThreadSanitizer watches the recorder's units.

Here it is what the command line's own tests do, and one program from its run to its reports. `make
sanitize` runs the whole suite with an analyzer that has sanitizers, and more programs under memcheck.
Unit tests are built with sanitizers by tests/run.py, parsers are fuzzed in tests/fuzz.
"""

import os
import re
import shlex
import subprocess
import sys

import pytest

import run
from support import rust
from support.paths import HEAPCOACH, LIBRARY, ROOT, SANITIZED, TESTS
from support.programs import clean_environment, heapcoach_run

WHOLE = os.environ.get("HEAPCOACH_MEMCHECK_ALL") == "1"
FOLDERS = ["tests/cli", "tests/sarif"]
# Changes every byte of a file in turn; tests/fuzz does more of it, under the same sanitizers.
SLOW = "not changed_byte and not can_be_changed"
PROGRAMS = ["vec_growth"]
PROGRAMS_WHOLE = PROGRAMS + ["threads", "hashmap_growth", "clones", "streams"]
MEMCHECK = ["valgrind", "-q", "--error-exitcode=99", "--leak-check=full", "--num-callers=20"]
MEMCHECK += ["--errors-for-leak-kinds=definite,possible", "--child-silent-after-fork=yes"]

pytestmark = pytest.mark.skipif(SANITIZED, reason="the build that is tested has sanitizers itself")


def sanitized_build():
    """The folder of the analyzer that the unit tests are linked to, with its command, and the
    recorder, which has no sanitizers, beside it."""
    library, *_ = run.make_library("asan", "analyzer")
    folder = (ROOT / library).parent
    run.make(folder, [folder / HEAPCOACH.name, folder / LIBRARY.name], run.sanitize("asan"))
    return folder


def test_the_command_line_has_no_error_of_memory():
    arguments = ["-q", *FOLDERS, "-k", SLOW]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", "tests/pytest.ini", "--rootdir=tests", *arguments],
        cwd=ROOT,
        capture_output=True,
        env={
            **os.environ,
            "HEAPCOACH_TEST_BUILD": str(sanitized_build()),
            # a program's own preloaded libraries may come before the sanitizer's
            "ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1:verify_asan_link_order=0",
        },
    )
    said = done.stdout.decode(errors="replace")
    assert done.returncode == 0 and " passed" in said, said[-6000:]


def test_the_sanitizers_are_in_it():
    assert b"__asan_report_load8" in (sanitized_build() / "heapcoach").read_bytes()
    assert b"__asan_report_load8" not in HEAPCOACH.read_bytes()


# ---- memcheck ----


@pytest.fixture(scope="module", params=PROGRAMS_WHOLE if WHOLE else PROGRAMS)
def recorded(request, tmp_path_factory):
    """A folder with a program's recording, `rec`, and its profile, `profile.json`."""
    folder = tmp_path_factory.mktemp("memcheck")
    program = rust.build(request.param)
    arguments = rust.directives(rust.RUST / f"{request.param}.rs").args
    preload = {"LD_PRELOAD": str(LIBRARY), "HEAPCOACH_DIR": str(folder), "HEAPCOACH_FINISH": "0"}
    subprocess.run(
        [program, *arguments], check=True, capture_output=True, env=clean_environment(**preload)
    )
    (recording,) = folder.glob("heapcoach.*.rec")
    recording.rename(folder / "rec")
    heapcoach_run([program, *arguments], folder)
    (folder / "program").symlink_to(program)
    (folder / "limits.json").write_text(LIMITS)
    return folder


COMMANDS = [
    "run -o run.json -- true",
    "finish -o finished.json rec",
    "report --all --how --stacks profile.json",
    "report --format json profile.json",
    "report --format markdown --all profile.json",
    "report --format github profile.json",
    "report --format sarif profile.json",
    "diff profile.json profile.json",
    "diff --format json profile.json profile.json",
    "check --max-total-bytes 1 --fail-on any --baseline profile.json profile.json",
    "check --format sarif --max-total-blocks 1 profile.json",
    "check --format junit --limits limits.json profile.json",
    "view --no-open -o against.html --against {data}/valgrind.json profile.json",
    "doctor ./program",
    "explain --format markdown",
    "help check",
    "report rec",
    "finish profile.json",
]
COMMANDS_WHOLE = COMMANDS + [
    "check --format github --limits limits.json profile.json",
    "diff --format markdown profile.json profile.json",
    "report --all {data}/valgrind.json",
    "report --all {data}/dhat-rs.json",
    "view --no-open -o page.html profile.json",
    "run --follow all -- sh -c true",
]
LIMITS = """{"max_total_blocks": 1, "fail_on": ["any"], "budgets": [{"crate": "alloc", "max_bytes": 1}]}"""
STATUS = {"check": (0, 1), "report rec": (2,), "finish profile.json": (2,)}


@pytest.mark.parametrize("command", COMMANDS_WHOLE if WHOLE else COMMANDS)
def test_memcheck_has_nothing_to_say(recorded, command):
    done = subprocess.run(
        [*MEMCHECK, HEAPCOACH, *shlex.split(command.format(data=TESTS / "cli/data"))],
        cwd=recorded,
        capture_output=True,
        env=clean_environment(),
    )
    said = done.stderr.decode(errors="replace")
    expected = STATUS.get(command, STATUS.get(command.split()[0], (0,)))
    assert done.returncode in expected, said
    assert "==" not in said, said


def test_every_command_is_checked():
    said = subprocess.run([HEAPCOACH, "help"], capture_output=True, check=True).stdout.decode()
    listed = said.partition("Commands:")[2].partition("Environment:")[0]
    commands = re.findall(r"^  (\w+) ", listed, re.M)
    assert len(commands) >= 9 and set(commands) == {command.split()[0] for command in COMMANDS}


def test_memcheck_sees_an_error(tmp_path):
    """That what is asked above of Valgrind would find a leak."""
    source = "#include <stdlib.h>\nint main(void) { volatile char *p = malloc(7); p = 0; return p != 0; }\n"
    (tmp_path / "leak.c").write_text(source)
    subprocess.run(["gcc", "-O0", "-o", "leak", "leak.c"], cwd=tmp_path, check=True)
    done = subprocess.run([*MEMCHECK, "./leak"], cwd=tmp_path, capture_output=True)
    assert done.returncode == 99 and b"definitely lost" in done.stderr


# ---- threads ----

RACE = """
#include <pthread.h>
static long count;
static void *add(void *argument)
{
    for (int i = 0; i < 100000; i++)
        count++;
    return argument;
}
int main(void)
{
    pthread_t a, b;
    pthread_create(&a, 0, add, 0);
    pthread_create(&b, 0, add, 0);
    pthread_join(a, 0);
    pthread_join(b, 0);
    return 0;
}
"""


def test_a_race_between_threads_is_seen(tmp_path):
    """Built and run as the unit tests that say `threads` are."""
    (tmp_path / "race.c").write_text(RACE)
    program = tmp_path / "race"
    flags = [*run.FLAGS, *run.VARIANTS["tsan"]]
    subprocess.run([*run.CC, *flags, tmp_path / "race.c", "-o", program, "-lpthread"], check=True)
    done = subprocess.run([program], capture_output=True, env={**os.environ, **run.SANITIZER_OPTIONS})
    assert done.returncode != 0 and b"data race" in done.stderr


def unit_tests():
    return [run.UnitTest.read(t) for t in sorted((ROOT / "tests/unit").glob("test_*.c"))]


def test_the_recorders_units_with_threads_are_watched():
    """Those that meet: events, the gate, counters, blocks, stacks, growth, threads' sets; and the
    hooks, which test_hooks_threads.c includes."""
    sources = {s for test in unit_tests() if "tsan" in test.variants for s in test.sources}
    needed = ("recorder", "site", "gate", "counters", "blocks", "stacks", "growth", "thread", "recording")
    assert {f"preload/{name}.c" for name in needed} <= sources


def test_every_unit_test_that_starts_threads_is_watched():
    ways = re.compile(r"\b(pthread_create|in_threads)\(")
    starting = [test for test in unit_tests() if ways.search(test.source.read_text())]
    assert len(starting) >= 8
    assert [test.source.name for test in starting if "tsan" not in test.variants] == []
