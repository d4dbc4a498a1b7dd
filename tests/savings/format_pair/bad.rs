//@ rule=format-temp function=label
// A label for each pair, used once.
use std::hint::black_box;

#[inline(never)]
fn label(a: u32) -> usize {
    let text = format!("{}-{}", a, a + 1);
    black_box(&text).len()
}

fn main() {
    let mut total = 0;
    for i in 0..3_000_000 {
        total += label(black_box(i));
    }
    println!("{total}");
}
