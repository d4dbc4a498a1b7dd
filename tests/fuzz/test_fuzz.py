"""The fuzz targets, for as long as a test run bears: every seed and every case is replayed, and each
target runs for a fixed number of executions with a fixed seed, so that how busy the machine is
decides nothing. `make fuzz` runs them for as long as one likes.
"""

import subprocess

import pytest

from fuzz import fuzz
from support.paths import ROOT, SANITIZED

pytestmark = pytest.mark.skipif(SANITIZED, reason="the targets have sanitizers in any build")

RUNS = {"cfi": 100000, "demangle": 30000, "elf": 1500, "limits": 20000, "profile": 1500}
RUNS |= {"page_server": 5000, "recording": 1500, "slow_walk": 10000}
# Half of the edges that are reached in so many: fewer mean that seeds are refused at the door.
EDGES = {"cfi": 100, "demangle": 140, "elf": 250, "limits": 350, "profile": 1800}
EDGES |= {"page_server": 50, "recording": 600, "slow_walk": 250}


def test_every_target_has_its_runs():
    assert sorted(RUNS) == fuzz.targets()


@pytest.mark.parametrize("target", fuzz.targets())
def test_seeds_and_cases_are_harmless(target):
    inputs = fuzz.inputs(target)
    done = subprocess.run(
        [fuzz.build_target(target, libfuzzer=False), *inputs],
        cwd=ROOT,
        capture_output=True,
        env=fuzz.environment(),
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-4000:]
    assert done.stdout.decode() == f"{len(inputs)} inputs\n"


@pytest.mark.skipif(not fuzz.has_libfuzzer(), reason="no clang with its libFuzzer (Debian: libclang-rt-dev)")
@pytest.mark.parametrize("target", fuzz.targets())
def test_runs_from_the_seeds_find_nothing(target, tmp_path):
    result = fuzz.fuzz(
        target, [f"-runs={RUNS[target]}", "-seed=1"], [tmp_path, *fuzz.folders(target)]
    )
    assert result.status == 0, result.said[-4000:]
    assert result.executions >= RUNS[target] and result.edges >= EDGES[target], result


def test_a_target_sees_what_is_wrong(tmp_path):
    """That a failing input is not passed over: one that ends the replay as a sanitizer would."""
    done = subprocess.run(
        [fuzz.build_target("limits", libfuzzer=False), tmp_path / "not-there"],
        capture_output=True,
        env=fuzz.environment(),
    )
    assert done.returncode != 0 and b"must hold" in done.stderr
