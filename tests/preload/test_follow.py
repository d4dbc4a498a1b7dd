"""--follow and HEAPCOACH_FOLLOW: which of the processes that come of a program are recorded. Each has a
recording and a profile of its own, with exactly what it did itself; the others are left alone.

The figures are those of tests/rust/processes.rs: the parent's work is 20 boxes of 500 bytes, a forked
child's 7, before it becomes another program 3.
"""

import json
import os
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from support import c
from support.dhat import Profile
from support.paths import HEAPCOACH, LIBRARY
from support.programs import TIMEOUT_S, call, clean_environment

HERE = Path(__file__).parent
NAMED = re.compile(r"heapcoach\.(.+?)\.(\d+)(?:\.(\d+))?\.json")


def follow(which: str, folder: Path, *command, **env):
    return call(
        [HEAPCOACH, "run", "--follow", which, "--", *command], cwd=folder, TMPDIR=str(folder), **env
    )


def profiles(folder: Path) -> list[Profile]:
    found = [Profile.read(path) for path in folder.glob("heapcoach.*.json")]
    assert len({p.data["pid"] for p in found}) <= len(found)
    return found


def work_of(found: list[Profile]) -> list[int]:
    """Blocks of `work` in each, and they are all that any of them has of it: 500 bytes each."""
    blocks = []
    for profile in found:
        sums = profile.sums_below("work", ("tb", "tbk", "ebk"))
        assert (sums["tb"], sums["ebk"]) == (500 * sums["tbk"], sums["tbk"])
        blocks.append(sums["tbk"])
    return sorted(blocks)


def unseen(found: list[Profile]) -> int:
    """Events that any of them missed, but for blocks that a forked child has of its parent."""
    keys = (
        "events_missed_early",
        "events_missed_reentrant",
        "events_missed_no_room",
        "blocks_overwritten",
    )
    return sum(p.data["heapcoach"]["recorder"][k] for p in found for k in keys)


# what the program does: blocks of `work` in each of the processes' profiles
ALL = {
    "work": [20],
    "command": [20, 20],
    "fork": [7, 20],
    "fork_threads": [7] * 20 + [400],
    "exec": [3, 20],
}


@pytest.mark.parametrize("how", ALL)
def test_each_process_has_its_own_profile(how, program, tmp_path):
    command = [program("processes"), how]
    bare = call(command)
    done = follow("all", tmp_path, *command)
    assert (done.returncode, done.stdout) == (bare.returncode, bare.stdout)
    found = profiles(tmp_path)
    assert work_of(found) == ALL[how]
    assert unseen(found) == 0
    # each is told, and nothing else is left
    assert done.stderr.count(b"heapcoach: wrote ") == len(found)
    assert all(NAMED.fullmatch(name) for name in os.listdir(tmp_path))


@pytest.mark.parametrize("how", ALL)
def test_without_it_the_program_alone_has_one(how, program, tmp_path):
    for which in (["--follow", "none"], []):
        out = tmp_path / "alone.json"
        done = call([HEAPCOACH, "run", *which, "-o", out, "--", program("processes"), how],
                    cwd=tmp_path, TMPDIR=str(tmp_path))  # fmt: skip
        assert done.returncode == 0 and os.listdir(tmp_path) == ["alone.json"]
        assert work_of([Profile.read(out)]) == [ALL[how][0 if how == "exec" else -1]]


def test_exec_of_itself_is_another_recording_of_the_same_process(program, tmp_path):
    follow("all", tmp_path, program("processes"), "exec")
    names = [NAMED.fullmatch(name).groups() for name in os.listdir(tmp_path)]
    assert {(name, number) for name, _, number in names} == {
        ("processes", None),
        ("processes", "2"),
    }
    assert len({pid for _, pid, _ in names}) == 1


@pytest.mark.parametrize(
    "how, which",
    [(how, "processes") for how in ("timeout", "sh", "sh_exec", "env", "nested")]
    + [("nested", which) for which in ("proc*", "nothing,*sses", "proc?sses,x", "p*s*", "*")],
)
def test_a_program_that_another_starts_is_found_by_its_name(which, how, program, tmp_path):
    work = str(program("processes"))
    command = {
        "timeout": ["timeout", "60", work],
        "sh": ["sh", "-c", f"{work}; true"],
        "sh_exec": ["sh", "-c", f"exec {work}"],
        "env": ["env", "A=1", work],
        "nested": ["sh", "-c", f"timeout 60 env A=1 {work}; exit 5"],
    }[how]
    done = follow(which, tmp_path, *command)
    assert done.returncode == (5 if how == "nested" else 0)
    assert done.stdout == b"20\n"
    found = [Profile.read(p) for p in tmp_path.glob("heapcoach.processes.*.json")]
    assert work_of(found) == [20]
    others = [n for n in os.listdir(tmp_path) if not n.startswith("heapcoach.processes.")]
    assert bool(others) == (which == "*")


def test_a_name_may_be_that_of_a_link(program, tmp_path):
    (tmp_path / "tool").symlink_to(program("processes"))
    follow("tool", tmp_path, "sh", "-c", "./tool; true")
    (path,) = tmp_path.glob("heapcoach.*.json")
    assert work_of([Profile.read(path)]) == [20]


def test_the_first_goes_to_the_file_and_the_others_beside_it(program, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    done = call([HEAPCOACH, "run", "--follow", "all", "-o", folder / "first.json", "--",
                 program("processes"), "exec"], cwd=tmp_path)  # fmt: skip
    assert done.returncode == 0
    assert work_of([Profile.read(folder / "first.json")]) == [3]
    (other,) = folder.glob("heapcoach.*.json")
    assert work_of([Profile.read(other)]) == [20]


def test_nobody_of_that_name(program, tmp_path):
    done = follow("nosuch", tmp_path, program("processes"), "command")
    assert (done.returncode, done.stdout) == (2, b"child said 20\nparent: 20\n")
    assert done.stderr.count(b"\n") == 1 and b"--follow nosuch" in done.stderr
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("which", ["", ",", "a,", ",a", "a,,b", "/bin/x"])
def test_what_cannot_be_a_name_is_refused_before_anything_runs(which, program, tmp_path):
    done = follow(which, tmp_path, program("processes"), "work")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.count(b"\n") == 1 and b"--follow" in done.stderr


def test_other_preloads_stay_and_the_program_sees_its_environment(tmp_path):
    """Followed programs find us in their environment, behind nothing, before what was there; the
    program alone does not."""
    other = "/lib/x86_64-linux-gnu/libm.so.6"
    script = 'printf "%s\\n" "$LD_PRELOAD"; env printenv LD_PRELOAD'
    alone = follow("none", tmp_path, "sh", "-c", script, LD_PRELOAD=other)
    assert alone.stdout.decode().split() == [other, other]
    both = follow("printenv", tmp_path, "sh", "-c", script, LD_PRELOAD=other)
    assert both.stdout.decode().split() == [f"{LIBRARY}:{other}"] * 2
    (path,) = tmp_path.glob("heapcoach.printenv.*.json")
    assert Profile.read(path).data["heapcoach"]["totals"]["blocks"] > 0


def test_preloaded_by_hand_each_process_makes_its_own(program, tmp_path):
    done = call(
        [program("processes"), "command"],
        cwd=tmp_path,
        LD_PRELOAD=str(LIBRARY),
        HEAPCOACH_FOLLOW="all",
    )
    assert (done.stdout, done.stderr) == (b"child said 20\nparent: 20\n", b"")
    assert work_of(profiles(tmp_path)) == [20, 20]
    # `heapcoach finish`, which each of them starts, is not recorded itself
    assert len(os.listdir(tmp_path)) == 2


def test_an_emptied_environment_is_not_followed(program, tmp_path):
    done = follow("all", tmp_path, "env", "-i", program("processes"))
    assert done.stdout == b"20\n"
    assert all(name.startswith("heapcoach.env.") for name in os.listdir(tmp_path))


def test_programs_that_cannot_be_recorded_are_told_once_and_run_as_before(tmp_path):
    """A shell script starts a program with a malloc of its own three times."""
    source = tmp_path / "own.c"
    source.write_text(
        "#include <stddef.h>\n"
        "static char room[1 << 20]; static size_t used;\n"
        "void *malloc(size_t n) { used += (n + 15) & ~(size_t)15; return room + used; }\n"
        "void free(void *p) { (void)p; }\n"
        "void *calloc(size_t a, size_t b) { return malloc(a * b); }\n"
        "void *realloc(void *p, size_t n) { (void)p; return malloc(n); }\n"
        "int main(void) { return malloc(5) == 0; }\n"
    )
    subprocess.run(
        ["gcc", "-w", "-fno-builtin", "-rdynamic", "-o", tmp_path / "own", source], check=True
    )
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\nfor i in 1 2 3; do ./own || exit 1; done\n")
    script.chmod(0o755)
    done = follow("own", tmp_path, "./script")
    told = done.stderr.decode().splitlines()
    assert len(told) == 2 and "own: not recording" in told[0] and "(3 times)" in told[0]
    assert done.returncode == 2 and "--follow own" in told[1]


def test_a_process_that_outlives_the_program_keeps_its_recording(program, tmp_path):
    """The program ends while its child waits to be told to go on; the child's profile can be made
    later. A pipe that nobody writes to says when it has ended."""
    up, go, out = tmp_path / "up", tmp_path / "go", tmp_path / "out"
    os.mkfifo(up)
    os.mkfifo(go)
    out.mkdir()
    ended, held = os.pipe()
    script = (
        f"(echo up > {up}; read line < {go}; exec {program('processes')} work) & read line < {up}"
    )
    with (tmp_path / "told").open("wb") as told:
        done = subprocess.run(
            [HEAPCOACH, "run", "--follow", "all", "--", "bash", "-c", script],
            cwd=out, stdout=subprocess.DEVNULL, stderr=told, timeout=TIMEOUT_S, pass_fds=[held],
            env=clean_environment(TMPDIR=str(tmp_path)),
        )  # fmt: skip
    os.close(held)
    kept = re.search(
        rb"process (\d+) is still running; .*-o FILE (\S+)\n", (tmp_path / "told").read_bytes()
    )
    assert done.returncode == 0 and kept
    go.write_bytes(b"go\n")
    assert os.read(ended, 1) == b""
    os.close(ended)
    recording, later = Path(kept[2].decode()), tmp_path / "later.json"
    assert call([HEAPCOACH, "finish", "-o", later, recording]).returncode == 0
    assert json.loads(later.read_text())["pid"] == int(kept[1])
    # what it became then is in the same folder
    (other,) = set(recording.parent.glob("heapcoach.processes.*.rec")) - {recording}
    assert call([HEAPCOACH, "finish", "-o", later, other]).returncode == 0
    assert work_of([Profile.read(later)]) == [20]


@pytest.mark.parametrize("which, daemons", [("none", []), ("all", [7])])
def test_a_daemon_is_a_process_of_its_own(which, daemons, tmp_path):
    """Preloaded by hand; a pipe that nobody writes to says when the daemon has ended."""
    ended, held = os.pipe()
    env = {"LD_PRELOAD": str(LIBRARY), "HEAPCOACH_FOLLOW": which, "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [c.build(Path(__file__).parent / "daemonizing.c")],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=clean_environment(**env),
        pass_fds=[held],
        timeout=TIMEOUT_S,
    )
    os.close(held)
    assert done.returncode == 0 and os.read(ended, 1) == b""
    os.close(ended)
    # daemon() ends the parent by _exit, so its recording is left for us to finish
    (recording,) = (tmp_path / f"heapcoach-{os.geteuid()}").glob("*.rec")
    assert call([HEAPCOACH, "finish", recording], cwd=tmp_path).returncode == 0
    found = profiles(tmp_path)
    counts = {
        f: sorted(p.sums_below(f, ("tbk",))["tbk"] for p in found if p.below(f))
        for f in ("in_parent", "in_daemon")
    }
    assert counts == {"in_parent": [5], "in_daemon": daemons}
    assert unseen(found) == 0


def test_many_short_children_have_a_profile_each(tmp_path):
    """40 forks, 8 at a time: each child allocates 5 blocks of 64 bytes and ends by _exit."""
    done = follow("all", tmp_path, c.build(Path(__file__).parent / "fork_bomb.c"), "40")
    assert (done.returncode, done.stdout) == (0, b"40\n")
    found = profiles(tmp_path)
    blocks = Counter(p.sums_below("in_child", ("tbk",))["tbk"] for p in found)
    assert blocks == {5: 40, 0: 1}
    assert unseen(found) == 0


@pytest.mark.skipif(not shutil.which("cargo"), reason="no cargo")
def test_cargo_test_gives_profiles_of_the_test_binaries(tmp_path):
    project = tmp_path / "mytest"
    (project / "src").mkdir(parents=True)
    (project / "tests").mkdir()
    (project / "Cargo.toml").write_text(
        '[package]\nname = "mytest"\nversion = "0.1.0"\nedition = "2021"\n'
    )
    (project / "src/lib.rs").write_text(
        "#[inline(never)]\n"
        "pub fn boxes(n: u8) -> Vec<Box<[u8; 300]>> { (0..n).map(|i| Box::new([i; 300])).collect() }\n"
        "#[cfg(test)] mod tests { #[test] fn seven() { assert_eq!(super::boxes(7).len(), 7); } }\n"
    )
    (project / "tests/more.rs").write_text(
        "#[test] fn nine() { assert_eq!(mytest::boxes(9).len(), 9); }\n"
    )
    done = call(
        [HEAPCOACH, "run", "--follow", "mytest-*,more-*", "--", "cargo", "test", "--offline"],
        cwd=project,
    )
    assert done.returncode == 0, done.stderr
    made = {
        name.split(".")[1].split("-")[0]: name
        for name in os.listdir(project)
        if name.endswith(".json")
    }
    assert set(made) == {"mytest", "more"}
    for name, blocks in (("mytest", 7), ("more", 9)):
        profile = Profile.read(project / made[name])
        boxes = [pp for pp in profile.below("boxes") if pp["tb"] == 300 * pp["tbk"]]
        # in a debug build the boxes are made in a closure, below `boxes`
        assert sum(pp["tbk"] for pp in boxes) == blocks


def test_what_other_fork_handlers_allocate_before_ours_is_told(tmp_path):
    library = c.build(HERE / "fork_handlers.c", "-DLIBRARY", "-shared", "-fPIC")
    program = c.build(HERE / "fork_handlers.c", "-Wl,--no-as-needed", f"-Wl,-rpath,{library.parent}", str(library))
    assert follow("all", tmp_path, program).returncode == 0
    (child,) = [p for p in profiles(tmp_path) if p.sums_below("child_work", ("tbk",))["tbk"]]
    assert child.sums_below("child_work", ("tbk", "tb")) == {"tbk": 50, "tb": 3000}
    assert child.data["heapcoach"]["recorder"]["events_missed_early"] == 11
