"""Machines that give a recorder little: limits on address space, files and memory, sandboxes that forbid
system calls, containers without /proc, folders that are missing or cannot be written. The program runs
on as it would without the recorder; one line says what is not recorded; the profile says what was missed.

Full disks and RLIMIT_FSIZE are in test_hard_places.py. What is a switch of the whole machine (overcommit)
or root's to set up (quotas) is played here, and real in test_own_kernel.py. A sandbox that ends a program
for a call that we make (test at the end) is the one case in which we do harm.
"""

import errno
import os
import re
import resource
import subprocess
import tempfile
from pathlib import Path

import pytest

from support import c
from support.dhat import Profile
from support.paths import HEAPCOACH, LIBRARY, ROOT
from support.programs import TIMEOUT_S, call, clean_environment

HERE = Path(__file__).parent
ANY_MISSED = ("events_missed_early", "events_missed_reentrant", "events_missed_no_room")


def preloaded(command: list, folder: Path, limits=(), **env) -> subprocess.CompletedProcess:
    """Preloaded by hand, with the recording left in FOLDER; LIMITS hold for the program alone."""

    def lower():
        for which, value in limits:
            resource.setrlimit(which, (value, value))

    return subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        preexec_fn=lower,
        timeout=TIMEOUT_S,
        env=clean_environment(**{
            "LD_PRELOAD": str(LIBRARY), "HEAPCOACH_DIR": str(folder), "HEAPCOACH_FINISH": "0",
        } | env),
    )  # fmt: skip


def bare(command: list, limits=()) -> subprocess.CompletedProcess:
    return preloaded(command, Path("/nonexistent"), limits, LD_PRELOAD="")


def profile_of(folder: Path) -> Profile:
    (recording,) = folder.rglob("*.rec")
    out = folder / "finished.json"
    done = call([HEAPCOACH, "finish", "-o", out, recording])
    assert done.returncode == 0, done.stderr
    return Profile.read(out)


def recorder_of(profile: Profile) -> dict:
    return profile.data["heapcoach"]["recorder"]


def one_line(said: bytes, *words: bytes) -> bool:
    return (
        said.startswith(b"heapcoach: not recording: ")
        and said.count(b"\n") == 1
        and all(w in said for w in words)
    )


# ---- memory ----


@pytest.fixture(scope="module")
def out_of_memory() -> Path:
    return c.build(HERE / "out_of_memory.c")


@pytest.mark.parametrize("limit", [resource.RLIMIT_AS, resource.RLIMIT_DATA])
@pytest.mark.parametrize("mib", [600, 1200])
def test_a_limit_on_address_space_leaves_most_of_it_to_the_program(mib, limit, out_of_memory, tmp_path):
    limits = [(limit, mib << 20)]
    without = bare([out_of_memory], limits)
    done = preloaded([out_of_memory], tmp_path, limits)
    assert (done.returncode, done.stderr) == (without.returncode, b"") == (9, b"")
    got = done.stdout.count(b".")
    assert got >= 0.65 * without.stdout.count(b".")
    profile = profile_of(tmp_path)
    assert profile.sums_below("before", ("tb", "tbk", "ebk")) == {"tb": 40000, "tbk": 40, "ebk": 40}
    recorded, missed = (
        profile.sums_below("until", ("tbk",))["tbk"],
        recorder_of(profile)["events_missed_no_room"],
    )
    assert recorded + missed == got and recorded > 100 and missed > 0


@pytest.mark.parametrize("limit, named", [(resource.RLIMIT_AS, b"ulimit -v"), (resource.RLIMIT_DATA, b"ulimit -d")])
@pytest.mark.parametrize("mib", [16, 60, 200, 400])
def test_a_small_address_space_is_the_programs_alone(mib, limit, named, out_of_memory, tmp_path):
    limits = [(limit, mib << 20)]
    without = bare([out_of_memory], limits)
    done = preloaded([out_of_memory], tmp_path, limits)
    assert done.returncode == without.returncode == 9
    # but for the library itself, whose text and data are mapped
    assert done.stdout.count(b".") >= without.stdout.count(b".") - 3
    assert one_line(done.stderr, named) and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mib, room", [(300, False), (1024, True), (4096, True)])
@pytest.mark.parametrize("how", ["setrlimit", "setrlimit64", "prlimit", "prlimit64"])
def test_a_program_that_limits_its_own_address_space_has_as_much_of_it(how, mib, room, tmp_path):
    """More is reserved than most such limits: it is given back."""
    done = preloaded([c.build(HERE / "lowers.c"), how, mib], tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"1050\n", b"")
    profile = profile_of(tmp_path)
    recorded = profile.sums_below("after", ("tbk",))["tbk"]
    missed = recorder_of(profile)["events_missed_no_room"]
    # besides: the C library's block for stdout
    assert recorded + missed in (1050, 1051) and (missed == 0 or not room)


def test_a_program_that_the_kernel_kills_for_its_memory_loses_nothing(out_of_memory, tmp_path):
    group = memory_group(48 << 20)
    try:
        env = {"LD_PRELOAD": "", "HEAPCOACH_FINISH": "0", "HEAPCOACH_DIR": str(tmp_path)}
        script = (
            f"echo $$ > {group}/cgroup.procs && LD_PRELOAD={LIBRARY} exec {out_of_memory} touch"
        )
        done = subprocess.run(
            ["sh", "-c", script], capture_output=True, timeout=TIMEOUT_S, env=clean_environment(**env)
        )
    finally:
        group.rmdir()
    assert done.returncode == -9
    got = done.stdout.count(b".")
    profile = profile_of(tmp_path)
    assert profile.sums_below("before", ("tb", "tbk", "ebk")) == {"tb": 40000, "tbk": 40, "ebk": 40}
    # it was killed while touching a block, or before it could say so
    assert 10 < got <= profile.sums_below("until", ("tbk",))["tbk"] <= got + 1
    assert sum(recorder_of(profile)[key] for key in ANY_MISSED) == 0
    assert recorder_of(profile)["end"] == "unknown"


def memory_group(limit: int) -> Path:
    for parent, name in (
        ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
        ("/sys/fs/cgroup", "memory.max"),
    ):
        group = Path(parent) / f"heapcoach-test-{os.getpid()}"
        try:
            group.mkdir()
            (group / name).write_text(str(limit))
            return group
        except OSError:
            if group.is_dir():
                group.rmdir()
    pytest.skip("no memory cgroup can be made here")


def test_what_counts_against_a_strict_commit_limit_is_bounded(tmp_path):
    """Without overcommit, each private writable mapping counts in full, touched or not."""
    command = ["cat", "/proc/self/maps"]

    def committed(text: bytes) -> int:
        ranges = re.findall(rb"^(\w+)-(\w+) rw-p", text, re.M)
        return sum(int(end, 16) - int(start, 16) for start, end in ranges)

    without, done = bare(command), preloaded(command, tmp_path)
    assert 0 < committed(done.stdout) - committed(without.stdout) < 100 << 20


def strict(folder: Path, overcommit: int, left_mib: int, program: str) -> subprocess.CompletedProcess:
    """The recorder is told that memory is not overcommitted, and how much is left to commit."""
    (folder / "overcommit").write_text(f"{overcommit}\n")
    (folder / "meminfo").write_text(
        f"MemTotal: 9 kB\nCommitLimit:  {(left_mib + 5) << 10} kB\nCommitted_AS:  {5 << 10} kB\n"
    )
    return unshared(f"""
        mount --bind {folder}/overcommit /proc/sys/vm/overcommit_memory || exit 77
        mount --bind {folder}/meminfo /proc/meminfo || exit 77
        LD_PRELOAD={LIBRARY} HEAPCOACH_DIR={folder} HEAPCOACH_FINISH=0 exec {program}
    """)


def test_of_little_that_is_left_to_commit_nothing_is_taken(program, tmp_path):
    done = strict(tmp_path, 2, 500, f"{program('ends')} exit")
    assert done.returncode == 3 and one_line(done.stderr, b"vm.overcommit_memory")
    assert list(tmp_path.glob("*.rec")) == []


@pytest.mark.parametrize("overcommit, left", [(0, 500), (1, 0), (2, 600)])
def test_enough_that_is_left_to_commit_does(overcommit, left, program, tmp_path):
    done = strict(tmp_path, overcommit, left, f"{program('ends')} exit")
    assert (done.returncode, done.stderr) == (3, b"")
    assert profile_of(tmp_path).sums_below("kept", ("tb", "tbk")) == {"tb": 50000, "tbk": 50}


def test_a_quarter_of_what_is_left_to_commit_is_for_tables(out_of_memory, tmp_path):
    done = strict(tmp_path, 2, 800, str(out_of_memory))
    assert (done.returncode, done.stdout, done.stderr) == (9, b"." * 4096, b"")
    profile = profile_of(tmp_path)
    recorder = recorder_of(profile)
    assert recorder["table_bytes"] <= 200 << 20 and recorder["recording_bytes"] <= 50 << 20
    recorded = profile.sums_below("until", ("tbk",))["tbk"]
    assert recorded + recorder["events_missed_no_room"] >= 4096 and recorded > 50


# ---- files and folders ----


@pytest.mark.parametrize("files", [4, 5, 16, 64, 300])
def test_the_last_files_are_the_programs(files, tmp_path):
    program, limits = c.build(HERE / "few_files.c"), [(resource.RLIMIT_NOFILE, files)]
    without = bare([program], limits)
    done = preloaded([program], tmp_path, limits)
    assert (done.returncode, done.stderr) == (without.returncode, b"") == (7, b"")
    profile = profile_of(tmp_path)
    recorder = recorder_of(profile)
    assert profile.sums_below("before", ("tb", "tbk", "ebk")) == {"tb": 4000, "tbk": 40, "ebk": 40}
    recorded = profile.sums_below("at_depth", ("tbk",))["tbk"]
    if files < 100:
        # it has all, so the recording cannot grow any more
        assert done.stdout == without.stdout
        assert recorder["out_of_room"] == os.strerror(errno.EMFILE)
        assert 0 < recorded < 601 * 40 and recorder["events_missed_no_room"] > 0
    else:
        # one of many is ours
        assert int(done.stdout) in (int(without.stdout), int(without.stdout) - 1)
        assert recorded == 601 * 40 and recorder["events_missed_no_room"] == 0


@pytest.mark.parametrize("folder", ["nonexistent", "a_file", "not_ours/below"])
def test_a_folder_that_cannot_be_used_is_told_in_a_line(folder, program, tmp_path):
    (tmp_path / "a_file").write_text("")
    done = preloaded([program("ends"), "exit"], tmp_path / folder)
    assert done.returncode == 3 and one_line(done.stderr, bytes(tmp_path / folder))


def test_a_read_only_folder_is_told_in_a_line(program, tmp_path):
    script = f"""
        mount -t tmpfs none {tmp_path} && mount -o remount,ro {tmp_path} || exit 77
        LD_PRELOAD={LIBRARY} HEAPCOACH_DIR={tmp_path} exec {program("ends")} exit
    """
    done = unshared(script)
    assert done.returncode == 3 and one_line(done.stderr, b"cannot be written")


@pytest.mark.parametrize("name", ["/nonexistent", "relative", ""])
def test_without_a_good_tmpdir_there_are_other_places(name, program, tmp_path):
    done = call([program("ends"), "exit"], cwd=tmp_path, LD_PRELOAD=str(LIBRARY), TMPDIR=name)
    assert (done.returncode, done.stderr) == (3, b"")
    (path,) = tmp_path.glob("heapcoach.ends.*.json")
    assert Profile.read(path).sums_below("kept", ("tbk",)) == {"tbk": 50}


def unshared(script: str) -> subprocess.CompletedProcess:
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script],
        capture_output=True,
        timeout=TIMEOUT_S,
        env=clean_environment(),
    )
    if done.returncode == 77 or b"unshare:" in done.stderr:
        pytest.skip("no mount namespaces here")
    return done


def test_without_proc_all_is_recorded_and_has_its_names(program, tmp_path):
    script = f"""
        mount -t tmpfs none /proc || exit 77
        LD_PRELOAD={LIBRARY} HEAPCOACH_DIR={tmp_path} HEAPCOACH_FINISH=0 exec {program("ends")} exit
    """
    done = unshared(script)
    assert (done.returncode, done.stderr) == (3, b"")
    profile = profile_of(tmp_path)
    assert profile.sums_below("kept", ("tb", "tbk")) == {"tb": 50000, "tbk": 50}
    assert profile.data["heapcoach"]["modules"][0]["path"] == str(program("ends"))


# ---- sandboxes ----

# calls that the recorder makes, and whether it can do without: of those without, a line says so
CALLS = {
    "clock_gettime": (228, True),
    "clone": (56, True),
    "fallocate": (285, True),
    "fcntl": (72, True),
    "ftruncate": (77, True),
    "getcwd": (79, True),
    "geteuid": (107, True),
    "getpid": (39, True),
    "gettid": (186, True),
    "madvise": (28, True),
    "membarrier": (324, True),
    "mkdirat": (258, True),
    "munmap": (11, True),
    "nanosleep": (35, True),
    "process_vm_readv": (310, True),
    "pwrite64": (18, True),
    "prctl": (157, True),
    "prlimit64": (302, True),
    "readlinkat": (267, True),
    "sched_yield": (24, True),
    "statfs": (137, True),
    "statx": (332, True),
    "tgkill": (234, True),
    "unlinkat": (263, True),
}


# Without these no program starts, nothing can be said, or it is over anyway.
NEEDED = {"close", "dup3", "execve", "exit_group", "fstat", "lstat", "mmap", "mprotect", "openat", "read", "wait4"}
NEEDED |= {"pread64", "rt_sigprocmask", "write"}


def test_each_call_that_the_recorder_makes_is_forbidden_below():
    sources = [*(ROOT / "preload").glob("*.c"), *(ROOT / "preload").glob("*.h")]
    made = {call for s in sources for call in re.findall(r"\bSYS_(\w+)\b", s.read_text())}
    assert made - {"name"} == set(CALLS) | NEEDED


@pytest.fixture(scope="module")
def sandbox() -> Path:
    return c.build(HERE / "sandbox.c")


def forbidden(sandbox, error: int, numbers: list, folder: Path, *command, **env):
    """The program's own loader finds us: the sandbox is not recorded."""
    return call(
        [sandbox, str(error), ",".join(map(str, numbers)), "--", "env", f"LD_PRELOAD={LIBRARY}",
         f"HEAPCOACH_DIR={folder}", "HEAPCOACH_FINISH=0", *command],
    )  # fmt: skip


def check_ends(done, dispensable, folder):
    """The program ran on; its profile is whole, or, without what it takes, there is none and one line says why."""
    if done.returncode == 77:
        pytest.skip("no seccomp here")
    assert done.returncode == 3
    if not dispensable:
        assert one_line(done.stderr) and list(folder.iterdir()) == []
        return
    assert done.stderr == b""
    profile = profile_of(folder)
    assert not recorder_of(profile)["truncated"]
    assert profile.sums_below("kept", ("tb", "tbk", "ebk")) == {"tb": 50000, "tbk": 50, "ebk": 50}
    assert profile.sums_below("freed", ("tb", "tbk", "ebk")) == {"tb": 6000, "tbk": 30, "ebk": 0}


@pytest.mark.parametrize("error", [errno.EPERM, errno.ENOSYS], ids=["EPERM", "ENOSYS"])
@pytest.mark.parametrize("name", CALLS)
def test_a_call_that_is_forbidden_from_the_start(name, error, sandbox, program, tmp_path):
    number, dispensable = CALLS[name]
    done = forbidden(sandbox, error, [number], tmp_path, program("ends"), "exit")
    check_ends(done, dispensable, tmp_path)


# the recording gets its room by the one or the other, on a tmpfs by writing
ROOM = [CALLS["fallocate"][0], CALLS["pwrite64"][0]]


@pytest.mark.parametrize("error", [errno.EPERM, errno.ENOSYS], ids=["EPERM", "ENOSYS"])
def test_with_no_call_to_make_room_there_is_no_recording(error, sandbox, program, tmp_path):
    done = forbidden(sandbox, error, ROOM, tmp_path, program("ends"), "exit")
    check_ends(done, False, tmp_path)


@pytest.mark.parametrize("number", [*ROOM, CALLS["ftruncate"][0]])
def test_on_a_tmpfs_one_call_is_enough_to_make_room(number, sandbox, program):
    if not os.access("/dev/shm", os.W_OK):
        pytest.skip("no tmpfs here")
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        done = forbidden(sandbox, errno.EPERM, [number], Path(folder), program("ends"), "exit")
        check_ends(done, True, Path(folder))


def test_all_that_can_be_done_without_may_be_forbidden_together(sandbox, program, tmp_path):
    numbers = {number for number, dispensable in CALLS.values() if dispensable} - {CALLS["pwrite64"][0]}
    done = forbidden(sandbox, errno.EPERM, numbers, tmp_path, program("ends"), "exit")
    if done.returncode == 77:
        pytest.skip("no seccomp here")
    assert (done.returncode, done.stderr) == (3, b"")
    assert profile_of(tmp_path).sums_below("kept", ("tbk",)) == {"tbk": 50}


def test_where_no_memory_can_be_proven_stacks_are_lost_and_nothing_else(sandbox, program, tmp_path):
    numbers = [CALLS["process_vm_readv"][0], 14]  # and rt_sigprocmask, which shows it, too
    done = forbidden(sandbox, errno.EPERM, numbers, tmp_path, program("ends"), "exit")
    if done.returncode == 77:
        pytest.skip("no seccomp here")
    assert (done.returncode, done.stderr) == (3, b"")
    profile = profile_of(tmp_path)
    totals, recorder = profile.data["heapcoach"]["totals"], recorder_of(profile)
    assert 80 <= totals["blocks"] - totals["reallocs"] <= recorder["stacks"]["lost"]
    assert recorder["stacks"]["whole"] == 0 and sum(recorder[key] for key in ANY_MISSED) == 0


@pytest.mark.parametrize("mib", [1024, 128, 32, 8])
def test_big_mappings_that_are_refused_from_the_start(mib, sandbox, program, tmp_path):
    """What is reserved is halved until it is granted; tables that cannot be had are told in a line."""
    done = forbidden(
        sandbox, errno.ENOMEM, [f"9:{mib << 20}"], tmp_path, program("ends"), "exit"
    )
    if done.returncode == 77:
        pytest.skip("no seccomp here")
    assert done.returncode == 3
    if mib < 64:
        assert one_line(done.stderr, b"not enough memory") and list(tmp_path.iterdir()) == []
        return
    assert done.stderr == b""
    assert profile_of(tmp_path).sums_below("kept", ("tb", "tbk")) == {"tb": 50000, "tbk": 50}


# of mmap: what a strict sandbox may not know, and whether all is recorded without
FLAGS = {
    "MAP_SHARED": (0x01, False),
    "MAP_NORESERVE": (0x4000, True),
    "MAP_POPULATE": (0x8000, True),
}


@pytest.mark.parametrize("name", FLAGS)
def test_flags_of_mappings_that_are_refused(name, sandbox, program, tmp_path):
    bits, dispensable = FLAGS[name]
    done = forbidden(sandbox, errno.EINVAL, [f"9&{bits}"], tmp_path, program("ends"), "exit")
    check_ends(done, dispensable, tmp_path)


@pytest.mark.parametrize(
    "numbers, error, why",
    [
        (ROOM, errno.EDQUOT, "Disk quota exceeded"),
        (ROOM, errno.ENOSPC, "No space left on device"),
        (ROOM, errno.EIO, "Input/output error"),
        (ROOM, errno.EPERM, "Operation not permitted"),
        ([9], errno.EPERM, "Operation not permitted"),  # mmap
        ([9], errno.ENOMEM, "Cannot allocate memory"),
    ],
)
def test_a_call_that_is_forbidden_later_stops_the_recording(numbers, error, why, sandbox, tmp_path):
    """Quotas and the like: the recording has begun, and cannot grow any more."""
    command = [sandbox, str(error), ",".join(map(str, numbers))]
    without = bare(command)
    if without.returncode == 77:
        pytest.skip("no seccomp here")
    done = preloaded(command, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (7, without.stdout, b"")
    profile = profile_of(tmp_path)
    assert profile.sums_below("before", ("tb", "tbk", "ebk")) == {"tb": 4000, "tbk": 40, "ebk": 40}
    recorder = recorder_of(profile)
    assert recorder["out_of_room"] == why
    # 4000 calls, each is recorded somewhere or counted as missed; and stdout's buffer
    counted = profile.sums()["tbk"] - 40 + recorder["events_missed_no_room"]
    assert counted in (4000, 4001) and recorder["events_missed_no_room"] > 100
    assert 10 < profile.sums_below("deeper", ("tbk",))["tbk"] < 4000


def test_a_sandbox_that_kills_is_not_survived(sandbox, tmp_path):
    """README says so: a program that forbids itself on pain of death what makes room for the recording
    dies of it when that has to grow; without us it never calls it. What was recorded is there."""
    command = [sandbox, "0", ",".join(map(str, ROOM))]
    without = bare(command)
    if without.returncode == 77:
        pytest.skip("no seccomp here")
    assert without.returncode == 7
    done = preloaded(command, tmp_path)
    assert done.returncode == -31
    profile = profile_of(tmp_path)
    assert profile.sums_below("before", ("tbk",)) == {"tbk": 40}
