// Search in a grid: neighbours in small Vecs, paths that are cloned to become longer.
//@ expect=small-buffer function=neighbours line=small-neighbours
//@ expect=small-buffer function=triangle line=small-literal
//@ expect=small-buffer function=split_pair line=small-collect
//@ expect=clone-then-grow function=all_paths line=clone-path
//@ expect=clone-then-grow function=with_suffix line=clone-text
//@ quiet function=neighbours_array
//@ quiet function=triangle_array
//@ quiet function=split_pair_once
//@ quiet function=longer_path
//@ quiet function=flood
use std::collections::VecDeque;
use std::hint::black_box;

type Place = (i16, i16);

struct Grid {
    size: i16,
    walls: Vec<bool>,
}

impl Grid {
    fn new(size: i16) -> Self {
        let walls = (0..i32::from(size) * i32::from(size)).map(|i| (i * 7919) % 11 == 3).collect();
        Grid { size, walls }
    }

    fn free(&self, (x, y): Place) -> bool {
        let inside = 0 <= x && x < self.size && 0 <= y && y < self.size;
        inside && !self.walls[(y * self.size + x) as usize]
    }

    #[inline(never)]
    fn neighbours(&self, (x, y): Place) -> Vec<Place> {
        let mut found = Vec::with_capacity(4); // <- small-neighbours
        for place in [(x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)] {
            if self.free(place) {
                found.push(place);
            }
        }
        found
    }

    #[inline(never)]
    fn neighbours_array(&self, (x, y): Place) -> ([Place; 4], usize) {
        let (mut found, mut n) = ([(0, 0); 4], 0);
        for place in [(x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)] {
            if self.free(place) {
                found[n] = place;
                n += 1;
            }
        }
        (found, n)
    }

    #[inline(never)]
    fn flood(&self, array: bool, seen: &mut [bool], queue: &mut VecDeque<Place>) -> usize {
        seen.fill(false);
        queue.clear();
        queue.push_back((0, 0));
        let mut reached = 0;
        while let Some(place) = queue.pop_front() {
            let at = (place.1 * self.size + place.0) as usize;
            if std::mem::replace(&mut seen[at], true) {
                continue;
            }
            reached += 1;
            if array {
                let (next, n) = self.neighbours_array(place);
                queue.extend(&next[..n]);
            } else {
                queue.extend(self.neighbours(place));
            }
        }
        reached
    }
}

#[inline(never)]
fn triangle(a: u32, b: u32) -> u32 {
    let sides = black_box(vec![a, b, a ^ b]); // <- small-literal
    sides.iter().sum()
}

#[inline(never)]
fn triangle_array(a: u32, b: u32) -> u32 {
    let sides = black_box([a, b, a ^ b]);
    sides.iter().sum()
}

#[inline(never)]
fn split_pair(text: &str) -> usize {
    let parts: Vec<&str> = text.splitn(2, '=').collect(); // <- small-collect
    if parts.len() == 2 { parts[0].len() * parts[1].len() } else { 0 }
}

#[inline(never)]
fn split_pair_once(text: &str) -> usize {
    text.split_once('=').map_or(0, |(key, value)| key.len() * value.len())
}

/// Depth first, a path per branch.
#[inline(never)]
fn all_paths(path: &[u16], depth: usize, found: &mut Vec<u64>) {
    if path.len() == depth {
        found[path[depth - 1] as usize % 4] += 1;
        return;
    }
    for step in 0..3u16 {
        let mut longer = path.to_vec(); // <- clone-path
        longer.push(step); // <- clone-path
        all_paths(&longer, depth, found);
    }
}

#[inline(never)]
fn longer_path(path: &mut Vec<u16>, depth: usize, found: &mut Vec<u64>) {
    if path.len() == depth {
        found[path[depth - 1] as usize % 4] += 1;
        return;
    }
    for step in 0..3 {
        path.push(step);
        longer_path(path, depth, found);
        path.pop();
    }
}

#[inline(never)]
fn with_suffix(name: &String) -> usize {
    let mut file = name.clone(); // <- clone-text
    file.push_str(".backup"); // <- clone-text
    file.len()
}

fn main() {
    let grid = Grid::new(60);
    let (mut seen, mut queue) = (vec![false; 3_600], VecDeque::with_capacity(4_000));
    let mut sum = 0usize;
    for i in 0..200 {
        sum += grid.flood(black_box(i % 2 == 1), &mut seen, &mut queue);
    }
    for i in 0..250_000 {
        sum += triangle(black_box(i), 77) as usize;
        sum += triangle_array(black_box(i), 77) as usize;
        sum += split_pair(black_box("colour=greenish"));
        sum += split_pair_once(black_box("colour=greenish"));
    }
    let mut found = vec![0; 4];
    all_paths(&[1], 11, &mut found);
    longer_path(&mut vec![1], 11, &mut found);
    let name = String::from("a rather long name of a file");
    for _ in 0..100_000 {
        sum += with_suffix(black_box(&name));
    }
    println!("{sum} {found:?}");
}
