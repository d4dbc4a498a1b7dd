//@ rule=clone function=measure
// A String copied to be read.
use std::hint::black_box;

#[inline(never)]
fn measure(text: &String) -> usize {
    let copy = black_box(text.clone());
    copy.len()
}

fn main() {
    let text = String::from("abcdefghijklmnopqrstuvwx");
    let mut total = 0;
    for _ in 0..8_000_000 {
        total += measure(black_box(&text));
    }
    println!("{total}");
}
