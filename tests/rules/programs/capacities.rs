// Capacities that are given and too small, or given and far too large: the line to change is where
// they are given. (Cut too much, the line that cuts is as good.)
//@ expect=growth:capacity-too-small function=new|build line=small-capacity
//@ expect=growth:capacity-too-small function=header line=small-text
//@ expect=growth:reserve-exact function=append_each line=exact-one
//@ expect=growth:reserve-exact function=add_chunk line=exact-chunk
//@ expect=shrink function=trimmed line=shrink-vec
//@ expect=shrink function=boxed line=shrink-box
//@ quiet function=build_right
//@ quiet function=header_right
//@ quiet function=append_reserved
//@ quiet function=exact_box
//@ quiet function=add_chunk_amortized
use std::hint::black_box;

/// A builder whose `new` guesses.
struct PacketBuilder {
    bytes: Vec<u8>,
}

impl PacketBuilder {
    fn new(capacity: usize) -> Self {
        PacketBuilder { bytes: Vec::with_capacity(capacity) } // <- small-capacity
    }

    #[inline(always)]
    fn field(mut self, tag: u8, value: u64) -> Self {
        self.bytes.push(tag);
        self.bytes.extend_from_slice(&value.to_le_bytes());
        self
    }

    fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

#[inline(never)]
fn build(seed: u64) -> Vec<u8> {
    let mut packet = PacketBuilder::new(16);
    for i in 0..20 {
        packet = packet.field(i, seed ^ u64::from(i));
    }
    packet.finish()
}

#[inline(never)]
fn build_right(seed: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(20 * 9);
    for i in 0..20u8 {
        bytes.push(i);
        bytes.extend_from_slice(&(seed ^ u64::from(i)).to_le_bytes());
    }
    bytes
}

#[inline(never)]
fn header(names: &[&str]) -> String {
    let mut text = String::with_capacity(10); // <- small-text
    for name in names {
        text.push_str(name);
        text.push_str(": yes\r\n");
    }
    text
}

#[inline(never)]
fn header_right(names: &[&str]) -> String {
    let mut text = String::with_capacity(names.iter().map(|n| n.len() + 7).sum());
    for name in names {
        text.push_str(name);
        text.push_str(": yes\r\n");
    }
    text
}

#[inline(never)]
fn append_each(n: u32) -> u32 {
    let mut list = Vec::new();
    for i in 0..n {
        list.reserve_exact(1); // <- exact-one
        list.push(i * 3);
    }
    list.iter().sum()
}

#[inline(never)]
fn append_reserved(n: u32, list: &mut Vec<u32>) -> u32 {
    list.clear();
    for i in 0..n {
        list.reserve(1);
        list.push(i * 3);
    }
    list.iter().sum()
}

struct Frame {
    samples: Vec<i16>,
}

impl Frame {
    #[inline(never)]
    fn add_chunk(&mut self, chunk: &[i16]) {
        self.samples.reserve_exact(chunk.len()); // <- exact-chunk
        self.samples.extend_from_slice(chunk);
    }

    #[inline(never)]
    fn add_chunk_amortized(&mut self, chunk: &[i16]) {
        self.samples.extend_from_slice(chunk);
    }
}

#[inline(never)]
fn trimmed(n: u64) -> Vec<u64> {
    let mut list = Vec::with_capacity(1_024); // <- shrink-vec
    list.extend(0..n);
    list.shrink_to_fit(); // <- shrink-vec
    list
}

#[inline(never)]
fn boxed(words: &[&str]) -> Box<str> {
    let mut text = String::with_capacity(600); // <- shrink-box
    words.iter().for_each(|w| text.push_str(w));
    text.into_boxed_str() // <- shrink-box
}

#[inline(never)]
fn exact_box(n: u64) -> Box<[u64]> {
    (0..n).map(|i| i * i).collect::<Vec<_>>().into_boxed_slice()
}

fn main() {
    let names = ["accept", "connection", "content-length", "host", "user-agent", "x-requested-with"];
    let mut sum = 0u64;
    for i in 0..60_000 {
        sum += build(black_box(i)).len() as u64;
        sum += header(black_box(&names)).len() as u64;
    }
    for i in 0..6_000 {
        sum += build_right(black_box(i)).len() as u64;
        sum += header_right(black_box(&names)).len() as u64;
        sum += exact_box(black_box(20)).len() as u64;
    }
    let mut list = Vec::new();
    for _ in 0..6_000 {
        sum += u64::from(append_each(black_box(60)));
        sum += u64::from(append_reserved(black_box(60), &mut list));
    }
    let chunk = [7i16; 40];
    for _ in 0..8_000 {
        let mut frame = Frame { samples: Vec::new() };
        for _ in 0..30 {
            frame.add_chunk(black_box(&chunk));
        }
        sum += frame.samples.len() as u64;
    }
    let mut frame = Frame { samples: Vec::new() };
    for _ in 0..8_000 {
        frame.samples.clear();
        for _ in 0..30 {
            frame.add_chunk_amortized(black_box(&chunk));
        }
        sum += frame.samples.len() as u64;
    }
    for i in 0..250_000u64 {
        sum += trimmed(black_box(90 + i % 20)).len() as u64;
        sum += boxed(black_box(&names)).len() as u64;
    }
    println!("{sum}");
}
