"""Fixtures that every test may ask for."""

import signal
from pathlib import Path

import pytest

from support import rust
from support.paths import HEAPCOACH, LIBRARY


def pytest_collection_modifyitems(items):
    """What is marked "last" comes last."""
    items.sort(key=lambda item: item.get_closest_marker("last") is not None)


def pytest_configure(config):
    # A shell that runs us in the background lets us ignore it, and so would the programs that we start.
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    config.addinivalue_line("markers", "last: run after all others (slow, or of the whole tree)")


@pytest.fixture(scope="session", autouse=True)
def built():
    """The tests are of what `make` built; they never build it themselves."""
    for file in (HEAPCOACH, LIBRARY):
        if not file.exists():
            pytest.exit(f"{file} is missing: run `make` first", returncode=2)


@pytest.fixture(scope="session")
def program():
    """program(NAME, FLAG...) is the path of tests/rust/NAME.rs, compiled."""

    def build(name: str, *flags: str) -> Path:
        return rust.build(name, *flags)

    return build
