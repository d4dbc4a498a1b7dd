//@ rule=growth function=decoded
use std::hint::black_box;
use std::io::{self, Read};

struct Decoder<R>(R);

impl<R: Read> Read for Decoder<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.0.read(to)
    }
}

#[inline(never)]
fn decoded(length: u64) -> Vec<u8> {
    let mut all = Vec::new();
    Decoder(io::repeat(7).take(length)).read_to_end(&mut all).unwrap();
    all
}

fn main() {
    let mut sum = 0;
    for i in 0..300_000u64 {
        sum += black_box(decoded(1_000 + i % 2_000)).len();
    }
    println!("{sum}");
}
