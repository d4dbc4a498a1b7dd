// Customers, tills and events in time.
//@ expect=growth:long-tail|growth|buffer-reuse function=basket line=basket-push
//@ expect=clone function=next_event line=event-clone
//@ expect=box-churn function=dispatch line=payload-box
//@ expect=small-buffer|growth|buffer-reuse|needless-collect function=free_tills line=tills-collect
//@ expect=string-temp|format-temp function=till_name line=till-string
//@ quiet function=basket_kept
//@ quiet function=next_event_ref
//@ quiet function=dispatch_plain
//@ quiet function=first_free
//@ quiet function=till_label
//@ quiet function=schedule
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Event {
    time: u64,
    customer: u32,
    goods: Vec<u16>,
}

/// Most buy little, one in five hundred clears the shelves.
fn size_of_basket(customer: u32) -> usize {
    if customer % 500 == 13 { 6_000 } else { 5 + customer as usize % 9 }
}

#[inline(never)]
fn basket(customer: u32) -> usize {
    let mut goods = Vec::new();
    for i in 0..size_of_basket(customer) {
        goods.push(i as u32 ^ customer); // <- basket-push
    }
    black_box(&goods).iter().filter(|&&g| g % 2 == 0).count()
}

#[inline(never)]
fn basket_kept(customer: u32, goods: &mut Vec<u32>) -> usize {
    goods.clear();
    for i in 0..size_of_basket(customer) {
        goods.push(i as u32 ^ customer);
    }
    black_box(&*goods).iter().filter(|&&g| g % 2 == 0).count()
}

/// The heap holds events for some time, with what belongs to them.
#[inline(never)]
fn schedule(heap: &mut BinaryHeap<Reverse<Event>>, now: u64, customer: u32) {
    let mut goods = Vec::with_capacity(6);
    goods.extend((0..6u16).map(|g| g * 3));
    heap.push(Reverse(Event { time: now + u64::from(customer % 97), customer, goods }));
}

#[inline(never)]
fn next_event(heap: &BinaryHeap<Reverse<Event>>) -> u64 {
    match heap.peek() {
        Some(Reverse(event)) => {
            let event = event.clone(); // <- event-clone
            event.time + black_box(&event).goods.len() as u64
        }
        None => 0,
    }
}

#[inline(never)]
fn next_event_ref(heap: &BinaryHeap<Reverse<Event>>) -> u64 {
    heap.peek().map_or(0, |Reverse(event)| event.time + black_box(event).goods.len() as u64)
}

enum Payload {
    Arrive(u32),
    Leave(u32, u64),
}

fn handle(payload: Box<Payload>) -> u64 {
    match *payload {
        Payload::Arrive(c) => u64::from(c),
        Payload::Leave(c, t) => u64::from(c) ^ t,
    }
}

#[inline(never)]
fn dispatch(customer: u32, time: u64) -> u64 { // <- payload-box
    let payload = if customer % 2 == 0 { // <- payload-box
        Box::new(Payload::Arrive(customer)) // <- payload-box
    } else {
        Box::new(Payload::Leave(customer, time)) // <- payload-box
    };
    handle(black_box(payload))
}

#[inline(never)]
fn dispatch_plain(customer: u32, time: u64) -> u64 {
    let payload = if customer % 2 == 0 { Payload::Arrive(customer) } else { Payload::Leave(customer, time) };
    match black_box(payload) {
        Payload::Arrive(c) => u64::from(c),
        Payload::Leave(c, t) => u64::from(c) ^ t,
    }
}

#[inline(never)]
fn free_tills(busy_until: &[u64], now: u64) -> usize {
    let free: Vec<usize> = (0..busy_until.len()).filter(|&t| busy_until[t] <= now).collect(); // <- tills-collect
    *black_box(&free).last().unwrap_or(&0)
}

#[inline(never)]
fn first_free(busy_until: &[u64], now: u64) -> usize {
    (0..busy_until.len()).rev().find(|&t| black_box(busy_until)[t] <= now).unwrap_or(0)
}

#[inline(never)]
fn till_name(till: usize) -> usize {
    let name = till.to_string(); // <- till-string
    black_box(&name).len()
}

#[inline(never)]
fn till_label(till: usize) -> &'static str {
    ["0", "1", "2", "3", "4", "5", "6", "7"][till & 7]
}

fn main() {
    let mut heap = BinaryHeap::with_capacity(1_100);
    let mut goods = Vec::new();
    let busy_until = [3, 9, 1, 4, 7, 2, 8, 6];
    let mut sum = 0u64;
    for i in 0..300_000u32 {
        let now = u64::from(i);
        sum += dispatch(black_box(i), now) + dispatch_plain(black_box(i), now);
        sum += (free_tills(black_box(&busy_until), now % 9) + first_free(black_box(&busy_until), now % 9)) as u64;
        sum += (till_name(black_box(i as usize)) + till_label(black_box(i as usize)).len()) as u64;
        if i % 2 == 0 {
            sum += (basket(black_box(i / 2)) + basket_kept(black_box(i / 2), &mut goods)) as u64;
        }
        schedule(&mut heap, now, black_box(i));
        sum += next_event(black_box(&heap)) + next_event_ref(black_box(&heap));
        if heap.len() > 1_000 {
            heap.pop();
        }
    }
    println!("{sum}");
}
