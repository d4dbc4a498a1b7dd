//@ rule=growth function=fill
use std::hint::black_box;

#[inline(never)]
fn fill(n: u64) -> Vec<u64> {
    let mut values = Vec::new();
    for i in 0..n {
        values.push(i * 3);
    }
    values
}

fn main() {
    let mut sum = 0;
    for _ in 0..150_000 {
        sum += fill(black_box(1000)).len();
    }
    println!("{sum}");
}
