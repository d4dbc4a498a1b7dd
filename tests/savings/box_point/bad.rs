//@ rule=box-churn function=length
// A box for four numbers that are used at once.
use std::hint::black_box;

#[inline(never)]
fn length(i: u64) -> u64 {
    let point = black_box(Box::new([i, i + 1, i + 2, i + 3]));
    point[0] + point[3]
}

fn main() {
    let mut total = 0;
    for i in 0..10_000_000 {
        total += length(black_box(i));
    }
    println!("{total}");
}
