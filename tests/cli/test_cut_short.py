"""Files that another program cuts short while the command reads them through a mapping, where the kernel
would end it by SIGBUS: one line says so, the status is 2, and nothing is half-written. Where only names
are lost, the counts are right and the profile says what happened to the file.

The other program is cutting.c, preloaded into the command: it cuts as soon as the file is mapped, which
is before anything of it was read.
"""

import shutil
from pathlib import Path

import pytest

from support import c
from support.dhat import Profile
from support.paths import HEAPCOACH, LIBRARY
from support.programs import call

# in quarters of the file, and in bytes: within a page, too
CUTS = [0, 1, 2, 3, 100, 5000]


def kept(file: Path, cut: int) -> str:
    return str(file.stat().st_size * cut // 4 if cut < 4 else cut)


@pytest.fixture(scope="module")
def cutting() -> Path:
    return c.build(Path(__file__).parent / "cutting.c", "-shared", "-fPIC")


@pytest.fixture
def folder(program, tmp_path) -> Path:
    """A program of our own, and its recording."""
    copy = tmp_path / "ends"
    shutil.copy(program("ends"), copy)
    call([copy, "return"], LD_PRELOAD=str(LIBRARY), HEAPCOACH_FINISH="0",
         HEAPCOACH_RECORDING=str(tmp_path / "a.rec"))  # fmt: skip
    return tmp_path


def cut_while(command: list, file: Path, cut: int, cutting: Path):
    return call(
        [HEAPCOACH, *command],
        cwd=file.parent,
        LD_PRELOAD=str(cutting),
        CUT_FILE=str(file),
        CUT_TO=kept(file, cut),
    )


@pytest.mark.parametrize("cut", CUTS)
def test_a_recording(cut, folder, cutting):
    done = cut_while(["finish", "-o", "out.json", "a.rec"], folder / "a.rec", cut, cutting)
    assert done.returncode == 2 and done.stdout == b""
    assert done.stderr.startswith(b"heapcoach: ") and done.stderr.count(b"\n") == 1
    assert sorted(p.name for p in folder.iterdir()) == ["a.rec", "ends"]


def test_a_recording_that_loses_its_last_bytes_alone(folder, cutting):
    """Nobody runs into a page that is gone, and still it is noticed."""
    size = (folder / "a.rec").stat().st_size
    done = cut_while(["finish", "-o", "out.json", "a.rec"], folder / "a.rec", size - 1, cutting)
    assert done.returncode == 2 and b"was cut short by another program" in done.stderr
    assert not (folder / "out.json").exists()


@pytest.mark.parametrize("cut", CUTS)
def test_the_program_that_was_recorded(cut, folder, cutting):
    done = cut_while(["finish", "-o", "out.json", "a.rec"], folder / "ends", cut, cutting)
    assert done.returncode == 0, done.stderr
    whole = Profile.read(folder / "out.json")
    assert whole.sums()["tbk"] >= 80
    (module,) = [
        m for m in whole.data["heapcoach"]["modules"] if m["path"] == str(folder / "ends")
    ]
    assert module["note"] != ""


@pytest.mark.parametrize("cut", CUTS)
def test_a_program_that_is_looked_at(cut, folder, cutting):
    done = cut_while(["doctor", "./ends"], folder / "ends", cut, cutting)
    assert done.returncode == 2
    if cut == 0:
        assert b"is no ELF program" in done.stdout
    else:
        assert done.stderr == b"heapcoach: ./ends: cut short by another program while it was read\n"


def test_run_passes_the_programs_status_on(folder, cutting):
    done = call([HEAPCOACH, "run", "-o", "out.json", "--", "./ends", "exit"], cwd=folder,
                LD_PRELOAD=str(cutting), CUT_FILE="/recording", CUT_TO="5000", TMPDIR=str(folder))  # fmt: skip
    assert done.returncode == 3 and b"was cut short by another program" in done.stderr
    assert not (folder / "out.json").exists()


def test_a_file_that_is_not_cut_is_read(folder, cutting):
    """That the tests above fail by the cut and by nothing else."""
    size = (folder / "a.rec").stat().st_size
    done = cut_while(["finish", "-o", "out.json", "a.rec"], folder / "a.rec", size, cutting)
    assert done.returncode == 0
    assert Profile.read(folder / "out.json").sums_below("kept", ("tbk",)) == {"tbk": 50}
