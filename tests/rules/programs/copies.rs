// Texts and blocks that are copied whole to become a little longer.
//@ expect=copy-growth function=join_names line=copy-format
//@ expect=copy-growth function=append line=copy-plus
//@ expect=copy-growth|growth function=field line=copy-aligned
//@ quiet function=join_names_into
//@ quiet function=append_in_place
//@ quiet function=replaced
//@ quiet function=field_sized
use std::fmt::Write;
use std::hint::black_box;

#[inline(never)]
fn join_names(names: &[&str]) -> usize {
    let mut list = String::new();
    for name in names {
        list = format!("{list}{name},"); // <- copy-format
    }
    list.len()
}

#[inline(never)]
fn join_names_into(names: &[&str], list: &mut String) -> usize {
    list.clear();
    for name in names {
        let _ = write!(list, "{name},");
    }
    list.len()
}

struct Journal {
    text: String,
}

impl Journal {
    #[inline(never)]
    fn append(&mut self, entry: &str) {
        self.text = [self.text.as_str(), entry, "\n"].concat(); // <- copy-plus
    }

    #[inline(never)]
    fn append_in_place(&mut self, entry: &str) {
        self.text.push_str(entry);
        self.text.push('\n');
    }
}

/// A new text of another size each time, not made of the old one.
struct Shown {
    text: String,
}

impl Shown {
    #[inline(never)]
    fn replaced(&mut self, n: usize) {
        self.text = "=".repeat(n);
    }
}

#[derive(Clone, Copy)]
#[repr(align(64))]
struct Lane([f32; 16]);

#[inline(never)]
fn field(n: usize) -> f32 {
    let mut lanes = Vec::new();
    for i in 0..n {
        lanes.push(Lane([i as f32; 16])); // <- copy-aligned
    }
    lanes.iter().map(|lane| lane.0[3]).sum()
}

#[inline(never)]
fn field_sized(n: usize, lanes: &mut Vec<Lane>) -> f32 {
    lanes.clear();
    lanes.extend((0..n).map(|i| Lane([i as f32; 16])));
    lanes.iter().map(|lane| lane.0[3]).sum()
}

fn main() {
    let names = ["ada", "grace", "barbara", "frances", "jean", "kathleen", "margaret", "radia"];
    let many = names.repeat(25);
    let (mut list, mut lanes, mut sum) = (String::new(), Vec::new(), 0usize);
    for _ in 0..300 {
        sum += join_names(black_box(&many));
        sum += join_names_into(black_box(&many), &mut list);
    }
    let mut journal = Journal { text: String::new() };
    let mut better = Journal { text: String::new() };
    for i in 0..60_000 {
        journal.append(black_box(names[i % names.len()]));
        better.append_in_place(black_box(names[i % names.len()]));
        if i % 400 == 399 {
            sum += journal.text.len() + better.text.len();
            journal.text.clear();
            better.text.clear();
        }
    }
    let mut shown = Shown { text: String::new() };
    for i in 0..2_000 {
        shown.replaced(black_box(20 + i % 50));
        sum += shown.text.len();
    }
    let mut total = 0f32;
    for _ in 0..8_000 {
        total += field(black_box(100));
        total += field_sized(black_box(100), &mut lanes);
    }
    println!("{sum} {total}");
}
