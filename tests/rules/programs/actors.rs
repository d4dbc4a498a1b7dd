// Actors with mailboxes: a desk that starts threads, clerks that answer commands.
//@ expect=thread-spawn function=answer_each line=actor-thread
//@ expect=string-temp function=words line=actor-words
//@ expect=key-temp function=tally line=actor-key
//@ expect=format-temp function=report line=actor-report
//@ expect=clone function=broadcast line=actor-broadcast
//@ expect=hash-growth function=by_sender line=actor-groups
//@ expect=buffer-reuse|growth function=drain line=actor-drain
//@ quiet function=answer_pooled
//@ quiet function=words_borrowed
//@ quiet function=tally_found
//@ quiet function=report_into
//@ quiet function=broadcast_shared
//@ quiet function=drain_into
//@ quiet function=start
use std::collections::HashMap;
use std::fmt::Write;
use std::hint::black_box;
use std::sync::mpsc::{channel, Receiver, Sender};
use std::sync::Arc;
use std::thread::JoinHandle;

enum Message {
    Add(u64),
    Stop,
}

#[inline(never)]
fn start() -> (Sender<Message>, JoinHandle<u64>) {
    let (to, from): (Sender<Message>, Receiver<Message>) = channel();
    let handle = std::thread::spawn(move || {
        let mut sum = 0;
        while let Ok(Message::Add(n)) = from.recv() {
            sum += n;
        }
        sum
    });
    (to, handle)
}

#[inline(never)]
fn answer_each(commands: &[u64]) -> u64 {
    let mut sum = 0;
    for &n in commands {
        let handle = std::thread::spawn(move || n.wrapping_mul(31) % 1000); // <- actor-thread
        sum += handle.join().unwrap();
    }
    sum
}

#[inline(never)]
fn answer_pooled(commands: &[u64]) -> u64 {
    let clerks: Vec<_> = (0..4).map(|_| start()).collect();
    for (i, &n) in commands.iter().enumerate() {
        clerks[i % 4].0.send(Message::Add(n.wrapping_mul(31) % 1000)).unwrap();
    }
    clerks
        .into_iter()
        .map(|(to, handle)| {
            to.send(Message::Stop).unwrap();
            handle.join().unwrap()
        })
        .sum()
}

#[inline(never)]
fn words(command: &str) -> usize {
    let all: Vec<String> = command.split(' ').map(String::from).collect(); // <- actor-words
    all.iter().filter(|word| word.len() > 3).count()
}

#[inline(never)]
fn words_borrowed(command: &str) -> usize {
    command.split(' ').filter(|word| word.len() > 3).count()
}

#[inline(never)]
fn tally(counts: &mut HashMap<String, u64>, command: &str) {
    let verb = command.split(' ').next().unwrap();
    *counts.entry(verb.to_owned()).or_insert(0) += 1; // <- actor-key
}

#[inline(never)]
fn tally_found(counts: &mut HashMap<String, u64>, command: &str) {
    let verb = command.split(' ').next().unwrap();
    if let Some(count) = counts.get_mut(verb) {
        *count += 1;
    } else {
        counts.insert(verb.to_owned(), 1);
    }
}

#[inline(never)]
fn report(id: usize, command: &str) -> usize {
    let line = format!("clerk {id}: {command} done"); // <- actor-report
    black_box(line.as_str()).len()
}

#[inline(never)]
fn report_into(line: &mut String, id: usize, command: &str) -> usize {
    line.clear();
    write!(line, "clerk {id}: {command} done").unwrap();
    black_box(line.as_str()).len()
}

struct Notice {
    text: String,
    to: Vec<u32>,
}

#[inline(never)]
fn deliver(text: &str, to: u32) -> usize {
    text.len() + to as usize
}

#[inline(never)]
fn broadcast(notice: &Notice) -> usize {
    let mut sum = 0;
    for &to in &notice.to {
        let copy = black_box(notice.text.clone()); // <- actor-broadcast
        sum += deliver(&copy, to);
    }
    sum
}

#[inline(never)]
fn broadcast_shared(text: &Arc<str>, to: &[u32]) -> usize {
    to.iter().map(|&to| deliver(&Arc::clone(text), to)).sum()
}

#[inline(never)]
fn by_sender(round: u32) -> usize {
    let mut groups: HashMap<u32, u32> = HashMap::new();
    for n in 0..60 {
        *groups.entry((n * 7919 + round) % 40).or_default() += n; // <- actor-groups
    }
    groups.len()
}

#[inline(never)]
fn drain(mailbox: &[u64]) -> u64 {
    let mut waiting = Vec::new();
    for &mail in mailbox {
        if mail % 3 != 0 {
            waiting.push(mail); // <- actor-drain
        }
    }
    waiting.sort_unstable();
    waiting[waiting.len() / 2]
}

#[inline(never)]
fn drain_into(mailbox: &[u64], waiting: &mut Vec<u64>) -> u64 {
    waiting.clear();
    waiting.extend(mailbox.iter().filter(|&&mail| mail % 3 != 0));
    waiting.sort_unstable();
    waiting[waiting.len() / 2]
}

fn main() {
    let commands = ["deposit forty to savings", "withdraw ten", "list all accounts please", "close the desk"];
    let mailbox: Vec<u64> = (0..90).map(|i| i * 2654435761 % 1000).collect();
    let notice = Notice { text: "the office closes at five today".repeat(2), to: (0..10).collect() };
    let shared: Arc<str> = notice.text.as_str().into();
    let numbers: Vec<u64> = (0..400).collect();
    let mut counts = (HashMap::new(), HashMap::new());
    let (mut line, mut waiting) = (String::new(), Vec::new());
    let mut sum = answer_each(&numbers) as usize + answer_pooled(&numbers) as usize;
    for i in 0..100_000 {
        let command = black_box(commands[i % 4]);
        sum += words(command) + words_borrowed(command);
        tally(&mut counts.0, command);
        tally_found(&mut counts.1, command);
        sum += report(i, command) + report_into(&mut line, i, command);
        if i % 4 == 0 {
            sum += broadcast(&notice) + broadcast_shared(&shared, &notice.to);
            sum += (drain(&mailbox) + drain_into(&mailbox, &mut waiting)) as usize;
        }
        if i % 20 == 0 {
            sum += by_sender(i as u32);
        }
    }
    println!("{sum} {}", counts.0.len() + counts.1.len());
}
