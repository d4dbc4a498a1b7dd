//@ rule=copy-growth function=fill
use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};

struct Counting;
static CALLS: AtomicUsize = AtomicUsize::new(0);

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        CALLS.fetch_add(1, Ordering::Relaxed);
        System.alloc(layout)
    }
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        System.dealloc(block, layout)
    }
}

#[global_allocator]
static GLOBAL: Counting = Counting;

#[inline(never)]
fn fill(n: u64) -> Vec<u64> {
    let mut values = Vec::new();
    for i in 0..n {
        values.push(i * 3);
    }
    values
}

fn main() {
    let mut sum = 0;
    for _ in 0..60_000 {
        sum += fill(black_box(1000)).len();
    }
    println!("{sum} {}", CALLS.load(Ordering::Relaxed) > 0);
}
