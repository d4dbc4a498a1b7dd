//! indexmap, hashbrown, smallvec: routes between places; small lists inline, maps in order.
use hashbrown::{HashMap, HashSet};
use indexmap::IndexMap;
use smallvec::SmallVec;
use std::hint::black_box;

type Steps = SmallVec<[u16; 8]>;

struct Net {
    next: HashMap<u16, Steps>,
}

impl Net {
    fn new(places: u16) -> Net {
        let next = (0..places)
            .map(|p| (p, (1..6).map(|k| (p * k + k) % places).collect()))
            .collect();
        Net { next }
    }

    /// Breadth first: the number of steps to each place, in the order in which they are reached.
    #[inline(never)]
    fn distances(&self, from: u16) -> IndexMap<u16, u32> {
        let mut reached = IndexMap::new();
        reached.insert(from, 0);
        let mut at = 0;
        while let Some((&place, &steps)) = reached.get_index(at) {
            for &next in &self.next[&place] {
                if !reached.contains_key(&next) {
                    reached.insert(next, steps + 1);
                }
            }
            at += 1;
        }
        reached
    }

    #[inline(never)]
    fn two_steps(&self, from: u16) -> HashSet<u16> {
        let mut found = HashSet::new();
        for next in &self.next[&from] {
            for &after in &self.next[next] {
                found.insert(after);
            }
        }
        found
    }

    #[inline(never)]
    fn one_step(&self, from: u16) -> Steps {
        self.next[&from].iter().copied().filter(|n| n % 2 == 0).collect()
    }
}

fn main() {
    let net = Net::new(200);
    let mut sum = 0;
    for round in 0..8u16 {
        for from in 0..200u16 {
            let reached = net.distances(black_box(from));
            sum += reached.values().map(|&n| n as usize).sum::<usize>() + usize::from(round);
        }
    }
    for from in (0..60_000u16).map(|i| i % 200) {
        sum += net.two_steps(black_box(from)).len() + net.one_step(black_box(from)).len();
    }
    println!("{sum}");
}
