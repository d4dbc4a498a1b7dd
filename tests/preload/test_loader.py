"""Libraries that come and go in several threads at once, while others allocate and list the loader's
modules: nothing waits for the loader's lock, and whatever was at an address before, names are right. And
what a module's headers say is read wherever it stands.

What a library does is known by its name's letter: loaded.c.
"""

import re
import subprocess
from pathlib import Path

import pytest

from support import c
from support.dhat import Profile
from support.programs import heapcoach_run

HERE = Path(__file__).parent
ROUNDS = 600
LETTERS = "abcd"


@pytest.fixture(scope="module", params=[[], ["-DOWN_COPY"]], ids=["as usual", "own copy"])
def command(request) -> list:
    libraries = [
        c.build(
            HERE / "loaded.c",
            "-shared",
            "-fPIC",
            f"-DLETTER={letter}",
            f"-DSIZE={ord(letter) + 10}",
        )
        for letter in LETTERS
    ]
    return [c.build(HERE / "loader.c", *request.param), str(ROUNDS), *libraries]


@pytest.mark.parametrize("checked", ["0", "1"])
def test_libraries_that_come_and_go_in_threads_are_counted_exactly(checked, command, tmp_path):
    run = heapcoach_run(command, tmp_path, HEAPCOACH_CHECK_UNWIND=checked)
    assert run.status == 0
    allocations, callbacks = map(int, run.stdout.split())
    profile = Profile(run.profile)
    keys = ("tb", "tbk", "ebk")
    for letter in LETTERS:
        for function, size in (("work", ord(letter) + 10), ("loading", 21), ("closing", 22)):
            assert profile.sums_below(f"{function}_{letter}", keys) == {
                "tb": ROUNDS * size, "tbk": ROUNDS, "ebk": 0,
            }, f"{function}_{letter}"  # fmt: skip
            # the same code, wherever it was loaded, is one site in the profile
            assert len(profile.below(f"{function}_{letter}")) == 1
    assert profile.sums_below("in_program", keys) == {
        "tb": 5050 * allocations, "tbk": 2 * allocations, "ebk": 0,
    }  # fmt: skip
    assert profile.sums_below("in_callback", keys) == {
        "tb": 33 * callbacks, "tbk": callbacks, "ebk": 0,
    }  # fmt: skip
    recorder = profile.data["heapcoach"]["recorder"]
    assert recorder["stacks"]["lost"] == recorder["walks"]["differences"] == 0
    for key in ("events_missed_early", "events_missed_reentrant", "events_missed_no_room",
                "frees_unknown", "blocks_overwritten"):  # fmt: skip
        assert recorder[key] == 0, key


@pytest.mark.parametrize("address", ["0x800", "0xff0", "0x1800"])
def test_a_build_id_is_found_in_the_first_page_and_beyond(address, tmp_path):
    """The headers and what the first page has are read at once; 0xff0: it ends in the second one."""
    program = c.build(
        HERE / "every_function.c", "-Wl,--build-id", f"-Wl,--section-start=.note.gnu.build-id={address}"
    )
    notes = subprocess.run(["readelf", "-n", program], capture_output=True, text=True, check=True)
    run = heapcoach_run([program], tmp_path)
    (found,) = [
        m["build_id"] for m in run.profile["heapcoach"]["modules"] if m["path"] == str(program)
    ]
    assert found == re.search(r"Build ID: (\w+)", notes.stdout)[1]
