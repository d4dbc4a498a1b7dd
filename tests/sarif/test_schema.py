"""SARIF logs validate against the published JSON schema of SARIF 2.1.0, which a crate brings (Cargo.toml
beside this). What the logs say is tested in tests/cli/test_check.py and test_sarif.py."""

import copy
import json
import subprocess
from functools import lru_cache
from pathlib import Path

import pytest

from support.json_schema import Validator
from support.paths import HEAPCOACH, TESTS
from support.programs import call

DATA = TESTS / "cli" / "data"
HERE = Path(__file__).parent


@lru_cache
def schema() -> dict:
    cargo = ["cargo", "metadata", "--locked", "--format-version", "1"]
    done = subprocess.run(cargo, cwd=HERE, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"cargo cannot fetch the schema: {done.stderr.strip().splitlines()[-1]}")
    (crate,) = [p for p in json.loads(done.stdout)["packages"] if p["name"] == "serde-sarif"]
    return json.loads((Path(crate["manifest_path"]).parent / "src/schema.json").read_text())


def log(*command, status: int) -> dict:
    done = call([HEAPCOACH, *command, "--format", "sarif"], cwd=DATA)
    assert (done.returncode, done.stderr) == (status, b"")
    return json.loads(done.stdout)


EXCEEDED = ["check", "--max-total-bytes", "1", "--max-peak-bytes", "1", "--max-reallocs", "1"]
LOGS = {
    "exceeded": lambda: log(*EXCEEDED, "own.json", status=1),
    "kept": lambda: log("check", "--max-total-bytes", "99999999", "own.json", status=0),
    "foreign": lambda: log("check", "--max-total-bytes", "1", "valgrind.json", status=1),
    "report": lambda: log("report", "--all", "--stacks", "own.json", status=0),
}


@pytest.mark.parametrize("name", LOGS)
def test_the_log_validates(name):
    assert Validator(schema()).problems(LOGS[name]()) == []


def test_the_schema_is_that_of_the_specification():
    assert schema()["title"] == "Static Analysis Results Format (SARIF) Version 2.1.0 JSON Schema"
    assert schema()["$id"].endswith("/sarif-spec/master/Schemata/sarif-schema-2.1.0.json")


def result(changed: dict) -> dict:
    return changed["runs"][0]["results"][0]


def location(changed: dict) -> dict:
    return result(changed)["locations"][0]["physicalLocation"]


@pytest.mark.parametrize(
    "spoil, problem",
    [
        (lambda c: c.pop("runs"), "lacks 'runs'"),
        (lambda c: c.update(version="2.0.0"), "expected one of ['2.1.0']"),
        (lambda c: c.update(extra=1), "unknown key 'extra'"),
        (lambda c: result(c).update(level="bad"), "expected one of ['none', 'note'"),
        (lambda c: result(c).pop("message"), "lacks 'message'"),
        (lambda c: result(c)["message"].pop("text"), "fits none of"),
        (lambda c: location(c)["region"].update(startLine=0), "expected 1 at least, found 0"),
        (lambda c: location(c)["artifactLocation"].update(uri="a b"), "expected a uri-reference"),
        (lambda c: result(c).update(ruleIndex="1"), "expected integer"),
        (lambda c: result(c).update(locations={}), "expected array"),
    ],
)
def test_a_spoiled_log_does_not_validate(spoil, problem):
    changed = copy.deepcopy(LOGS["exceeded"]())
    spoil(changed)
    assert any(problem in p for p in Validator(schema()).problems(changed)), problem


def test_a_keyword_that_is_not_known_is_no_success():
    with pytest.raises(NotImplementedError):
        Validator({"propertyNames": {}}).problems({})
