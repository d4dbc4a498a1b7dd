"""What is a switch of the whole machine, tried on a machine of our own (support/kernel.py): memory that is not
overcommitted, and a user's quota on a disk. The program runs on, a line says what is not recorded, and
the profile what was missed.

Both are played, too, where there is no such kernel: test_machine.py.
"""

import os
import re
import subprocess
from pathlib import Path

import pytest

from support import c, kernel
from support.dhat import Profile
from support.paths import HEAPCOACH, LIBRARY
from support.programs import call

HERE = Path(__file__).parent
MODULES = "/usr/lib/uml/modules/$(uname -r)/kernel/fs/quota"


def finished(recording: Path) -> Profile:
    out = recording.with_suffix(".json")
    done = call([HEAPCOACH, "finish", "-o", out, recording])
    assert done.returncode == 0, done.stderr
    return Profile.read(out)


def recorder_of(profile: Profile) -> dict:
    return profile.data["heapcoach"]["recorder"]


# ---- memory that is not overcommitted ----

# MiB left to commit; the program allocates until malloc says no, or 4096 MiB
LEFT = {"little": 300, "some": 700, "much": 3000}
COMMITTED = """
    cd /proc/sys/vm
    echo 2 > overcommit_memory; echo 0 > admin_reserve_kbytes; echo 0 > user_reserve_kbytes
    left() {{ echo $(($(sed -n 's/Committed_AS: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo) + $1 * 1024)) > overcommit_kbytes; }}
    run() {{ # NAME MIB
        left $2
        {program} > {folder}/$1.bare 2> {folder}/$1.bare.err; echo $? >> {folder}/$1.bare.err
        left $2
        LD_PRELOAD={library} HEAPCOACH_RECORDING=/dev/shm/$1.rec HEAPCOACH_FINISH=0 {program} \\
            > {folder}/$1 2> {folder}/$1.err
        echo $? > {folder}/$1.status
        cp /dev/shm/$1.rec {folder} && rm /dev/shm/$1.rec
    }}
    {runs}
"""


@pytest.fixture(scope="module")
def committed(tmp_path_factory) -> Path:
    """Each run's `NAME` and `NAME.bare` (what the program wrote), `NAME.err`, `NAME.status`, `NAME.rec`."""
    folder = tmp_path_factory.mktemp("committed")
    program = c.build(HERE / "out_of_memory.c")
    runs = "\n".join(f"run {name} {mib}" for name, mib in LEFT.items())
    kernel.boot(
        COMMITTED.format(program=program, library=LIBRARY, folder=folder, runs=runs), folder, 4096
    )
    return folder


@pytest.mark.parametrize("name", LEFT)
def test_without_overcommit_most_is_left_to_the_program(name, committed):
    bare, got = (committed / f"{name}.bare").read_text(), (committed / name).read_text()
    # the machine is as strict as it was told to be
    assert 0.98 * LEFT[name] <= len(bare) <= LEFT[name]
    assert (committed / f"{name}.status").read_text() == "9\n"
    said = (committed / f"{name}.err").read_text()
    if name == "little":
        assert len(got) >= len(bare) - 3
        assert said.startswith("heapcoach: not recording: memory is not overcommitted here")
        assert said.count("\n") == 1 and not (committed / f"{name}.rec").exists()
        return
    assert said == "" and len(got) >= 0.65 * len(bare)
    profile = finished(committed / f"{name}.rec")
    assert profile.sums_below("before", ("tb", "tbk", "ebk")) == {"tb": 40000, "tbk": 40, "ebk": 40}
    recorded = profile.sums_below("until", ("tbk",))["tbk"]
    assert recorded + recorder_of(profile)["events_missed_no_room"] == len(got) and recorded > 50


# ---- a quota ----

QUOTA = """
    {quota} load {modules}/quota_tree.ko && {quota} load {modules}/quota_v2.ko || exit 77
    mount -t ext4 -o usrquota /dev/ubda /mnt || exit 77
    chmod 777 /mnt
    {quota} limit /dev/ubda 4711 {kib} || exit 77
    setpriv --reuid 4711 --regid 4711 --clear-groups \\
        env LD_PRELOAD={library} HEAPCOACH_DIR=/mnt HEAPCOACH_FINISH=0 {program} {arguments}
    echo $?
    {quota} used /dev/ubda 4711
    cp /mnt/*.rec {folder}
    umount /mnt
"""


@pytest.mark.parametrize("kib", [100, 600])
def test_a_quota_stops_the_recording_and_not_the_program(kib, tmp_path):
    disk, folder = tmp_path / "disk", tmp_path / "work"
    folder.mkdir()
    disk.write_bytes(b"")
    os.truncate(disk, 16 << 20)
    made = subprocess.run(["mkfs.ext4", "-q", "-O", "quota", disk], capture_output=True)
    if made.returncode != 0:
        pytest.skip("no ext4 can be made here")
    program, arguments = c.build(HERE / "sandbox.c"), "1 1000000"  # it forbids itself nothing that is
    script = QUOTA.format(quota=c.build(HERE / "quota.c"), modules=MODULES, kib=kib, library=LIBRARY,
                          program=program, arguments=arguments, folder=folder)  # fmt: skip
    said, complained = kernel.boot(script, folder, 256, f"ubd0={disk}")
    numbers = re.fullmatch(r"done\n7\n(\d+)\n", said)
    if not numbers and not said:
        pytest.skip(f"no quota on a machine of our own: {complained}")
    assert numbers and int(numbers[1]) <= kib, (said, complained)
    recordings = list(folder.glob("*.rec"))
    if kib < 200:
        assert "the disk is full" in complained and complained.count("heapcoach:") == 1
        assert recordings == []
        return
    profile = finished(recordings[0])
    assert recorder_of(profile)["out_of_room"] == "Disk quota exceeded"
    assert recorder_of(profile)["events_missed_no_room"] > 0
    counted = profile.sums()["tbk"] - 40 + recorder_of(profile)["events_missed_no_room"]
    assert counted in (4000, 4001)
