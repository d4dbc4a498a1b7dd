use std::hint::black_box;

#[inline(never)]
fn numbers(n: u32) -> Vec<u32> {
    let mut all = Vec::with_capacity(n as usize);
    for i in 0..n {
        all.push(i ^ 5);
    }
    all
}

fn main() {
    let mut sum = 0;
    for _ in 0..400_000 {
        sum += numbers(black_box(500)).len();
    }
    println!("{sum}");
}
