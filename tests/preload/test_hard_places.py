"""Allocation where recorders break: libraries that come and go, forks, threads' ends, destructors,
signal handlers, small stacks, the loader's lock. Nothing hangs, what can be counted is, and what
cannot is said to be missing.
"""

import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from support import c
from support.dhat import Profile
from support.paths import HEAPCOACH, LIBRARY
from support.programs import TIMEOUT_S, call, heapcoach_run, preloaded_run


def recorder_of(profile: Profile) -> dict:
    return profile.data["heapcoach"]["recorder"]


def run_command(folder) -> str:
    return f"LD_PRELOAD={LIBRARY} HEAPCOACH_FINISH=0 HEAPCOACH_DIR={folder}"


@pytest.mark.parametrize("rounds", [2, 30])
def test_a_library_loaded_and_unloaded_again_keeps_its_symbols(rounds, program, tmp_path):
    run = heapcoach_run([program("plugin_host"), str(rounds), program("plugin")], tmp_path)
    assert run.status == 0 and run.stdout == b"%d\n" % (rounds * 2017)
    profile = Profile(run.profile)
    work = profile.below("first_work")
    assert sum(pp["tb"] for pp in work) == rounds * 992
    assert sum(pp["tbk"] for pp in work) == rounds * 5
    assert profile.sums_below("plugin_keep", ("tb", "ebk")) == {"tb": rounds * 100, "ebk": rounds}
    assert profile.sums_below("at_unload", ("tb", "tbk", "eb")) == {
        "tb": rounds * 77, "tbk": rounds, "eb": 0,
    }  # fmt: skip
    # the library has gone at the end, and still its lines are known
    assert any("plugin.rs" in text for text in profile.data["ftbl"])
    # the same stack of the same file is one site, whichever load it was
    assert len(work) == 1


def test_a_program_with_holes_between_its_segments_keeps_its_names(program, tmp_path):
    """The loader then tells of one segment only, whose first page is not the file's."""
    holes = ("-C", "link-arg=-Wl,-z,max-page-size=0x200000", "-C", "link-arg=-Wl,-z,separate-code")
    run = heapcoach_run([program("box_churn", *holes)], tmp_path)
    profile = Profile(run.profile)
    module = profile.data["heapcoach"]["modules"][0]
    assert module["path"].endswith("box_churn") and module["note"] == "" and module["lines"]
    assert profile.sums_below("one_box", ("tb", "tbk")) == {"tb": 480000, "tbk": 10000}
    assert recorder_of(profile)["walks"]["slow"] == 0


def test_an_address_that_another_library_had_before_is_named_rightly(program, tmp_path):
    """Two libraries, loaded in turn where the other was: what each did is its own."""
    libraries = [program("plugin"), program("plugin", "--cfg", "other")]
    run = heapcoach_run([program("plugin_host"), "20", *libraries], tmp_path)
    assert run.status == 0
    profile = Profile(run.profile)
    for function in ("first_work", "other_work"):
        assert profile.sums_below(function, ("tb", "tbk")) == {"tb": 9920, "tbk": 50}, function
    assert recorder_of(profile)["module_changes"] >= 10


@pytest.mark.parametrize("how", ["command", "fork", "work"])
def test_the_profile_is_of_the_program_and_not_of_its_children(how, program, tmp_path):
    command = [program("processes"), how]
    bare = call(command)
    run = heapcoach_run(command, tmp_path)
    assert (run.status, run.stdout) == (bare.returncode, bare.stdout)
    # 20 boxes of 500 bytes in the parent
    assert Profile(run.profile).sums_below("work", ("tb", "tbk", "eb", "ebk")) == {
        "tb": 10000, "tbk": 20, "eb": 10000, "ebk": 20,
    }  # fmt: skip


def test_children_that_share_our_memory_act_as_their_parent(tmp_path):
    run = heapcoach_run([c.build(Path(__file__).parent / "vforking.c")], tmp_path)
    assert (run.status, run.stdout) == (0, b"")
    profile = Profile(run.profile)
    # the first child's malloc and free come before the thread is known to us
    assert profile.sums_below("in_child", ("tb", "tbk", "ebk")) == {"tb": 3136, "tbk": 49, "ebk": 0}
    assert recorder_of(profile)["events_missed_early"] == 2
    assert profile.sums_below("in_parent", ("tb", "tbk", "ebk")) == {
        "tb": 3200, "tbk": 100, "ebk": 100,
    }  # fmt: skip
    assert recorder_of(profile)["frees_unknown"] == recorder_of(profile)["blocks_overwritten"] == 0


def test_a_program_that_becomes_another_is_recorded_until_then(program, tmp_path):
    """exec ends the program without any of its code being run; the new one is not recorded."""
    run = heapcoach_run([program("processes"), "exec"], tmp_path)
    assert (run.status, run.stdout) == (0, b"20\n")
    assert Profile(run.profile).sums_below("work", ("tb", "tbk", "ebk")) == {
        "tb": 1500, "tbk": 3, "ebk": 3,
    }  # fmt: skip


def test_forking_while_threads_allocate_does_not_hang(program, tmp_path):
    run = heapcoach_run([program("processes"), "fork_threads"], tmp_path)
    assert (run.status, run.stdout) == (0, b"true\n")
    assert Profile(run.profile).sums_below("work", ("tb", "tbk")) == {
        "tb": 20 * 10000, "tbk": 20 * 20,
    }  # fmt: skip


def test_a_preloaded_childs_output_is_its_own(program, tmp_path):
    """Bare use: parent and child both inherit the library; neither says anything on stdout."""
    run = preloaded_run([program("processes"), "command"], tmp_path)
    assert (run.status, run.stdout) == (0, b"child said 20\nparent: 20\n")
    for path in tmp_path.glob("heapcoach.*.json"):
        profile = Profile.read(path)
        assert profile.sums_below("work", ("tbk",)) == {"tbk": 20}


@pytest.mark.parametrize("name", ["thread_ends", "many_threads", "odd_stacks"])
def test_nothing_is_missed_in(name, program, tmp_path):
    run = heapcoach_run([program(name)], tmp_path)
    assert run.status == 0
    recorder = recorder_of(Profile(run.profile))
    for key in ("events_missed_reentrant", "events_missed_no_room", "frees_unknown",
                "blocks_overwritten"):  # fmt: skip
        assert recorder.get(key, 0) == 0, key


def test_the_loaders_lock_is_not_waited_for(program, tmp_path):
    run = heapcoach_run([program("module_list"), program("plugin")], tmp_path)
    assert (run.status, run.stdout) == (0, b"true\n")
    assert recorder_of(Profile(run.profile))["module_changes"] >= 1


@pytest.mark.parametrize("depth", [150, 600, 5000])
def test_deep_recursion_is_counted_whole(depth, program, tmp_path):
    run = heapcoach_run([program("recursion"), str(depth)], tmp_path)
    profile = Profile(run.profile)
    assert profile.sums_below("bottom", ("tb", "tbk", "ebk")) == {
        "tb": 1000, "tbk": 10, "ebk": 0,
    }  # fmt: skip
    assert profile.sums_below("nested", ("tb", "tbk", "gb", "gbk")) == {
        "tb": depth * 256, "tbk": depth, "gb": depth * 256, "gbk": depth,
    }  # fmt: skip
    # the viewer's text grows with the cube of the depth: at most 100 frames, and a mark
    assert all(len(pp["fs"]) <= 101 for pp in profile.data["pps"])
    if depth > 512:
        assert recorder_of(profile)["stacks"]["cut_by_depth"] >= depth - 512


def test_the_depth_limit_is_the_users_choice(program, tmp_path):
    run = heapcoach_run([program("recursion"), "50"], tmp_path, HEAPCOACH_DEPTH="20")
    profile = Profile(run.profile)
    assert profile.sums_below("nested", ("tbk",)) == {"tbk": 50}
    assert recorder_of(profile)["depth_limit"] == 20
    assert recorder_of(profile)["stacks"]["cut_by_depth"] >= 10
    assert any("outer frames omitted" in text for text in profile.data["ftbl"])


@pytest.mark.parametrize("room_kib", [16, 64, 128, 256, 448])
def test_a_full_disk_stops_the_recording_and_not_the_program(room_kib, program, tmp_path):
    """A tmpfs in a mount namespace of its own, which the recording outgrows sooner or later. What was
    recorded until then is in the profile, and how much was not."""
    disk = tmp_path / "disk"
    disk.mkdir()
    out = tmp_path / "profile.json"
    script = f"""
        mount -t tmpfs -o size={room_kib}k none {disk} || exit 77
        {run_command(disk)} {program("recursion")} 600 || exit 1
        test -e {disk}/*.rec && {HEAPCOACH} finish {disk}/*.rec -o {out} >&2
        exit 0
    """
    done = subprocess.run(["unshare", "-rm", "sh", "-c", script], capture_output=True, timeout=TIMEOUT_S)
    if done.returncode == 77 or b"unshare:" in done.stderr:
        pytest.skip("no mount namespaces here")
    bare = call([program("recursion"), "600"])
    assert (done.returncode, done.stdout) == (0, bare.stdout)
    if room_kib < 64:
        # no room to begin with: said in a line, and no profile of nothing
        assert b"the disk is full" in done.stderr and not out.exists()
        return
    profile = Profile.read(out)
    assert recorder_of(profile)["out_of_room"] == "No space left on device"
    missed = recorder_of(profile)["events_missed_no_room"]
    assert missed > 0
    whole = Profile(heapcoach_run([program("recursion"), "600"], tmp_path).profile)
    assert profile.sums()["tbk"] + missed >= whole.sums()["tbk"]
    assert room_kib < 448 or profile.sums()["tbk"] > 100


@pytest.mark.parametrize("blocks", [200, 520, 600])
@pytest.mark.parametrize("memory", [False, True], ids=["disk", "tmpfs"])
def test_a_small_limit_on_file_size_does_not_kill_the_program(memory, blocks, program, tmp_path):
    """RLIMIT_FSIZE sends a signal to whoever makes a file grow beyond it, and that is fatal."""
    if memory and not os.access("/dev/shm", os.W_OK):
        pytest.skip("no tmpfs here")
    with tempfile.TemporaryDirectory(dir="/dev/shm" if memory else tmp_path) as folder:
        done = subprocess.run(
            ["sh", "-c", f"ulimit -f {blocks}; {run_command(folder)} {program('recursion')} 600"],
            capture_output=True,
            timeout=TIMEOUT_S,
        )
    bare = call([program("recursion"), "600"])
    assert (done.returncode, done.stdout) == (0, bare.stdout)
