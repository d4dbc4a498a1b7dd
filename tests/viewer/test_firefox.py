"""The page in a headless Firefox, without a driver: a page of ours holds it in a frame, walks through its
views, and sends what it sees to a server of this test.

Not covered: keys and mouse (test_page.py, in Chromium; the page's code is the same).
"""

import http.server
import json
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

from support.paths import HEAPCOACH
from support.programs import call, heapcoach_run

PATIENCE_S = 240  # a first start of Firefox on a busy machine; nothing is judged by time
DHAT_VIEWER = Path("/usr/libexec/valgrind/dh_view.html")
VIEWS = ["findings", "flame", "timeline", "sites", "compare", "about"]

# Goes through the views by the address, as a link would, and tells what each shows.
WALK = """<!doctype html><meta charset="utf-8"><iframe id="f" style="width:1280px;height:800px"></iframe><script>
const frame = document.getElementById('f'), seen = {errors: []};
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
async function until(ready) { while (!ready()) await pause(50); }
async function walk() {
    for (const view of VIEWS) {
        frame.src = '/page.html?' + view + '#view=' + view;
        await until(() => frame.contentWindow.location.search === '?' + view && frame.contentDocument.readyState === 'complete');
        const inner = frame.contentWindow, page = frame.contentDocument;
        await until(() => page.documentElement.dataset.ready || page.querySelector('#problem'));
        await pause(100);
        const shown = page.querySelector('.view:not([hidden])');
        seen[view] = {
            id: shown && shown.id, text: page.body.innerText, problem: (page.querySelector('#problem') || {}).innerText || null,
            wide: page.documentElement.scrollWidth - inner.innerWidth,
            drawn: [...shown.querySelectorAll('canvas')].map((c) => {
                const data = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
                return new Set(new Uint32Array(data.buffer)).size;
            }),
            stated: inner.heapcoach.app.profile.totals,
        };
    }
    if (!DHAT) return;
    frame.src = '/dhat.html';
    const pre = () => frame.contentDocument && frame.contentDocument.querySelector('pre, .error');
    await until(() => frame.contentWindow.location.pathname === '/dhat.html' && pre());
    seen.dhat = {title: frame.contentDocument.title, text: pre().innerText};
}
walk().catch((e) => seen.errors.push(String(e))).then(() => fetch('/seen', {method: 'POST', body: JSON.stringify(seen)}));
</script>"""


class Server(http.server.ThreadingHTTPServer):
    """Gives the two pages, and takes what was seen."""

    def __init__(self, page: bytes, dhat: bytes):
        walk = WALK.replace("VIEWS", json.dumps(VIEWS)).replace("DHAT", json.dumps(bool(dhat)))
        self.files = {"/": walk.encode(), "/page.html": page, "/dhat.html": dhat}
        self.seen, self.done = None, threading.Event()
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        content = self.server.files.get(self.path.split("?")[0])
        self.send_response(200 if content else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(content or b"")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()
        self.server.seen = json.loads(body)
        self.server.done.set()

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def profile(program, tmp_path_factory) -> Path:
    return heapcoach_run([program("threads")], tmp_path_factory.mktemp("threads")).profile_path


@pytest.fixture(scope="module")
def seen(profile, tmp_path_factory) -> dict:
    firefox = shutil.which("firefox-esr") or shutil.which("firefox")
    if not firefox:
        pytest.skip("no firefox here")
    folder = tmp_path_factory.mktemp("firefox")
    page = folder / "page.html"
    command = [HEAPCOACH, "view", "--no-open", "-o", page, "--against", profile]
    assert call([*command, profile]).returncode == 0
    dhat = folder / "dhat.html"
    if DHAT_VIEWER.exists():
        assert call([HEAPCOACH, "view", "--dhat", "--no-open", "-o", dhat, profile]).returncode == 0
    with Server(page.read_bytes(), dhat.read_bytes() if dhat.exists() else b"") as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/"
        child = subprocess.Popen(
            [firefox, "--headless", "--no-remote", "--profile", folder, url],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            assert server.done.wait(PATIENCE_S), "firefox has not come to the end"
        finally:
            child.kill()
            child.wait()
            server.shutdown()
    return server.seen


def test_nothing_failed(seen):
    assert seen["errors"] == []


@pytest.mark.parametrize("view", VIEWS)
def test_the_view_is_shown(seen, view):
    shown = seen[view]
    assert shown["id"] == f"view-{view}" and shown["problem"] is None
    assert shown["wide"] <= 0 and len(shown["text"]) > 100


def test_the_graph_is_drawn_and_the_figures_are_the_files(seen, profile):
    assert max(seen["flame"]["drawn"]) > 3  # colours
    totals = json.loads(profile.read_text())["heapcoach"]["totals"]
    assert seen["flame"]["stated"]["blocks"] == totals["blocks"]
    assert f"{totals['blocks']:,} blocks" in seen["sites"]["text"]


@pytest.mark.skipif(not DHAT_VIEWER.exists(), reason="no dh_view.html here")
def test_valgrinds_viewer_shows_the_profile_that_was_put_into_it(seen, profile):
    totals = json.loads(profile.read_text())["heapcoach"]["totals"]
    assert profile.name in seen["dhat"]["title"]
    assert f"{totals['bytes']:,} bytes" in seen["dhat"]["text"]
