"""--help, --version and `heapcoach help`: made from the same tables as the parser."""

import pytest

from support.paths import HEAPCOACH
from support.programs import call

COMMANDS = ["run", "finish", "report", "diff", "check", "doctor", "help"]


def out(*command) -> str:
    done = call([HEAPCOACH, *command])
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout.decode()


def test_the_list_names_every_command_and_variable():
    text = out("help")
    for word in COMMANDS + ["HEAPCOACH_DIR", "HEAPCOACH_DEPTH=512", "HEAPCOACH_FINISH"]:
        assert word in text
    assert out("--help") == out("-h") == text


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(command):
    text = out("help", command)
    assert text.startswith(f"usage: heapcoach {command}")
    assert out(command, "--help") == text == out(command, "-h")


@pytest.mark.parametrize("command", [[], *[[c] for c in COMMANDS]])
def test_help_is_at_most_100_columns_without_trailing_blanks(command):
    for line in out("help", *command).splitlines():
        assert len(line) <= 100 and line == line.rstrip(), line


def test_what_is_not_for_users_is_not_shown():
    assert "preloaded" not in out("help", "finish").split("Options:")[1]


def test_version():
    assert out("--version") == out("-V")
    assert out("--version").startswith("heapcoach 0.")
