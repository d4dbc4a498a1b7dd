// Many small blocks alive at once; maps and lists made of nodes.
//@ expect=many-small function=edges line=small-alive
//@ expect=many-small function=names line=small-names severity=any
//@ expect=node-churn function=ordered line=nodes-btree
//@ expect=node-churn function=queue line=nodes-list
//@ expect=node-churn function=ranks line=nodes-set
//@ quiet function=flat_edges
//@ quiet=many-small function=flat_edges
//@ quiet function=ordered_vec
//@ quiet function=queue_deque
//@ quiet function=one_tree
use std::collections::{BTreeMap, BTreeSet, LinkedList, VecDeque};
use std::hint::black_box;

#[inline(never)]
fn edges(nodes: u32) -> Vec<Vec<u32>> {
    (0..nodes).map(|n| vec![n / 2, n / 3, (n * 7) % nodes]).collect() // <- small-alive
}

struct Flat {
    starts: Vec<u32>,
    targets: Vec<u32>,
}

#[inline(never)]
fn flat_edges(nodes: u32) -> Flat {
    let mut flat = Flat {
        starts: Vec::with_capacity(nodes as usize),
        targets: Vec::with_capacity(nodes as usize * 3),
    };
    for n in 0..nodes {
        flat.starts.push(flat.targets.len() as u32);
        flat.targets.extend([n / 2, n / 3, (n * 7) % nodes]);
    }
    flat
}

struct Person {
    name: String,
    age: u8,
}

#[inline(never)]
fn names(n: u32) -> Vec<Person> {
    let mut all = Vec::with_capacity(n as usize);
    for i in 0..n {
        let name = String::from(if i % 2 == 0 { "Ada" } else { "Barbara" }); // <- small-names
        all.push(Person { name, age: (i % 90) as u8 });
    }
    all
}

#[inline(never)]
fn ordered(keys: &[u32]) -> u64 {
    let mut map = BTreeMap::new();
    for &key in keys {
        *map.entry(key).or_insert(0u64) += 1; // <- nodes-btree
    }
    map.iter().map(|(k, n)| u64::from(*k) * n).sum()
}

#[inline(never)]
fn ordered_vec(keys: &[u32], sorted: &mut Vec<u32>) -> u64 {
    sorted.clear();
    sorted.extend_from_slice(keys);
    sorted.sort_unstable();
    sorted.iter().map(|k| u64::from(*k)).sum()
}

#[inline(never)]
fn queue(n: u32) -> u64 {
    let mut list = LinkedList::new();
    let mut sum = 0;
    for i in 0..n {
        list.push_back(u64::from(i) * 3); // <- nodes-list
        if i % 3 == 2 {
            sum += list.pop_front().unwrap_or(0);
        }
    }
    sum + list.len() as u64
}

#[inline(never)]
fn queue_deque(n: u32, list: &mut VecDeque<u64>) -> u64 {
    list.clear();
    let mut sum = 0;
    for i in 0..n {
        list.push_back(u64::from(i) * 3);
        if i % 3 == 2 {
            sum += list.pop_front().unwrap_or(0);
        }
    }
    sum + list.len() as u64
}

#[inline(never)]
fn ranks(keys: &[u32]) -> usize {
    let mut set = BTreeSet::new();
    for key in keys {
        set.insert((key >> 3, key & 7)); // <- nodes-set
    }
    set.len()
}

#[inline(never)]
fn one_tree(n: u64) -> BTreeMap<u64, u64> {
    (0..n).map(|i| (i, i * i)).collect()
}

fn main() {
    let keys: Vec<u32> = (0..120u32).map(|i| i.wrapping_mul(2_654_435_761) >> 9).collect();
    let (mut sum, mut sorted, mut deque) = (0u64, Vec::new(), VecDeque::new());
    for _ in 0..12_000 {
        sum += ordered(black_box(&keys)) + ranks(black_box(&keys)) as u64;
    }
    for _ in 0..3_000 {
        sum += ordered_vec(black_box(&keys), &mut sorted);
        sum += queue(black_box(90)) + queue_deque(black_box(90), &mut deque);
    }
    let tree = one_tree(black_box(5_000));
    let edges = edges(black_box(60_000));
    let flat = flat_edges(black_box(60_000));
    let people = names(black_box(50_000));
    let ages: u64 = people.iter().map(|p| u64::from(p.age) + p.name.len() as u64).sum();
    println!("{sum} {ages} {} {} {} {}", tree.len(), edges.len(), flat.starts.len(), flat.targets.len());
}
