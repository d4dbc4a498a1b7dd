// A sawtooth over time: three times a list of 100 blocks of 10,000 bytes is filled one by one, with
// equal work before each, and dropped at once. The list's own buffer of 1,600 bytes (100 slices) is
// there from the start to the end of each tooth. So at most 1,001,600 bytes are live, in 101 blocks.
// With a second argument there is a pause where each tooth is whole, and one after it: so long a part
// of all time so far that a line over time with few points shows it, however slow the machine is.
//@ site fill tb=3004800 tbk=303 gb=1001600 gbk=101 eb=0 ebk=0
//@ args 1000
use std::hint::black_box;
use std::time::{Duration, Instant};

fn work(rounds: u64) {
    for i in 0..rounds {
        black_box(i);
    }
}

fn pause(start: Option<Instant>) {
    if let Some(start) = start {
        let begun = start.elapsed();
        while start.elapsed() < begun + begun / 4 + Duration::from_millis(50) {}
    }
}

#[inline(never)]
fn fill(rounds: u64, start: Option<Instant>) {
    let mut list: Vec<Box<[u8]>> = Vec::with_capacity(100);
    for i in 0..100 {
        work(rounds);
        list.push(black_box(vec![i; 10_000].into_boxed_slice()));
    }
    pause(start);
    black_box(&list);
}

fn main() {
    let rounds = std::env::args().nth(1).map_or(1000, |word| word.parse().unwrap());
    let start = std::env::args().nth(2).map(|_| Instant::now());
    for _ in 0..3 {
        fill(rounds, start);
        pause(start);
    }
}
