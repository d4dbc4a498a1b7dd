"""Whose code it is that a build script wrote: whoever's its crate is, though its file lies in the user's
target folder. What that means for one line: html5ever's parser is generated.
"""

import os
import subprocess
from pathlib import Path

import pytest

from support.programs import heapcoach_run

GENERATED = "pub fn made(n: usize) -> Vec<u8> { let mut v = Vec::new(); for i in 0..n { v.push(i as u8) } v }\n"
LIBRARY = """
include!(concat!(env!("OUT_DIR"), "/made.rs"));
pub fn written(n: usize) -> Box<Vec<u8>> { Box::new(made(n)) }
"""
MAIN = "fn main() { for n in 1..100 { std::hint::black_box(parser::written(n)); } }\n"


def build(folder: Path, library: Path) -> Path:
    """As cargo would: the parser's package in LIBRARY, what its build script wrote in the target folder."""
    out = folder / "project/target/release/build/parser-0123456789abcdef/out"
    main = folder / "project/src/main.rs"
    for file, text in ((out / "made.rs", GENERATED), (library / "src/lib.rs", LIBRARY), (main, MAIN)):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    rustc = ["rustc", "--edition", "2021", "-O", "-C", "debuginfo=1", "--out-dir", folder]
    in_package = {**os.environ, "OUT_DIR": str(out)}
    subprocess.run(
        [*rustc, "--crate-type", "lib", "--crate-name", "parser", library / "src/lib.rs"], env=in_package, check=True
    )
    subprocess.run([*rustc, "--crate-name", "app", "-L", folder, "--extern", "parser", main], check=True)
    return folder / "app"


@pytest.mark.parametrize(
    "library, kind",
    [("home/.cargo/registry/src/index.example-0123456789abcdef/parser-1.2.3", "dep"), ("project/parser", "user")],
)
def test_generated_code_is_whose_its_crate_is(library, kind, tmp_path):
    program = build(tmp_path, tmp_path / library)
    profile = heapcoach_run([program], tmp_path).profile
    frames = [f for f in profile["heapcoach"]["frames"] if f and f.get("file", "").endswith("/out/made.rs")]
    assert frames
    assert {(f["kind"], f["crate"]) for f in frames} == {(kind, "parser")}
