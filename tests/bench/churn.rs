// The benchmark's program: it does little but allocate. From a stack of DEPTH frames below main, in
// PATHS different ways to get there, it makes short Strings and Vecs and drops them.
//
//   churn DEPTH PATHS THREADS EVENTS [short|growing [SKIP]]
//
// Each descent makes one short String and one short Vec: as many frees as allocations, no reallocs.
// With "growing" it makes a String that grows from 8 to 32 bytes and a Vec that grows from 4 to 8
// numbers instead: 5 allocations and reallocs, 2 frees. EVENTS is how many allocations and reallocs
// are made in all, at least. It prints how many. The ways differ in the outermost frames, or in those
// below the SKIP outermost ones (64 at most). With one thread it is the main one that works; with 0 it
// waits for another one, as a test's main thread does.
use std::hint::black_box;

#[inline(never)]
fn short_string() -> usize {
    black_box(black_box("a short string").to_string()).len()
}

#[inline(never)]
fn short_vec(seed: u64) -> u64 {
    black_box(vec![seed, seed + 1, seed + 2, black_box(seed)])[3]
}

#[inline(never)]
fn growing_string() -> usize {
    let mut s = String::new();
    for _ in 0..4 {
        s.push_str(black_box("8 bytes."));
    }
    black_box(s).len()
}

#[inline(never)]
fn growing_vec(seed: u64) -> u64 {
    let mut v = Vec::new();
    for i in 0..6 {
        v.push(black_box(seed + i));
    }
    black_box(v)[5]
}

/// What stands at the bottom of a descent, and how many allocations and reallocs it makes.
#[derive(Clone, Copy)]
struct Leaf {
    run: fn(u64) -> u64,
    events: u64,
}

const SHORT: Leaf = Leaf { run: short, events: 2 };
const GROWING: Leaf = Leaf { run: growing, events: 5 };

#[inline(never)]
fn short(seed: u64) -> u64 {
    black_box(short_string() as u64 + short_vec(seed))
}

#[inline(never)]
fn growing(seed: u64) -> u64 {
    black_box(growing_string() as u64 + growing_vec(seed))
}

/// One frame per level. The bits of `path` choose between two calls, so each path is another stack.
#[inline(never)]
fn descend(leaf: Leaf, level: u64, path: u64) -> u64 {
    if level == 0 {
        return black_box((leaf.run)(path)) + 1;
    }
    if path & 1 == 0 {
        black_box(descend(leaf, black_box(level - 1), path >> 1)) + 2
    } else {
        black_box(descend(leaf, black_box(level - 1), path >> 1)) + 3
    }
}

#[inline(never)]
fn work(leaf: Leaf, levels: u64, paths: u64, skip: u32, events: u64) -> u64 {
    let descents = events.div_ceil(leaf.events);
    for i in 0..descents {
        black_box(descend(leaf, levels, (i % paths) << skip));
    }
    descents * leaf.events
}

/// Blocks of the sizes that the C library keeps in a thread's cache. A new thread's cache holds chunks
/// of the main arena (those that it was started with); reused by each thread they would share cache
/// lines and the arena's lock, and the bare program would not scale. So the thread holds them.
fn use_up_cache() -> Vec<Vec<u8>> {
    (0..1024).step_by(16).flat_map(|size| (0..8).map(move |_| Vec::with_capacity(size + 8))).collect()
}

/// What the command line says; what is made is printed.
pub fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<u64> = args.iter().take(4).map(|a| a.parse().unwrap()).collect();
    let [depth, paths, threads, events] = numbers[..] else {
        panic!("usage: churn DEPTH PATHS THREADS EVENTS [short|growing [SKIP]]");
    };
    let leaf = if args.get(4).is_some_and(|a| a == "growing") { GROWING } else { SHORT };
    let skip: u32 = args.get(5).map_or(0, |a| a.parse().unwrap());
    println!("{}", churn(leaf, depth, paths, skip, threads, events));
}

#[no_mangle]
pub extern "C" fn churn_short(depth: u64, paths: u64, threads: u64, events: u64) -> u64 {
    churn(SHORT, depth, paths, 0, threads, events)
}

fn churn(leaf: Leaf, depth: u64, paths: u64, skip: u32, threads: u64, events: u64) -> u64 {
    // frames of its own that stand below any descent: descend(0), the leaf, its function
    let levels = depth.saturating_sub(3);
    if threads == 1 {
        let _held = use_up_cache();
        return work(leaf, levels, paths, skip, events);
    }
    let workers = threads.max(1);
    let each = events / workers;
    let workers: Vec<_> = (0..workers)
        .map(|_| {
            std::thread::spawn(move || {
                let _held = use_up_cache();
                work(leaf, levels, paths, skip, each)
            })
        })
        .collect();
    workers.into_iter().map(|w| w.join().unwrap()).sum()
}
