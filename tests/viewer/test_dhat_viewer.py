"""Our profiles open in the two viewers of DHAT files that others wrote: Valgrind's (the real page in
a real browser) and Firefox Profiler's importer (its reading of the file, followed field by field).

Not covered: how the page looks, its sort metrics, files too big for a browser.
"""

import copy
import json
import re
import subprocess
from pathlib import Path

import pytest

from support.paths import HEAPCOACH, TESTS
from support.programs import TIMEOUT_S, heapcoach_run

VIEWER = Path("/usr/libexec/valgrind/dh_view.html")
CHROMIUM = Path("/usr/bin/chromium")

in_browser = pytest.mark.skipif(
    not (VIEWER.exists() and CHROMIUM.exists()), reason="no chromium or no dh_view.html here"
)


@pytest.fixture(scope="module")
def profile(program, tmp_path_factory) -> dict:
    return heapcoach_run([program("threads")], tmp_path_factory.mktemp("viewer")).profile


@pytest.fixture(scope="module")
def shown(profile, program, tmp_path_factory):
    """What the viewer shows of several files, all opened in one browser: by name."""
    folder = tmp_path_factory.mktemp("shown")
    deep = heapcoach_run([program("recursion"), "600"], tmp_path_factory.mktemp("deep")).profile

    repeated = copy.deepcopy(profile)
    repeated["pps"].append(copy.deepcopy(repeated["pps"][0]))
    broken = copy.deepcopy(profile)
    broken["pps"][0]["fs"][1] = len(broken["ftbl"]) + 7
    lacking = copy.deepcopy(profile)
    del lacking["tuth"]

    files = {"good": profile, "deep": deep, "repeated": repeated, "broken": broken,
             "lacking": lacking}  # fmt: skip
    for name, data in files.items():
        (folder / f"{name}.json").write_text(json.dumps(data))
    paths = {name: folder / f"{name}.json" for name in files}
    foreign = TESTS / "cli/data/valgrind.json"
    for name, file in {"own page": paths["good"], "foreign page": foreign}.items():
        paths[name] = folder / f"{name}.html"
        view = [HEAPCOACH, "view", "--dhat", "--no-open", "-o", paths[name], file]
        subprocess.run(view, check=True, stderr=subprocess.DEVNULL)
    done = subprocess.run(
        ["node", TESTS / "viewer/dhat_viewer.mjs", VIEWER, *paths.values()],
        capture_output=True,
        timeout=TIMEOUT_S,
        check=True,
    )
    return {name: got for name, got in zip(paths, json.loads(done.stdout))}


def root_numbers(text: str) -> dict[str, tuple[int, int]]:
    """Bytes and blocks of the lines under the first program point, which is the whole program."""
    root = text[text.index("PP 1/") :]
    found = {}
    for name in ("Total", "At t-gmax", "At t-end"):
        line = re.search(rf"{name}:\s+([\d,]+) bytes.*? in ([\d,]+) blocks", root)
        found[name] = tuple(int(n.replace(",", "")) for n in line.groups())
    return found


@in_browser
@pytest.mark.parametrize("name", ["good", "deep", "own page", "foreign page"])
def test_the_viewer_takes_the_file(shown, name):
    assert shown[name]["error"] is None
    assert shown[name]["pageErrors"] == []
    assert "undefined" not in shown[name]["text"]
    assert "NaN" not in shown[name]["text"] and "∞" not in shown[name]["text"].split("Legend")[0]


@in_browser
def test_the_viewer_shows_the_totals_of_the_file(shown, profile):
    sums = {k: sum(pp[k] for pp in profile["pps"]) for k in ("tb", "tbk", "gb", "gbk", "eb", "ebk")}
    assert root_numbers(shown["good"]["text"]) == {
        "Total": (sums["tb"], sums["tbk"]),
        "At t-gmax": (sums["gb"], sums["gbk"]),
        "At t-end": (sums["eb"], sums["ebk"]),
    }


@in_browser
def test_the_page_of_view_dhat_shows_its_profile_at_once(shown):
    """What the viewer shows of the file that is loaded by hand, its times of loading apart."""
    told = {name: shown[name]["text"].split("Processing time")[0] for name in ("good", "own page")}
    assert told["own page"] == told["good"]
    assert "good.json" in shown["own page"]["title"]
    assert "valgrind.json" in shown["foreign page"]["title"]


@in_browser
def test_the_viewer_shows_functions_and_lines(shown):
    assert re.search(r"fill_boxes \(.*threads\.rs:\d+", shown["good"]["text"])


@in_browser
def test_two_equal_stacks_are_refused(shown):
    assert "repeated location" in shown["repeated"]["error"]


@in_browser
def test_a_missing_field_is_refused(shown):
    assert "missing a field: tuth" in shown["lacking"]["error"]


@in_browser
def test_a_broken_frame_index_is_seen_in_the_text(shown):
    """The viewer says nothing of it: it shows "undefined", which the test above looks for."""
    assert shown["broken"]["error"] is None
    assert "undefined" in shown["broken"]["text"]


# --- what Firefox Profiler's importer reads (profile-logic/import/dhat) ---

IMPORTED_NUMBERS = {
    "tb": "total bytes", "tbk": "total blocks", "tl": "lifetimes",
    "mb": "maximum bytes", "mbk": "maximum blocks",
    "gb": "bytes at the peak", "gbk": "blocks at the peak",
    "eb": "bytes at the end", "ebk": "blocks at the end",
}  # fmt: skip
IMPORTED_FRAME = re.compile(
    r"^0x([0-9a-f]+): (.+) \((?:in )?(.+?)(?::(\d+))?(?::(\d+))?\)$", re.IGNORECASE
)
EXACT_IN_JAVASCRIPT = 2**53 - 1


def problems_of_import(data: dict) -> list[str]:
    """What the importer would stumble over, or silently misread."""
    found = []
    if data.get("dhatFileVersion") != 2 or not isinstance(data["dhatFileVersion"], int):
        found.append("dhatFileVersion is not the number 2")
    for key, kind in {"mode": str, "verb": str, "cmd": str, "pid": int, "te": int, "tu": str,
                      "tg": int, "bklt": bool, "pps": list, "ftbl": list}.items():  # fmt: skip
        if type(data.get(key)) is not kind:
            found.append(f"{key} is not a {kind.__name__}")
    if data["ftbl"][0] != "[root]":
        found.append("the first frame is not [root]")
    if len(set(data["ftbl"])) != len(data["ftbl"]):
        found.append("two frames have the same text")
    for text in data["ftbl"][1:]:
        if not IMPORTED_FRAME.match(text) or re.search(r"[\x00-\x1f]", text):
            found.append(f"not a frame: {text!r}")
    for n, pp in enumerate(data["pps"]):
        for key in IMPORTED_NUMBERS:
            if type(pp.get(key)) is not int or not 0 <= pp[key] <= EXACT_IN_JAVASCRIPT:
                found.append(f"pps[{n}].{key} is {pp.get(key)!r}")
        if not pp["fs"] or not all(0 < i < len(data["ftbl"]) for i in pp["fs"]):
            found.append(f"pps[{n}].fs has an index outside of the frame table")
    if len({tuple(pp["fs"]) for pp in data["pps"]}) != len(data["pps"]):
        found.append("two program points have the same stack")
    return found


def test_firefox_profilers_importer_reads_the_file(profile):
    assert problems_of_import(profile) == []
    assert profile["tu"] == "µs" and profile["Mtu"] == "s" and 0 <= profile["tg"] <= profile["te"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d["pps"][0].update(tb=-1),
        lambda d: d["pps"][0].update(gb=1.5),
        lambda d: d["pps"][0].pop("mbk"),
        lambda d: d["pps"][0]["fs"].append(len(d["ftbl"])),
        lambda d: d["ftbl"].append(d["ftbl"][1]),
        lambda d: d["ftbl"].append("main (main.rs:1)"),
        lambda d: d["pps"].append(d["pps"][0]),
        lambda d: d.update(dhatFileVersion="2"),
    ],
)
def test_the_importers_check_can_fail(profile, spoil):
    data = copy.deepcopy(profile)
    spoil(data)
    assert problems_of_import(data) != []
