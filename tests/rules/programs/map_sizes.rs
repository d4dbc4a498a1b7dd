// Maps of small items: what they end with, and whether they stay where they are made. test_advice.py
// knows with how many items each function's maps end.
//@ expect=hash-growth function=palette line=palette
//@ expect=hash-growth function=cells line=cells
//@ expect=hash-growth function=visitors line=visitors
//@ expect=map-reuse function=visitors line=visitors severity=any
//@ quiet=map-reuse function=palette
//@ quiet=map-reuse function=cells
//@ quiet function=palette_sized
use std::collections::{HashMap, HashSet};
use std::hint::black_box;

type Colour = [u8; 3];

/// Items of 3 bytes; 300 in each.
#[inline(never)]
fn palette(image: &[Colour]) -> HashSet<Colour> {
    let mut colours = HashSet::new();
    for colour in image {
        colours.insert(*colour); // <- palette
    }
    colours
}

#[inline(never)]
fn palette_sized(image: &[Colour]) -> HashSet<Colour> {
    let mut colours = HashSet::with_capacity(image.len());
    for colour in image {
        colours.insert(*colour);
    }
    colours
}

struct Sheet {
    cells: HashMap<(u16, u16), u16>,
}

/// Items of 6 bytes; of ten maps two end with 7 at most, four with 14, three with 28, one with 56.
#[inline(never)]
fn cells(number: usize) -> Sheet {
    let mut cells = HashMap::new();
    for n in 0..[5, 6, 9, 10, 12, 14, 15, 20, 28, 50][number % 10] {
        cells.insert((n, number as u16), 1); // <- cells
    }
    Sheet { cells }
}

/// Items of 4 bytes; of ten sets five end with 28 at most, four with 56, one with 112.
#[inline(never)]
fn visitors(day: u32) -> usize {
    let mut seen = HashSet::new();
    for n in 0..[20, 50, 28, 29, 15, 100, 26, 56, 18, 40][day as usize % 10] {
        seen.insert(n ^ day << 8); // <- visitors
    }
    seen.len()
}

fn main() {
    let image: Vec<Colour> = (0..900u32).map(|n| [(n % 20) as u8, (n % 15) as u8, (n % 25) as u8]).collect();
    let mut sum = 0;
    let mut palettes = Vec::with_capacity(25);
    for _ in 0..80 {
        for _ in 0..25 {
            palettes.push(palette(black_box(&image)));
        }
        sum += palettes.iter().map(HashSet::len).sum::<usize>();
        palettes.clear();
        for _ in 0..5 {
            palettes.push(palette_sized(black_box(&image)));
        }
        sum += palettes.iter().map(HashSet::len).sum::<usize>();
        palettes.clear();
    }
    let mut sheets = Vec::with_capacity(200);
    for _ in 0..100 {
        for n in 0..200 {
            sheets.push(cells(black_box(n)));
        }
        sum += sheets.iter().map(|sheet| sheet.cells.len()).sum::<usize>();
        sheets.clear();
    }
    for day in 0..20_000 {
        sum += visitors(black_box(day));
    }
    println!("{sum}");
}
