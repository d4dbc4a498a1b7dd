//@ rule=key-temp function=count
// Words counted by owned keys.
use std::collections::HashMap;
use std::hint::black_box;

#[inline(never)]
fn count(words: &[&str]) -> HashMap<String, u32> {
    let mut counts = HashMap::new();
    for word in words {
        *counts.entry(word.to_string()).or_insert(0) += 1;
    }
    counts
}

fn main() {
    let names: Vec<String> = (0..500).map(|i| format!("word{i}")).collect();
    let words: Vec<&str> = (0..2_000_000).map(|i| names[(i * 7919) % 500].as_str()).collect();
    println!("{}", count(black_box(&words)).len());
}
