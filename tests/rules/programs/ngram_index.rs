// An index of word pairs, and counts by key: keys that are made only to be thrown away, as they are
// there already.
//@ expect=key-temp function=count line=key-entry
//@ expect=key-temp function=count_ordered line=key-btree
//@ expect=key-temp:built function=add_pair line=key-format
//@ expect=key-temp:value function=count_letters line=key-char
//@ expect=key-temp:value function=count_lengths line=key-number
//@ expect=key-temp function=see line=key-insert
//@ expect=key-temp function=lookup line=key-clone
//@ quiet function=count_borrowed
//@ quiet function=count_new
//@ quiet function=count_letters_as_chars
//@ quiet function=add_pair_borrowed
//@ quiet function=grow_tables
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hint::black_box;

#[inline(never)]
fn count(counts: &mut HashMap<String, u32>, word: &str) {
    *counts.entry(word.to_string()).or_insert(0) += 1; // <- key-entry
}

#[inline(never)]
fn count_borrowed(counts: &mut HashMap<String, u32>, word: &str) {
    match counts.get_mut(word) {
        Some(n) => *n += 1,
        None => {
            counts.insert(word.to_string(), 1);
        }
    }
}

/// Each key is new: each has to be made.
#[inline(never)]
fn count_new(counts: &mut HashMap<String, u32>, n: u32) {
    *counts.entry(n.to_string()).or_insert(0) += 1;
}

#[inline(never)]
fn count_letters(counts: &mut HashMap<String, u32>, word: &str) {
    for c in word.chars() {
        *counts.entry(c.to_string()).or_insert(0) += 1; // <- key-char
    }
}

#[inline(never)]
fn count_letters_as_chars(counts: &mut HashMap<char, u32>, word: &str) {
    for c in word.chars() {
        *counts.entry(c).or_insert(0) += 1;
    }
}

#[inline(never)]
fn count_lengths(counts: &mut HashMap<String, u32>, word: &str) {
    *counts.entry(word.len().to_string()).or_insert(0) += 1; // <- key-number
}

#[inline(never)]
fn count_ordered(counts: &mut BTreeMap<String, u32>, word: &str) {
    *counts.entry(word.to_owned()).or_default() += 1; // <- key-btree
}

struct Pairs {
    seen: HashMap<String, Vec<u32>>,
    nested: HashMap<&'static str, HashMap<&'static str, u32>>,
}

impl Pairs {
    #[inline(never)]
    fn add_pair(&mut self, first: &str, second: &str, place: u32) {
        let key = format!("{first} {second}"); // <- key-format
        let places = self.seen.entry(key).or_default();
        if places.len() < 4 {
            places.push(place);
        }
    }

    #[inline(never)]
    fn add_pair_borrowed(&mut self, first: &'static str, second: &'static str) {
        *self.nested.entry(first).or_default().entry(second).or_default() += 1;
    }
}

#[inline(never)]
fn see(seen: &mut HashSet<Vec<u8>>, code: &[u8]) -> bool {
    seen.insert(code.to_vec()) // <- key-insert
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    host: String,
    port: u16,
}

struct Cache {
    hits: HashMap<Key, u64>,
}

impl Cache {
    #[inline(never)]
    fn lookup(&mut self, key: &Key) -> u64 {
        let hits = self.hits.entry(key.clone()).or_insert(0); // <- key-clone
        *hits += 1;
        *hits
    }
}

/// Tables that are freed inside insert are no dropped keys.
#[inline(never)]
fn grow_tables(n: u64) -> usize {
    let mut all: HashMap<u64, u64> = HashMap::new();
    for i in 0..n {
        all.insert(i.wrapping_mul(0x9e37_79b9), i);
    }
    all.len()
}

fn main() {
    let words = ["the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog", "sometimes", "twice"];
    let (mut counts, mut borrowed, mut new) = (HashMap::new(), HashMap::new(), HashMap::new());
    let (mut letters, mut chars, mut lengths) = (HashMap::new(), HashMap::new(), HashMap::new());
    let mut ordered = BTreeMap::new();
    let mut pairs = Pairs { seen: HashMap::new(), nested: HashMap::new() };
    let mut codes = HashSet::new();
    let mut cache = Cache { hits: HashMap::new() };
    let keys: Vec<Key> =
        (0..20).map(|i| Key { host: format!("host-{i}.example.org"), port: 8_000 + i }).collect();
    let mut sum = 0u64;
    for i in 0..150_000usize {
        let (first, second) = (words[i % words.len()], words[(i * 7 + i / 11) % words.len()]);
        count(&mut counts, black_box(first));
        count_borrowed(&mut borrowed, black_box(first));
        count_ordered(&mut ordered, black_box(first));
        count_letters(&mut letters, black_box(first));
        count_letters_as_chars(&mut chars, black_box(first));
        count_lengths(&mut lengths, black_box(first));
        pairs.add_pair(black_box(first), black_box(second), i as u32);
        pairs.add_pair_borrowed(black_box(first), black_box(second));
        sum += u64::from(see(&mut codes, black_box(&[i as u8 & 15, 3, 9, 12])));
        sum += cache.lookup(black_box(&keys[i % keys.len()]));
    }
    for i in 0..20_000 {
        count_new(&mut new, black_box(i));
    }
    for _ in 0..6 {
        sum += grow_tables(black_box(1_500)) as u64;
    }
    println!("{} {} {}", letters.len(), chars.len(), lengths.len());
    println!("{sum} {} {} {} {} {}", counts.len(), borrowed.len(), ordered.len(), pairs.seen.len(), new.len());
}
