"""The advice on programs of published crates is what VERDICTS.md judged: no finding above severity low
that was not judged, none that was judged to be wrong, and those that always come, come.

The savings told and measured there are not checked again; what the machine does in the meantime
moves a finding near its gate above it or below, hence "always" for some only.
"""

import re
import shutil
import subprocess
from collections import defaultdict
from dataclasses import dataclass

import pytest

from rules import corpus
from support import cargo
from support.paths import BUILD, TESTS

VERDICTS = TESTS / "real/VERDICTS.md"
SOURCES = TESTS / "real/crates-advice/src/bin"
ROW = re.compile(r"^\| (?P<rule>[a-z-]+) \| (?P<place>\w+\.rs:\d+) \| (?P<verdict>right|wrong)(?P<always>, always)? \|", re.M)

needs_cargo = pytest.mark.skipif(shutil.which("cargo") is None, reason="no cargo here")


@dataclass
class Verdict:
    right: bool
    always: bool


def verdicts() -> dict[str, dict[tuple[str, str], Verdict]]:
    """Of each program: by rule and place."""
    found = defaultdict(dict)
    for row in ROW.finditer(VERDICTS.read_text()):
        program = row["place"].partition(".")[0]
        found[program][row["rule"], row["place"]] = Verdict(row["verdict"] == "right", bool(row["always"]))
    return found


def told(binary: str, profile: str = "release") -> list[corpus.Told]:
    return corpus.read_report(corpus.profile_of(cargo.build(profile, "crates-advice", binary), profile))


def places(binary: str, one: corpus.Told) -> str:
    """The user's own line: where it is, or where a crate's was called."""
    for file, line in ((one.file, one.line), (one.caller_file, one.caller_line)):
        if file.endswith(f"/src/bin/{binary}.rs"):
            return f"{binary}.rs:{line}"
    return ""


def differences(judged: dict[tuple[str, str], Verdict], shown: set[tuple[str, str]]) -> list[str]:
    return (
        [f"not judged: {key}" for key in sorted(shown - judged.keys())]
        + [f"wrong, and told: {key}" for key, v in judged.items() if not v.right and key in shown]
        + [f"not told: {key}" for key, v in judged.items() if v.always and key not in shown]
    )


@needs_cargo
@pytest.mark.parametrize("binary", sorted(f.stem for f in SOURCES.glob("*.rs")))
def test_what_is_told_was_judged_right(binary):
    shown = {(one.rule, places(binary, one)) for one in told(binary) if one.shown and one.function}
    assert differences(verdicts()[binary], shown) == []


def built_plainly(binary: str, *crates: str):
    """A third build, by rustc alone: opt-level 2 with all debug information."""
    out = BUILD / "crates-advice/plain" / binary
    out.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["rustc", "--edition", "2021", "-C", "opt-level=2", "-g", *cargo.libraries("crates-advice", *crates)]
        + ["-o", out, SOURCES / f"{binary}.rs"],
        check=True,
    )
    return out


@needs_cargo
@pytest.mark.parametrize("profile", ["release", "fat", "plain"])
def test_a_buffer_per_item_of_a_parallel_iterator_is_told(profile):
    program = corpus.read_program(SOURCES / "measure.rs")
    if profile == "plain":
        found = corpus.read_report(corpus.profile_of(built_plainly("measure", "rayon"), profile))
    else:
        found = told("measure", profile)
    outcomes, wrong = corpus.judge(program, "full", found)
    assert [str(o.wanted) for o in outcomes if not o.found] + wrong == []


@needs_cargo
@pytest.mark.parametrize("profile", ["release", "fat", "plain"])
def test_what_rayon_makes_for_itself_is_told_by_one_rule_at_the_users_line(profile):
    """And nothing is said of the Vecs, boxes and lists that it makes."""
    binary = built_plainly("pieces", "rayon") if profile == "plain" else cargo.build(profile, "crates-advice", "pieces")
    found = corpus.findings(corpus.profile_of(binary, profile), "usual")
    lines = (SOURCES / "pieces.rs").read_text().splitlines()

    def told_as(one: dict) -> str:
        called = lines[one["caller"]["line"] - 1].strip()
        return f"{one['rule']}:{one['variant']} {one['caller']['function'].split('::')[1]}: {called}"

    rayons = [one for one in found if one["scope"] == "dependency" and one["crate"].startswith(("rayon", "crossbeam"))]
    assert {told_as(one) for one in rayons if one["rule"] not in ("peak", "buffer-reuse")} == {
        "parallel-pieces:collect odd_squares: row.par_iter().filter(|&n| n % 2 == 1).map(|n| n * n).collect()",
        "parallel-pieces:task counted: scope.spawn(move |_| {",
        "parallel-pieces:bridge letters: line.split(' ').par_bridge().map(str::len).sum()",
    }


@needs_cargo
@pytest.mark.parametrize("profile", ["release", "fat", "plain"])
def test_what_regex_makes_is_told_where_it_is_called(profile):
    """And nothing is said of what is inside of it."""
    binary = built_plainly("patterns", "regex") if profile == "plain" else cargo.build(profile, "crates-advice", "patterns")
    found = corpus.findings(corpus.profile_of(binary, profile), "usual")
    lines = (SOURCES / "patterns.rs").read_text().splitlines()
    told_of = {
        f"{one['rule']} {one['scope']}: {lines[one['location']['line'] - 1].strip()}"
        for one in found
        if one["location"] and one["rule"] not in ("peak", "live-at-exit")
    }
    assert told_of == {
        r'regex-compile own: Regex::new(r"^\d+$").unwrap().is_match(word)',
        "regex-captures own: pair.captures(line).map(|groups| groups.get(0).unwrap().as_str())",
        "regex-captures own: pair.captures_iter(line).map(|groups| groups[1].len()).sum()",
    }


@needs_cargo
@pytest.mark.parametrize("profile", ["release", "fat", "plain"])
def test_what_is_dear_to_make_is_told_where_it_is_made(profile):
    crates = ("aho_corasick", "globset", "rayon", "tokio")
    binary = built_plainly("made", *crates) if profile == "plain" else cargo.build(profile, "crates-advice", "made")
    found = corpus.findings(corpus.profile_of(binary, profile), "usual")
    told_of = {
        (one["variant"], one["location"]["function"].split("::")[1], one["scope"], evidence["times_made"])
        for one in found
        if one["rule"] == "made-again" and (evidence := one["evidence"])
    }
    assert told_of == {(crate, by, "own", 400) for crate, by in (
        ("aho_corasick", "fruit"), ("globset", "is_source"), ("rayon_core", "doubled"), ("tokio", "answer"),
    )}  # fmt: skip
    rest = {one["rule"] for one in found} - {"made-again", "peak", "live-at-exit", "allocator"}
    assert rest == set()


@needs_cargo
@pytest.mark.parametrize("profile", ["release", "fat", "plain"])
def test_async_functions_have_their_names(profile):
    binary = built_plainly("handlers", "tokio") if profile == "plain" else cargo.build(profile, "crates-advice", "handlers")
    found = corpus.findings(corpus.profile_of(binary, profile), "usual")
    (text,) = (one for one in found if one["rule"] == "format-temp")
    assert re.fullmatch(r"handlers::answer::(\{async_fn#0\}|\{\{closure\}\})", text["location"]["function"])
    (task,) = (one for one in found if one["rule"] == "parallel-pieces")
    assert re.match(r"handlers::main(::\S+)? spawned 30,000 tasks of tokio's", task["what"])


def test_differences_are_seen():
    judged = {("a", "x"): Verdict(True, True), ("b", "x"): Verdict(False, False), ("c", "x"): Verdict(True, False)}
    assert differences(judged, {("a", "x"), ("c", "x")}) == differences(judged, {("a", "x")}) == []
    assert len(differences(judged, {("b", "x"), ("d", "x")})) == 3


def test_every_program_has_verdicts():
    assert set(verdicts()) == {f.stem for f in SOURCES.glob("*.rs")}
