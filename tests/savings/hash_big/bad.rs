//@ rule=hash-growth function=index
use std::collections::HashMap;
use std::hint::black_box;

#[inline(never)]
fn index(n: u64) -> HashMap<u64, [u64; 3]> {
    let mut map = HashMap::new();
    for i in 0..n {
        map.insert(i.wrapping_mul(0x9e3779b97f4a7c15), [i; 3]);
    }
    map
}

fn main() {
    let mut sum = 0;
    for _ in 0..40 {
        sum += index(black_box(100_000)).len();
    }
    println!("{sum}");
}
