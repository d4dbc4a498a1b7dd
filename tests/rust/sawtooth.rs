// A sawtooth over time: three times a list of 100 blocks of 10,000 bytes is filled one by one, with
// equal work before each, and dropped at once. The list's own buffer of 1,600 bytes (100 slices) is
// there from the start to the end of each tooth. So at most 1,001,600 bytes are live, in 101 blocks.
//@ site fill tb=3004800 tbk=303 gb=1001600 gbk=101 eb=0 ebk=0
//@ args 1000
use std::hint::black_box;

fn work(rounds: u64) {
    for i in 0..rounds {
        black_box(i);
    }
}

#[inline(never)]
fn fill(rounds: u64) {
    let mut list: Vec<Box<[u8]>> = Vec::with_capacity(100);
    for i in 0..100 {
        work(rounds);
        list.push(black_box(vec![i; 10_000].into_boxed_slice()));
    }
    black_box(&list);
}

fn main() {
    let rounds = std::env::args().nth(1).map_or(1000, |word| word.parse().unwrap());
    for _ in 0..3 {
        fill(rounds);
    }
}
