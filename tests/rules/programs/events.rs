// A simulation of queues: BTreeMap as agenda, VecDeque, BinaryHeap, LinkedList.
//@ expect=needless-collect|small-buffer function=due line=event-due severity=any
//@ expect=growth|buffer-reuse function=serve line=event-queue
//@ expect=clone function=best_three line=event-heap
//@ expect=node-churn function=wait line=event-list
//@ expect=hash-growth function=by_desk line=event-desks
//@ expect=hash-growth function=distinct line=event-distinct
//@ expect=growth|buffer-reuse|sort-buffer function=ranked line=event-ranked
//@ expect=string-temp|format-temp function=label line=event-label
//@ quiet function=due_first
//@ quiet function=serve_in
//@ quiet function=best_three_peek
//@ quiet function=wait_deque
//@ quiet function=by_desk_array
//@ quiet function=distinct_sized
//@ quiet function=ranked_in
//@ quiet function=schedule
use std::collections::{BTreeMap, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::hint::black_box;

type Agenda = BTreeMap<u64, u32>;

#[inline(never)]
fn schedule(agenda: &mut Agenda, now: u64) {
    for n in 0..12u64 {
        agenda.insert(now + 1 + (n * n * 31 + now) % 97, n as u32);
    }
}

#[inline(never)]
fn due(agenda: &mut Agenda, now: u64) -> usize {
    let times: Vec<u64> = agenda.range(..=now).map(|(&time, _)| time).collect(); // <- event-due
    for time in &times {
        agenda.remove(time);
    }
    times.len()
}

#[inline(never)]
fn due_first(agenda: &mut Agenda, now: u64) -> usize {
    let mut done = 0;
    while let Some(time) = agenda.range(..=now).map(|(&time, _)| time).next() {
        agenda.remove(&time);
        done += 1;
    }
    done
}

#[inline(never)]
fn serve(customers: u32) -> u32 {
    let mut queue = VecDeque::new(); // <- event-queue
    let mut served = 0;
    for customer in 0..customers {
        queue.push_back(customer); // <- event-queue
        if customer % 5 == 0 {
            served += queue.pop_front().unwrap();
        }
    }
    served + queue.len() as u32
}

#[inline(never)]
fn serve_in(queue: &mut VecDeque<u32>, customers: u32) -> u32 {
    queue.clear();
    let mut served = 0;
    for customer in 0..customers {
        queue.push_back(customer);
        if customer % 5 == 0 {
            served += queue.pop_front().unwrap();
        }
    }
    served + queue.len() as u32
}

#[inline(never)]
fn best_three(heap: &BinaryHeap<u32>) -> u32 {
    let mut copy = heap.clone(); // <- event-heap
    (0..3).filter_map(|_| copy.pop()).sum()
}

#[inline(never)]
fn best_three_peek(heap: &BinaryHeap<u32>) -> u32 {
    let mut best = [0; 3];
    for &value in heap {
        if value > best[2] {
            best[2] = value;
            best.sort_unstable_by(|a, b| b.cmp(a));
        }
    }
    best.iter().sum()
}

#[inline(never)]
fn wait(line: &mut LinkedList<u32>, n: u32) -> u32 {
    line.push_back(n); // <- event-list
    if line.len() > 20 { line.pop_front().unwrap() } else { 0 }
}

#[inline(never)]
fn wait_deque(line: &mut VecDeque<u32>, n: u32) -> u32 {
    line.push_back(n);
    if line.len() > 20 { line.pop_front().unwrap() } else { 0 }
}

#[inline(never)]
fn by_desk(events: &[u32]) -> usize {
    let mut desks: HashMap<u32, Vec<u32>> = HashMap::new();
    for &event in events {
        desks.entry(event % 30).or_insert_with(|| Vec::with_capacity(4)).push(event); // <- event-desks
    }
    desks.values().map(Vec::len).max().unwrap_or(0)
}

#[inline(never)]
fn by_desk_array(events: &[u32]) -> usize {
    let mut desks = [0usize; 30];
    for &event in events {
        desks[event as usize % 30] += 1;
    }
    desks.iter().copied().max().unwrap_or(0)
}

#[inline(never)]
fn distinct(events: &[u32]) -> usize {
    let mut seen = HashSet::new();
    for &event in events {
        seen.insert(event % 77); // <- event-distinct
    }
    seen.len()
}

#[inline(never)]
fn distinct_sized(events: &[u32]) -> usize {
    let mut seen = HashSet::with_capacity(events.len());
    for &event in events {
        seen.insert(event % 77);
    }
    seen.len()
}

#[inline(never)]
fn ranked(events: &[u32]) -> u32 {
    let mut all: Vec<(u32, usize)> = Vec::new();
    for (place, &event) in events.iter().enumerate() {
        all.push((event, place)); // <- event-ranked
    }
    all.sort_unstable();
    all[all.len() / 2].0
}

#[inline(never)]
fn ranked_in(events: &[u32], all: &mut Vec<(u32, usize)>) -> u32 {
    all.clear();
    all.extend(events.iter().enumerate().map(|(place, &event)| (event, place)));
    all.sort_unstable();
    all[all.len() / 2].0
}

#[inline(never)]
fn label(desk: u32) -> usize {
    let text = desk.to_string(); // <- event-label
    black_box(text.as_str()).len()
}

fn main() {
    let events: Vec<u32> = (0..100).map(|i| i * 7919 % 1009).collect();
    let heap: BinaryHeap<u32> = events.iter().copied().collect();
    let (mut agenda, mut other) = (Agenda::new(), Agenda::new());
    let (mut queue, mut deque, mut list) = (VecDeque::new(), VecDeque::new(), LinkedList::new());
    let mut all = Vec::new();
    let mut sum = 0usize;
    for now in 0..100_000u64 {
        if now % 3 == 0 {
            schedule(&mut agenda, now);
            schedule(&mut other, now);
            sum += by_desk(black_box(&events)) + by_desk_array(black_box(&events));
            sum += distinct(black_box(&events)) + distinct_sized(black_box(&events));
        }
        sum += due(&mut agenda, now) + due_first(&mut other, now);
        sum += (serve(black_box(40)) + serve_in(&mut queue, black_box(40))) as usize;
        sum += (best_three(&heap) + best_three_peek(&heap)) as usize;
        sum += (ranked(black_box(&events)) + ranked_in(black_box(&events), &mut all)) as usize;
        for n in 0..6 {
            sum += (wait(&mut list, n) + wait_deque(&mut deque, n)) as usize;
            sum += label(n * 1000 + now as u32);
        }
    }
    println!("{sum}");
}
