// A global allocator that passes everything on: nothing to say about it, and the lines of the
// program are told as if it were not there.
//@ expect=growth function=letters line=passed-growth
//@ quiet function=Passing
//@ quiet function=letters_sized
//@ quiet=copy-growth function=letters
use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

static BYTES: AtomicUsize = AtomicUsize::new(0);

struct Passing;

unsafe impl GlobalAlloc for Passing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        BYTES.fetch_add(layout.size(), Relaxed);
        System.alloc(layout)
    }
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        System.dealloc(block, layout)
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        System.alloc_zeroed(layout)
    }
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        System.realloc(block, layout, size)
    }
}

#[global_allocator]
static PASSING: Passing = Passing;

#[inline(never)]
fn letters(text: &str) -> Vec<char> {
    let mut found = Vec::new();
    text.chars().for_each(|c| {
        if c.is_alphabetic() {
            found.push(c); // <- passed-growth
        }
    });
    found
}

#[inline(never)]
fn letters_sized(text: &str) -> Vec<char> {
    let mut found = Vec::with_capacity(text.len());
    found.extend(text.chars().filter(|c| c.is_alphabetic()));
    found
}

fn main() {
    let text = "The quick brown fox jumps over the lazy dog; pack my box with five dozen liquor jugs. ".repeat(2);
    let mut sum = 0;
    for _ in 0..40_000 {
        sum += letters(black_box(&text)).len();
    }
    for _ in 0..4_000 {
        sum += letters_sized(black_box(&text)).len();
    }
    println!("{sum} {}", BYTES.load(Relaxed) > 0);
}
