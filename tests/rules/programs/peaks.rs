// Where the memory is when it is most.
//@ expect=peak function=load_all line=peak-load severity=any
//@ quiet=peak function=piece
//@ quiet function=piece
//@ quiet function=small_part
use std::hint::black_box;

#[inline(never)]
fn load_all(n: usize) -> Vec<u64> {
    let mut all = Vec::with_capacity(n); // <- peak-load
    all.extend((0..n as u64).map(|i| i ^ 0x5555));
    all
}

#[inline(never)]
fn piece(all: &[u64]) -> u64 {
    let part = all.iter().rev().copied().take(3_000).collect::<Vec<u64>>();
    black_box(&part).iter().sum()
}

#[inline(never)]
fn small_part(n: usize) -> Vec<Vec<u8>> {
    (0..n).map(|i| vec![i as u8; 300]).collect()
}

fn main() {
    let parts = small_part(black_box(500));
    let all = load_all(black_box(2_000_000));
    let sum: u64 = all.chunks(5_000).map(piece).sum();
    drop(all);
    let later = small_part(black_box(300));
    println!("{sum} {} {}", parts.len(), later.len());
}
