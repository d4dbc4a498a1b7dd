//! Asks for blocks in each way that Rust's code does: by size, zeroed, aligned, resized; in several
//! threads, which free each other's; with an argument in one.
use std::alloc::{alloc, dealloc, Layout};
use std::collections::HashMap;
use std::hint::black_box;
use std::sync::mpsc;
use std::thread;

#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[cfg(feature = "snmalloc")]
#[global_allocator]
static ALLOCATOR: snmalloc_rs::SnMalloc = snmalloc_rs::SnMalloc;

#[derive(Clone, Copy)]
#[repr(align(64))]
struct CacheLine([u8; 64]);

#[inline(never)]
fn boxes(n: usize) -> Vec<Box<u8>> {
    (0..n).map(|i| Box::new(black_box(i as u8))).collect()
}

#[inline(never)]
fn grown(n: usize) -> usize {
    (0..n)
        .map(|i| {
            let mut text = String::new();
            for _ in 0..i % 50 {
                text.push_str(black_box("word "));
            }
            text.len()
        })
        .sum()
}

#[inline(never)]
fn zeroed(n: usize) -> usize {
    (1..n).map(|i| black_box(vec![0u16; i]).len()).sum()
}

#[inline(never)]
fn aligned(n: usize) -> usize {
    (1..n)
        .map(|i| {
            let mut lines = Vec::with_capacity(i);
            lines.resize(i, CacheLine([0; 64]));
            lines[0].0[0] = 1;
            black_box(&lines).as_ptr() as usize % 64 + lines.len()
        })
        .sum::<usize>()
        + wider_than_long() % 16
}

/// An alignment above its size, which no type has.
#[inline(never)]
fn wider_than_long() -> usize {
    let layout = Layout::from_size_align(8, 16).unwrap();
    unsafe {
        let block = black_box(alloc(layout));
        dealloc(block, layout);
        block as usize
    }
}

#[inline(never)]
fn words(n: usize) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for i in 0..n {
        *counts.entry(format!("word{}", i % 700)).or_insert(0) += 1;
    }
    counts
}

#[inline(never)]
fn made(k: u32, n: usize) -> Vec<u32> {
    vec![black_box(k); n]
}

#[inline(never)]
fn handed_over(n: usize) -> usize {
    let (give, take) = mpsc::channel::<Vec<u32>>();
    let makers: Vec<_> = (0..4)
        .map(|k| {
            let give = give.clone();
            thread::spawn(move || {
                for i in 0..n {
                    give.send(made(k, 1 + i % 90)).unwrap();
                }
            })
        })
        .collect();
    drop(give);
    let sum = take.iter().map(|numbers| numbers.len()).sum();
    for maker in makers {
        maker.join().unwrap();
    }
    sum
}

fn main() {
    let n = 2000;
    let kept = boxes(n);
    let mut sum = grown(n) + zeroed(n) + aligned(200);
    sum += (0..50).map(|_| words(n / 10).len()).sum::<usize>();
    if std::env::args().len() == 1 {
        sum += handed_over(n);
    }
    println!("{} {sum}", kept.len());
}
