//! crossbeam-channel: lines go through three stages, each in a thread of its own.
use crossbeam_channel::{bounded, Receiver, Sender};
use std::thread;

fn produce(to: Sender<String>, n: usize) {
    for i in 0..n {
        let level = if i % 10 == 0 { "ERROR" } else { "INFO" };
        to.send(format!("{level} request {i} took {} ms", i * 7 % 900)).unwrap();
    }
}

fn parse(from: Receiver<String>, to: Sender<(bool, Vec<u64>)>) {
    for line in from {
        let numbers = line.split(' ').filter_map(|w| w.parse().ok()).collect();
        to.send((line.starts_with("ERROR"), numbers)).unwrap();
    }
}

fn sum(from: Receiver<(bool, Vec<u64>)>) -> (u64, u64) {
    from.iter().fold((0, 0), |(errors, ms), (error, numbers)| (errors + u64::from(error), ms + numbers[1]))
}

fn main() {
    let (lines_to, lines) = bounded(500);
    let (parsed_to, parsed) = bounded(500);
    let producer = thread::spawn(move || produce(lines_to, 150_000));
    let parser = thread::spawn(move || parse(lines, parsed_to));
    let (errors, ms) = sum(parsed);
    producer.join().unwrap();
    parser.join().unwrap();
    println!("{errors} {ms}");
}
