//@ rule=growth function=text
use std::fmt::Write;
use std::hint::black_box;

// Texts that stay: their reallocs meet fresh pages, which the edit does not spare.

#[inline(never)]
fn text(i: usize) -> String {
    let mut out = String::new();
    for n in 0..6 {
        write!(out, "{{\"key{n}\":{}}},", black_box(i + n)).unwrap();
    }
    out
}

fn main() {
    let mut sum = 0;
    for round in 0..6 {
        let texts: Vec<String> = (0..40_000).map(|i| text(i + round)).collect();
        sum += texts.iter().map(String::len).sum::<usize>();
    }
    println!("{sum}");
}
