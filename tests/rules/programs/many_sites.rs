// Work spread over many places, blocks that live on, two threads: no line stands out, so another
// allocator is worth a try.
//@ program expect=allocator
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::hint::black_box;
use std::rc::Rc;
use std::sync::Arc;
use std::thread;

const KEPT: usize = 3_000;

#[derive(Default)]
struct Store {
    names: Vec<Box<str>>,
    values: Vec<Rc<[u32; 6]>>,
    lists: Vec<Vec<u16>>,
    texts: HashMap<u32, String>,
    tree: BTreeMap<u32, Box<u64>>,
    codes: VecDeque<Vec<u8>>,
    shared: Vec<Arc<str>>,
    pairs: Vec<Option<Box<(u64, u64)>>>,
    words: HashSet<Box<[u8]>>,
    rows: Vec<Box<[f32]>>,
}

fn keep<T>(list: &mut Vec<T>, at: usize, item: T) {
    if list.len() < KEPT { list.push(item) } else { list[at % KEPT] = item }
}

impl Store {
    #[inline(never)]
    fn name(&mut self, i: usize) {
        keep(&mut self.names, i, ["first", "second one", "the third of them"][i % 3].into());
    }
    #[inline(never)]
    fn value(&mut self, i: usize) {
        keep(&mut self.values, i * 7, Rc::new([i as u32; 6]));
    }
    #[inline(never)]
    fn list(&mut self, i: usize) {
        keep(&mut self.lists, i * 11, vec![i as u16; 5 + i % 40]);
    }
    #[inline(never)]
    fn text(&mut self, i: usize) {
        self.texts.insert((i * 13 % KEPT) as u32, "x".repeat(10 + i % 30));
    }
    #[inline(never)]
    fn number(&mut self, i: usize) {
        self.tree.insert((i * 17 % KEPT) as u32, Box::new(i as u64));
    }
    #[inline(never)]
    fn code(&mut self, i: usize) {
        self.codes.push_back((0..12 + i % 9).map(|n| n as u8).collect());
        if self.codes.len() > KEPT {
            self.codes.pop_front();
        }
    }
    #[inline(never)]
    fn share(&mut self, i: usize) {
        keep(&mut self.shared, i * 19, Arc::from(["north", "south", "east and west"][i % 3]));
    }
    #[inline(never)]
    fn pair(&mut self, i: usize) {
        keep(&mut self.pairs, i * 23, Some(Box::new((i as u64, 7))));
    }
    #[inline(never)]
    fn word(&mut self, i: usize) {
        self.words.remove(&(i % KEPT).to_le_bytes()[..]);
        self.words.insert((i * 29 % KEPT).to_le_bytes().into());
    }
    #[inline(never)]
    fn row(&mut self, i: usize) {
        keep(&mut self.rows, i * 31, vec![i as f32; 3 + i % 8].into_boxed_slice());
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
        store.code(i);
        store.share(i);
        store.pair(i);
        store.word(i);
        store.row(i);
    }
    store.names.len() + store.values.len() + store.lists.len() + store.texts.len() + store.tree.len()
        + store.codes.len() + store.shared.len() + store.pairs.len() + store.words.len() + store.rows.len()
}

fn main() {
    let other = thread::spawn(|| work(5));
    let sum = work(0) + other.join().unwrap();
    println!("{sum}");
}
