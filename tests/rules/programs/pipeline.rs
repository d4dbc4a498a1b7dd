// Threads: many short ones, blocks that travel, a queue's backlog, and a few threads that stay.
//@ expect=thread-spawn function=each_in_a_thread line=spawn-each
//@ expect=thread-spawn function=scoped_batches line=spawn-scoped
//@ expect=cross-thread-free function=produce line=travel severity=low
//@ quiet function=few_workers
//@ quiet function=backlog
//@ quiet function=produce_batches
use std::collections::VecDeque;
use std::hint::black_box;
use std::sync::mpsc;
use std::thread;

#[inline(never)]
fn each_in_a_thread(jobs: u64) -> u64 {
    let mut sum = 0;
    for job in 0..jobs {
        let worker = thread::spawn(move || (0..job).map(|i| i ^ job).sum::<u64>()); // <- spawn-each
        sum += worker.join().unwrap();
    }
    sum
}

#[inline(never)]
fn scoped_batches(batches: u64) -> u64 {
    let mut sum = 0;
    for batch in 0..batches {
        thread::scope(|scope| {
            let worker = scope.spawn(|| (0..batch * 7).map(|i| i ^ batch).sum::<u64>()); // <- spawn-scoped
            sum += worker.join().unwrap();
        });
    }
    sum
}

#[inline(never)]
fn few_workers(jobs: u64) -> u64 {
    let workers: Vec<_> = (0..4)
        .map(|w| thread::spawn(move || (0..jobs).filter(|j| j % 4 == w).map(|j| j * j % 97).sum::<u64>()))
        .collect();
    workers.into_iter().map(|w| w.join().unwrap()).sum()
}

#[inline(never)]
fn produce(to: &mpsc::SyncSender<Vec<u8>>, n: u32) {
    for i in 0..n {
        let message = vec![i as u8; 48]; // <- travel
        to.send(message).unwrap();
    }
}

#[inline(never)]
fn produce_batches(to: &mpsc::SyncSender<Vec<u64>>, n: u64) {
    for i in 0..n {
        to.send((0..500).map(|j| j ^ i).collect()).unwrap();
    }
}

/// Waiting jobs are many at once, and small; they are the queue's content, not a data structure.
#[inline(never)]
fn backlog(queue: &mut VecDeque<Box<[u32; 5]>>, n: u32) -> u64 {
    let mut sum = 0;
    for i in 0..n {
        queue.push_back(Box::new([i; 5]));
        if queue.len() > 2_000 {
            sum += u64::from(queue.pop_front().map_or(0, |job| job[3]));
        }
    }
    sum
}

fn main() {
    let mut sum = each_in_a_thread(black_box(300)) + scoped_batches(black_box(300));
    sum += few_workers(black_box(400));
    let (to, from) = mpsc::sync_channel::<Vec<u8>>(100);
    let consumer = thread::spawn(move || from.iter().map(|m| m.iter().map(|&b| u64::from(b)).sum::<u64>()).sum::<u64>());
    produce(&to, black_box(60_000));
    drop(to);
    sum += consumer.join().unwrap();
    let (to, from) = mpsc::sync_channel::<Vec<u64>>(10);
    let consumer = thread::spawn(move || from.iter().map(|m| m.iter().sum::<u64>()).sum::<u64>());
    produce_batches(&to, black_box(400));
    drop(to);
    sum += consumer.join().unwrap();
    let mut queue = VecDeque::with_capacity(2_100);
    sum += backlog(&mut queue, black_box(40_000));
    println!("{sum} {}", queue.len());
}
