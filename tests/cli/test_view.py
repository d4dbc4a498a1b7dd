"""`heapcoach view`: the page as a file and over the loopback, and what starts a browser. What the page
shows is looked at in tests/viewer; here its data are read back as a browser's parser would find them.

Not covered: a real xdg-open, a client that takes its answer for minutes.
"""

import contextlib
import html.parser
import json
import os
import re
import signal
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from support.paths import HEAPCOACH
from support.programs import TIMEOUT_S, call, clean_environment

DATA = Path(__file__).parent / "data"
HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "line\u2028and\u2029line",
    "\u202egnp.exe",
    'quote"s \\ back',
    "half \u2028<\u2029",
]


class Elements(html.parser.HTMLParser):
    """Script elements as HTML has them: by id, or for scripts in a list."""

    def __init__(self, text: str):
        super().__init__(convert_charrefs=False)
        self.data, self.scripts, self.sheets, self.links, self.open = {}, [], [], [], None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.links += [attrs[k] for k in ("src", "href") if k in attrs]
        if tag in ("script", "style"):
            self.open = (tag, attrs.get("id"), [])

    def handle_data(self, data):
        if self.open:
            self.open[2].append(data)

    def handle_endtag(self, tag):
        if self.open and self.open[0] == tag:
            _, id_, parts = self.open
            if id_:
                self.data[id_] = "".join(parts)
            else:
                (self.scripts if tag == "script" else self.sheets).append("".join(parts))
            self.open = None


def view(*arguments, cwd, **env):
    env.setdefault("BROWSER", "/no/such/browser")
    return call([HEAPCOACH, "view", *arguments], cwd=cwd, **env)


def page(profile: Path, folder: Path, *more) -> Elements:
    out = folder / "page.html"
    done = view("-o", out, *more, profile, cwd=folder)
    assert (done.returncode, done.stdout) == (0, b""), done.stderr
    assert done.stderr.decode() == f"heapcoach: wrote {out}\n"
    return Elements(out.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["own", "busy", "valgrind", "dhat-rs"])
def test_the_page_has_the_profile_and_what_is_said_of_it(name, tmp_path):
    file = DATA / f"{name}.json"
    elements = page(file, tmp_path)
    assert json.loads(elements.data["hc-profile"]) == json.loads(file.read_text())
    report = json.loads(elements.data["hc-report"])
    told = json.loads(call([HEAPCOACH, "report", "--all", "--format", "json", file]).stdout)
    assert [f["id"] for f in report["findings"]] == [f["id"] for f in told["findings"]]
    assert report["totals"] == told["totals"]
    about = json.loads(elements.data["hc-about"])
    assert about["file"] == f"{name}.json" and about["command"] == told["program"]["command"]
    assert "hc-diff" not in elements.data and "hc-old-profile" not in elements.data


def test_the_page_needs_nothing_else(tmp_path):
    elements = page(DATA / "own.json", tmp_path)
    assert elements.links == []
    listed = (Path(__file__).parents[2] / "viewer/files.list").read_text().split()
    assert len(elements.scripts) == sum(name.endswith(".js") for name in listed)
    assert len(elements.sheets) == sum(name.endswith(".css") for name in listed)
    assert not any(re.search(r"url\(|@import", sheet) for sheet in elements.sheets)


def test_without_its_data_the_page_is_small(tmp_path):
    page(DATA / "own.json", tmp_path)
    text = (tmp_path / "page.html").read_text()
    data = re.findall(r'<script type="application/json".*?</script>\n', text, re.DOTALL)
    assert len(data) == 3
    assert len(text.encode()) - sum(len(d.encode()) for d in data) < 300_000


def test_against_an_older_profile(tmp_path):
    elements = page(DATA / "own.json", tmp_path, "--against", DATA / "busy.json")
    assert json.loads(elements.data["hc-old-profile"]) == json.loads((DATA / "busy.json").read_text())
    told = json.loads(
        call([HEAPCOACH, "diff", "--format", "json", DATA / "busy.json", DATA / "own.json"]).stdout
    )
    assert json.loads(elements.data["hc-diff"]) == told
    assert json.loads(elements.data["hc-about"])["old"] == "busy.json"


@pytest.mark.parametrize("escape", [True, False], ids=["escaped", "raw"])
def test_hostile_names_stay_data(escape, tmp_path):
    profile = json.loads((DATA / "own.json").read_text())
    for n, frame in enumerate(profile["heapcoach"]["frames"][1:]):
        frame["fn"] = frame["crate"] = HOSTILE[n % len(HOSTILE)]
    profile["cmd"] = HOSTILE[0]
    file = tmp_path / "<b> & 'q'.json"
    file.write_text(json.dumps(profile, ensure_ascii=escape))
    elements = page(file, tmp_path)
    assert set(elements.data) == {"hc-profile", "hc-report", "hc-about"}
    assert json.loads(elements.data["hc-profile"]) == profile
    assert json.loads(elements.data["hc-about"])["file"] == file.name
    text = (tmp_path / "page.html").read_text()
    assert "\u2028" not in text and "\u2029" not in text and "alert(1)</script>" not in text


def test_bytes_that_are_no_text_and_a_byte_order_mark_pass(tmp_path):
    text = (DATA / "valgrind.json").read_bytes()
    file = tmp_path / "odd.json"
    file.write_bytes(b"\xef\xbb\xbf" + text.replace(b"tiny", b"t\xff\xe2\x80\xe2\x80y"))
    out = tmp_path / "odd.html"
    assert view("-o", out, file, cwd=tmp_path).returncode == 0
    data = re.search(rb'id="hc-profile">(.*?)</script>', out.read_bytes(), re.DOTALL).group(1)
    assert data == file.read_bytes()[3:].replace(b"<", rb"\u003c")


def test_the_default_name_is_the_profiles_in_the_current_folder(tmp_path):
    (tmp_path / "here").mkdir()
    file = tmp_path / "heapcoach.x.1.json"
    file.write_bytes((DATA / "own.json").read_bytes())
    done = view(file, cwd=tmp_path / "here")
    assert done.stderr == b"heapcoach: wrote heapcoach.x.1.html\n"
    assert (tmp_path / "here/heapcoach.x.1.html").exists()


def test_a_profile_from_a_pipe(tmp_path):
    done = subprocess.run(
        [HEAPCOACH, "view", "-o", "/dev/stdout", "/dev/stdin"],
        input=(DATA / "own.json").read_bytes(),
        capture_output=True,
        env=clean_environment(BROWSER="/no/such/browser"),
    )
    assert done.returncode == 0
    text = done.stdout.decode()
    assert json.loads(Elements(text).data["hc-profile"]) == json.loads((DATA / "own.json").read_text())


def refused(*arguments, cwd, **env) -> str:
    done = view(*arguments, cwd=cwd, **env)
    assert (done.returncode, done.stdout) == (2, b""), done
    text = done.stderr.decode()
    assert text.startswith("heapcoach: ") and text.count("\n") == 1, text
    return text


def test_what_is_no_profile_is_told_at_the_terminal(tmp_path):
    bad = tmp_path / "bad.json"
    bad.write_text('{"dhatFileVersion": 2')
    assert str(bad) in refused(bad, cwd=tmp_path)
    assert "No such file" in refused("none.json", cwd=tmp_path)
    assert "found a folder" in refused(tmp_path, cwd=tmp_path)
    assert str(bad) in refused("--against", bad, DATA / "own.json", cwd=tmp_path)
    assert os.listdir(tmp_path) == ["bad.json"]


def test_options_that_do_not_go_together(tmp_path):
    own = DATA / "own.json"
    assert "--serve writes no file" in refused("--serve", "-o", "x.html", own, cwd=tmp_path)
    for more in (["--against", own], ["--own", "demo"], ["--costs", "usual"]):
        assert "--dhat shows the profile as it is" in refused("--dhat", *more, own, cwd=tmp_path)
    assert "`nobody`" in refused("--own", "nobody", own, cwd=tmp_path)


def test_a_page_that_cannot_be_written_leaves_nothing(tmp_path):
    assert "No such file" in refused("-o", "no/such/x.html", DATA / "own.json", cwd=tmp_path)
    assert "No space" in refused("-o", "/dev/full", DATA / "own.json", cwd=tmp_path)
    assert os.listdir(tmp_path) == []


# --- who opens it ---


@pytest.fixture
def browser(tmp_path):
    """A browser that writes down what it was given, into a pipe that we can wait at."""
    told = tmp_path / "told"
    os.mkfifo(told)
    program = tmp_path / "browser"
    program.write_text(f'#!/bin/sh\nprintf "%s" "$*" > {told}\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program, told


def test_the_browser_of_the_environment_is_given_the_file(browser, tmp_path):
    program, told = browser
    done = view(
        "-o", "a b#.html", DATA / "own.json", cwd=tmp_path, BROWSER=f"/no/such:{program}"
    )
    assert done.returncode == 0
    assert told.read_text() == f"file://{tmp_path}/a%20b%23.html"


def test_on_a_display_xdg_open_is_given_the_file(browser, tmp_path):
    program, told = browser
    program.rename(tmp_path / "xdg-open")
    path = f"{tmp_path}:{os.environ['PATH']}"
    view("-o", "x.html", DATA / "own.json", cwd=tmp_path, BROWSER="", DISPLAY=":0", PATH=path)
    assert told.read_text() == f"file://{tmp_path}/x.html"


@pytest.mark.parametrize("env", [{"BROWSER": "", "DISPLAY": ""}, {"BROWSER": "/no/such"}])
def test_without_a_browser_or_display_the_page_is_written_all_the_same(env, tmp_path):
    env = {**env, "WAYLAND_DISPLAY": ""}
    assert view("-o", "x.html", DATA / "own.json", cwd=tmp_path, **env).returncode == 0


# --- Valgrind's viewer ---


VIEWER = {
    "dh_view.html": '<html><head><link rel="stylesheet" href="dh_view.css">\n'
    '<script src="dh_view.js"></script></head><body onload="onLoad()"></body></html>',
    "dh_view.css": "p { color: red }",
    "dh_view.js": "function onLoad() { /* ∞ */ }",
}


def viewer_in(folder: Path, **changed) -> str:
    """The environment's VALGRIND_LIB: a folder with files of a viewer; None: without it."""
    for name, text in {**VIEWER, **changed}.items():
        if text is not None:
            (folder / name).write_text(text, encoding="utf-8")
    return str(folder)


def test_dhat_puts_the_profile_into_valgrinds_viewer(browser, tmp_path):
    program, told = browser
    lib = viewer_in(tmp_path)
    done = view("--dhat", DATA / "own.json", cwd=tmp_path, VALGRIND_LIB=lib, BROWSER=str(program))
    assert (done.returncode, done.stdout) == (0, b"")
    assert done.stderr == b"heapcoach: wrote own.dhat.html\n"
    assert told.read_text() == f"file://{tmp_path}/own.dhat.html"
    text = (tmp_path / "own.dhat.html").read_text(encoding="utf-8")
    elements = Elements(text)
    assert json.loads(elements.data["hc-profile"]) == json.loads((DATA / "own.json").read_text())
    assert json.loads(elements.data["hc-about"]) == {"file": "own.json"}
    assert elements.links == [] and "default-src 'none'" in text
    assert elements.scripts[0].strip() == VIEWER["dh_view.js"] and len(elements.scripts) == 2
    assert elements.sheets[0].strip() == VIEWER["dh_view.css"]
    assert text.endswith('<body onload="onLoad()"></body></html>')


def test_dhat_writes_where_it_is_told_and_keeps_hostile_names_data(tmp_path):
    lib = viewer_in(tmp_path)
    profile = json.loads((DATA / "valgrind.json").read_text())
    for n in range(1, len(profile["ftbl"])):
        profile["ftbl"][n] = f"0x{n:x}: {HOSTILE[n % len(HOSTILE)]} (a.rs:{n})"
    file = tmp_path / "<b> \u2028.json"
    file.write_text(json.dumps(profile, ensure_ascii=False))
    done = view("--dhat", "-o", "x.html", file, cwd=tmp_path, VALGRIND_LIB=lib)
    assert done.stderr == b"heapcoach: wrote x.html\n"
    elements = Elements((tmp_path / "x.html").read_text())
    assert json.loads(elements.data["hc-profile"]) == profile
    assert json.loads(elements.data["hc-about"])["file"] == file.name
    assert len(elements.scripts) == 2


def test_dhat_says_where_the_viewer_is_not(tmp_path):
    own = DATA / "own.json"
    assert str(tmp_path) in refused("--dhat", own, cwd=tmp_path, VALGRIND_LIB=str(tmp_path))


@pytest.mark.parametrize(
    "changed,said",
    [
        ({"dh_view.js": None}, "dh_view.js: cannot open"),
        ({"dh_view.html": "<p>"}, 'expected `<link rel="stylesheet" href="dh_view.css">`'),
        ({"dh_view.html": VIEWER["dh_view.html"].replace("dh_view.js", "x.js")}, "by its button"),
        ({"dh_view.js": "a = '</SCRIPT>'"}, "by its button"),
        ({"dh_view.css": "</style>"}, "by its button"),
    ],
)
def test_dhat_refuses_a_viewer_that_it_does_not_know(changed, said, tmp_path):
    lib = viewer_in(tmp_path, **changed)
    before = os.listdir(tmp_path)
    assert said in refused("--dhat", DATA / "own.json", cwd=tmp_path, VALGRIND_LIB=lib)
    assert os.listdir(tmp_path) == before


def test_dhat_refuses_what_is_no_profile(tmp_path):
    lib = viewer_in(tmp_path)
    bad = tmp_path / "bad.json"
    bad.write_text('{"dhatFileVersion": 2')
    assert str(bad) in refused("--dhat", bad, cwd=tmp_path, VALGRIND_LIB=lib)


# --- over the loopback ---


@contextlib.contextmanager
def served(folder: Path, *more, **env):
    """Host, port and path of a page that is being served; it must end well at Ctrl-C."""
    child = subprocess.Popen(
        [HEAPCOACH, "view", "--serve", "--no-open", *more, DATA / "own.json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=clean_environment(**env),
    )
    try:
        url = child.stdout.readline().decode()
        host, port, path = re.fullmatch(r"http://([\d.]+):(\d+)(/[0-9a-f]{32}/)\n", url).groups()
        yield host, int(port), path
        assert child.poll() is None
        child.send_signal(signal.SIGINT)
        assert child.wait(timeout=TIMEOUT_S) == 0
        assert b"Ctrl-C" in child.stderr.read()
    finally:
        child.kill()
        child.communicate()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    with served(folder) as where:
        yield where
    assert os.listdir(folder) == []


def exchange(server, request: bytes) -> bytes:
    """All that comes back, until the server closes."""
    with socket.create_connection(server[:2], timeout=TIMEOUT_S) as s:
        s.sendall(request)
        return b"".join(iter(lambda: s.recv(65536), b""))


def get(server, target: str, method="GET") -> tuple[str, dict, bytes]:
    answer = exchange(server, f"{method} {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    head, body = answer.split(b"\r\n\r\n", 1)
    status, *lines = head.decode().split("\r\n")
    return status, dict(line.split(": ", 1) for line in lines), body


def test_serving_is_for_this_machine_alone(server):
    assert server[0] == "127.0.0.1"
    with pytest.raises(OSError):
        socket.create_connection(("::1", server[1]), timeout=5)


def test_the_page_is_served(server, tmp_path):
    page(DATA / "own.json", tmp_path)
    status, fields, body = get(server, server[2])
    assert status == "HTTP/1.1 200 OK"
    assert fields["Content-Type"] == "text/html; charset=utf-8"
    assert int(fields["Content-Length"]) == len(body)
    assert body == (tmp_path / "page.html").read_bytes()
    assert get(server, server[2], "HEAD") == (status, fields, b"")


@pytest.mark.parametrize("target", ["/", "/x", "/favicon.ico", "/0123456789abcdef0123456789abcdef/"])
def test_nothing_else_is_served(server, target):
    assert get(server, target)[0] == "HTTP/1.1 404 Not Found"
    assert get(server, server[2] + "../x")[0] == "HTTP/1.1 404 Not Found"
    assert get(server, server[2][:-1])[0] == "HTTP/1.1 404 Not Found"


def test_other_methods_are_refused(server):
    status, fields, _ = get(server, server[2], "POST")
    assert status == "HTTP/1.1 405 Method Not Allowed" and fields["Allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    "request_",
    [
        b"\r\n\r\n",
        b"get / HTTP/1.1\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/2.0\r\n\r\n",
        b"GET /" + b"a" * 200 + b" HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\n\n",
        b"GET \0 HTTP/1.1\r\n\r\n",
    ],
)
def test_garbage_is_refused(server, request_):
    assert exchange(server, request_).startswith(b"HTTP/1.1 40")


def test_a_request_without_end_is_refused(server):
    request = b"GET / HTTP/1.1\r\n" + b"X-Long: " + b"a" * 16384
    assert exchange(server, request[:16383]).startswith(b"HTTP/1.1 431 ")


def test_clients_that_say_nothing_keep_nobody_waiting(server):
    idle = [socket.create_connection(server[:2], timeout=TIMEOUT_S) for _ in range(100)]
    for n, s in enumerate(idle):
        if n % 2:
            s.sendall(b"GET " + server[2].encode())
    assert get(server, server[2])[0] == "HTTP/1.1 200 OK"
    for s in idle:
        s.close()
    assert get(server, server[2])[0] == "HTTP/1.1 200 OK"


def test_clients_that_go_in_the_middle_do_no_harm(server):
    for n in range(20):
        with socket.create_connection(server[:2], timeout=TIMEOUT_S) as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # reset at close
            s.sendall(f"GET {server[2]} HTTP/1.1\r\n\r\n".encode())
            if n % 2:
                s.recv(100)
    assert get(server, server[2])[0] == "HTTP/1.1 200 OK"


def test_valgrinds_viewer_is_served(tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "here").mkdir()
    lib = viewer_in(tmp_path / "lib")
    with served(tmp_path / "here", "--dhat", VALGRIND_LIB=lib) as other:
        assert VIEWER["dh_view.css"].encode() in get(other, other[2])[2]
    assert os.listdir(tmp_path / "here") == []


def test_each_serving_has_a_path_of_its_own(server, tmp_path):
    with served(tmp_path, "--against", DATA / "busy.json") as other:
        assert other[2] != server[2]
        assert b'id="hc-diff"' in get(other, other[2])[2]
