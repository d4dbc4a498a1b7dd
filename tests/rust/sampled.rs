// A program whose totals are known, for the comparison of estimates with exact counts: blocks of many
// sizes that are freed at once, some that are kept, two threads, and Vecs that grow.
//
//   sampled [grow]
use std::hint::black_box;

const SIZES: [usize; 8] = [16, 24, 40, 100, 500, 2000, 10_000, 60_000];

#[inline(never)]
fn churn(rounds: usize) {
    for _ in 0..rounds {
        for size in SIZES {
            black_box(Vec::<u8>::with_capacity(black_box(size)));
        }
    }
}

#[inline(never)]
fn keep(blocks: usize) {
    for _ in 0..blocks {
        std::mem::forget(black_box(Vec::<u8>::with_capacity(black_box(1000))));
    }
}

#[inline(never)]
fn grow(rounds: usize) {
    for _ in 0..rounds {
        let mut v = Vec::new();
        for i in 0..black_box(3000u64) {
            v.push(i);
        }
        black_box(v);
    }
}

fn main() {
    if std::env::args().nth(1).is_some() {
        grow(200);
        return;
    }
    keep(20_000);
    let other = std::thread::spawn(|| churn(10_000));
    churn(10_000);
    other.join().unwrap();
}
