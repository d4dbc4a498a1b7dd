"""Which site's block took over from which: kept for each pair of sites up to a number, and beyond it counted and told."""

import subprocess
from pathlib import Path

import pytest

from support import c
from support.dhat import Profile
from support.paths import HEAPCOACH
from support.programs import heapcoach_run

HERE = Path(__file__).parent
KEPT_IN_ANY_CASE = 8192  # HANDOVERS_IN_ANY_CASE of thread.c


@pytest.mark.parametrize("depths", [80, 130])
def test_pairs_beyond_the_bound_are_counted(depths, tmp_path):
    run = heapcoach_run([c.build(HERE / "handover_pairs.c"), str(depths)], tmp_path)
    profile = Profile(run.profile)
    own = profile.data["heapcoach"]
    handovers = [link for link in own["links"] if link["kind"] == "handover" and link["bytes"] == 40 * link["n"]]
    dropped, sites = own["recorder"]["handovers_dropped"], len(profile.data["pps"])
    assert sum(link["n"] for link in handovers) + dropped == depths * depths
    assert (dropped > 0) == (depths * depths > KEPT_IN_ANY_CASE + 2 * sites)
    report = subprocess.run([HEAPCOACH, "report", run.profile_path], capture_output=True, text=True, check=True).stdout
    assert ("too many pairs" in report) == (dropped > 0)
