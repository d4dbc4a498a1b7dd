// The benchmark's program: it does little but allocate. From a stack of DEPTH frames below main, in
// PATHS different ways to get there, it makes short Strings and Vecs and boxes and drops them.
//
//   churn DEPTH PATHS THREADS EVENTS
//
// EVENTS is how many allocations and reallocs are made in all, at least. It prints how many.
use std::hint::black_box;

/// Allocations and reallocs of one leaf: 1 (String) + 2 (Vec of 4, then 8 numbers) + 1 (box).
const EVENTS_PER_LEAF: u64 = 4;

#[inline(never)]
fn short_string() -> usize {
    let mut s = String::with_capacity(48);
    for _ in 0..4 {
        s.push_str(black_box("some word "));
    }
    black_box(s).len()
}

#[inline(never)]
fn short_vec(seed: u64) -> u64 {
    let mut v = Vec::new();
    for i in 0..6 {
        v.push(black_box(seed + i));
    }
    black_box(v)[5]
}

#[inline(never)]
fn short_box(seed: u64) -> u64 {
    black_box(Box::new([seed; 3]))[2]
}

#[inline(never)]
fn leaves(seed: u64) -> u64 {
    black_box(short_string() as u64 + short_vec(seed) + short_box(seed))
}

/// One frame per level. The bits of `path` choose between two calls, so each path is another stack.
#[inline(never)]
fn descend(level: u64, path: u64) -> u64 {
    if level == 0 {
        return black_box(leaves(path)) + 1;
    }
    if path & 1 == 0 {
        black_box(descend(black_box(level - 1), path >> 1)) + 2
    } else {
        black_box(descend(black_box(level - 1), path >> 1)) + 3
    }
}

#[inline(never)]
fn work(depth: u64, paths: u64, events: u64) -> u64 {
    let descents = events.div_ceil(EVENTS_PER_LEAF);
    for i in 0..descents {
        black_box(descend(depth, i % paths));
    }
    descents * EVENTS_PER_LEAF
}

fn main() {
    let args: Vec<u64> = std::env::args().skip(1).map(|a| a.parse().unwrap()).collect();
    let [depth, paths, threads, events] = args[..] else {
        panic!("usage: churn DEPTH PATHS THREADS EVENTS");
    };
    // frames of its own that stand below any leaf: descend(0), leaves, short_*
    let levels = depth.saturating_sub(3);
    let made: u64 = if threads == 1 {
        work(levels, paths, events)
    } else {
        let each = events / threads;
        let workers: Vec<_> = (0..threads)
            .map(|_| std::thread::spawn(move || work(levels, paths, each)))
            .collect();
        workers.into_iter().map(|w| w.join().unwrap()).sum()
    };
    println!("{made}");
}
