"""`make demo` does what README says it does: it ends well, shows a report with lines of the demo's
source, and leaves a profile in the current folder.
"""

import json
import os
import subprocess

import pytest

from support.paths import BUILD, ROOT
from support.programs import TIMEOUT_S


@pytest.mark.last
def test_the_demo_shows_a_report_and_leaves_a_profile():
    before = set(ROOT.glob("heapcoach.wordcount.*.json"))
    done = subprocess.run(
        ["tests/rust/demo/run.sh"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "BUILD": str(BUILD)},
        timeout=TIMEOUT_S,
    )
    made = set(ROOT.glob("heapcoach.wordcount.*.json")) - before
    try:
        assert done.returncode == 0, done.stderr
        (profile,) = made
        assert "200000 words, 3078 different" in done.stdout
        assert "wordcount.rs:" in done.stdout + done.stderr
        assert profile.name in done.stdout
        data = json.loads(profile.read_text())
        assert data["dhatFileVersion"] == 2
        assert any("split_words" in frame for frame in data["ftbl"])
    finally:
        for path in made:
            path.unlink()
