// Work spread over many places, blocks that live on, two threads: no line stands out, so another
// allocator is worth a try.
//@ program expect=allocator
use std::collections::{BTreeMap, HashMap};
use std::hint::black_box;
use std::rc::Rc;
use std::thread;

#[derive(Default)]
struct Store {
    names: Vec<Box<str>>,
    values: Vec<Rc<[u32; 6]>>,
    lists: Vec<Vec<u16>>,
    texts: HashMap<u32, String>,
    tree: BTreeMap<u32, Box<u64>>,
}

const KEPT: usize = 3_000;

impl Store {
    #[inline(never)]
    fn name(&mut self, i: usize) {
        let name = ["first", "second one", "the third of them"][i % 3].into();
        if self.names.len() < KEPT { self.names.push(name) } else { self.names[i % KEPT] = name }
    }
    #[inline(never)]
    fn value(&mut self, i: usize) {
        let value = Rc::new([i as u32; 6]);
        if self.values.len() < KEPT { self.values.push(value) } else { self.values[i * 7 % KEPT] = value }
    }
    #[inline(never)]
    fn list(&mut self, i: usize) {
        let list = vec![i as u16; 5 + i % 40];
        if self.lists.len() < KEPT { self.lists.push(list) } else { self.lists[i * 11 % KEPT] = list }
    }
    #[inline(never)]
    fn text(&mut self, i: usize) {
        self.texts.insert((i * 13 % KEPT) as u32, "x".repeat(10 + i % 90));
    }
    #[inline(never)]
    fn number(&mut self, i: usize) {
        self.tree.insert((i * 17 % KEPT) as u32, Box::new(i as u64));
    }
    #[inline(never)]
    fn big(&mut self, i: usize) {
        let at = i % self.lists.len();
        self.lists[at] = (0..100 + i % 100).map(|n| n as u16).collect();
    }
}

fn work(seed: usize) -> usize {
    let mut store = Store::default();
    for i in 0..30_000 {
        let i = black_box(i + seed);
        store.name(i);
        store.value(i);
        store.list(i);
        store.text(i);
        store.number(i);
        store.big(i);
    }
    store.names.len() + store.values.len() + store.lists.len() + store.texts.len() + store.tree.len()
}

fn main() {
    let other = thread::spawn(|| work(5));
    let sum = work(0) + other.join().unwrap();
    println!("{sum}");
}
