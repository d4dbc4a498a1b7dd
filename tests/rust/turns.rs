// One thread at a time, while the main one waits, and then another: each works long enough to be taken
// for the only one, and neither is. Each turn of 30000 boxes of 64 bytes (1920000) ends with a block that
// goes again, of 100000 bytes and 1000 more each time: the peak is the second thread's last, with what
// the first one still holds.
//@ site small tb=7680000 tbk=120000 gb=0 gbk=0 eb=0 ebk=0
//@ site high tb=406000 tbk=4 gb=103000 gbk=1 eb=0 ebk=0
//@ site held tb=12000 tbk=2 gb=12000 gbk=2 eb=0 ebk=0
use std::hint::black_box;
use std::sync::{Arc, Barrier};
use std::thread;

#[inline(never)]
fn small() {
    drop(black_box(Box::new([7u8; 64])));
}

#[inline(never)]
fn high(i: usize) {
    drop(black_box(Vec::<u8>::with_capacity(100_000 + i * 1000)));
}

#[inline(never)]
fn held() -> Vec<u8> {
    black_box(Vec::with_capacity(6000))
}

fn turn(i: usize) {
    for _ in 0..30000 {
        small();
    }
    high(i);
}

// The thread whose number is `mine` works in every second turn of four.
fn work(mine: usize, barrier: &Barrier) {
    let kept = held();
    barrier.wait();
    for i in 0..4 {
        if i % 2 == mine {
            turn(i);
        }
        barrier.wait();
    }
    black_box(kept);
}

fn main() {
    let barrier = Arc::new(Barrier::new(2));
    let threads: Vec<_> = (0..2)
        .map(|i| {
            let barrier = barrier.clone();
            thread::spawn(move || work(i, &barrier))
        })
        .collect();
    for t in threads {
        t.join().unwrap();
    }
}
