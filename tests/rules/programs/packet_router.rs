// Packets that travel through queues of one thread.
//@ expect=buffer-reuse|small-buffer function=checksum line=header-vec
//@ expect=clone|buffer-reuse|small-buffer function=is_control line=payload-copy
//@ expect=box-churn function=probe line=probe-box
//@ quiet function=receive
//@ quiet function=receive_pooled
//@ quiet function=forward
//@ quiet function=checksum_array
//@ quiet function=is_control_slice
use std::collections::VecDeque;
use std::hint::black_box;

struct Packet {
    to: u8,
    hops: u8,
    payload: [u8; 52],
}

struct Router {
    queues: Vec<VecDeque<Box<Packet>>>,
    pool: Vec<Box<Packet>>,
}

impl Router {
    /// Each packet is on the way for a while, among a hundred others.
    #[inline(never)]
    fn receive(&mut self, n: u64) {
        let packet = Box::new(Packet { to: (n % 8) as u8, hops: 0, payload: [n as u8; 52] });
        self.queues[packet.to as usize].push_back(packet);
    }

    #[inline(never)]
    fn receive_pooled(&mut self, n: u64) {
        let mut packet = self.pool.pop().unwrap_or_else(|| Box::new(Packet { to: 0, hops: 0, payload: [0; 52] }));
        packet.to = (n % 8) as u8;
        packet.hops = 4;
        self.queues[packet.to as usize].push_back(packet);
    }

    #[inline(never)]
    fn forward(&mut self) -> u64 {
        let mut sum = 0;
        for at in 0..self.queues.len() {
            for _ in 0..self.queues[at].len().saturating_sub(15) {
                let mut packet = self.queues[at].pop_front().unwrap();
                packet.hops += 1;
                if packet.hops < 3 {
                    let next = (at + 3) % self.queues.len();
                    self.queues[next].push_back(packet);
                } else if packet.hops >= 5 {
                    sum += u64::from(packet.to);
                    self.pool.push(packet);
                } else {
                    sum += u64::from(packet.payload[7]);
                }
            }
        }
        sum
    }
}

#[inline(never)]
fn checksum(to: u8, n: u32) -> u32 {
    let mut header = Vec::with_capacity(20); // <- header-vec
    header.push(to);
    header.extend_from_slice(&n.to_be_bytes());
    header.resize(20, 0);
    black_box(&header).iter().map(|&b| u32::from(b)).sum()
}

#[inline(never)]
fn checksum_array(to: u8, n: u32) -> u32 {
    let mut header = [0u8; 20];
    header[0] = to;
    header[1..5].copy_from_slice(&n.to_be_bytes());
    black_box(&header).iter().map(|&b| u32::from(b)).sum()
}

#[inline(never)]
fn is_control(payload: &[u8]) -> bool {
    let start = payload[..4].to_owned(); // <- payload-copy
    *black_box(&start) == *b"CTRL"
}

#[inline(never)]
fn is_control_slice(payload: &[u8]) -> bool {
    *black_box(&payload[..4]) == *b"CTRL"
}

#[inline(never)]
fn answer(packet: Box<Packet>) -> u64 {
    u64::from(packet.to) + u64::from(packet.payload[3])
}

#[inline(never)]
fn probe(n: u64) -> u64 {
    let packet = Box::new(Packet { to: n as u8, hops: 0, payload: [1; 52] }); // <- probe-box
    answer(black_box(packet))
}

fn main() {
    let mut router = Router { queues: (0..8).map(|_| VecDeque::with_capacity(64)).collect(), pool: Vec::new() };
    let mut sum = 0u64;
    for n in 0..300_000u64 {
        router.receive(black_box(n));
        router.receive_pooled(black_box(n));
        sum += router.forward() + probe(black_box(n));
        sum += u64::from(checksum(black_box(n as u8), n as u32)) + u64::from(checksum_array(black_box(n as u8), n as u32));
        let payload = [n as u8; 8];
        sum += u64::from(is_control(black_box(&payload))) + u64::from(is_control_slice(black_box(&payload)));
    }
    println!("{sum} {}", router.pool.len());
}
