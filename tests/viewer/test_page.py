"""The page of `heapcoach view` in a headless Chromium: every view of pages made from real recordings,
its figures against the JSON, keys, links, hostile names, files dropped onto it, light and dark.

Pictures of every view, at two sizes, go to build/viewer/shots for looking at. Not covered: whether they
are beautiful; how fast it is (tests/bench/viewer.py); Firefox (test_firefox.py).
"""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from support import rust
from support.paths import BUILD, HEAPCOACH, TESTS
from support.programs import call, heapcoach_run

from .browser import CHROMIUM, Browser

DATA = TESTS / "cli/data"
SHOTS = BUILD / "viewer/shots"
VIEWS = ["findings", "flame", "timeline", "sites", "about"]
SIZES = [(1280, 800), (1920, 1080)]
# What hides, turns or ends text must be seen as what it is, and run nowhere.
HOSTILE = [
    "<script>window.ran = 1</script>",
    "</script><script>window.ran = 2</script>",
    "<img src=x onerror=window.ran=3>",
    "\u202egnp.exe",
    "quote\"s'&amp;",
    "<!--",
    "zero\u200bwidth",
]

pytestmark = pytest.mark.skipif(
    not (CHROMIUM.exists() and shutil.which("node")), reason="no chromium or no node here"
)


def make_page(folder: Path, profile: Path, *options) -> Path:
    out = folder / f"{profile.stem}.html"
    done = call([HEAPCOACH, "view", "--no-open", "-o", out, *options, profile])
    assert done.returncode == 0, done.stderr
    return out


def recorded(folder: Path, source: Path) -> Path:
    """The profile of a program, built in a folder of its own as src/NAME.rs."""
    (folder / "src").mkdir(parents=True)
    copy = Path(shutil.copy(source, folder / "src"))
    program = folder / source.stem
    flags = ["--edition", "2021", "-C", "opt-level=3", "-g"]
    subprocess.run(["rustc", *flags, "-o", program, copy], check=True)
    run = heapcoach_run([program], folder, cwd=folder)
    assert run.status == 0
    return run.profile_path.rename(folder / f"{source.stem}.json")


class Made:
    """A profile, its page, and what the command says of it."""

    def __init__(self, folder: Path, profile: Path, *options):
        # by usual costs, so that a busy machine gives no other findings
        self.page = make_page(folder, profile, "--costs", "usual", *options)
        self.profile = json.loads(profile.read_text())
        report = [HEAPCOACH, "report", "--costs", "usual", "--format", "json", profile]
        self.report = json.loads(call(report).stdout)
        self.all_findings = json.loads(call([*report, "--all"]).stdout)["findings"]


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Made:
    folder = tmp_path_factory.mktemp("demo")
    return Made(folder, recorded(folder / "p", TESTS / "rust/demo/wordcount.rs"))


@pytest.fixture(scope="module")
def threads(tmp_path_factory) -> Made:
    folder = tmp_path_factory.mktemp("threads")
    return Made(folder, recorded(folder / "p", TESTS / "rust/threads.rs"))


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory) -> Made:
    folder = tmp_path_factory.mktemp("elsewhere")
    return Made(folder, recorded(folder / "p", TESTS / "rust/freed_elsewhere.rs"))


@pytest.fixture(scope="module")
def compared(tmp_path_factory) -> Made:
    folder = tmp_path_factory.mktemp("compared")
    old, new = (
        recorded(folder / side, TESTS / f"diff/{side}/orders.rs") for side in ("before", "after")
    )
    made = Made(folder, new, "--against", old)
    told = call([HEAPCOACH, "diff", "--format", "json", old, new])
    made.diff = json.loads(told.stdout)
    return made


@pytest.fixture(scope="module")
def empty_page(tmp_path_factory) -> Path:
    """As it is made, without any data."""
    page = tmp_path_factory.mktemp("empty") / "empty.html"
    halves = [(BUILD / f"viewer/page_{half}.html").read_text() for half in ("head", "tail")]
    page.write_text("".join(halves))
    return page


@pytest.fixture(scope="module")
def driver():
    browser = Browser()
    yield browser
    browser.close()


@pytest.fixture
def browser(driver):
    """What goes wrong in the page fails the test, whatever it looked at."""
    yield driver
    assert driver.trouble() == []


def shows(text: str, count: int) -> bool:
    """Counts of ten million and more are shown in short."""
    short = f"{count / 1e6:.1f} M" if count >= 10_000_000 else None
    return count in numbers(text) or (short is not None and short in text)


def numbers(text: str) -> list[int]:
    return [int(n.replace(",", "")) for n in re.findall(r"\d[\d,]*", text)]


def fragment(browser) -> str:
    return browser.look("location.hash.slice(1)")


# --- all views ---


def check_layout(browser):
    """Nothing is wider than the page, and no text is drawn over another."""
    assert browser.look("document.documentElement.scrollWidth - innerWidth") <= 0
    texts, overlaps = browser.look((TESTS / "viewer/overlaps.js").read_text())
    assert texts > 20 and overlaps == []


def test_the_check_of_overlaps_can_fail(browser, demo):
    browser.open(demo.page)
    browser.look("document.querySelector('.detail h2').style.marginBottom = '-14px'")
    assert browser.look((TESTS / "viewer/overlaps.js").read_text())[1] != []


# With a detail beside it, zoomed, and compared: where room is scarce.
DETAILS = {
    "finding-all": "view=findings&fsev=all",
    "flame-callers": "view=flame&way=up&q=push",
    "timeline-site": "view=timeline&tsite=l0",
    "site-line": "view=sites&site=l0",
    "site-stack": "view=sites&rows=stack&site=s1",
    "sites-columns": "view=sites&cols=tb.tbk.size.short.life.gb.gbk.eb.ebk.rl.rm.bc.births.fe.points",
    "compare-flame": "view=compare&cpart=flame",
    "compare-lines": "view=compare&cpart=lines",
    "compare-findings": "view=compare&cpart=findings",
}


@pytest.mark.parametrize("width,height", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("what", DETAILS)
def test_every_detail_is_shown(browser, compared, what, width, height, scheme):
    browser.open(compared.page, DETAILS[what], width=width, height=height, scheme=scheme)
    browser.look("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 60)))")
    check_layout(browser)
    browser.shot(SHOTS / f"{what}-{width}-{scheme}.png")


@pytest.mark.parametrize("width,height", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_view_is_shown(browser, demo, width, height, scheme):
    browser.open(demo.page, width=width, height=height, scheme=scheme)
    tabs = browser.texts(".tab")
    assert [re.sub(r"\W*\d*$", "", tab) for tab in tabs] == [
        "Findings", "Flame graph", "Timeline", "Sites", "About"
    ]  # fmt: skip
    for view in VIEWS:
        browser.click(f"#tab-{view}")
        assert browser.look("document.querySelector('.view:not([hidden])').id") == f"view-{view}"
        check_layout(browser)
        browser.shot(SHOTS / f"{view}-{width}-{scheme}.png")
    light = browser.look(
        "(([r, g, b]) => (r + g + b) / 3)(getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number))"
    )
    assert light > 200 if scheme == "light" else light < 60


def test_the_theme_can_be_turned_over(browser, demo):
    browser.open(demo.page)
    before = browser.look("getComputedStyle(document.body).backgroundColor")
    browser.click("#theme")
    assert browser.look("getComputedStyle(document.body).backgroundColor") != before


# --- findings ---


def test_the_top_finding_is_on_the_first_screen(browser, demo):
    """Its line with source, what happens, what to do and the saving, without scrolling."""
    top = demo.report["findings"][0]
    browser.open(demo.page)
    pane = browser.text(".detail")
    assert top["title"].lower() in pane.lower()
    assert f"wordcount.rs:{top['location']['line']}" in pane
    for key in ("what", "advice"):
        assert top[key].split("\n")[0].replace("`", "") in pane
    bottoms = browser.look("""[...document.querySelectorAll('.detail h2, .detail .place, .detail .block')]
        .slice(0, 4).map((n) => n.getBoundingClientRect().bottom)""")
    assert len(bottoms) == 4 and max(bottoms) <= 800
    marked = demo.profile["heapcoach"]["program"]["cwd"] + "/src/wordcount.rs"
    line = Path(marked).read_text().splitlines()[top["location"]["line"] - 1]
    assert line.strip() in pane


def test_all_findings_are_listed_in_the_reports_order(browser, demo):
    browser.open(demo.page)
    titles = [t.lower() for t in browser.texts("#finding-list .card-title")]
    assert titles == [f["title"].lower() for f in demo.report["findings"]] != []
    browser.click("#show-light")
    titles = [t.lower() for t in browser.texts("#finding-list .card-title")]
    assert titles == [f["title"].lower() for f in demo.all_findings]


def test_keys_work_before_anything_has_the_focus(browser, demo):
    browser.open(demo.page, "fsev=all")
    browser.press("ArrowDown")
    assert demo.all_findings[1]["title"].lower() in browser.text(".detail h2").lower()
    browser.open(demo.page, "view=flame")
    browser.press("ArrowDown", "ArrowDown", "Enter")
    assert "zoom=" in fragment(browser)
    browser.open(demo.page, "view=sites&site=l0")
    browser.press("Escape")
    assert browser.look("document.querySelector('.side.open')") is None


def test_findings_are_walked_by_arrows_and_filtered_by_search(browser, demo):
    browser.open(demo.page, "fsev=all")
    browser.click("#finding-list")
    browser.press("Home", "ArrowDown")
    second = demo.all_findings[1]
    assert second["title"].lower() in browser.text(".detail h2").lower()
    assert f"finding={second['id']}" in fragment(browser)
    browser.press("/")
    browser.type(second["rule"])
    same = [f for f in demo.all_findings if f["rule"] == second["rule"]]
    assert len(same) <= len(browser.texts("#finding-list .card")) < len(demo.all_findings)
    browser.press("Escape")
    assert browser.look("document.activeElement.id") == "finding-list"


def test_a_finding_leads_to_its_stack_its_site_and_the_graph(browser, demo):
    browser.open(demo.page)
    browser.click(".detail summary >> nth=0")
    function = demo.report["findings"][0]["location"]["function"]
    assert function in browser.text(".detail details[open]")
    browser.click("text=Site detail")
    assert function.split("::")[-1] in browser.text(".side h2")
    browser.click(".side >> text=In the flame graph")
    assert "view=flame" in fragment(browser) and "zoom=" in fragment(browser)


def choose(browser, label: str, value: str):
    """Of a menu with a label, as a hand does."""
    browser.look(f"""(() => {{
        const menu = document.querySelector('.view:not([hidden]) select[aria-label="{label}"]');
        menu.value = {json.dumps(value)};
        menu.dispatchEvent(new Event('change'));
        return menu.value;
    }})()""")


@pytest.mark.parametrize(
    "menu,of",
    [
        ("Rule", lambda f: f["rule"]),
        ("Crate", lambda f: f["crate"]),
        ("File", lambda f: f["location"]["file"]),
    ],
)
def test_findings_are_filtered_by_rule_crate_and_file(browser, demo, menu, of):
    browser.open(demo.page, "fsev=all")
    top = demo.all_findings[0]
    choose(browser, menu, of(top))
    wanted = [f["title"].lower() for f in demo.all_findings if of(f) == of(top)]
    assert [t.lower() for t in browser.texts("#finding-list .card-title")] == wanted
    choose(browser, menu, "")
    assert len(browser.texts("#finding-list .card")) == len(demo.all_findings)


def test_code_in_advice_is_shown_as_code(browser, demo):
    marked = {f["id"]: re.findall("`([^`]+)`", f["advice"]) for f in demo.all_findings}
    chosen = next(f for f in demo.all_findings if marked[f["id"]])
    browser.open(demo.page, f"fsev=all&finding={chosen['id']}")
    assert "`" not in browser.text(".detail")
    code = set(browser.texts(".detail code.inline"))
    assert {*marked[chosen["id"]], chosen["location"]["function"]} <= code


DEPENDENCYS = {
    "rule": "growth", "severity": "medium", "confidence": "low", "title": "t", "what": "w", "advice": "a",
    "scope": "dependency", "crate": "csv", "saving": {"ns": 1300000}, "evidence": {},
    "location": {"function": "csv::read", "file": "/h/registry/src/index/csv-1.0.0/src/reader.rs", "line": 7},
    "caller": {"function": "app::load", "file": "/h/app/main.rs", "line": 3},
}  # fmt: skip


@pytest.mark.parametrize("scope, title", [("dependency", "What crate csv does more in this call (2)"), ("own", "Also at this line (2)")])
def test_what_goes_with_a_finding_is_told_with_its_place(scope, title, browser, demo):
    other = {**DEPENDENCYS, "scope": scope, "location": {**DEPENDENCYS["location"], "line": 19}}
    finding = {**DEPENDENCYS, "scope": scope, "also": [other, other]}
    browser.open(demo.page)
    text = browser.look(f"""(() => {{
        const app = {{ base: "/h/app", profile: {{ count: 0 }}, source: () => null }};
        return heapcoach.dom.el("div", {{}}, heapcoach.finding.detail(app, {json.dumps(finding)})).textContent;
    }})()""")
    assert title in text
    # of the user's own the place is that of the line that leads
    assert text.count("csv-1.0.0/src/reader.rs:19, saves about 1.3 ms") == (2 if scope == "dependency" else 0)


def test_a_finding_is_copied_as_markdown(browser, demo):
    top = demo.report["findings"][0]
    browser.open(demo.page)
    browser.look("""Object.defineProperty(navigator, 'clipboard', {value: {writeText: (text) => {
        window.copied = text;
        return Promise.resolve();
    }}})""")
    browser.click("#copy-markdown")
    browser.wait("document.querySelector('#toast.shown')")
    text = browser.look("window.copied")
    assert text.lower().startswith(f"### {top['title'].lower()}\n")
    assert f"`{top['location']['function']}` at `src/wordcount.rs:{top['location']['line']}`" in text
    assert all(span in text for span in re.findall("`[^`]+`", top["advice"]))
    assert f"```rust\n{top['code']}" in text
    assert browser.text("#toast") == "Copied"


# --- flame graph ---


def said(browser) -> str:
    """What the graph tells of the box that has the focus."""
    return browser.look(
        "document.getElementById(document.querySelector('.view:not([hidden]) [aria-activedescendant]')"
        ".getAttribute('aria-activedescendant')).textContent"
    )


@pytest.mark.parametrize("made", ["demo", "threads"])
@pytest.mark.parametrize(
    "metric,key", [("blocks", "blocks"), ("peak_blocks", "peak_blocks"), ("end_blocks", "end_blocks"), ("reallocs", "reallocs")]
)  # fmt: skip
@pytest.mark.parametrize("way", ["down", "up"])
def test_the_graphs_root_is_the_total(browser, request, made, metric, key, way):
    made = request.getfixturevalue(made)
    total = made.profile["heapcoach"]["totals"][key]
    browser.open(made.page, f"view=flame&metric={metric}&way={way}")
    browser.press("2", "ArrowUp")
    assert total in numbers(said(browser)), (total, said(browser))


def test_the_graph_is_zoomed_and_left_by_keys(browser, demo):
    browser.open(demo.page, "view=flame")
    browser.press("2", "ArrowUp", "ArrowDown")
    assert "main" in said(browser)
    browser.press("ArrowDown", "Enter")
    assert "zoom=" in fragment(browser)
    crumbs = browser.texts(".crumb")
    assert len(crumbs) >= 3
    browser.press("Escape")
    assert len(browser.texts(".crumb")) == len(crumbs) - 1


def test_searching_the_graph_tells_the_share_that_matches(browser, demo):
    browser.open(demo.page, "view=flame&metric=blocks")
    browser.press("2", "/")
    browser.type("count_words")
    browser.wait("document.querySelector('.view-flame .found').textContent")
    p = demo.profile
    blocks = sum(
        pp["tbk"] for pp in p["pps"] if any("count_words" in p["ftbl"][i] for i in pp["fs"])
    )
    found = browser.text(".view-flame .found")
    assert blocks in numbers(found)
    total = p["heapcoach"]["totals"]["blocks"]
    assert f"{100 * blocks / total:.0f} %" in found


def test_the_graph_shows_a_tip_under_the_mouse(browser, demo):
    browser.open(demo.page, "view=flame")
    browser.do("hover", selector="#flame-focus >> xpath=.. >> canvas", at={"x": 300, "y": 40})
    tip = browser.text(".tip:not([hidden])")
    assert "main" in tip and "of all" in tip


@pytest.mark.parametrize("group", ["crate", "thread"])
def test_the_graph_is_grouped(browser, threads, group):
    browser.open(threads.page, f"view=flame&group={group}&metric=blocks")
    browser.press("2", "ArrowUp")
    assert threads.profile["heapcoach"]["totals"]["blocks"] in numbers(said(browser))
    browser.press("ArrowDown")
    names = {t["name"] for t in threads.profile["heapcoach"]["threads"]} if group == "thread" else {"threads", "std", "alloc"}
    assert any(name in said(browser) for name in names), said(browser)


# --- timeline ---


def test_the_timeline_marks_the_peak_and_a_sites_own_line(browser, demo):
    browser.open(demo.page, "view=timeline")
    text = browser.text(".view-timeline")
    line = browser.look("heapcoach.timeline.ofProfile(heapcoach.app.profile)")
    stated = demo.profile["heapcoach"]["timeline"]
    assert [line["peak"][k] for k in ("bytes", "blocks")] == stated["peak"][1:]
    assert line["bytes"] == [point[1] for point in stated["points"]] and len(line["bytes"]) > 20
    for heading in ("Live bytes", "Live blocks", "Allocation rate"):
        assert heading in text
    marks = browser.texts(".view-timeline .chart-mark")
    assert [m.rsplit(" at ", 1)[0] for m in marks] == [
        f"peak {stated['peak'][1] / 1e6:.1f} MB", f"at the peak of bytes: {stated['peak'][2]:,}"
    ]  # fmt: skip
    outside = browser.look("""[...document.querySelectorAll('.view-timeline .chart-mark')].filter((mark) => {
        const m = mark.getBoundingClientRect(), c = mark.parentNode.getBoundingClientRect();
        return m.left < c.left || m.right > c.right || m.top < c.top || !m.width;
    }).length""")
    assert outside == 0
    charts = browser.look("document.querySelectorAll('.view-timeline svg, .view-timeline canvas').length")
    browser.click("#tab-sites")
    browser.press("4", "ArrowDown", "Enter")
    browser.click(".side >> text=In the timeline")
    assert "tsite=l" in fragment(browser)
    assert browser.look("document.querySelectorAll('.view-timeline svg, .view-timeline canvas').length") >= charts


# --- sites ---


def column(browser, title: str) -> list[str]:
    at = [re.sub(r"\W+$", "", t) for t in browser.texts(".table-head .cell")].index(title)
    rows = browser.look("""[...document.querySelectorAll('.table-row')]
        .sort((a, b) => a.ariaRowIndex - b.ariaRowIndex).map((r) => [...r.children].map((c) => c.innerText))""")
    return [row[at] for row in rows]


def test_the_table_has_the_reports_lines(browser, demo):
    browser.open(demo.page, "view=sites&sort=tbk")
    sites = sorted(demo.report["sites"], key=lambda s: -s["blocks"])
    assert column(browser, "Blocks") == [f"{s['blocks']:,}" for s in sites]
    assert [int(p.rsplit(":", 1)[1]) for p in column(browser, "Line")] == [
        s["location"]["line"] for s in sites
    ]
    assert [n.replace(",", "") for n in column(browser, "Reallocs")] == [
        str(s["reallocs"]) for s in sites
    ]


def test_the_table_has_a_row_for_each_stack(browser, demo):
    browser.open(demo.page, "view=sites&rows=stack&sort=tbk")
    counts = sorted((pp["tbk"] for pp in demo.profile["pps"]), reverse=True)
    shown = [int(n.replace(",", "")) for n in column(browser, "Blocks")]
    assert shown == counts[: len(shown)] and len(shown) > 5
    assert numbers(browser.text(".view-sites .bar-note"))[:2] == [len(counts), len(counts)]


def test_the_table_is_sorted_searched_and_opened_by_hand_and_key(browser, demo):
    browser.open(demo.page, "view=sites")
    browser.click(".table-head >> text=Blocks")
    assert "sort=tbk" in fragment(browser)
    browser.click(".table-head >> text=Blocks")
    rising = [int(n.replace(",", "")) for n in column(browser, "Blocks")]
    assert rising == sorted(rising)
    browser.press("/")
    browser.type("most_frequent")
    assert set(column(browser, "Function")) == {"wordcount::most_frequent"}
    browser.press("Escape", "ArrowDown", "Enter")
    assert browser.text(".side h2") == "wordcount::most_frequent"
    browser.press("Escape")
    assert browser.look("document.querySelector('.side.open')") is None


def test_a_sites_detail_has_its_figures(browser, demo):
    site = max(demo.report["sites"], key=lambda s: s["reallocs"])
    browser.open(demo.page, "view=sites&sort=rl&cols=")
    browser.press("4", "ArrowDown", "Enter")
    side = browser.text(".side")
    assert f"{site['blocks']:,}" in side and f"{site['reallocs']:,}" in side
    for heading in ("Growth", "Sizes", "Lifetimes", "Stack"):
        assert heading.lower() in side.lower()


def bars_of(browser, title: str) -> list[list[str]]:
    """Label and count of the bars below a heading of the site's detail."""
    return browser.look(f"""[...document.querySelectorAll('.side section')]
        .filter((s) => s.querySelector('h3') && s.querySelector('h3').firstChild.data === {json.dumps(title)})
        .flatMap((s) => [...s.querySelectorAll('.bar-row')].map((r) => [r.children[0].innerText, r.children[2].innerText]))""")


def test_threads_that_allocate_and_free_are_named(browser, threads, elsewhere):
    browser.open(threads.page, "view=sites&sq=fill_boxes&sort=tbk")
    browser.press("4", "ArrowDown", "Enter")
    allocate, free = bars_of(browser, "Threads that allocate"), bars_of(browser, "Threads that free")
    assert len(allocate) == 4 and {n for _, n in allocate} == {"100"}
    assert sorted(free) == sorted(allocate)
    browser.open(elsewhere.page, "view=sites&sq=make_boxes&sort=tbk")
    browser.press("4", "ArrowDown", "Enter")
    main = f"{elsewhere.profile['heapcoach']['threads'][0]['name']} #0"
    assert bars_of(browser, "Threads that free") == [[main, "500"]]
    assert main not in [name for name, _ in bars_of(browser, "Threads that allocate")]
    assert "500 of 500 blocks died in another thread" in browser.text(".side")


def test_columns_are_chosen(browser, demo):
    browser.open(demo.page, "view=sites")
    assert "Copied" not in browser.text(".table-head")
    browser.click("#column-menu summary")
    browser.click("#column-menu >> text=Copied")
    copied = [n for n in column(browser, "Copied") if n != "0"]
    assert copied and "bc" in fragment(browser)
    browser.click("#column-menu >> text=Copied")
    assert "Copied" not in browser.text(".table-head")
    is_open = "document.querySelector('#column-menu').open"
    assert browser.look(is_open)
    browser.press("Escape")
    assert not browser.look(is_open)
    browser.click("#column-menu summary")
    browser.click(".view-sites .bar-note")
    assert not browser.look(is_open)


def test_beside_an_open_detail_the_sorted_column_stays_in_sight(browser, demo):
    browser.open(demo.page, "view=sites&sort=rl&site=l0")
    titles = [re.sub(r"\W+$", "", t) for t in browser.texts(".table-head .cell")]
    assert titles[:2] == ["Function", "Line"] and "Reallocs" in titles
    wide = "(([t]) => t.scrollWidth - t.clientWidth)(document.querySelectorAll('.table'))"
    assert browser.look(wide) <= 0
    browser.press("Escape")
    assert "Crate" in browser.text(".table-head")


# --- compare ---


def test_what_changed_is_shown(browser, compared):
    browser.open(compared.page, "view=compare")
    check_layout(browser)
    totals = browser.text(".view-compare .totals")
    old, new = (compared.diff["totals"]["blocks"][side] for side in ("old", "new"))
    assert f"{new:,}" in totals and f"{old:,}" in totals
    for part in ("flame", "lines", "findings"):
        browser.open(compared.page, f"view=compare&cpart={part}")
        check_layout(browser)
    findings = browser.text(".view-compare").lower()
    for fixed in compared.diff["findings"]["fixed"]:
        assert fixed["old"]["title"].lower() in findings
    assert compared.diff["findings"]["fixed"]
    browser.open(compared.page, "view=compare&cpart=lines")
    lines = browser.text(".view-compare")
    assert "squares" in lines and "longest" in lines


def test_the_differential_graph_is_red_and_blue(browser, compared):
    browser.open(compared.page, "view=compare&cpart=flame")
    seen = browser.look("""(() => {
        const c = document.querySelector('.view-compare canvas');
        const {data} = c.getContext('2d').getImageData(0, 0, c.width, c.height);
        let red = 0, blue = 0;
        for (let i = 0; i < data.length; i += 4) {
            red += data[i] - data[i + 2] > 60;
            blue += data[i + 2] - data[i] > 40;
        }
        return [red, blue];
    })()""")
    assert min(seen) > 1000, seen


def test_a_changed_line_leads_to_its_detail(browser, compared):
    browser.open(compared.page, "view=compare&cpart=lines")
    browser.click(".view-compare .table-row >> text=orders::squares")
    assert browser.text(".side h2") == "orders::squares"
    browser.open(compared.page, "view=compare&cpart=lines")
    browser.click(".view-compare .table-row >> text=orders::longest")
    assert "not allocate any more" in browser.text("#toast")
    assert "src/orders.rs" in browser.text(".view-compare") and "/before/" not in browser.text(".view-compare")


def test_without_an_older_profile_there_is_no_comparison(browser, demo):
    browser.open(demo.page, "view=compare")
    assert browser.look("document.querySelector('#tab-compare')") is None
    assert browser.look("document.querySelector('.view:not([hidden])').id") == "view-findings"


# --- about ---


def test_about_is_honest(browser, demo):
    browser.open(demo.page, "view=about")
    text = browser.text(".view-about")
    recorder = demo.profile["heapcoach"]["recorder"]
    assert recorder["events_missed_early"] == 0 and "Nothing was missed" in text
    assert demo.profile["heapcoach"]["program"]["build_id"][:12] in text
    for word in ("short-lived", "at peak", "birth site"):
        assert word in text.lower()


def test_an_allocator_of_the_programs_own_is_told(browser, demo, tmp_path):
    said = "The program's allocator is mimalloc: what Rust's code asks of it is recorded"
    for in_part in (False, True):
        changed = json.loads(json.dumps(demo.profile))
        changed["heapcoach"]["program"] |= {"allocator": "mimalloc", "allocator_in_part": in_part}
        profile = tmp_path / "changed.json"
        profile.write_text(json.dumps(changed))
        browser.open(make_page(tmp_path, profile), "view=about")
        text = browser.text(".view-about")
        assert (said in text) == ("Nothing was missed" in text) == (not in_part)
        assert ("Not all is counted: calls of mimalloc" in text) == in_part


def test_estimates_are_called_so(browser, tmp_path):
    profile = tmp_path / "sampled.json"
    run = ["run", "-q", "--sample", "4k", "-o", profile, "--", rust.build("vec_growth")]
    assert call([HEAPCOACH, *run]).returncode == 0
    sampling = json.loads(profile.read_text())["heapcoach"]["sampling"]
    browser.open(make_page(tmp_path, profile), "view=about")
    text = browser.text(".view-about")
    assert f"All figures are estimates, from {sampling['sampled']:,} blocks" in text
    assert "No sample was missed" in text and "every allocation is counted" not in text
    assert "realloc" not in browser.text("#stats")


# --- links ---


LINKS = [
    "view=findings&fsev=all",
    "view=flame&metric=blocks&way=up&q=alloc",
    "view=flame&group=crate&std=shown",
    "view=timeline",
    "view=sites&rows=stack&sort=tbk&rising=1",
    "view=sites&sort=rl&site=l0",
    "view=about",
]


def picture(browser):
    """Text, controls and canvases of what is shown, once it is drawn."""
    browser.look("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 60)))")
    return browser.look("""(() => {
        const view = document.querySelector('.view:not([hidden])');
        return [view.innerText, [...view.querySelectorAll('input, select')].map((n) => [n.value, n.checked]),
                [...view.querySelectorAll('canvas')].map((c) => c.toDataURL())];
    })()""")


@pytest.mark.parametrize("link", LINKS)
def test_a_link_opens_the_same_view_again(browser, demo, link):
    browser.open(demo.page, link)
    browser.click("#tab-sites")
    browser.click(f"#tab-{re.search('view=([a-z]+)', link).group(1)}")
    first, address = picture(browser), fragment(browser)
    browser.open(demo.page, address)
    assert picture(browser) == first


def test_the_browsers_way_back(browser, demo):
    browser.open(demo.page)
    browser.click("#tab-flame")
    browser.click("#tab-about")
    browser.look("history.back()")
    browser.wait("!document.querySelector('#view-flame').hidden")


@pytest.mark.parametrize(
    "link", ["view=none&sort=x&site=l99999&zoom=a%3Eb&metric=q", "site=s-1&view=sites", "__proto__=1&view=flame&zoom=%5C"]
)  # fmt: skip
def test_a_link_of_nonsense_does_no_harm(browser, demo, link):
    browser.open(demo.page, link)
    assert browser.look("document.querySelector('.view:not([hidden])').innerText.length") > 20


# --- names of strangers ---


@pytest.mark.parametrize("where", ["own", "foreign"])
def test_hostile_names_are_text(browser, where, tmp_path):
    profile = json.loads((DATA / ("own.json" if where == "own" else "valgrind.json")).read_text())
    for n in range(1, len(profile["ftbl"])):
        name = HOSTILE[n % len(HOSTILE)]
        profile["ftbl"][n] = f"0x{n:x}: {name} (src/{name.replace('/', '')}.rs:{n})"
        if where == "own":
            frame = profile["heapcoach"]["frames"][n]
            frame["fn"] = frame["crate"] = frame["name"] = name
            frame["file"] = f"/home/{name}.rs"
    profile["cmd"] = HOSTILE[1]
    if where == "own":
        for thread in profile["heapcoach"]["threads"]:
            thread["name"] = HOSTILE[1]
    file = tmp_path / "hostile.json"
    file.write_text(json.dumps(profile))
    page = make_page(tmp_path, file, "--against", file)
    browser.open(page)
    scripts = browser.look("document.scripts.length")
    seen = ""
    for tab in browser.look("[...document.querySelectorAll('.tab')].map((t) => t.id)"):
        browser.click(f"#{tab}")
        seen += browser.text("body")
    browser.open(page, "view=sites&rows=stack")
    browser.press("4", "ArrowDown", "Enter")
    seen += browser.text("body")
    assert browser.look("window.ran") is None
    assert browser.look("document.scripts.length") == scripts
    assert browser.look("document.querySelector('img')") is None
    assert "<script>" in seen
    assert "\u202e" not in seen and "\u200b" not in seen


# --- files dropped onto the page ---


def test_the_page_without_data_asks_for_a_file(browser, empty_page):
    browser.open(empty_page)
    assert "Drop a heap profile here" in browser.text("#drop")
    browser.shot(SHOTS / "drop-1280-light.png")


@pytest.mark.parametrize("name", ["valgrind", "dhat-rs", "own", "busy"])
@pytest.mark.parametrize("how", ["drop", "choose"])
def test_any_dhat_file_is_read(browser, empty_page, name, how):
    file = DATA / f"{name}.json"
    profile = json.loads(file.read_text())
    browser.open(empty_page)
    if how == "drop":
        browser.do("drop", file=str(file))
    else:
        browser.do("choose", selector="#file-input", file=str(file))
    browser.wait("document.querySelector('#view-flame')")
    browser.look("heapcoach.app.set({metric: 'blocks'})")
    browser.press("2", "ArrowUp")
    assert shows(said(browser), sum(pp["tbk"] for pp in profile["pps"]))
    for tab in browser.look("[...document.querySelectorAll('.tab')].map((t) => t.id)"):
        browser.click(f"#{tab}")
        assert len(browser.text(".view:not([hidden])")) > 20


BROKEN = {
    "no JSON": b"{",
    "nothing": b"",
    "bytes": bytes(range(256)) * 40,
    "another JSON": b'{"a": [1, 2, 3]}',
    "a list": b"[]",
    "a later version": b'{"dhatFileVersion": 3}',
}


def spoilt(change) -> bytes:
    profile = json.loads((DATA / "own.json").read_text())
    change(profile)
    return json.dumps(profile).encode()


BROKEN |= {
    "a frame that is not there": spoilt(lambda p: p["pps"][0]["fs"].append(9999)),
    "a negative size": spoilt(lambda p: p["pps"][0].update(tb=-1)),
    "a text for a number": spoilt(lambda p: p["pps"][0].update(tbk="<b>")),
    "no stacks": spoilt(lambda p: p.update(pps={})),
    "no frames": spoilt(lambda p: p.pop("ftbl")),
    "a cut file": (DATA / "own.json").read_bytes()[:2000],
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_file_gives_a_message_in_the_page(browser, empty_page, demo, what, tmp_path):
    file = tmp_path / "bad.json"
    file.write_bytes(BROKEN[what])
    browser.open(empty_page)
    browser.do("drop", file=str(file))
    browser.wait("document.querySelector('#problem')")
    assert browser.text("#problem").startswith("bad.json: ")
    assert len(browser.text("#problem")) > 25
    # what was shown before stays
    browser.open(demo.page, "view=sites")
    browser.do("drop", file=str(file))
    browser.wait("document.querySelector('#problem')")
    assert "wordcount" in browser.text(".view:not([hidden])")
    browser.click(".banner button")
    assert browser.look("document.querySelector('.banner')") is None


def test_a_page_that_was_cut_off_says_so(browser, demo, tmp_path):
    text = demo.page.read_text()
    at = text.index('id="hc-profile">')
    tail = (BUILD / "viewer/page_tail.html").read_text()
    (tmp_path / "cut.html").write_text(text[: at + 5000] + "</script>\n" + tail)
    browser.open(tmp_path / "cut.html")
    assert len(browser.text("#problem")) > 25
