// Threads that allocate and free at once, so that each finds the live total changed by the other;
// then, when they have ended, one block that makes the peak. Prints its size.
use std::hint::black_box;

const BIG: usize = 3_000_000;

fn churn(seed: usize) -> usize {
    let mut kept = Vec::new();
    for i in 0..200_000 {
        let size = 16 + (i * 31 + seed) % 200;
        kept.push(black_box(vec![0u8; size]));
        if kept.len() == 20 {
            kept.clear();
        }
    }
    kept.len()
}

fn main() {
    let threads: Vec<_> = (0..3).map(|i| std::thread::spawn(move || churn(i))).collect();
    let left: usize = threads.into_iter().map(|t| t.join().unwrap()).sum();
    let big = black_box(vec![1u8; BIG]);
    println!("{} {}", big.len(), left);
}
