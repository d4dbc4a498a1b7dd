"""A Linux kernel of our own, as one ordinary process (User-mode Linux): for what is a switch of the whole
machine, or needs rights that a test does not have. It sees our files, can change those of one folder only,
and ends with its script. Where there is none, the tests that need it are skipped.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

from .programs import TIMEOUT_S

KERNEL = shutil.which("linux.uml")
BEGUN = "our own kernel is up"

INIT = """#!/bin/sh
PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc none /proc
mkdir -p /dev/shm && mount -t tmpfs none /dev/shm
mount -t hostfs -o {folder} none {folder}
cd {folder}
echo {begun} > begun
sh ./script > out 2> err
echo o > /proc/sysrq-trigger
sleep 60
"""


def boot(script: str, folder: Path, memory_mib: int, *options: str) -> tuple[str, str]:
    """Runs a shell script as root in FOLDER, all that it can write. What it said on stdout and stderr."""
    if not KERNEL:
        pytest.skip("no kernel of our own: user-mode-linux is not installed")
    init = folder / "init"
    init.write_text(INIT.format(folder=folder, begun=BEGUN))
    init.chmod(0o755)
    (folder / "script").write_text(script)
    done = subprocess.run(
        [KERNEL, f"mem={memory_mib}M", "rootfstype=hostfs", "rootflags=/", "ro", f"init={init}",
         "con=null", "con0=null,fd:1", "quiet", f"uml_dir={folder}/", *options],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=TIMEOUT_S,
    )  # fmt: skip
    if not (folder / "begun").exists():
        pytest.skip(f"no kernel of our own starts here: {done.stdout[-300:]!r}")
    return (folder / "out").read_text(), (folder / "err").read_text()
