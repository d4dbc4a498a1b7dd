//! A table is kept behind an Arc: copied for each change, since it is kept meanwhile, or changed in place.

//@ expect=copy-on-write function=Kept::add|add line=copied
//@ expect=copy-on-write function=count line=counted
//@ quiet function=add_in_place
//@ quiet function=snapshot
use std::hint::black_box;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
struct Table {
    names: Vec<u64>,
    sizes: Vec<u32>,
}

#[derive(Default)]
struct Kept {
    table: Mutex<Arc<Table>>,
}

impl Kept {
    #[inline(never)]
    fn add(&self, name: u64) {
        let mut table = Arc::clone(&self.table.lock().unwrap());
        Arc::make_mut(&mut table).names.push(name); // <- copied
        *self.table.lock().unwrap() = table;
    }

    #[inline(never)]
    fn add_in_place(&self, size: u32) {
        let mut table = self.table.lock().unwrap();
        Arc::make_mut(&mut table).sizes.push(size);
    }

    #[inline(never)]
    fn snapshot(&self) -> usize {
        let table = Arc::clone(&self.table.lock().unwrap());
        table.names.len() + table.sizes.len()
    }
}

#[inline(never)]
fn count(counts: &Rc<[u64; 64]>, at: usize) -> Rc<[u64; 64]> {
    let mut new = Rc::clone(counts);
    Rc::make_mut(&mut new)[at % 64] += 1; // <- counted
    new
}

fn main() {
    let kept = Kept::default();
    let mut sum = 0;
    for i in 0..1_000u32 {
        kept.add_in_place(i);
        sum += kept.snapshot();
    }
    for i in 0..8_000u64 {
        kept.add(black_box(i));
    }
    let mut counts = Rc::new([0u64; 64]);
    for i in 0..100_000 {
        counts = count(&counts, black_box(i));
    }
    println!("{} {}", sum + kept.snapshot(), counts[7]);
}
