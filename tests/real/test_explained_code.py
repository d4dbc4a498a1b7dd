"""What `heapcoach explain` shows as Rust compiles, before the edit and after it, with the crates that it
names: code that nobody can use is wrong advice.

The examples leave out what is not their point. GIVEN says what they take for granted; nothing else is
added, and a warning of an unused name would be one of ours.
"""

import re
import subprocess

import pytest

from support import cargo, rust
from support.paths import BUILD, HEAPCOACH
from support.programs import call

# Of each rule: items beside the example, the arguments and the result of the function that it is in.
GIVEN = {
    "growth": ("", "numbers: &[u64]", ""),
    "hash-growth": ("use std::collections::HashMap; struct User { id: u64 }", "users: Vec<User>", ""),
    "copy-growth": ("", "names: &[&str]", ""),
    "clone-then-grow": ("", "base: &String, name: &str", ""),
    "shrink": ("fn parse(s: &&str) -> u32 { s.len() as u32 }", "fields: &[&str]", ""),
    "map-reuse": ("use std::collections::HashSet;", "", ""),
    "hasher": ("use std::collections::HashMap; struct Item;", "", ""),
    "key-temp": ("use std::collections::HashMap;", "counts: &mut HashMap<String, u32>, word: &str", ""),
    "copy-on-write": (
        "use std::sync::Arc; struct Kept { all: Arc<Vec<u32>> }", "kept: &mut Kept, item: u32", "",
    ),
    "made-again": (
        "use rayon::{prelude::*, ThreadPoolBuildError, ThreadPoolBuilder}; fn work(_: &u8) {}",
        "batches: &[Vec<u8>]", "Result<(), ThreadPoolBuildError>",
    ),
    "json-value": (
        "use serde_json::Value; use serde::Deserialize; use std::borrow::Cow; fn show(_: &str) {}",
        "text: &str", "serde_json::Result<()>",
    ),
    "regex-compile": ("use regex::Regex; use std::sync::LazyLock;", "", ""),
    "regex-captures": (
        "use regex::Regex; fn count(_: &str) {}", "pattern: &Regex, lines: &[&str]", "",
    ),
    "parallel-pieces": (
        "use rayon::prelude::*; fn use_them(_: &[u64]) {}", "rows: &[Vec<u64>]", "",
    ),
    "parallel-temp": (
        "use rayon::prelude::*; fn fill(to: &mut Vec<u8>, n: &u8) { to.push(*n) } fn score(of: &[u8]) -> usize { of.len() }",
        "items: &[u8]", "impl ParallelIterator<Item = usize> + '_",
    ),
    "error-box": ("use std::{error::Error, num::ParseIntError};", "", ""),
    "lines": (
        "use std::io::{self, BufRead}; fn handle(_: &str) {}",
        "mut reader: impl BufRead", "io::Result<()>",
    ),
    "path-join": ("use std::path::Path; fn handle(_: &Path) {}", "dir: &Path, names: &[&str]", ""),
    "format-temp": ("", "rows: &[(&str, u32)], out: &mut String", ""),
    "clone": ("", "row: Vec<f64>", ""),
    "string-temp": ("use std::collections::HashMap;", "map: &HashMap<String, u32>, word: &str", ""),
    "box-churn": (
        "trait Shape {} struct Square(f64); struct Circle(f64); impl Shape for Square {} impl Shape for Circle {}",
        "", "",
    ),
    "small-buffer": ("", "", ""),
    "needless-collect": ("", "items: &[u64]", ""),
    "buffer-reuse": (
        "use std::io::{self, Write}; fn encode(n: &u8, to: &mut Vec<u8>) { to.push(*n) }",
        "records: &[u8], mut writer: impl Write", "io::Result<()>",
    ),
    "c-churn": (
        "struct Context; impl Context { fn new() -> Context { Context } fn run(&self, _: &str) {} "
        "#[allow(dead_code)] fn reset(&mut self) {} }",
        "lines: &[&str]", "",
    ),
    "sort-buffer": ("", "mut ids: Vec<u64>", ""),
    "thread-spawn": (
        "use std::thread; fn work(n: &String) -> u64 { n.len() as u64 }",
        "mut total: u64, items: Vec<String>", "",
    ),
    "cross-thread-free": (
        "use std::sync::mpsc::{SendError, Sender}; pub struct Parsed(usize); pub type Sent = $SENT; "
        "fn parse(s: &str) -> Parsed { Parsed(s.len()) }",
        "lines: &[&str], tx: Sender<Sent>", "Result<(), SendError<Sent>>",
    ),
    "live-at-exit": ("use std::{collections::VecDeque, sync::Mutex};", "", ""),
    "many-small": (
        "use smallvec::{smallvec, SmallVec}; struct Node { left: u32, right: u32 }", "nodes: &[Node]", "",
    ),
    "node-churn": (
        "use std::collections::BTreeMap; trait InOrder { fn values(&self) -> u64; } "
        "impl InOrder for BTreeMap<u32, u64> { fn values(&self) -> u64 { self.values().sum() } } "
        "impl InOrder for Vec<(u32, u64)> { fn values(&self) -> u64 { self.iter().map(|p| p.1).sum() } } "
        "fn sum_in_order(all: &impl InOrder) -> u64 { InOrder::values(all) }",
        "pairs: impl Iterator<Item = (u32, u64)>", "u64",
    ),
    "io-buffer": (
        "use std::{fs::File, io::{self, BufWriter, Write}};", "records: &[u32], file: File", "io::Result<()>",
    ),
    "huge-churn": ("fn render(_: &u32, _: &mut [u8]) {}", "frames: &[u32]", ""),
    "peak": (
        "use std::path::{Path, PathBuf}; struct Page; fn load(_: &PathBuf) -> Page { Page } "
        "fn index(_: &Page) {} pub type P<'a> = &'a Path;",
        "files: Vec<PathBuf>", "",
    ),
    "panic-churn": ("use std::panic::catch_unwind;", "table: &'static [u32], index: usize", ""),
}  # fmt: skip
NO_RUST = {"allocator", "debug-build", "no-lines"}  # a command line, a manifest
SENT = {"before": "Box<Parsed>", "after": "Vec<Parsed>"}


def explained() -> dict[str, list[str]]:
    """Of each rule its code, before and after."""
    page = call([HEAPCOACH, "explain", "--format", "markdown"]).stdout.decode()
    found = {}
    for section in re.split(r"^## ", page, flags=re.M)[1:]:
        found[section.split("\n")[0]] = re.findall(r"```rust\n(.*?)```", section, re.S)
    return found


def wrapped(rule: str, when: str, code: str) -> str:
    items, arguments, result = GIVEN[rule]
    items = items.replace("$SENT", SENT[when])
    returns = f" -> {result}" if result else ""
    end = "Ok(())" if "Result<()" in result else ""
    name = f"{rule.replace('-', '_')}_{when}"
    return f"mod {name} {{\n{items}\nfn example({arguments}){returns} {{\n{code}\n{end}\n}}\n}}\n"


def test_every_rule_has_its_examples():
    both = {rule: len(code) for rule, code in explained().items()}
    assert both == dict.fromkeys(GIVEN.keys() | NO_RUST, 2)


@pytest.mark.skipif(not rust.version("rustc"), reason="no rustc here")
def test_the_code_compiles_before_the_edit_and_after_it():
    source = BUILD / "explained.rs"
    parts = [
        wrapped(rule, when, code)
        for rule, both in explained().items()
        if rule not in NO_RUST
        for when, code in zip(("before", "after"), both)
    ]
    source.write_text("#![allow(dead_code, unused)]\n" + "\n".join(parts))
    done = call(
        ["rustc", "--edition", "2021", "--crate-type", "lib", "--emit", "metadata"]
        + cargo.libraries("crates-advice", "rayon", "regex", "serde", "serde_json", "smallvec", "rustc_hash")
        + ["-o", source.with_suffix(".rmeta"), source]
    )
    assert done.returncode == 0, done.stderr.decode()
