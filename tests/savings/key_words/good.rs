use std::collections::HashMap;
use std::hint::black_box;

#[inline(never)]
fn count(words: &[&str]) -> HashMap<String, u32> {
    let mut counts = HashMap::new();
    for word in words {
        if let Some(n) = counts.get_mut(*word) {
            *n += 1;
        } else {
            counts.insert(word.to_string(), 1);
        }
    }
    counts
}

fn main() {
    let names: Vec<String> = (0..500).map(|i| format!("word{i}")).collect();
    let words: Vec<&str> = (0..2_000_000).map(|i| names[(i * 7919) % 500].as_str()).collect();
    println!("{}", count(black_box(&words)).len());
}
