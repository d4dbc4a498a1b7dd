//@ rule=growth function=append
use std::hint::black_box;

#[inline(never)]
fn append(n: u64) -> Vec<u64> {
    let mut all = Vec::new();
    for i in 0..n {
        all.reserve_exact(1);
        all.push(i);
    }
    all
}

fn main() {
    let mut sum = 0;
    for _ in 0..40_000 {
        sum += append(black_box(200)).len();
    }
    println!("{sum}");
}
