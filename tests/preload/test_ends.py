"""However a program ends, what it did until then is in the profile: through `heapcoach run`, and
preloaded by hand with `heapcoach finish` afterwards where the program had no time to finish it.

The program is tests/rust/ends.rs, which has always allocated the same when it ends.
"""

import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from support.dhat import Profile
from support.paths import HEAPCOACH, LIBRARY
from support.programs import TIMEOUT_S, Run, call, clean_environment, heapcoach_run, preloaded_run

# how: (status as a shell says it, does exit's cleaning up run?)
ENDS = {
    "return": (0, True),
    "exit": (3, True),
    "thread_exit": (6, True),
    "_exit": (4, False),
    "quick_exit": (5, False),
    "panic": (101, True),
    "abort": (128 + signal.SIGABRT, False),
    "ud2": (128 + signal.SIGILL, False),
    "segv": (128 + signal.SIGSEGV, False),
    "overflow": (128 + signal.SIGABRT, False),
    "term": (128 + signal.SIGTERM, False),
    "int": (128 + signal.SIGINT, False),
    "kill": (128 + signal.SIGKILL, False),
}


def check_numbers(run: Run):
    profile = Profile(run.profile)
    assert profile.sums_below("kept", ("tb", "tbk", "gb", "gbk", "eb", "ebk")) == {
        "tb": 50000, "tbk": 50, "gb": 50000, "gbk": 50, "eb": 50000, "ebk": 50,
    }  # fmt: skip
    assert profile.sums_below("freed", ("tb", "tbk", "eb", "ebk")) == {
        "tb": 6000, "tbk": 30, "eb": 0, "ebk": 0,
    }  # fmt: skip


@pytest.mark.parametrize("how", ENDS)
def test_run_makes_a_whole_profile(how, program, tmp_path):
    status, cleans_up = ENDS[how]
    run = heapcoach_run([program("ends"), how], tmp_path)
    assert run.status == status
    check_numbers(run)
    recorder = run.profile["heapcoach"]["recorder"]
    assert recorder["sealed"] is cleans_up
    assert recorder["end"] == ("exit" if cleans_up else "unknown")


@pytest.mark.parametrize("flags", [["-C", "panic=abort"]])
def test_a_panic_that_aborts_leaves_a_whole_profile(flags, program, tmp_path):
    run = heapcoach_run([program("ends", *flags), "panic"], tmp_path)
    assert run.status == 128 + signal.SIGABRT
    check_numbers(run)


@pytest.mark.parametrize("how", [how for how, (_, cleans_up) in ENDS.items() if cleans_up])
def test_the_preloaded_library_finishes_by_itself(how, program, tmp_path):
    run = preloaded_run([program("ends"), how], tmp_path)
    assert run.status == ENDS[how][0]
    check_numbers(run)
    # the recording has become the profile
    assert list(tmp_path.glob("*.rec")) == []


@pytest.mark.parametrize("how", [how for how, (_, cleans_up) in ENDS.items() if not cleans_up])
def test_what_a_killed_program_left_can_be_finished(how, program, tmp_path):
    run = preloaded_run([program("ends"), how], tmp_path)
    assert (run.status if run.status >= 0 else 128 - run.status) == ENDS[how][0]
    assert not run.profile_path.exists()
    (recording,) = tmp_path.glob("*.rec")
    out = tmp_path / "finished.json"
    done = call([HEAPCOACH, "finish", recording, "-o", out])
    assert done.returncode == 0, done.stderr
    check_numbers(Run(0, b"", b"", out))


def test_where_children_are_ignored_the_profile_is_made_all_the_same(program, tmp_path):
    """SIGCHLD ignored: nobody is told how the command ended that makes the profile."""
    ignoring = ["env", "--ignore-signal=CHLD", program("ends"), "return"]
    run = preloaded_run(ignoring, tmp_path, HEAPCOACH_FOLLOW="ends")
    assert run.stderr == b""
    assert Profile(run.profile).sums_below("kept", ("tbk",)) == {"tbk": 50}
    assert list(tmp_path.glob("**/*.rec")) == []


def test_finishing_can_be_left_to_the_user(program, tmp_path):
    run = preloaded_run([program("ends"), "return"], tmp_path, HEAPCOACH_FINISH="0")
    assert run.status == 0 and not run.profile_path.exists()
    (recording,) = tmp_path.glob("*.rec")
    out = tmp_path / "finished.json"
    assert call([HEAPCOACH, "finish", recording, "-o", out]).returncode == 0
    check_numbers(Run(0, b"", b"", out))


@pytest.mark.skipif(not os.access("/dev/shm", os.W_OK), reason="no /dev/shm here")
@pytest.mark.parametrize("how", ["return", "kill"])
def test_a_recording_in_memory_is_trimmed_when_it_is_sealed(how, program, tmp_path):
    """While it is written its file reaches further than what it has; the profile tells what it has."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        preloaded_run([program("ends"), how], Path(folder), HEAPCOACH_FINISH="0")
        (recording,) = Path(folder).glob("*.rec")
        length = recording.stat().st_size
        out = tmp_path / "finished.json"
        assert call([HEAPCOACH, "finish", recording, "-o", out]).returncode == 0
    run = Run(0, b"", b"", out)
    check_numbers(run)
    used = run.profile["heapcoach"]["recorder"]["recording_bytes"]
    assert length == used if how == "return" else length > used


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_signal_sent_to_the_program_from_outside(number, program, tmp_path):
    """Sent to the program itself, found by its parent; `run` waits for it and makes the profile."""
    out = tmp_path / "profile.json"
    run = subprocess.Popen(
        [HEAPCOACH, "run", "-o", out, "--", program("ends"), "wait"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=clean_environment(),
    )
    assert run.stdout.readline() == b"ready\n"
    (child,) = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()
    os.kill(int(child), number)
    run.communicate(timeout=TIMEOUT_S)
    assert run.returncode == 128 + number
    check_numbers(Run(0, b"", b"", out))


def test_a_signal_sent_to_run_reaches_the_program(program, tmp_path):
    out = tmp_path / "profile.json"
    run = subprocess.Popen(
        [HEAPCOACH, "run", "-o", out, "--", program("ends"), "wait"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=clean_environment(),
    )
    assert run.stdout.readline() == b"ready\n"
    run.terminate()
    run.communicate(timeout=TIMEOUT_S)
    assert run.returncode == 128 + signal.SIGTERM
    check_numbers(Run(0, b"", b"", out))


def test_a_running_programs_recording_can_be_read(program, tmp_path):
    """All but the last instruction's work is on file at every moment."""
    env = clean_environment(LD_PRELOAD=str(LIBRARY), HEAPCOACH_DIR=str(tmp_path))
    with subprocess.Popen([program("ends"), "wait"], stdout=subprocess.PIPE, env=env) as child:
        assert child.stdout.readline() == b"ready\n"
        (recording,) = tmp_path.glob("*.rec")
        copy = tmp_path / "copy.recording"
        copy.write_bytes(recording.read_bytes())
        child.kill()
    out = tmp_path / "so_far.json"
    done = call([HEAPCOACH, "finish", copy, "-o", out])
    assert done.returncode == 0, done.stderr
    check_numbers(Run(0, b"", b"", out))


def test_the_two_ways_of_recording_make_the_same_profile(program, tmp_path):
    """But for what differs between any two runs: ids, times, where things lie."""
    folders = [tmp_path / "run", tmp_path / "preload"]
    for folder in folders:
        folder.mkdir()
    run = heapcoach_run([program("vec_growth")], folders[0])
    preloaded = preloaded_run([program("vec_growth")], folders[1])

    def told(run: Run):
        profile = Profile(run.profile)
        counted = ("tb", "tbk", "mb", "mbk", "gb", "gbk", "eb", "ebk")
        own = ("births", "rl", "rm", "rs", "bc", "la", "szmin", "szmax", "sz", "lah", "mo", "fe", "g")
        points = []
        for pp, stack in profile.stacks():
            if any(f.function.endswith("getdelim") for f in stack):
                continue  # grows with the longest line of /proc/self/maps
            hc = {k: pp["hc"].get(k) for k in own}
            points.append(
                (
                    [(f.function, f.place) for f in stack],
                    [pp[k] for k in counted],
                    hc,
                )
            )
        return sorted(points, key=repr)

    assert told(run) == told(preloaded)
    assert len(told(run)) > 5


def test_time_is_measured(program, tmp_path):
    begun = time.monotonic()
    run = heapcoach_run([program("ends"), "return"], tmp_path)
    passed_us = (time.monotonic() - begun) * 1e6
    assert 1 <= run.profile["te"] <= passed_us
    # std's start-up and 50 boxes come before the peak: more than a microsecond
    assert 1 <= run.profile["tg"] <= run.profile["te"]
    for pp in run.profile["pps"]:
        assert 0 <= pp["tl"] <= pp["tbk"] * run.profile["te"]
