//! Files and other readers are read whole: std knows the length of some and lets the buffer grow for others.

//@ expect=growth:read-to-end function=decoded line=decoded severity=any
//@ expect=growth:read-to-end function=text line=text severity=any
//@ quiet=growth function=whole
//@ quiet=growth function=decoded_at_once
//@ quiet=growth function=of_slice
use std::fs::File;
use std::hint::black_box;
use std::io::{self, Read};

const LENGTH: u64 = 30_000;

/// What a decoder looks like from outside: it reads, and cannot tell how much is left.
struct Decoder<R>(R);

impl<R: Read> Read for Decoder<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.0.read(to)
    }
}

#[inline(never)]
fn decoded(file: File) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    Decoder(file.take(LENGTH)).read_to_end(&mut all)?; // <- decoded
    Ok(all)
}

#[inline(never)]
fn decoded_at_once(file: File) -> io::Result<Vec<u8>> {
    let mut all = Vec::with_capacity(LENGTH as usize);
    Decoder(file.take(LENGTH)).read_to_end(&mut all)?;
    Ok(all)
}

#[inline(never)]
fn text() -> io::Result<String> {
    let mut all = String::new();
    io::repeat(b'a').take(LENGTH).read_to_string(&mut all)?; // <- text
    Ok(all)
}

#[inline(never)]
fn whole(mut file: File) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    file.read_to_end(&mut all)?;
    Ok(all)
}

#[inline(never)]
fn of_slice(mut bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    bytes.read_to_end(&mut all)?;
    Ok(all)
}

fn main() -> io::Result<()> {
    let exe = std::env::current_exe()?;
    let mut sum = 0;
    for i in 0..300 {
        sum += black_box(decoded(File::open(&exe)?)?).len();
        sum += black_box(decoded_at_once(File::open(&exe)?)?).len();
        sum += black_box(text()?).len();
        sum += black_box(of_slice(&[7; 5000])?).len();
        if i % 100 == 0 {
            black_box(whole(File::open(&exe)?)?);
        }
    }
    println!("{sum}");
    Ok(())
}
