"""README's table of what heapcoach survives is made from the tests, and each row's tests are there."""

import ast

from support.paths import ROOT, TESTS
from survives import SURVIVES, put_into, shown_tests


def functions(file: str) -> set[str]:
    tree = ast.parse((TESTS / file).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_the_table_is_current():
    readme = (ROOT / "README.md").read_text()
    assert put_into(readme) == readme, "make docs"


def test_each_row_names_tests_that_are_there():
    assert all(len(row) > 2 for rows in SURVIVES.values() for row in rows)
    missing = [test for test in shown_tests() if test.split("::")[1] not in functions(test.split("::")[0])]
    assert missing == []
