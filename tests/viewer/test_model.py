"""The viewer's model: parsing, trees, sites, texts, tested under node (tests/viewer/model/*.test.js),
with profiles of other producers and made ones; and here with profiles of real recordings.

Not covered: what is drawn, which test_page.py looks at.
"""

import subprocess
from pathlib import Path

import pytest

from support.programs import TIMEOUT_S, heapcoach_run

MODEL = Path(__file__).parent / "model"

# Every tree of a profile sums up to what the recorder states for the whole.
SUMS = """
const fs = require('node:fs'), assert = require('node:assert');
const {heapcoach} = require(process.argv[2] + '/load.js');
const data = JSON.parse(fs.readFileSync(process.argv[3], 'utf8')), p = heapcoach.profile.fromData(data, '', null);
const stated = data.heapcoach.totals;
const keys = {bytes: 'bytes', blocks: 'blocks', peak_blocks: 'peak_blocks', end_bytes: 'end_bytes', end_blocks: 'end_blocks',
              reallocs: 'reallocs', copied: 'bytes_copied'};
const lines = heapcoach.sites.lines(p, null);
let trees = 0;
for (const folded of [true, false])
    for (const inverted of [true, false])
        for (const group of ['', 'crate', 'thread']) {
            const tree = heapcoach.tree.build(p, {folded, inverted, group, lines});
            for (const [id, key] of Object.entries(keys)) {
                const {column, unit} = heapcoach.profile.metric(id);
                assert.strictEqual(heapcoach.tree.sums(tree, p.columns[column], unit).at(0), stated[key], `${folded} ${inverted} ${group} ${id}`);
            }
            trees++;
        }
console.log(trees);
"""


def node(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["node", *map(str, arguments)], capture_output=True, text=True, timeout=TIMEOUT_S
    )


@pytest.mark.parametrize("file", sorted(MODEL.glob("*.test.js")), ids=lambda file: file.name)
def test_the_model_says_what_its_tests_say(file):
    done = node("--test", file)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["threads", "recursion"])
def test_trees_of_a_recording_sum_up_to_its_totals(name, program, tmp_path):
    heapcoach_run([program(name)], tmp_path)
    script = tmp_path / "sums.js"
    script.write_text(SUMS)
    done = node(script, MODEL, tmp_path / "profile.json")
    assert done.returncode == 0 and done.stdout == "12\n", done.stdout + done.stderr
