"""The table of traps is made from the tests, and each row's tests are there."""

import ast
import re

from support.paths import ROOT, TESTS
from traps import TRAPS, table


def functions(file: str) -> set[str]:
    text = (TESTS / file).read_text()
    if file.endswith(".c"):  # those that are run
        return set(re.findall(r"^ +\w*(?:TEST|unit_test)\w*\((\w+)", text, re.M))
    return {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)}


def test_the_table_is_current():
    assert (ROOT / "docs/traps.md").read_text() == table(), "make docs"


def test_each_trap_names_tests_that_are_there():
    shown = {test for _, _, *tests in TRAPS for test in tests}
    missing = [test for test in shown if test.split("::")[1] not in functions(test.split("::")[0])]
    assert missing == []
    assert len(TRAPS) == 51 and all(len(row) > 2 for row in TRAPS)
