use std::hint::black_box;

#[inline(never)]
fn measure(text: &str) -> usize {
    let copy = text.trim();
    black_box(copy).len()
}

fn main() {
    let mut total = 0;
    for _ in 0..6_000_000 {
        total += measure(black_box("  hello world  "));
    }
    println!("{total}");
}
