"""Where a recording lies in a shared temp folder: in a folder of the user's own, under a new name, 0600,
never through a link that somebody else has put there. What cannot be trusted is passed over for the
next place; if there is none, nothing is recorded and one line says so.
"""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from support.paths import HEAPCOACH, LIBRARY
from support.programs import call

OWN = f"heapcoach-{os.geteuid()}"


def recording_of(shared: Path, program, **env) -> Path:
    """Where the recording came to lie: told by HEAPCOACH_FINISH=0 leaving it there."""
    before = set(candidates(shared))
    done = call(
        [program("ends"), "exit"],
        LD_PRELOAD=str(LIBRARY),
        HEAPCOACH_FINISH="0",
        TMPDIR=str(shared),
        **env,
    )
    assert (done.returncode, done.stderr) == (3, b"")
    (made,) = set(candidates(shared)) - before
    if shared not in made.parents:
        made.unlink()
    return made


def candidates(shared: Path) -> list[Path]:
    folders = [shared / OWN, Path("/dev/shm") / OWN, Path("/tmp") / OWN]
    return [p for folder in folders if folder.is_dir() for p in folder.glob("heapcoach.ends.*.rec")]


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_the_recording_is_the_users_alone(umask, program, tmp_path):
    before = os.umask(umask)
    try:
        made = recording_of(tmp_path, program)
    finally:
        os.umask(before)
    folder = made.parent
    assert folder == tmp_path / OWN
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(made.stat().st_mode) == 0o600


def test_a_link_in_the_shared_folder_is_not_followed(program, tmp_path):
    """Somebody has put a link to a folder of the user's under our name."""
    victim = tmp_path / "victim"
    victim.mkdir(mode=0o700)
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / OWN).symlink_to(victim)
    made = recording_of(shared, program)
    assert shared not in made.parents and os.listdir(victim) == []


def test_a_folder_that_others_may_write_is_not_used(program, tmp_path):
    (tmp_path / OWN).mkdir()
    (tmp_path / OWN).chmod(0o777)
    made = recording_of(tmp_path, program)
    assert tmp_path not in made.parents and os.listdir(tmp_path / OWN) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder of another's")
def test_a_folder_of_another_user_is_not_used(program, tmp_path):
    (tmp_path / OWN).mkdir(mode=0o700)
    os.chown(tmp_path / OWN, 12345, 12345)
    made = recording_of(tmp_path, program)
    assert tmp_path not in made.parents and os.listdir(tmp_path / OWN) == []


def test_a_file_in_the_folders_place_is_not_used(program, tmp_path):
    (tmp_path / OWN).write_text("precious")
    made = recording_of(tmp_path, program)
    assert tmp_path not in made.parents and (tmp_path / OWN).read_text() == "precious"


def test_an_exact_path_that_is_a_link_or_is_there_already_is_refused(program, tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("precious")
    link, dangling = tmp_path / "link", tmp_path / "dangling"
    link.symlink_to(precious)
    dangling.symlink_to(tmp_path / "elsewhere")
    for path in (precious, link, dangling):
        done = call(
            [program("ends"), "exit"], LD_PRELOAD=str(LIBRARY), HEAPCOACH_RECORDING=str(path)
        )
        assert done.returncode == 3
        assert (
            done.stderr.startswith(b"heapcoach: not recording: ") and done.stderr.count(b"\n") == 1
        )
    assert precious.read_text() == "precious" and not (tmp_path / "elsewhere").exists()


def test_a_relative_temp_folder_is_found_again_after_the_program_has_gone_elsewhere(tmp_path):
    program = tmp_path / "away"
    source = tmp_path / "away.c"
    source.write_text(
        "#include <stdlib.h>\n#include <unistd.h>\n"
        'int main(void) { return chdir("/") || !malloc(5); }\n'
    )
    subprocess.run(["gcc", "-fno-builtin", "-o", program, source], check=True)
    done = call([program], cwd=tmp_path, LD_PRELOAD=str(LIBRARY), TMPDIR=".")
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(list(tmp_path.glob("heapcoach.away.*.json"))) == 1
    assert list((tmp_path / OWN).iterdir()) == []


def test_runs_folder_is_new_and_private_and_gone_afterwards(program, tmp_path):
    script = 'stat -c "%a %F" "$1"/heapcoach-run-*; stat -c "%a" "$1"/heapcoach-run-*/*'
    done = call([HEAPCOACH, "run", "-q", "-o", tmp_path / "p.json", "--", "sh", "-c", script, "sh", tmp_path],
                TMPDIR=str(tmp_path))  # fmt: skip
    assert done.stdout == b"700 directory\n600\n"
    assert os.listdir(tmp_path) == ["p.json"]
