"""`heapcoach explain`: every rule has every part of its explanation, in both formats, and docs/rules.md
is made of the same texts."""

import re

import pytest

from support.paths import HEAPCOACH, ROOT
from support.programs import call

PARTS = ["What it looks for", "Why it costs", "When it is wrong", "What to do", "Before", "After"]


def explain(*arguments) -> str:
    done = call([HEAPCOACH, "explain", *arguments])
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout.decode()


def rules() -> list[str]:
    """From the list in the source, so that a rule that the command forgets is seen."""
    source = (ROOT / "analyzer/rules/rules_list.h").read_text()
    return [name.replace("_", "-") for name in re.findall(r"RULE\((\w+)\)", source)]


def test_all_rules_are_listed_with_a_summary():
    lines = [line for line in explain().splitlines() if re.match(r"  \S", line)]
    assert [line.split()[0] for line in lines] == rules()
    assert all(len(line.split()) > 2 for line in lines)


@pytest.mark.parametrize("rule", rules())
def test_a_rule_is_explained_in_full(rule):
    text = explain(rule)
    assert text.startswith(rule)
    assert [line for line in text.splitlines() if line in PARTS] == PARTS
    assert max(len(line) for line in text.splitlines()) <= 100
    assert not re.search(r"\n\n\n", text)


@pytest.mark.parametrize("rule", rules())
def test_the_same_in_markdown(rule):
    text = explain("--format", "markdown", rule)
    assert text.startswith(f"## {rule}\n")
    for part in PARTS:
        assert f"**{part}.**" in text
    assert text.count("```") % 2 == 0


def test_an_unknown_rule_is_refused():
    done = call([HEAPCOACH, "explain", "growht"])
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"no rule is called `growht`; `heapcoach explain` lists them" in done.stderr


def test_the_page_of_rules_is_current():
    """`make docs` renews it."""
    page = (ROOT / "docs/rules.md").read_text(encoding="utf-8")
    assert page == explain("--format", "markdown"), "docs/rules.md is old: make docs"
