"""Input that is made to cost more than it weighs: about a megabyte each, of which one kind of thing
is most. Everything must be done with it in little time and memory.

The bounds are of processor time and of addresses, both many times what is needed, so that a busy
machine decides nothing: what grows with the square of the input needs minutes.
"""

import json
import resource
import struct
import subprocess

import pytest

from support.paths import HEAPCOACH, SANITIZED, TESTS
from support.programs import clean_environment

CPU_S = 20 if not SANITIZED else 200
MEMORY = 1 << 30

own = json.loads((TESTS / "cli" / "data" / "own.json").read_text())
POINT = own["pps"][0]


def profile(frames: int, depth: int, points: int, name_bytes: int = 8, **keys) -> dict:
    """Points whose stacks run through the frames at several paces, with all that a point may have."""
    names = [f"demo::f{i}_{'x' * name_bytes}" for i in range(frames)]
    ours = [{"fn": n, "file": "src/main.rs", "line": i + 1, "kind": "user"} for i, n in enumerate(names)]
    stacks = [
        [1 + (p * 7 + place * (1 + p % 5)) % frames for place in range(depth)] for p in range(points)
    ]
    return {
        **own,
        "pps": [{**POINT, "tb": POINT["tb"] + p, "fs": s} for p, s in enumerate(stacks)],
        "ftbl": ["[root]", *(f"{i:#x}: {n} (src/main.rs:{i + 1})" for i, n in enumerate(names))],
        "heapcoach": {**own["heapcoach"], "frames": [None, *ours], "links": [], **keys},
    }


def with_point(made: dict, **keys) -> dict:
    for point in made["pps"]:
        point["hc"] = {**point["hc"], **keys}
    return made


def generic_names() -> dict:
    made = profile(40, 10, 100)
    for frame in made["heapcoach"]["frames"][1:]:
        frame["fn"] = "<" * 5000 + frame["fn"] + ">" * 5000
        frame["name"] = "f<" + "A<" * 4000 + ">" * 4001
    return made


def one_function() -> dict:
    made = profile(3000, 3, 1500)
    for frame in made["heapcoach"]["frames"][1:]:
        frame["fn"] = "demo::same"
    return made


def long_path() -> dict:
    made = profile(10, 3, 30)
    for frame in made["heapcoach"]["frames"][1:]:
        frame["file"] = "a/" * 45000 + "main.rs"
    return made


def links(kinds: tuple, sites: int) -> list:
    return [
        {"kind": kinds[i % len(kinds)], "from": i % sites, "to_fs": [1, i // sites % 100 + 1, i % 90 + 1]}
        | {"n": 1, "bytes": 10, "to_bytes": 20}
        for i in range(9000)
    ]


THREADS = [{"tid": i, "name": f"t{i}", "owners": 1, "allocs": 1, "frees": 1} for i in range(9000)]
MADE = {
    "points": lambda: profile(1000, 6, 1500),
    "one stack": lambda: profile(400, 100000, 1),
    "deep stacks": lambda: profile(50, 8000, 20),
    "the same stack": lambda: profile(3, 40, 1300),
    "a long name": lambda: profile(1, 1, 100, name_bytes=500000),
    "long names": lambda: profile(20, 20, 400, name_bytes=20000),
    "generic names": generic_names,
    "one function": one_function,
    "a long path": long_path,
    "links": lambda: profile(100, 4, 200, links=links(("grew", "handover", "freed"), 200)),
    "links of one site": lambda: profile(100, 4, 200, links=links(("freed",), 1)),
    "threads": lambda: with_point(
        profile(5, 3, 4, threads=THREADS), th=[[i, 1] for i in range(9000)]
    ),
    "a histogram": lambda: with_point(profile(5, 3, 4), sz=[[i % 64, 1] for i in range(25000)]),
    "arguments": lambda: profile(
        5, 3, 4, program={**own["heapcoach"]["program"], "args": ["a"] * 200000}
    ),
    "escapes": lambda: {**profile(5, 3, 4), "cmd": "\x1b" * 150000},
}


def limit():
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    if not SANITIZED:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def run(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run(
        [HEAPCOACH, *arguments], capture_output=True, preexec_fn=limit, env=clean_environment()
    )


@pytest.mark.parametrize("kind", MADE)
def test_a_megabyte_of(kind, tmp_path):
    file = tmp_path / "big.json"
    file.write_text(json.dumps(MADE[kind]()))
    assert 400_000 < file.stat().st_size < 3_000_000
    for arguments in (
        ["report"],
        ["report", "--format", "json", "--all"],
        ["report", "--format", "markdown", "--all", "--how", "--stacks"],
        ["report", "--format", "sarif", "--all"],
        ["diff", file],
        ["check", "--max-total-bytes", "1", "--fail-on", "any"],
    ):
        done = run(*arguments, file)
        assert done.returncode == (1 if arguments[0] == "check" else 0), (arguments, done.stderr)


NO_INPUT = {"arrays": "[" * 1_000_000, "objects": '{"a":' * 200_000, "comments": "//*" * 300_000}
NO_INPUT |= {"a text": '"' * 1_000_000, "blanks": " " * 1_000_000, "stars": "/*" + "*" * 1_000_000}


@pytest.mark.parametrize("kind", NO_INPUT)
def test_a_megabyte_that_is_no_input(kind, tmp_path):
    file = tmp_path / "big.json"
    file.write_text(NO_INPUT[kind])
    assert run("report", file).returncode == 2
    assert run("check", "--limits", file, TESTS / "cli" / "data" / "own.json").returncode == 2


def program_with_symbols(count: int) -> bytes:
    """An ELF file with so many functions, all at one address and without a size."""
    text = 0x1000
    strings, section_names = b"\0f\0", b"\0.text\0.symtab\0.strtab\0.shstrtab\0"
    symbols = bytes(24) + struct.pack("<IBBHQQ", 1, 0x12, 0, 1, text, 0) * count
    sections, data = [bytes(64)], b""
    for name, kind, address, content, link, entry in (
        (1, 1, text, bytes(16), 0, 0),
        (7, 2, 0, symbols, 3, 24),
        (15, 3, 0, strings, 0, 0),
        (23, 3, 0, section_names, 0, 0),
    ):
        sections.append(
            struct.pack("<IIQQQQIIQQ", name, kind, 2, address, 64 + len(data), len(content), link, 1, 8, entry)
        )
        data += content + bytes(-len(content) % 8)
    header = b"\x7fELF\2\1\1" + bytes(9)
    header += struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, text, 0, 64 + len(data), 0, 64, 0, 0, 64, 5, 4)
    return header + data + b"".join(sections)


def test_any_number_of_symbols_at_one_address(tmp_path):
    """A name that no stack has is looked for in the program."""
    program = tmp_path / "program"
    program.write_bytes(program_with_symbols(400_000))
    made = profile(3, 2, 3, program={**own["heapcoach"]["program"], "exe": str(program), "build_id": ""})
    (tmp_path / "profile.json").write_text(json.dumps(made))
    (tmp_path / "limits.json").write_text('{"budgets": [{"function": "demo::no", "max_blocks": 0}]}')
    done = run("check", "--limits", tmp_path / "limits.json", tmp_path / "profile.json")
    assert done.returncode == 2 and b"demo::no" in done.stderr, done.stderr


def test_any_number_of_limits(tmp_path):
    """Each of 30,000 functions, of which 9,000 are in the profile, behind a comment of a megabyte."""
    names = [f"demo::f{i}_xx" for i in range(30_000)]
    budgets = [{"function": name, "max_blocks": 10**12, "may_be_absent": True} for name in names]
    (tmp_path / "profile.json").write_text(json.dumps(profile(9000, 4, 2000, name_bytes=2)))
    text = "/*" + "\n" * 1_000_000 + "*/" + json.dumps({"budgets": budgets})
    (tmp_path / "limits.json").write_text(text)
    done = run("check", "--limits", tmp_path / "limits.json", tmp_path / "profile.json")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(b"it is in no stack") >= 21_000
    assert done.stdout.count(b"limits.json:1000001)") == 30_000
