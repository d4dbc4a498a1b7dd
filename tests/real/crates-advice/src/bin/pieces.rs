//! rayon: work in pieces that are smaller than what handing them out takes.

use rayon::prelude::*;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

#[inline(never)]
fn odd_squares(row: &[u64]) -> Vec<u64> {
    row.par_iter().filter(|&n| n % 2 == 1).map(|n| n * n).collect()
}

#[inline(never)]
fn odd_squares_plainly(row: &[u64]) -> Vec<u64> {
    let mut odd = Vec::with_capacity(row.len());
    odd.extend(row.iter().filter(|&n| n % 2 == 1).map(|n| n * n));
    odd
}

#[inline(never)]
fn counted(items: &[u64]) -> u64 {
    let sum = AtomicU64::new(0);
    rayon::scope(|scope| {
        for &item in items {
            let sum = &sum;
            scope.spawn(move |_| {
                sum.fetch_add(black_box(item) & 1, Ordering::Relaxed);
            });
        }
    });
    sum.into_inner()
}

#[inline(never)]
fn letters(line: &str) -> usize {
    line.split(' ').par_bridge().map(str::len).sum()
}

fn main() {
    let row: Vec<u64> = (0..2_000).collect();
    let mut sum = 0;
    for _ in 0..1_000 {
        sum += odd_squares(black_box(&row)).len() as u64;
        sum += odd_squares_plainly(black_box(&row)).len() as u64;
        sum += counted(black_box(&row[..100]));
        sum += letters(black_box("a few words only")) as u64;
    }
    println!("{sum}");
}
