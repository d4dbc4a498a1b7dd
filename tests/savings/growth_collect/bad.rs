//@ rule=growth function=matching
use std::hint::black_box;

#[inline(never)]
fn matching(values: &[u32], mask: u32) -> Vec<u32> {
    values.iter().copied().filter(|v| v & mask == 0).collect()
}

fn main() {
    let values: Vec<u32> = (0..120).collect();
    let mut sum = 0;
    for _ in 0..500_000 {
        sum += matching(black_box(&values), black_box(1)).len();
    }
    println!("{sum}");
}
