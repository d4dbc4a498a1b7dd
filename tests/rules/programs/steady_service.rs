// Nothing to find: what a careful program does, at the volumes at which a careless one is told.
//@ quiet function=route
//@ quiet function=handle
//@ quiet function=reply
//@ quiet function=enqueue
//@ quiet function=drain
//@ quiet function=settle
//@ quiet function=lookup
//@ quiet function=publish
//@ quiet function=config
//@ quiet function=rows
//@ program quiet=growth
//@ program quiet=hash-growth
//@ program quiet=box-churn
//@ program quiet=clone
//@ program quiet=live-at-exit
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt::Write;
use std::hint::black_box;
use std::rc::Rc;
use std::sync::mpsc::sync_channel;
use std::thread;

struct Request {
    id: u64,
    path: String,
    body: Vec<u8>,
}

/// Read at start.
#[inline(never)]
fn config() -> BTreeMap<String, Rc<str>> {
    (0..300).map(|i| (format!("option.{i}"), Rc::from(format!("value {i}").as_str()))).collect()
}

#[inline(never)]
fn lookup(config: &BTreeMap<String, Rc<str>>, name: &str) -> Rc<str> {
    Rc::clone(&config[name])
}

/// Requests stand in the queue for a while and own what they carry.
#[inline(never)]
fn enqueue(queue: &mut VecDeque<Request>, id: u64) {
    let mut path = String::with_capacity(24);
    path.push_str("/items/");
    path.push((b'0' + (id % 10) as u8) as char);
    let mut body = Vec::with_capacity(64);
    body.resize(64, id as u8);
    queue.push_back(Request { id, path, body });
}

#[inline(never)]
fn route(request: &Request) -> u32 {
    match request.path.as_bytes().get(7) {
        Some(b'0'..=b'4') => 1,
        Some(_) => 2,
        None => 3,
    }
}

#[inline(never)]
fn handle(request: &Request, scratch: &mut Vec<u8>) -> u64 {
    scratch.clear();
    scratch.extend(request.body.iter().rev().map(|b| b ^ 0x55));
    scratch.iter().map(|&b| u64::from(b)).sum::<u64>() + request.id
}

#[inline(never)]
fn reply(out: &mut String, id: u64, result: u64) {
    if out.len() > 60_000 {
        out.clear();
    }
    writeln!(out, "{id} {result}").unwrap();
}

#[inline(never)]
fn drain(queue: &mut VecDeque<Request>, out: &mut String, scratch: &mut Vec<u8>) -> u64 {
    let mut sum = 0;
    while let Some(request) = queue.pop_front() {
        sum += handle(&request, scratch) + u64::from(route(&request));
        reply(out, request.id, sum);
    }
    sum
}

/// Accounts are settled in place.
#[inline(never)]
fn settle(accounts: &mut HashMap<u64, u64>, id: u64, amount: u64) {
    *accounts.entry(id % 5_000).or_insert(0) += amount;
}

/// Results go to another thread in few, large pieces.
#[inline(never)]
fn publish(rounds: u64) -> u64 {
    let (tx, rx) = sync_channel::<Vec<u64>>(2);
    let reader = thread::spawn(move || rx.into_iter().map(|v| v[v.len() / 2]).sum::<u64>());
    for round in 0..rounds {
        let mut batch = Vec::with_capacity(4_096);
        batch.extend((0..4_096).map(|i| i * round));
        tx.send(batch).unwrap();
    }
    drop(tx);
    reader.join().unwrap()
}

/// A table that is kept, rows of known lengths.
#[inline(never)]
fn rows(n: usize) -> Vec<Box<[u32]>> {
    (0..n).map(|r| (0..(r % 50) as u32 + 100).collect()).collect()
}

fn main() {
    let config = config();
    let names: Vec<String> = config.keys().cloned().collect();
    let mut queue = VecDeque::with_capacity(512);
    let mut accounts = HashMap::with_capacity(5_000);
    let (mut out, mut scratch) = (String::with_capacity(64 << 10), Vec::with_capacity(64));
    let table = rows(2_000);
    let mut sum = publish(300);
    for round in 0..1_000u64 {
        for i in 0..400 {
            let id = round * 400 + i;
            enqueue(&mut queue, black_box(id));
            settle(&mut accounts, black_box(id), 3);
            sum += lookup(&config, black_box(&names[id as usize % names.len()])).len() as u64;
        }
        sum += drain(black_box(&mut queue), &mut out, &mut scratch);
    }
    println!("{sum} {} {} {}", accounts.len(), table.len(), out.len());
}
