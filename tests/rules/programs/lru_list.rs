// Two caches: one keeps its order in a LinkedList, the other in indexes.
//@ expect=node-churn function=touch line=order-push
//@ expect=clone function=fetch line=fetch-clone
//@ quiet=string-temp function=touch
//@ quiet=clone function=touch
//@ expect=box-churn function=tick|stamp line=stamp-rc
//@ quiet function=fetch_ref
//@ quiet function=touch_indexed
//@ quiet function=stamp_plain
//@ quiet function=fill
//@ quiet function=evict
use std::collections::{HashMap, LinkedList};
use std::hint::black_box;
use std::rc::Rc;

struct ListCache {
    values: HashMap<String, Vec<u32>>,
    order: LinkedList<String>,
}

impl ListCache {
    #[inline(never)]
    fn touch(&mut self, key: &str) {
        let name = key.to_string();
        self.order.push_back(name); // <- order-push
        if self.order.len() > 64 {
            self.order.pop_front();
        }
    }

    #[inline(never)]
    fn fetch(&self, key: &str) -> u32 {
        let values = match self.values.get(key) {
            Some(values) => values.clone(), // <- fetch-clone
            None => return 0,
        };
        black_box(&values)[values.len() / 2]
    }

    #[inline(never)]
    fn fetch_ref(&self, key: &str) -> u32 {
        match self.values.get(key) {
            Some(values) => black_box(values)[values.len() / 2],
            None => 0,
        }
    }

    #[inline(never)]
    fn fill(&mut self, keys: &[String]) {
        for (i, key) in keys.iter().enumerate() {
            self.values.insert(key.clone(), vec![i as u32; 40]);
        }
    }
}

const NONE: u32 = u32::MAX;

#[derive(Clone, Copy)]
struct Link {
    before: u32,
    after: u32,
}

struct IndexedCache {
    links: Vec<Link>,
    oldest: u32,
    newest: u32,
}

impl IndexedCache {
    fn new(n: usize) -> Self {
        let links = (0..n as u32)
            .map(|i| Link { before: i.checked_sub(1).unwrap_or(NONE), after: if i + 1 < n as u32 { i + 1 } else { NONE } })
            .collect();
        IndexedCache { links, oldest: 0, newest: n as u32 - 1 }
    }

    #[inline(never)]
    fn touch_indexed(&mut self, at: u32) {
        if self.newest == at {
            return;
        }
        let Link { before, after } = self.links[at as usize];
        if before == NONE {
            self.oldest = after;
        } else {
            self.links[before as usize].after = after;
        }
        self.links[after as usize].before = before;
        self.links[self.newest as usize].after = at;
        self.links[at as usize] = Link { before: self.newest, after: NONE };
        self.newest = at;
    }
}

/// Entries come and go, and are what the cache is for.
#[inline(never)]
fn evict(store: &mut HashMap<u64, Box<[u8; 96]>>, now: u64) {
    store.insert(now, Box::new([now as u8; 96]));
    if now >= 256 {
        store.remove(&(now - 256));
    }
}

struct Clock {
    now: u64,
}

impl Clock {
    fn tick(&mut self) -> Rc<u64> {
        self.now += 1;
        Rc::new(self.now) // <- stamp-rc
    }
}

#[inline(never)]
fn stamp(clock: &mut Clock, sum: &mut u64) {
    let stamp = clock.tick();
    let also = black_box(Rc::clone(&stamp));
    *sum += *also ^ *stamp;
}

#[inline(never)]
fn stamp_plain(clock: &mut Clock, sum: &mut u64) {
    clock.now += 1;
    let stamp = black_box(clock.now);
    *sum += stamp ^ clock.now;
}

fn main() {
    let keys: Vec<String> = (0..100).map(|i| format!("/static/picture-{i}.png")).collect();
    let mut cache = ListCache { values: HashMap::with_capacity(100), order: LinkedList::new() };
    cache.fill(&keys);
    let mut indexed = IndexedCache::new(keys.len());
    let mut clock = Clock { now: 0 };
    let mut store = HashMap::with_capacity(600);
    let mut sum = 0u64;
    for i in 0..200_000usize {
        let at = i * 7_919 % keys.len();
        cache.touch(black_box(&keys[at]));
        indexed.touch_indexed(black_box(at as u32));
        sum += u64::from(cache.fetch(black_box(&keys[at]))) + u64::from(cache.fetch_ref(black_box(&keys[at])));
        stamp(black_box(&mut clock), &mut sum);
        stamp(black_box(&mut clock), &mut sum);
        stamp_plain(black_box(&mut clock), &mut sum);
    }
    for now in 0..60_000 {
        evict(black_box(&mut store), now);
    }
    println!("{sum} {} {} {}", cache.order.len(), indexed.oldest, store.len());
}
