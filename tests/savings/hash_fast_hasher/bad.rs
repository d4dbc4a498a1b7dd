//@ rule=hash-growth function=index
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::hint::black_box;

#[derive(Default)]
struct FxHasher(u64);

impl Hasher for FxHasher {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }
    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517cc1b727220a95);
    }
    fn finish(&self) -> u64 {
        self.0
    }
}

type FxHashMap<K, V> = HashMap<K, V, BuildHasherDefault<FxHasher>>;

#[inline(never)]
fn index(n: u64) -> FxHashMap<u64, u64> {
    let mut map = FxHashMap::default();
    for i in 0..n {
        map.insert(i, i);
    }
    map
}

fn main() {
    let mut sum = 0;
    for _ in 0..15_000 {
        sum += index(black_box(1000)).len();
    }
    println!("{sum}");
}
