//@ rule=lines function=count
// The lines of a text in memory, counted by length.
use std::hint::black_box;
use std::io::{BufRead, Cursor};

fn text() -> Vec<u8> {
    let mut text = Vec::with_capacity(1 << 20);
    for i in 0..40_000 {
        text.extend(std::iter::repeat(b'a').take(10 + i % 21));
        text.push(b'\n');
    }
    text
}

#[inline(never)]
fn count(text: &[u8]) -> usize {
    let mut total = 0;
    for line in Cursor::new(text).lines() {
        total += black_box(&line.unwrap()).len();
    }
    total
}

fn main() {
    let text = text();
    let mut total = 0;
    for _ in 0..60 {
        total += count(black_box(&text));
    }
    println!("{total}");
}
