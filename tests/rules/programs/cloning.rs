// Copies that are only read, and copies that have to be made.
//@ expect=clone function=median line=clone-sort
//@ expect=clone function=longest line=clone-slice
//@ expect=clone function=total_price line=clone-struct
//@ expect=clone function=snapshot_sum line=clone-text
//@ expect=clone function=visit line=clone-generic
//@ expect=clone function=used_up line=clone-loop
//@ expect=clone function=read_whole line=clone-whole
//@ expect=many-small:copies function=keep line=clone-kept
//@ quiet function=keep_moved
//@ quiet function=median_reused
//@ quiet function=longest_borrowed
//@ quiet function=total_price_borrowed
//@ quiet function=remember
//@ quiet function=hand_over
//@ quiet function=shared
//@ quiet=clone function=take_over
use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;
use std::thread;

#[inline(never)]
fn median(numbers: &[u64]) -> u64 {
    let copy = numbers.to_vec(); // <- clone-sort
    sorted_middle(&copy)
}

#[inline(never)]
fn sorted_middle(numbers: &[u64]) -> u64 {
    let (low, high) = numbers.iter().fold((u64::MAX, 0), |(l, h), &n| (l.min(n), h.max(n)));
    low + (high - low) / 2
}

#[inline(never)]
fn median_reused(numbers: &[u64], copy: &mut Vec<u64>) -> u64 {
    copy.clone_from_slice(numbers);
    copy.sort_unstable();
    copy[copy.len() / 2]
}

#[inline(never)]
fn longest(words: &[&'static str]) -> usize {
    let mine = words.to_owned(); // <- clone-slice
    black_box(&mine).iter().map(|w| w.len()).max().unwrap_or(0)
}

#[inline(never)]
fn longest_borrowed(words: &[&'static str]) -> usize {
    black_box(words).iter().map(|w| w.len()).max().unwrap_or(0)
}

#[derive(Clone)]
struct Order {
    prices: Vec<u32>,
    discount: u32,
}

fn sum_up(order: Order) -> u32 {
    black_box(&order).prices.iter().sum::<u32>() - order.discount
}

#[inline(never)]
fn total_price(orders: &[Order]) -> u32 {
    orders.iter().map(|order| sum_up(order.clone())).sum() // <- clone-struct
}

#[inline(never)]
fn total_price_borrowed(orders: &[Order]) -> u32 {
    orders.iter().map(|order| black_box(order).prices.iter().sum::<u32>() - order.discount).sum()
}

struct Config {
    name: String,
    level: usize,
}

impl Config {
    #[inline(never)]
    fn snapshot_sum(&self) -> usize {
        let name = self.name.clone(); // <- clone-text
        black_box(&name).len() + self.level
    }
}

trait Visitor {
    fn see(&mut self, numbers: &[u16]);
}

#[derive(Default)]
struct Largest(u16);

impl Visitor for Largest {
    #[inline(never)]
    fn see(&mut self, numbers: &[u16]) {
        self.0 = self.0.max(numbers.iter().copied().max().unwrap_or(0));
    }
}

#[inline(never)]
fn visit<V: Visitor, T: Clone + AsRef<[u16]>>(visitor: &mut V, item: &T) {
    let copy = black_box(item.clone()); // <- clone-generic
    visitor.see(copy.as_ref());
}

/// A loop takes the copy's elements one by one.
#[inline(never)]
fn used_up(names: &Vec<String>) -> usize {
    let mut sum = 0;
    for name in names.clone() { // <- clone-loop
        sum += black_box(name).len();
    }
    sum
}

#[inline(never)]
fn read_whole(names: &[String]) -> usize {
    let mine = names.to_vec(); // <- clone-whole
    black_box(&mine).iter().map(|name| name.len()).sum()
}

/// The copy stays until the next one takes its place, which is seldom.
struct Seen {
    names: Vec<String>,
}

impl Seen {
    #[inline(never)]
    fn take_over(&mut self, names: &Vec<String>) {
        self.names = names.clone();
    }
}

/// The caller's own is not used afterwards: it could have been moved.
#[inline(never)]
fn keep(kept: &mut Vec<Order>, order: &Order) {
    kept.push(order.clone()); // <- clone-kept
}

#[inline(never)]
fn keep_moved(kept: &mut Vec<Order>, order: Order) {
    kept.push(order);
}

/// The map keeps its copy: it is needed.
#[inline(never)]
fn remember(map: &mut HashMap<usize, String>, at: usize, name: &String) {
    map.insert(at, name.clone());
}

/// Each thread gets its own.
#[inline(never)]
fn hand_over(numbers: &Vec<u64>) -> u64 {
    let copies: Vec<Vec<u64>> = (0..3_000).map(|_| numbers.clone()).collect();
    thread::spawn(move || copies.into_iter().map(|c| c.into_iter().sum::<u64>()).sum::<u64>()).join().unwrap()
}

#[inline(never)]
fn shared(numbers: &Arc<Vec<u64>>) -> u64 {
    let mine = Arc::clone(numbers);
    black_box(&mine).iter().sum()
}

fn main() {
    let numbers: Vec<u64> = (0..60u64).map(|i| (i * 7_919) % 1_009).collect();
    let words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    let orders: Vec<Order> =
        (1..9u32).map(|i| Order { prices: (0..10 + i).collect(), discount: i }).collect();
    let config = Config { name: "the name of a configuration".to_string(), level: 3 };
    let short: Vec<u16> = (0..90).collect();
    let mut copy = vec![0; numbers.len()];
    let (mut sum, mut largest) = (0u64, Largest::default());
    for _ in 0..200_000 {
        sum += median(black_box(&numbers)) + longest(black_box(&words)) as u64;
        sum += longest_borrowed(black_box(&words)) as u64;
        sum += config.snapshot_sum() as u64;
        visit(&mut largest, black_box(&short));
    }
    for _ in 0..30_000 {
        sum += u64::from(total_price(black_box(&orders)));
        sum += u64::from(total_price_borrowed(black_box(&orders)));
    }
    for _ in 0..2_000 {
        sum += median_reused(black_box(&numbers), &mut copy);
    }
    let mut map = HashMap::with_capacity(30_000);
    for i in 0..30_000 {
        remember(&mut map, i, black_box(&config.name));
    }
    let (mut kept, mut moved) = (Vec::with_capacity(60_000), Vec::with_capacity(5_000));
    for i in 0..60_000u32 {
        keep(&mut kept, &Order { prices: vec![i, 2, 3], discount: 1 });
    }
    for i in 0..5_000u32 {
        keep_moved(&mut moved, Order { prices: vec![i, 2, 3], discount: 1 });
    }
    sum += black_box(&kept).len() as u64 + black_box(&moved).len() as u64;
    let names: Vec<String> = (0..500).map(|i| format!("a name, number {i}")).collect();
    let mut seen = Seen { names: Vec::new() };
    for _ in 0..black_box(4) {
        seen.take_over(black_box(&names));
    }
    let many: Vec<String> = (0..20_000).map(|i| format!("a name, number {i}")).collect();
    for _ in 0..black_box(6) {
        sum += (used_up(black_box(&many)) + read_whole(black_box(&many))) as u64;
    }
    sum += seen.names.len() as u64;
    let arc = Arc::new(numbers.clone());
    for _ in 0..10_000 {
        sum += shared(black_box(&arc));
    }
    sum += hand_over(black_box(&numbers));
    println!("{sum} {} {}", largest.0, map.len());
}
