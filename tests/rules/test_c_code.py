"""c-churn on a program that calls C, which is linked in with debug information or is a library without: told
of the call's blocks, not of what is kept. Not covered: C++.
"""

import json
import subprocess
from pathlib import Path

import pytest

from support.paths import HEAPCOACH
from support.programs import call, heapcoach_run

C = """
#include <stdlib.h>
struct context { int *room; };
struct context *context_new(void) {
    struct context *c = malloc(sizeof *c);
    c->room = malloc(600);
    return c;
}
int context_run(struct context *c, int n) { c->room[n % 100] = n; return c->room[n % 100]; }
void context_free(struct context *c) { free(c->room); free(c); }
"""
RUST = """
extern "C" {
    fn context_new() -> *mut u8;
    fn context_run(context: *mut u8, n: i32) -> i32;
    fn context_free(context: *mut u8);
}
struct Context(*mut u8);
impl Context {
    #[inline(never)]
    fn new() -> Context { Context(unsafe { context_new() }) }
    fn run(&self, n: i32) -> i32 { unsafe { context_run(self.0, n) } }
}
impl Drop for Context {
    fn drop(&mut self) { unsafe { context_free(self.0) } }
}
fn sum(n: i32) -> i64 {
    let kept = Context::new();
    let mut all = 0;
    for i in 0..n {
        let made = Context::new(); // told
        all += made.run(i) as i64 + kept.run(i) as i64;
    }
    all
}
fn main() {
    println!("{}", sum(300_000));
}
"""


def build(kind: str, folder: Path) -> Path:
    source, program = folder / "context.c", folder / "app.rs"
    source.write_text(C)
    program.write_text(RUST)
    flags = ["-O2", "-fno-builtin"]
    if kind == "linked in":
        library = folder / "context.o"
        subprocess.run(["gcc", *flags, "-g", "-c", "-o", library, source], check=True)
    else:
        library = folder / "libcontext.so"
        subprocess.run(["gcc", *flags, "-shared", "-fPIC", "-s", "-o", library, source], check=True)
    rustc = ["rustc", "--edition", "2021", "-C", "opt-level=3", "-g", "-o", folder / "app", program]
    subprocess.run([*rustc, "-C", f"link-arg={library}", "-C", f"link-arg=-Wl,-rpath,{folder}"], check=True)
    return folder / "app"


# Linked in, its source lies beside the user's, who may edit it; a library is somebody else's.
@pytest.mark.parametrize(
    "kind, place", [("linked in", ("own", "context_new", "")), ("a library", ("dependency", "context_new", "app::sum"))]
)
def test_what_c_makes_in_each_call_is_told_where_it_is_called(kind, place, tmp_path):
    profile = tmp_path / "of-the-run.json"
    profile.write_text(json.dumps(heapcoach_run([build(kind, tmp_path)], tmp_path).profile))
    report = json.loads(call([HEAPCOACH, "report", "--all", "--format", "json", profile]).stdout)
    told = [a for f in report["findings"] for a in [f, *f["also"]] if a["rule"] == "c-churn"]
    places = {(f["scope"], f["location"]["function"], (f["caller"] or {}).get("function", "")) for f in told}
    assert places == {place}
    # the one that is kept is a block among 300,000
    assert sum(f["saving"]["calls"] for f in told) == pytest.approx(4 * 300_000, rel=0.001)
    assert report["allocator"]["foreign_share"] > 0.99
