// Threads that come and go while others allocate, so that sets of counters are handed on: 8 waves
// of 8 threads; each makes 200 boxes of 32 bytes and keeps every tenth. Blocks cross threads: each
// wave's kept boxes are freed by main, but for those of the last.
//@ peak varies
//@ site make_some tb=409600 tbk=12800 eb=5120 ebk=160
use std::hint::black_box;
use std::thread;

#[inline(never)]
fn make_some(n: usize, kept: &mut Vec<Box<[u8; 32]>>) {
    for i in 0..n {
        let b = black_box(Box::new(black_box([5; 32])));
        if i % 10 == 0 {
            kept.push(b);
        }
    }
}

fn main() {
    let mut total = 0;
    for wave in 0..8 {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                thread::spawn(|| {
                    let mut kept = Vec::with_capacity(20);
                    make_some(black_box(200), &mut kept);
                    kept
                })
            })
            .collect();
        for thread in threads {
            let kept = thread.join().unwrap();
            total += kept.len();
            if wave == 7 {
                std::mem::forget(kept);
            }
        }
    }
    println!("{total}");
}
