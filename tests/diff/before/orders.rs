//! The program that is changed: three things to fix, and one that stays as it is. What each costs
//! is derived in test_programs.py.
use std::hint::black_box;

/// Grows: 4, 8, 16, 32, 64, 128 numbers.
#[inline(never)]
fn squares(n: u64) -> Vec<u64> {
    let mut numbers = Vec::new();
    for i in 0..n {
        numbers.push(i * i);
    }
    numbers
}

/// A clone per name that is only read.
#[inline(never)]
fn longest(names: &[String]) -> usize {
    let mut best = 0;
    for name in names {
        let copy = black_box(name.clone());
        best = best.max(copy.len());
    }
    best
}

/// A String per number that is only measured.
#[inline(never)]
fn width(n: u64) -> usize {
    let mut total = 0;
    for i in 0..n {
        let text = format!("{}", black_box(i));
        total += black_box(&text).len();
    }
    total
}

/// Stays as it is.
#[inline(never)]
fn names(n: u64) -> Vec<String> {
    (0..n).map(|i| String::from(if i % 2 == 0 { "even order" } else { "odd" })).collect()
}

fn main() {
    let mut sum = 0;
    for _ in 0..20_000 {
        sum += black_box(squares(100)).len();
    }
    let names = names(100_000);
    let longest = longest(&names);
    let width = width(100_000);
    println!("{} {} {} {}", sum, names.len(), longest, width);
}
