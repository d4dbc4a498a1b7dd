// A cache that throws out what was longest unused: its blocks come and go, and are its content.
//@ expect=key-temp|clone|string-temp function=get_owned line=lru-key
//@ expect=clone function=value_length line=lru-clone
//@ expect=growth function=oldest_first line=lru-list
//@ quiet function=put
//@ quiet function=get
//@ quiet function=value_length_borrowed
//@ quiet function=oldest
use std::collections::HashMap;
use std::hint::black_box;

struct Entry {
    value: Vec<u8>,
    used: u64,
}

struct Lru {
    entries: HashMap<String, Entry>,
    clock: u64,
    room: usize,
}

impl Lru {
    fn new(room: usize) -> Self {
        Lru { entries: HashMap::with_capacity(room + 1), clock: 0, room }
    }

    #[inline(never)]
    fn put(&mut self, key: &str, value: &[u8]) {
        self.clock += 1;
        if self.entries.len() == self.room {
            let used = self.oldest();
            self.entries.retain(|_, e| e.used != used);
        }
        self.entries.insert(key.to_string(), Entry { value: value.to_vec(), used: self.clock });
    }

    #[inline(never)]
    fn oldest(&self) -> u64 {
        self.entries.values().map(|e| e.used).min().unwrap_or(0)
    }

    #[inline(never)]
    fn get(&mut self, key: &str) -> Option<&[u8]> {
        self.clock += 1;
        let entry = self.entries.get_mut(key)?;
        entry.used = self.clock;
        Some(&entry.value)
    }

    #[inline(never)]
    fn get_owned(&self, key: &str) -> bool {
        let key = key.to_string(); // <- lru-key
        self.entries.contains_key(&key)
    }

    #[inline(never)]
    fn value_length(&self, key: &str) -> usize {
        let value = self.entries.get(key).map(|e| e.value.clone()).unwrap_or_default(); // <- lru-clone
        black_box(&value).len()
    }

    #[inline(never)]
    fn value_length_borrowed(&self, key: &str) -> usize {
        self.entries.get(key).map_or(0, |e| black_box(&e.value).len())
    }

    #[inline(never)]
    fn oldest_first(&self, before: u64) -> usize {
        let mut list = Vec::new();
        for (key, entry) in &self.entries {
            if entry.used < before {
                list.push((entry.used, key.as_str())); // <- lru-list
            }
        }
        list.sort_unstable();
        list.first().map_or(0, |(_, key)| key.len())
    }
}

fn main() {
    let mut lru = Lru::new(100);
    let mut sum = 0usize;
    let keys: Vec<String> = (0..160).map(|i| format!("/page/{i}/index.html")).collect();
    for i in 0..8_000usize {
        lru.put(&keys[i * 7 % keys.len()], black_box(&[i as u8; 200]));
        sum += lru.get(&keys[i * 3 % keys.len()]).map_or(0, <[u8]>::len);
        sum += usize::from(lru.entries.len() <= 100);
    }
    for i in 0..150_000usize {
        let key = &keys[i % keys.len()];
        sum += usize::from(lru.get_owned(black_box(key)));
        sum += lru.value_length(black_box(key)) + lru.value_length_borrowed(black_box(key));
    }
    for _ in 0..15_000 {
        sum += lru.oldest_first(black_box(u64::MAX));
    }
    println!("{sum}");
}
