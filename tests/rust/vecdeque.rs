// A queue with a backlog: VecDeque grows 4, 8 ... 256 elements of 8 bytes (7 events, 32 * 127 =
// 4064 bytes) and keeps its room while it is emptied and filled again.
//@ site run_queue tb=4064 tbk=7 gb=2048 gbk=1 eb=0 ebk=0
use std::collections::VecDeque;
use std::hint::black_box;

#[inline(never)]
fn run_queue(backlog: u64) -> u64 {
    let mut queue = VecDeque::new();
    let mut sum = 0;
    for _ in 0..3 {
        for i in 0..backlog {
            queue.push_back(i);
        }
        while let Some(i) = queue.pop_front() {
            sum += black_box(i);
        }
    }
    sum
}

fn main() {
    println!("{}", run_queue(black_box(200)));
}
