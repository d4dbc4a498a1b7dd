use std::collections::HashMap;
use std::hint::black_box;

#[inline(never)]
fn count<'a>(names: &'a [String]) -> HashMap<&'a str, u32> {
    let mut map = HashMap::with_capacity(names.len());
    for name in names {
        *map.entry(name.as_str()).or_insert(0) += 1;
    }
    map
}

fn main() {
    let names: Vec<String> = (0..600).map(|i| format!("user-{:06}", i * 7919)).collect();
    let mut sum = 0;
    for _ in 0..6_000 {
        sum += count(black_box(&names)).len();
    }
    println!("{sum}");
}
