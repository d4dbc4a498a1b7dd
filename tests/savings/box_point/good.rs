use std::hint::black_box;

#[inline(never)]
fn length(i: u64) -> u64 {
    let point = black_box([i, i + 1, i + 2, i + 3]);
    point[0] + point[3]
}

fn main() {
    let mut total = 0;
    for i in 0..10_000_000 {
        total += length(black_box(i));
    }
    println!("{total}");
}
