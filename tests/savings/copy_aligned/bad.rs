//@ rule=copy-growth function=lanes
use std::hint::black_box;

#[derive(Clone, Copy)]
#[repr(align(64))]
struct Lane([u32; 16]);

#[inline(never)]
fn lanes(n: u32) -> Vec<Lane> {
    let mut all = Vec::new();
    for i in 0..n {
        all.push(Lane([i; 16]));
    }
    all
}

fn main() {
    let mut sum = 0;
    for _ in 0..100_000 {
        sum += lanes(black_box(100)).iter().map(|lane| lane.0[0]).sum::<u32>();
    }
    println!("{sum}");
}
