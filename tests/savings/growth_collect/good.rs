use std::hint::black_box;

#[inline(never)]
fn matching(values: &[u32], divisor: u32) -> Vec<u32> {
    let mut found = Vec::with_capacity(256);
    found.extend(values.iter().copied().filter(|v| v % divisor == 0));
    found
}

fn main() {
    let values: Vec<u32> = (0..400).collect();
    let mut sum = 0;
    for _ in 0..400_000 {
        sum += matching(black_box(&values), black_box(2)).len();
    }
    println!("{sum}");
}
