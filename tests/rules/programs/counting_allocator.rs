// A global allocator that counts and forgets to pass realloc on: each step of growth becomes a new
// block and a copy. The lines told are those that push, never the allocator's own.
//@ expect=copy-growth function=collect_readings line=wrapped-push
//@ expect=box-churn function=boxed_sample line=wrapped-box
//@ quiet function=Counting
//@ quiet function=read_into
use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

struct Counting {
    calls: AtomicUsize,
}

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.calls.fetch_add(1, Relaxed);
        System.alloc(layout)
    }
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        System.dealloc(block, layout)
    }
}

#[global_allocator]
static COUNTING: Counting = Counting { calls: AtomicUsize::new(0) };

#[inline(never)]
fn collect_readings(n: u32) -> Vec<u32> {
    let mut readings = Vec::new();
    for i in 0..n {
        readings.push(i.wrapping_mul(40_503) >> 4); // <- wrapped-push
    }
    readings
}

#[inline(never)]
fn read_into(n: u32, readings: &mut Vec<u32>) {
    readings.clear();
    for i in 0..n {
        readings.push(i.wrapping_mul(40_503) >> 4);
    }
}

#[inline(never)]
fn boxed_sample(n: u64) -> u64 {
    let sample = black_box(Box::new([n, n + 1, n + 2])); // <- wrapped-box
    sample.iter().sum()
}

fn main() {
    let mut sum = 0u64;
    let mut readings = Vec::new();
    for _ in 0..30_000 {
        sum += collect_readings(black_box(200)).len() as u64;
        read_into(black_box(200), &mut readings);
        sum += readings.len() as u64;
    }
    for i in 0..250_000 {
        sum += boxed_sample(black_box(i));
    }
    println!("{sum} {}", COUNTING.calls.load(Relaxed));
}
