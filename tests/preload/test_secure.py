"""Programs with rights that their starter lacks (setuid) are left alone.

The loader preloads nothing into them that a stranger names, so here the program is linked to our
library, as if the administrator had named it. Not covered: file capabilities, which the kernel tells
in the same way.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from support.paths import LIBRARY
from support.programs import clean_environment

SOURCE = """
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
int main(void)
{
    char *volatile p = malloc(4711);
    printf("%lu %d", getauxval(AT_SECURE), p != 0);
    free(p);
    return 0;
}
"""
NOBODY = 65534


@pytest.fixture
def folder():
    """One that everybody may enter, with our library in it: pytest's own are closed to others."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        shutil.copy(LIBRARY, name)
        yield Path(name)


@pytest.fixture
def program(folder):
    (folder / "linked.c").write_text(SOURCE)
    subprocess.run(
        ["gcc", "-o", "linked", "linked.c", LIBRARY.name, f"-Wl,-rpath,{folder}"],
        cwd=folder,
        check=True,
    )
    return folder / "linked"


def run(program, folder):
    """What it says, and how many recordings it left."""
    folder.mkdir()
    folder.chmod(0o777)
    env = clean_environment(HEAPCOACH_DIR=str(folder), HEAPCOACH_FINISH="0")
    done = subprocess.run([program], capture_output=True, text=True, env=env)
    assert done.returncode == 0 and done.stderr == ""
    return done.stdout, len(list(folder.iterdir()))


def test_a_program_that_is_linked_to_us_is_recorded(program, folder):
    assert run(program, folder / "out") == ("0 1", 1)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a program setuid to someone else")
def test_a_setuid_program_is_not_recorded(program, folder):
    os.chown(program, NOBODY, NOBODY)
    program.chmod(0o4755)
    said, recordings = run(program, folder / "out")
    if said.startswith("0"):
        pytest.skip("the folder's file system is mounted nosuid")
    assert (said, recordings) == ("1 1", 0)
