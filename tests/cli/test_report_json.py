"""`heapcoach report --format json`: schema heapcoach-report/1, figures that can be derived from
tests/cli/data/own.json by hand."""

import json
from pathlib import Path

from support.paths import HEAPCOACH
from support.programs import call

DATA = Path(__file__).parent / "data"


def report(*arguments) -> dict:
    done = call([HEAPCOACH, "report", "--format", "json", *arguments], cwd=DATA)
    assert (done.returncode, done.stderr) == (0, b"")
    return json.loads(done.stdout)


def test_has_the_keys_of_its_schema():
    got = report("own.json")
    assert got["schema"] == "heapcoach-report/1"
    assert list(got) == [
        "schema", "profile", "program", "totals", "sites", "findings", "findings_left_out",
        "nearest_misses", "rules_not_judged", "crates", "allocator", "sampling", "recorder",
        "warnings",
    ]  # fmt: skip
    assert got["warnings"] == []
    assert got["program"]["args"] == ["./demo", "--lines", "1000"]


def test_totals_are_those_of_the_profile():
    totals = report("own.json")["totals"]
    wanted = json.loads((DATA / "own.json").read_text())["heapcoach"]["totals"]
    assert {k: totals[k] for k in wanted} == wanted


def test_sites_are_named_by_the_users_own_line():
    sites = report("own.json")["sites"]
    assert [s["location"] for s in sites] == [
        {"function": "demo::read_numbers", "file": "/home/user/demo/src/main.rs", "line": 9},
        {"function": "demo::main::{closure#0}", "file": "/home/user/demo/src/main.rs", "line": 14},
        {"function": "demo::model::keep", "file": "/home/user/demo/src/model.rs", "line": 5},
        {"function": "std::io::stdio::stdout", "file": "/rustc/0123/library/std/src/io/stdio.rs",
         "line": 719},
    ]
    assert [s["basis"] for s in sites] == ["own", "own", "own", "std"]
    assert [s["via"][0]["function"] for s in sites][:3] == [
        "Vec::push", "String::to_string", "value::to_value"
    ]  # fmt: skip


def test_a_dependency_is_named_with_the_line_that_called_it():
    site = report("own.json")["sites"][2]
    assert site["crate"] == "demo"
    assert site["inside"]["crate"] == "serde_json"
    assert site["inside"]["line"] == 99
    assert "inside" not in report("own.json")["sites"][0]


def test_figures_of_a_site():
    site = report("own.json")["sites"][0]
    wanted = {
        "bytes": 9000000, "blocks": 3000, "peak_bytes": 5000000, "peak_blocks": 1000,
        "end_bytes": 0, "end_blocks": 0, "reallocs": 2000, "reallocs_moved": 500,
        "bytes_copied": 1000000, "births": 1000, "points": 1, "short_lived_blocks": 0,
    }  # fmt: skip
    assert {k: site[k] for k in wanted} == wanted
    assert site["rank"] == {"bytes": 1, "blocks": 2, "peak_bytes": 1, "short_lived_blocks": 0}
    assert [f["function"] for f in site["stack"]][:2] == ["realloc", "alloc::raw_vec::finish_grow"]


def test_the_sites_make_up_the_program():
    for name in ("own.json", "valgrind.json", "dhat-rs.json"):
        got = report(name)
        for metric in ("bytes", "blocks", "peak_bytes", "end_bytes", "short_lived_blocks"):
            assert sum(s[metric] for s in got["sites"]) == got["totals"][metric], (name, metric)


def test_short_life_is_estimated_within_a_bucket(tmp_path):
    """10 µs are 20 units of 500 ns: a quarter of bucket 4, which is 16 to 31."""
    profile = json.loads((DATA / "own.json").read_text())
    profile["pps"][0]["hc"]["luh"] = [[3, 100], [4, 400], [5, 500]]
    file = tmp_path / "p.json"
    file.write_text(json.dumps(profile))
    sites = {s["location"]["function"]: s["short_lived_blocks"] for s in report(file)["sites"]}
    assert sites["demo::read_numbers"] == 200


def test_points_of_one_line_are_one_site(tmp_path):
    profile = json.loads((DATA / "own.json").read_text())
    more = dict(profile["pps"][1], fs=[7, 8, 9, 6], tb=5, tbk=1)
    profile["pps"].append(more)
    file = tmp_path / "p.json"
    file.write_text(json.dumps(profile))
    site = next(s for s in report(file)["sites"] if s["location"]["line"] == 14)
    assert (site["points"], site["bytes"], site["blocks"]) == (2, 1600005, 100001)
    assert len(site["stack"]) == 5  # of the point with more bytes


def test_a_line_that_allocates_in_several_ways_names_them_all(tmp_path):
    profile = json.loads((DATA / "own.json").read_text())
    profile["pps"].append(dict(profile["pps"][1], fs=[7, 3, 4, 5, 6], tb=32000, tbk=2000))
    profile["pps"].append(dict(profile["pps"][1], fs=[7, 8, 4, 5, 6], tb=6000, tbk=500))
    profile["pps"].append(dict(profile["pps"][1], fs=[7, 4, 5, 6], tb=1, tbk=1))
    file = tmp_path / "p.json"
    file.write_text(json.dumps(profile))
    assert report(file)["sites"][0]["via"] == [
        {"function": "Vec::push", "bytes": 9032000, "blocks": 5000},
        {"function": "String::to_string", "bytes": 6000, "blocks": 500},
        {"function": "", "bytes": 1, "blocks": 1},
    ]
    text = call([HEAPCOACH, "report", file]).stdout.decode()
    assert "via Vec::push (9.0 MB, 5,000 blocks), String::to_string (6,000 B, 500 blocks)," in text


def test_counters_keep_64_bits(tmp_path):
    text = (DATA / "own.json").read_text().replace('"tb": 9000000', '"tb": 9007199254740993')
    file = tmp_path / "p.json"
    file.write_text(text)
    assert report(file)["sites"][0]["bytes"] == 9007199254740993


def test_the_honesty_block():
    recorder = report("own.json")["recorder"]
    assert recorder["sealed"] is True
    assert recorder["events_missed"] == {"early": 0, "reentrant": 0, "no_room": 0, "total": 0}
    assert recorder["walks"]["slow"] == 11
    assert recorder["stacks"] == {
        "whole": 103401, "cut_by_depth": 0, "lost": 0, "unrecorded": 0
    }  # fmt: skip
    assert recorder["memory_bytes"] == 1048576


def test_profiles_of_others():
    valgrind = report("valgrind.json")
    assert valgrind["recorder"] is None
    assert "not heapcoach's own" in valgrind["warnings"][0]
    grow = valgrind["sites"][0]
    assert grow["location"] == {"function": "grow", "file": "tiny.rs", "line": 5}
    assert (grow["bytes"], grow["blocks"]) == (16352, 9)  # 32+64+...+8192, nine times
    rust = report("dhat-rs.json")
    assert [s["location"]["function"] for s in rust["sites"]] == [
        "words::Reader::fill", "words::Table::key::{{closure}}", "words::main"
    ]
    assert rust["sites"][2]["inside"]["crate"] == "serde_json"


def test_top_limits_json_only_when_given():
    assert len(report("own.json")["sites"]) == 4
    assert len(report("--top", "1", "own.json")["sites"]) == 2


def test_same_profile_same_bytes():
    command = [HEAPCOACH, "report", "--format=json", "own.json"]
    assert call(command, cwd=DATA).stdout == call(command, cwd=DATA).stdout
