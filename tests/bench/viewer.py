#!/usr/bin/python3
"""How soon the page is ready, and how soon it answers, on made profiles of 10,000 and 100,000 sites, in
headless Chromium. `make bench` runs it; there is no verdict in it.

    ready   from the start of loading the file to the first view that stands
    zoom    into the widest frame of the flame graph, drawn
    turn    the flame graph over, for the first time: from "Top-down" to "Callers of", drawn
    sort    of the table of stacks by another column, drawn
    view    what the command takes to make the page

Medians of ROUNDS; the page is loaded anew for each.
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

# Times within the page, in ms; a change counts when the frame after it has been drawn.
MEASURE = """(async () => {
    const drawn = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    const time = async (change) => {
        await drawn();
        const from = performance.now();
        change();
        await drawn();
        return performance.now() - from;
    };
    const app = heapcoach.app, graph = () => document.getElementById('flame-focus').parentNode;
    const press = (key) => graph().dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
    app.set({view: 'flame'});
    await drawn();
    for (const key of ['ArrowUp', 'ArrowDown', 'ArrowDown', 'ArrowDown']) press(key);
    const zoom = await time(() => press('Enter'));
    const turn = await time(() => app.set({way: 'up', zoom: ''}));
    app.set({view: 'sites', rows: 'stack'});
    const sort = await time(() => app.set({sort: 'tbk'}));
    return [zoom, turn, sort];
})()"""


def measure(browser: Browser, page: Path) -> tuple[float, ...]:
    browser.do("open", url=page.as_uri())
    browser.wait("window.stoodAt")
    return browser.look("window.stoodAt"), *browser.look(MEASURE)


def main() -> int:
    if not (CHROMIUM.exists() and shutil.which("node")):
        print("viewer: no chromium or no node here; not measured")
        return 0
    print(f"{'sites':>8} {'profile':>9} {'view':>7} {'ready':>9} {'zoom':>8} {'turn':>8} {'sort':>8}")
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
            ready, zoom, turn, sort = (statistics.median(times) for times in zip(*rounds))
            size = profile.stat().st_size / 1e6
            print(f"{sites:8,} {size:6.1f} MB {took:5.1f} s {ready:6.0f} ms {zoom:5.0f} ms {turn:5.0f} ms {sort:5.0f} ms")
    browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
