// Whole images: pages given back to the system and taken again each time; and one peak.
//@ expect=huge-churn function=whole_image line=huge-image
//@ expect=huge-churn function=layers line=huge-grown
//@ expect=peak function=layers line=huge-grown severity=any
//@ quiet function=whole_image_in
//@ quiet function=tiles
use std::hint::black_box;

#[inline(never)]
fn whole_image(round: u8) -> u64 {
    let mut image = vec![round; 36 << 20]; // <- huge-image
    image[17] = 3;
    black_box(&image).iter().step_by(4_096).map(|&b| u64::from(b)).sum()
}

#[inline(never)]
fn whole_image_in(round: u8, image: &mut Vec<u8>) -> u64 {
    image.clear();
    image.resize(36 << 20, round);
    black_box(&*image).iter().step_by(4_096).map(|&b| u64::from(b)).sum()
}

/// Several layers, put together.
#[inline(never)]
fn layers(n: u32) -> u64 {
    let mut all: Vec<u64> = Vec::with_capacity(5 << 20); // <- huge-grown
    for layer in 0..n {
        all.extend((0..1 << 20).step_by(512).map(|at: u64| at ^ u64::from(layer)));
        all.resize((layer as usize + 1) << 20, 7);
    }
    black_box(&all).iter().step_by(999).sum()
}

#[inline(never)]
fn tiles(n: usize) -> usize {
    (0..n).map(|tile| black_box(vec![tile as u8; 60_000]).len()).sum()
}

fn main() {
    let mut sum = 0;
    for round in 0..4 {
        sum += whole_image(black_box(round));
        sum += layers(black_box(5));
    }
    let mut image = Vec::new();
    for round in 0..4 {
        sum += whole_image_in(black_box(round), &mut image);
    }
    drop(image);
    println!("{sum} {}", tiles(black_box(300)));
}
