"""Compares output with a file of tests/cli/golden/. HEAPCOACH_BLESS=1 writes the file instead: look
at the difference before committing it."""

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"


def check(name: str, text: str) -> None:
    file = FOLDER / name
    if os.environ.get("HEAPCOACH_BLESS") == "1":
        FOLDER.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8"), f"differs from {file} (HEAPCOACH_BLESS=1 renews it)"
