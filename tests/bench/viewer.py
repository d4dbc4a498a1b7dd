#!/usr/bin/python3
"""How soon the page is ready, and how soon it answers, on made profiles of 10,000 and 100,000 sites, in
headless Chromium. `make bench` runs it; there is no verdict in it.

    ready   from the start of loading the file to the first view that stands
    zoom    into the widest frame of the flame graph, drawn
    turn    the flame graph over, for the first time: from "Top-down" to "Callers of", drawn
    sort    of the table of stacks by another column, drawn
    view    what the command takes to make the page

Medians of ROUNDS; the page is loaded anew for each. In brackets the processor time of the page's thread, which
counts on a machine that does other work, too.
"""

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.paths import HEAPCOACH, TESTS
from viewer.browser import CHROMIUM, Browser

ROUNDS = 5
SITES = (10_000, 100_000)

# How long a change within the page takes, in ms; it counts when the frame after it has been drawn.
TIME = """(async () => {
    const drawn = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    const press = (key) => document.getElementById('flame-focus').parentNode
        .dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
    await drawn();
    const from = performance.now();
    CHANGE;
    await drawn();
    return performance.now() - from;
})()"""
# What is done, and whether it is one of COLUMNS.
STEPS = [
    ("heapcoach.app.set({view: 'flame'})", False),
    ("for (const key of ['ArrowUp', 'ArrowDown', 'ArrowDown', 'ArrowDown']) press(key)", False),
    ("press('Enter')", True),
    ("heapcoach.app.set({way: 'up', zoom: ''})", True),
    ("heapcoach.app.set({view: 'sites', rows: 'stack'})", False),
    ("heapcoach.app.set({sort: 'tbk'})", True),
]
COLUMNS = ["ready", "zoom", "turn", "sort"]


def measure(browser: Browser, page: Path) -> list[tuple[float, float]]:
    """By column: ms that passed, and of processor time."""
    browser.do("open", url=page.as_uri())
    browser.wait("window.stoodAt")
    found = [(browser.look("window.stoodAt"), browser.do("cpu"))]
    for change, counts in STEPS:
        before = browser.do("cpu")
        took = browser.look(TIME.replace("CHANGE", change))
        if counts:
            found.append((took, browser.do("cpu") - before))
    return found


def main() -> int:
    if not (CHROMIUM.exists() and shutil.which("node")):
        print("viewer: no chromium or no node here; not measured")
        return 0
    print(f"{'sites':>8} {'profile':>9} {'view':>7}" + "".join(f"{c:>17}" for c in COLUMNS))
    browser = Browser()
    with tempfile.TemporaryDirectory() as folder:
        for sites in SITES:
            profile, page = Path(folder) / "made.json", Path(folder) / "made.html"
            generate = [sys.executable, TESTS / "viewer/generate.py", "--sites", str(sites), profile]
            subprocess.run(generate, check=True)
            command = [HEAPCOACH, "view", "--no-open", "-o", page, profile]
            started = time.monotonic()
            subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
            took = time.monotonic() - started
            rounds = [measure(browser, page) for _ in range(ROUNDS)]
            size = profile.stat().st_size / 1e6
            print(f"{sites:8,} {size:6.1f} MB {took:5.1f} s", end="")
            for column in zip(*rounds):
                passed, used = (statistics.median(times) for times in zip(*column))
                print(f"{passed:6.0f} ms {f'({used:.0f})':>7}", end="")
            print()
    browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
