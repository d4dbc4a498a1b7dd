// Four threads allocate at the same time, and free at the same time: a barrier before each
// phase makes the live total at its highest independent of the order. Each thread fills 100
// boxes of 256 bytes (25600) and one Vec by push to 64 u64 (32 + 64 ... + 512 = 992 bytes in 5
// events, 512 live); the Vec of boxes itself is reserved at once (800 bytes).
//@ site fill_boxes tb=105600 tbk=404 gb=105600 gbk=404 eb=0 ebk=0
//@ site fill_vec tb=3968 tbk=20 gb=2048 gbk=4 eb=0 ebk=0
use std::hint::black_box;
use std::sync::{Arc, Barrier};
use std::thread;

#[inline(never)]
fn fill_boxes(n: usize) -> Vec<Box<[u8; 256]>> {
    let mut boxes = Vec::with_capacity(n);
    for _ in 0..n {
        boxes.push(Box::new(black_box([7; 256])));
    }
    boxes
}

#[inline(never)]
fn fill_vec(n: u64) -> Vec<u64> {
    let mut v = Vec::new();
    for i in 0..n {
        v.push(i);
    }
    v
}

fn work(barrier: &Barrier) -> usize {
    barrier.wait();
    let boxes = fill_boxes(black_box(100));
    let numbers = fill_vec(black_box(64));
    barrier.wait();
    boxes.len() + numbers.len()
}

fn main() {
    let barrier = Arc::new(Barrier::new(4));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let barrier = barrier.clone();
            thread::spawn(move || work(&barrier))
        })
        .collect();
    let total: usize = threads.into_iter().map(|t| t.join().unwrap()).sum();
    println!("{total}");
}
