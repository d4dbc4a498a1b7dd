//! regex: a pattern compiled for each use, and groups of matches that take a block each.

use regex::Regex;
use std::hint::black_box;
use std::sync::LazyLock;

static NUMBER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^\d+$").unwrap());

#[inline(never)]
fn is_number(word: &str) -> bool {
    Regex::new(r"^\d+$").unwrap().is_match(word)
}

#[inline(never)]
fn is_number_once(word: &str) -> bool {
    NUMBER.is_match(word)
}

#[inline(never)]
fn key<'a>(pair: &Regex, line: &'a str) -> Option<&'a str> {
    pair.captures(line).map(|groups| groups.get(0).unwrap().as_str())
}

#[inline(never)]
fn key_found<'a>(pair: &Regex, line: &'a str) -> Option<&'a str> {
    pair.find(line).map(|found| found.as_str())
}

#[inline(never)]
fn lengths(pair: &Regex, line: &str) -> usize {
    pair.captures_iter(line).map(|groups| groups[1].len()).sum()
}

fn main() {
    let pair = Regex::new(r"(\w+)=(\w+)").unwrap();
    let mut sum = 0;
    for i in 0..1_500 {
        let word = if i % 2 == 0 { "2026" } else { "words" };
        sum += usize::from(is_number(black_box(word)));
        sum += usize::from(is_number_once(black_box(word)));
    }
    for _ in 0..150_000 {
        sum += key(&pair, black_box("key=value and more")).map_or(0, str::len);
        sum += key_found(&pair, black_box("key=value and more")).map_or(0, str::len);
        sum += lengths(&pair, black_box("a=b key=value other=thing"));
    }
    println!("{sum}");
}
