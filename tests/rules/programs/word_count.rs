// Word counting per document: hash tables that grow from nothing, and ones that need not.
//@ expect=hash-growth function=count_words line=hash-words
//@ expect=hash-growth function=distinct line=hash-set
//@ expect=hash-growth function=or_default line=hash-group
//@ expect=hash-growth function=index line=hash-extend
//@ expect=hash-growth function=tally_bytes line=hash-own-hasher
//@ expect=hasher function=ids line=hash-ids severity=info
//@ expect=hash-growth function=ids line=hash-ids
//@ expect=map-reuse function=ids line=hash-ids severity=info
//@ quiet function=count_words_sized
//@ quiet function=count_words_reused
//@ quiet function=distinct_sized
//@ quiet function=from_pairs
//@ quiet function=one_map
//@ quiet=hasher function=tally_bytes
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::hint::black_box;

#[derive(Default)]
struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for &b in bytes {
            self.0 = (self.0.rotate_left(5) ^ u64::from(b)).wrapping_mul(0x517c_c1b7_2722_0a95);
        }
    }
    fn write_u64(&mut self, n: u64) {
        self.0 = (self.0.rotate_left(5) ^ n).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

type Mixed = BuildHasherDefault<Mix>;

#[inline(never)]
fn count_words(text: &str) -> usize {
    let mut counts: HashMap<&str, u32> = HashMap::new();
    for word in text.split_ascii_whitespace() {
        *counts.entry(word).or_insert(0) += 1; // <- hash-words
    }
    counts.values().filter(|&&n| n == 1).count()
}

#[inline(never)]
fn count_words_sized(text: &str, expected: usize) -> usize {
    let mut counts: HashMap<&str, u32> = HashMap::with_capacity(expected);
    for word in text.split_ascii_whitespace() {
        *counts.entry(word).or_insert(0) += 1;
    }
    counts.values().filter(|&&n| n == 1).count()
}

#[inline(never)]
fn count_words_reused<'a>(text: &'a str, counts: &mut HashMap<&'a str, u32>) -> usize {
    counts.clear();
    for word in text.split_ascii_whitespace() {
        *counts.entry(word).or_insert(0) += 1;
    }
    counts.values().filter(|&&n| n == 1).count()
}

#[inline(never)]
fn distinct(numbers: &[u32]) -> usize {
    let mut seen = HashSet::new();
    numbers.iter().filter(|n| seen.insert(**n)).count() // <- hash-set
}

#[inline(never)]
fn distinct_sized(numbers: &[u32]) -> usize {
    let mut seen = HashSet::with_capacity(numbers.len());
    numbers.iter().filter(|n| seen.insert(**n)).count()
}

/// Groups: a map with a method around the entry.
struct Groups<K, V> {
    map: HashMap<K, V>,
}

impl<V: Default> Groups<u16, V> {
    #[inline(never)]
    fn or_default(&mut self, key: u16) -> &mut V {
        match self.map.entry(key) { // <- hash-group
            Entry::Occupied(old) => old.into_mut(),
            Entry::Vacant(new) => new.insert(V::default()), // <- hash-group
        }
    }
}

fn sizes_by_last_digits(numbers: &[u32]) -> u64 {
    let mut groups: Groups<u16, u64> = Groups { map: HashMap::new() };
    for &n in numbers {
        *groups.or_default((n % 1_000) as u16) += u64::from(n);
    }
    groups.map.len() as u64
}

struct Index {
    places: HashMap<u64, usize, Mixed>,
}

impl Index {
    #[inline(never)]
    fn index(numbers: &[u32]) -> Index {
        let mut places = HashMap::default();
        places.extend(numbers.iter().enumerate().filter(|(i, _)| i % 3 != 2).map(|(i, &n)| (u64::from(n), i))); // <- hash-extend
        Index { places }
    }
}

#[inline(never)]
fn tally_bytes(numbers: &[u32]) -> u64 {
    let mut tally: HashMap<u64, u64, Mixed> = HashMap::default();
    for &n in numbers {
        *tally.entry(u64::from(n) & 0xff).or_default() += 1; // <- hash-own-hasher
    }
    tally.len() as u64
}

#[inline(never)]
fn ids(numbers: &[u32]) -> u64 {
    let mut rank: HashMap<u64, u64> = HashMap::new();
    for (i, &n) in numbers.iter().enumerate() {
        rank.insert(u64::from(n), i as u64); // <- hash-ids
    }
    rank.get(&u64::from(numbers[0])).copied().unwrap_or(0)
}

#[inline(never)]
fn from_pairs(numbers: &[u32]) -> usize {
    numbers.iter().map(|&n| (n, n / 2)).collect::<HashMap<_, _>>().len()
}

/// Grows to its size once, and is then used for long.
#[inline(never)]
fn one_map(numbers: &[u32]) -> u64 {
    let mut all: HashMap<u64, u64> = HashMap::new();
    for i in 0..200_000u64 {
        *all.entry(u64::from(numbers[i as usize % numbers.len()])).or_default() += i;
    }
    all.values().fold(0, |a, b| a ^ b)
}

fn main() {
    let numbers: Vec<u32> = (1..400u32).map(|i| i.wrapping_mul(2_654_435_761) >> 5).collect();
    let text = numbers.iter().map(|n| format!("w{}", n % 200)).collect::<Vec<_>>().join(" ");
    let mut sum = 0u64;
    let mut counts = HashMap::new();
    for _ in 0..700 {
        sum += count_words(black_box(&text)) as u64;
        sum += distinct(black_box(&numbers)) as u64;
        sum += sizes_by_last_digits(black_box(&numbers));
        sum += ids(black_box(&numbers));
    }
    for _ in 0..1_500 {
        sum += Index::index(black_box(&numbers)).places.len() as u64;
        sum += tally_bytes(black_box(&numbers));
    }
    for _ in 0..300 {
        sum += count_words_sized(black_box(&text), 200) as u64;
        sum += count_words_reused(black_box(&text), &mut counts) as u64;
        sum += distinct_sized(black_box(&numbers)) as u64;
        sum += from_pairs(black_box(&numbers)) as u64;
    }
    sum += one_map(black_box(&numbers));
    println!("{sum}");
}
