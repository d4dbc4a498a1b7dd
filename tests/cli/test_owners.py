"""Whose code a frame is where its own file does not say it: what a build script wrote, which lies in the
target folder of whoever builds; and a program that `cargo install` builds in the registry's folder.

Built as cargo would build it, in folders that are called as cargo calls them. Not covered: what a path or a
name alone says (tests/unit/test_ownership.c).
"""

import os
import subprocess
from pathlib import Path

import pytest

from support.programs import heapcoach_run

REGISTRY = "home/.cargo/registry/src/index.example-0123456789abcdef"
MADE = "pub fn made(n: usize) -> Vec<u8> { let mut v = Vec::new(); for i in 0..n { v.push(i as u8) } v }\n"
WITH_MADE = """
include!(concat!(env!("OUT_DIR"), "/made.rs"));
pub fn written(n: usize) -> Box<Vec<u8>> { Box::new(made(n)) }
"""
CALLS = "fn main() { for n in 1..100 { std::hint::black_box(%s(n)); } }\n"


def compile_file(file: Path, text: str, name: str, *flags, **env: str):
    """To the test's folder, the first of FLAGS."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    command = ["rustc", "--edition", "2021", "-O", "-C", "debuginfo=1", "--crate-name", name, file]
    subprocess.run([*command, "--out-dir", *flags], env={**os.environ, **env}, check=True)


def owners(program: Path, folder: Path, ending: str) -> set[tuple[str, str]]:
    """Of all frames in files that end so."""
    frames = heapcoach_run([program], folder).profile["heapcoach"]["frames"]
    found = {(f["kind"], f["crate"]) for f in frames if f and f.get("file", "").endswith(ending)}
    assert found
    return found


@pytest.mark.parametrize("package, kind", [(f"{REGISTRY}/parser-1.2.3", "dep"), ("project/parser", "user")])
def test_generated_code_is_whose_its_crate_is(package, kind, tmp_path):
    out = tmp_path / "project/target/release/build/parser-0123456789abcdef/out"
    out.mkdir(parents=True)
    (out / "made.rs").write_text(MADE)
    library = tmp_path / package / "src/lib.rs"
    compile_file(library, WITH_MADE, "parser", tmp_path, "--crate-type", "lib", OUT_DIR=str(out))
    using = (tmp_path, "-L", tmp_path, "--extern", "parser")
    compile_file(tmp_path / "project/src/main.rs", CALLS % "parser::written", "app", *using)
    assert owners(tmp_path / "app", tmp_path, "/out/made.rs") == {(kind, "parser")}


def test_the_package_of_an_installed_program_is_the_users(tmp_path):
    """find in find-files, which has a library; the parser is nobody's but its authors'."""
    package = tmp_path / REGISTRY / "find-files-1.2.3"
    parser = tmp_path / REGISTRY / "parser-1.2.3/src/lib.rs"
    using = (tmp_path, "-L", tmp_path)
    searching = "pub fn search(n: usize) -> Box<Vec<u8>> { Box::new(parser::made(n)) }\n"
    compile_file(parser, MADE, "parser", tmp_path, "--crate-type", "lib")
    compile_file(package / "src/lib.rs", searching, "find_files", *using, "--crate-type", "lib", "--extern", "parser")
    compile_file(package / "src/main.rs", CALLS % "find_files::search", "find", *using, "--extern", "find_files")
    program = tmp_path / "find"
    assert owners(program, tmp_path, "find-files-1.2.3/src/main.rs") == {("user", "find_files")}
    assert owners(program, tmp_path, "find-files-1.2.3/src/lib.rs") == {("user", "find_files")}
    assert owners(program, tmp_path, "parser-1.2.3/src/lib.rs") == {("dep", "parser")}
