use std::hint::black_box;

#[inline(never)]
fn fill(n: u64) -> Vec<u64> {
    let mut values = Vec::with_capacity(n as usize);
    for i in 0..n {
        values.push(i * 3);
    }
    values
}

fn main() {
    let mut sum = 0;
    for i in 0..1_500_000 {
        sum += fill(black_box(8 + i % 12)).len();
    }
    println!("{sum}");
}
