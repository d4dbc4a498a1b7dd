// Growth in the other containers, through generics, trait objects and closures. A closure inlined
// into its caller has no name in line tables: there its line is what counts. VecDeque::new of old
// compilers allocates.
//@ expect=growth function=shortest line=growth-heap
//@ expect=growth function=window line=growth-deque
//@ expect=growth function=accept|push_all line=growth-generic
//@ expect=growth function=show line=growth-render
//@ expect=growth function=gather|visit line=growth-closure
//@ quiet function=shortest_sized
//@ quiet function=window_sized
//@ quiet function=Ring
//@ quiet function=render_sized
//@ quiet function=once
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::hint::black_box;

#[inline(never)]
fn shortest(costs: &[u32]) -> u64 {
    let mut heap = BinaryHeap::new();
    for (at, &cost) in costs.iter().enumerate() {
        heap.push(Reverse((cost, at))); // <- growth-heap
    }
    heap.pop().map_or(0, |Reverse((cost, at))| u64::from(cost) + at as u64)
}

#[inline(never)]
fn shortest_sized(costs: &[u32], heap: &mut BinaryHeap<Reverse<(u32, usize)>>) -> u64 {
    heap.clear();
    for (at, &cost) in costs.iter().enumerate() {
        heap.push(Reverse((cost, at)));
    }
    heap.pop().map_or(0, |Reverse((cost, at))| u64::from(cost) + at as u64)
}

#[inline(never)]
fn window(costs: &[u32]) -> u32 {
    let mut queue = VecDeque::new(); // <- growth-deque
    let mut best = 0;
    for &cost in costs {
        queue.push_back(cost ^ 5); // <- growth-deque
        if queue.len() > 150 {
            best = best.max(queue.pop_front().unwrap_or(0));
        }
    }
    best
}

/// A ring that is made once and only turns.
struct Ring {
    slots: VecDeque<u32>,
}

impl Ring {
    fn new(slots: usize) -> Self {
        Ring { slots: VecDeque::with_capacity(slots + 1) }
    }

    #[inline(never)]
    fn window_sized(&mut self, costs: &[u32]) -> u32 {
        let mut best = 0;
        for &cost in costs {
            self.slots.push_back(cost ^ 5);
            if self.slots.len() > 150 {
                best = best.max(self.slots.pop_front().unwrap_or(0));
            }
        }
        self.slots.clear();
        best
    }
}

trait Sink {
    type Item;
    fn accept(&mut self, item: Self::Item);
    fn filled(&self) -> usize;
}

#[derive(Default)]
struct Plain<T> {
    items: Vec<T>,
}

impl<T> Sink for Plain<T> {
    type Item = T;
    #[inline(always)]
    fn accept(&mut self, item: T) {
        self.items.push(item); // <- growth-generic
    }
    fn filled(&self) -> usize {
        self.items.len()
    }
}

#[inline(never)]
fn push_all<S: Sink>(mut sink: S, items: impl Iterator<Item = S::Item>) -> usize {
    items.for_each(|item| sink.accept(item));
    sink.filled()
}

trait Show {
    fn show(&self, out: &mut String);
}

struct Cell(u32);
struct Gap;

impl Show for Cell {
    #[inline(never)]
    fn show(&self, out: &mut String) {
        out.push_str(if self.0 & 1 == 0 { "[even cell]" } else { "[odd cell]" }); // <- growth-render
    }
}

impl Show for Gap {
    fn show(&self, out: &mut String) {
        out.push_str(" - - - "); // <- growth-render
    }
}

#[inline(never)]
fn render(cells: &[Box<dyn Show>]) -> String {
    let mut out = String::new();
    cells.iter().for_each(|cell| cell.show(&mut out));
    out
}

#[inline(never)]
fn render_sized(cells: &[Box<dyn Show>], out: &mut String) -> usize {
    out.clear();
    cells.iter().for_each(|cell| cell.show(out));
    out.len()
}

fn visit(depth: u32, seen: &mut dyn FnMut(u64)) {
    seen(u64::from(depth) * 3);
    if depth > 0 {
        visit(depth - 1, seen);
        visit(depth - 1, seen);
    }
}

#[inline(never)]
fn gather(depth: u32) -> Vec<u64> {
    let mut all = Vec::new();
    visit(depth, &mut |n| all.push(n)); // <- growth-closure
    all
}

/// Grows to its size once: nothing is gained by knowing it. Half of what a spike has at least: where in
/// the run it stands depends on what else the machine does.
#[inline(never)]
fn once(n: u64) -> Vec<u64> {
    let mut all = Vec::new();
    for i in 0..n {
        all.push(i * i);
    }
    all
}

fn main() {
    let costs: Vec<u32> = (0..200u32).map(|i| i.wrapping_mul(2_654_435_761) >> 7).collect();
    let cells: Vec<Box<dyn Show>> = (0..60)
        .map(|i| if i % 4 == 3 { Box::new(Gap) as Box<dyn Show> } else { Box::new(Cell(i)) })
        .collect();
    let mut sum = 0u64;
    let mut heap = BinaryHeap::new();
    let mut ring = Ring::new(200);
    let mut out = String::new();
    for _ in 0..25_000 {
        sum += shortest(black_box(&costs));
        sum += u64::from(window(black_box(&costs)));
    }
    for _ in 0..10_000 {
        sum += shortest_sized(black_box(&costs), &mut heap);
        sum += u64::from(ring.window_sized(black_box(&costs)));
        sum += render_sized(black_box(&cells), &mut out) as u64;
    }
    for _ in 0..25_000 {
        let numbers = costs.iter().map(|c| u64::from(*c));
        sum += push_all(Plain { items: Vec::new() }, black_box(numbers)) as u64;
        sum += render(black_box(&cells)).len() as u64;
        sum += gather(black_box(6)).len() as u64;
    }
    sum += once(black_box(500_000)).len() as u64;
    println!("{sum}");
}
