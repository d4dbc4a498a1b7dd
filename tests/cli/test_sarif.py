"""SARIF 2.1.0: what the specification (OASIS, sections named below) requires, of the golden file that
test_findings_shown.c keeps and of what the command writes. The published JSON schema is not
needed: each requirement that concerns the parts that are written is a line here."""

import json
import re
from pathlib import Path

import pytest

from support.paths import HEAPCOACH
from support.programs import call

HERE = Path(__file__).parent
DATA = HERE / "data"


def golden() -> dict:
    return json.loads((HERE / "golden" / "findings.sarif").read_text())


def written(*arguments) -> dict:
    done = call([HEAPCOACH, "report", "--format", "sarif", *arguments], cwd=DATA)
    assert (done.returncode, done.stderr) == (0, b"")
    return json.loads(done.stdout)


LOGS = {
    "golden": golden,
    "own": lambda: written("--all", "--stacks", "own.json"),
    "valgrind": lambda: written("--all", "valgrind.json"),
}


@pytest.fixture(params=LOGS)
def log(request) -> dict:
    return LOGS[request.param]()


def check_keys(value: dict, required: set, optional: set = frozenset()) -> None:
    """SARIF allows no other properties: all else goes into `properties`."""
    assert required <= set(value) <= required | set(optional), value


def check_message(message: dict) -> None:  # 3.11: text is required here, as no id is given
    check_keys(message, {"text"})
    assert message["text"]


def check_location(location: dict) -> None:  # 3.28
    check_keys(location, set(), {"physicalLocation", "logicalLocations", "message"})
    for logical in location.get("logicalLocations", []):  # 3.33
        check_keys(logical, {"fullyQualifiedName", "kind"})
    if "message" in location:
        check_message(location["message"])
    if "physicalLocation" not in location:
        return
    physical = location["physicalLocation"]  # 3.29
    check_keys(physical, {"artifactLocation"}, {"region"})
    artifact = physical["artifactLocation"]  # 3.4
    check_keys(artifact, {"uri"}, {"uriBaseId"})
    assert re.fullmatch(r"(file:///)?[A-Za-z0-9/\-._~%]+", artifact["uri"]), artifact
    assert artifact["uri"].startswith("file:///") != ("uriBaseId" in artifact)
    if "region" in physical:  # 3.30
        check_keys(physical["region"], {"startLine"})
        assert physical["region"]["startLine"] >= 1


def check_result(result: dict, rules: list) -> None:  # 3.27
    check_keys(
        result,
        {"ruleId", "level", "message", "locations", "partialFingerprints", "properties"},
        {"ruleIndex", "relatedLocations", "stacks"},
    )
    if "ruleIndex" in result:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    assert result["level"] in {"none", "note", "warning", "error"}
    check_message(result["message"])
    assert len(result["locations"]) == 1
    for location in result["locations"] + result.get("relatedLocations", []):
        check_location(location)
    assert all(isinstance(v, str) and v for v in result["partialFingerprints"].values())
    for stack in result.get("stacks", []):  # 3.44
        check_keys(stack, {"frames"})
        for frame in stack["frames"]:  # 3.45
            check_keys(frame, {"location"}, {"module"})
            check_location(frame["location"])


def test_the_log_is_what_the_specification_asks_for(log):
    check_keys(log, {"version", "$schema", "runs"})  # 3.13
    assert log["version"] == "2.1.0"
    assert log["$schema"].startswith("https://")
    assert len(log["runs"]) == 1
    (run,) = log["runs"]
    check_keys(run, {"tool", "results", "invocations", "columnKind"})  # 3.14
    assert run["columnKind"] in {"utf16CodeUnits", "unicodeCodePoints"}
    check_keys(run["tool"], {"driver"})  # 3.18
    driver = run["tool"]["driver"]  # 3.19
    check_keys(driver, {"name", "version", "semanticVersion", "rules"})
    ids = [rule["id"] for rule in driver["rules"]]
    assert len(ids) == len(set(ids))
    for rule in driver["rules"]:  # 3.49
        check_keys(rule, {"id", "shortDescription", "fullDescription"})
        check_message(rule["shortDescription"])
        check_message(rule["fullDescription"])
    for invocation in run["invocations"]:  # 3.20
        check_keys(invocation, {"executionSuccessful", "toolExecutionNotifications"})
        for notification in invocation["toolExecutionNotifications"]:  # 3.58
            check_keys(notification, {"level", "message", "associatedRule"})
            check_message(notification["message"])
    for result in run["results"]:
        check_result(result, driver["rules"])


def test_findings_are_results_at_the_line_that_can_be_edited():
    results = golden()["runs"][0]["results"]
    assert [(r["ruleId"], r["level"]) for r in results] == [
        ("growth", "warning"), ("clone", "warning"), ("clone", "note")
    ]  # fmt: skip
    physical = results[1]["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"] == {
        "uri": "tests/cli/data/tiny.rs", "uriBaseId": "%SRCROOT%"
    }  # fmt: skip
    assert physical["region"] == {"startLine": 17}
    related = results[1]["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert related.startswith("file:///home/user/.cargo/registry/")


def test_what_has_no_line_is_a_notification():
    notifications = golden()["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert [n["associatedRule"]["id"] for n in notifications] == ["debug-build", "clone"]
