//! What is dear to make and made for each use: a runtime, a pool, an automaton, a set of globs.

use aho_corasick::AhoCorasick;
use globset::{Glob, GlobSet, GlobSetBuilder};
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::hint::black_box;
use std::sync::LazyLock;

static POOL: LazyLock<ThreadPool> = LazyLock::new(|| ThreadPoolBuilder::new().num_threads(2).build().unwrap());
static FRUIT: LazyLock<AhoCorasick> = LazyLock::new(|| AhoCorasick::new(WORDS).unwrap());
const WORDS: [&str; 6] = ["apple", "cherry", "fig", "grape", "pear", "plum"];

#[inline(never)]
fn answer(n: u64) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async { n + 1 })
}

#[inline(never)]
fn doubled(n: u64) -> u64 {
    let pool = ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    pool.install(|| n * 2)
}

#[inline(never)]
fn fruit(text: &str) -> usize {
    AhoCorasick::new(WORDS).unwrap().find_iter(text).count()
}

fn sources() -> GlobSetBuilder {
    let mut globs = GlobSetBuilder::new();
    for glob in ["*.rs", "src/**/*.toml", "**/target/*"] {
        globs.add(Glob::new(glob).unwrap());
    }
    globs
}

#[inline(never)]
fn is_source(path: &str) -> bool {
    sources().build().unwrap().is_match(path)
}

#[inline(never)]
fn once(set: &GlobSet, path: &str, text: &str, n: u64) -> u64 {
    u64::from(set.is_match(path)) + FRUIT.find_iter(text).count() as u64 + POOL.install(|| n * 2)
}

fn main() {
    let set = sources().build().unwrap();
    let mut sum = 0;
    for i in 0..400 {
        sum += answer(black_box(i)) + doubled(black_box(i));
        sum += fruit(black_box("a pear, a plum and a fig")) as u64;
        sum += u64::from(is_source(black_box("src/main.rs")));
        sum += once(&set, black_box("src/main.rs"), black_box("a pear, a plum and a fig"), i);
    }
    println!("{sum}");
}
