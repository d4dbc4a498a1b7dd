use std::collections::HashMap;
use std::hint::black_box;

#[inline(never)]
fn index(n: u64) -> HashMap<u64, u64> {
    let mut map = HashMap::with_capacity(n as usize);
    for i in 0..n {
        map.insert(i.wrapping_mul(0x9e3779b97f4a7c15), i);
    }
    map
}

fn main() {
    let mut sum = 0;
    for _ in 0..8_000 {
        sum += index(black_box(1000)).len();
    }
    println!("{sum}");
}
