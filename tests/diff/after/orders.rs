//! The program after the advice was taken: with_capacity, no clone, one String reused. Functions
//! stand in other lines than before.
use std::fmt::Write;
use std::hint::black_box;

#[inline(never)]
fn squares(n: u64) -> Vec<u64> {
    let mut numbers = Vec::with_capacity(n as usize);
    for i in 0..n {
        numbers.push(i * i);
    }
    numbers
}

#[inline(never)]
fn longest(names: &[String]) -> usize {
    let mut best = 0;
    for name in names {
        best = best.max(black_box(name).len());
    }
    best
}

#[inline(never)]
fn width(n: u64) -> usize {
    let mut total = 0;
    let mut text = String::with_capacity(20);
    for i in 0..n {
        text.clear();
        write!(text, "{}", black_box(i)).unwrap();
        total += black_box(&text).len();
    }
    total
}

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
