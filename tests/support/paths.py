"""Where things are. HEAPCOACH_TEST_BUILD chooses another build folder (default: build)."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
BUILD = ROOT / os.environ.get("HEAPCOACH_TEST_BUILD", "build")
HEAPCOACH = BUILD / "heapcoach"
LIBRARY = BUILD / "libheapcoach.so"
SAMPLE_LIBRARY = BUILD / "libheapcoach_sample.so"
FIXTURES = BUILD / "fixtures"
RUST = TESTS / "rust"
# Built by `make ASAN=1`: such a command reserves terabytes of addresses and is slow.
SANITIZED = HEAPCOACH.exists() and b"__asan_report_load8" in HEAPCOACH.read_bytes()
