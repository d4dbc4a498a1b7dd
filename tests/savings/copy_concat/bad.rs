//@ rule=copy-growth function=gather
use std::hint::black_box;

#[inline(never)]
fn gather(n: u32) -> Vec<u32> {
    let mut all: Vec<u32> = Vec::new();
    for i in 0..n {
        all = [&all[..], &[i, i + 1]].concat();
    }
    all
}

fn main() {
    let mut sum = 0;
    for _ in 0..6_000 {
        sum += gather(black_box(300)).len();
    }
    println!("{sum}");
}
