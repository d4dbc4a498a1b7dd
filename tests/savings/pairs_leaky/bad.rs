//@ rule=box-churn function=open_and_close
use std::hint::black_box;

// Boxes that come and go, beside others of their size that stay and meet fresh pages.

struct Session {
    id: u64,
    state: [u64; 5],
}

#[inline(never)]
fn open_and_close(id: u64) -> u64 {
    let session = Box::new(Session { id, state: [id; 5] });
    let session = black_box(session);
    session.id ^ session.state[(id % 5) as usize]
}

#[inline(never)]
fn keep(kept: &mut Vec<Box<Session>>, id: u64) {
    kept.push(Box::new(Session { id, state: [1; 5] }));
}

fn main() {
    let mut kept = Vec::with_capacity(200_000);
    let mut sum = 0;
    for id in 0..2_000_000 {
        sum ^= open_and_close(black_box(id));
        if id % 10 == 0 {
            keep(&mut kept, id);
        }
    }
    println!("{} {sum}", kept.iter().map(|s| s.id ^ s.state[0]).fold(0, |a, b| a ^ b));
}
