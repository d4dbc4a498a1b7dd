use std::collections::HashSet;
use std::hint::black_box;

#[inline(never)]
fn tags(n: u32) -> HashSet<u32> {
    let mut set = HashSet::with_capacity(n as usize);
    for i in 0..n {
        set.insert(i * 7);
    }
    set
}

fn main() {
    let mut sum = 0;
    for _ in 0..400_000 {
        sum += tags(black_box(20)).len();
    }
    println!("{sum}");
}
