//! rayon: readings are worked on in parallel; a buffer per item, or one per task.
//! (In line tables an inlined closure has no more name than {closure#0}.)

//@ expect=parallel-temp function=smoothed|{closure#0} line=par-buffer
//@ quiet function=smoothed_in
use rayon::prelude::*;
use std::hint::black_box;

fn median(window: &[u32], sorted: &mut Vec<u32>) -> u32 {
    sorted.clear();
    sorted.extend_from_slice(window);
    sorted.sort_unstable();
    sorted[sorted.len() / 2]
}

#[inline(never)]
fn smoothed(readings: &[u32]) -> Vec<u32> {
    readings
        .par_windows(21)
        .map(|window| {
            let mut sorted = Vec::new();
            for &reading in window {
                sorted.push(reading); // <- par-buffer
            }
            sorted.sort_unstable();
            sorted[10]
        })
        .collect()
}

#[inline(never)]
fn smoothed_in(readings: &[u32]) -> Vec<u32> {
    readings.par_windows(21).map_init(Vec::new, |sorted, window| median(window, sorted)).collect()
}

fn main() {
    let readings: Vec<u32> = (0..120_000u32).map(|i| i.wrapping_mul(2_654_435_761) >> 20).collect();
    let (a, b) = (smoothed(black_box(&readings)), smoothed_in(black_box(&readings)));
    assert_eq!(a, b);
    println!("{}", a.iter().map(|&n| u64::from(n)).sum::<u64>());
}
