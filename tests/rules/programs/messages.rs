// Readers and writers per message; sorting; panics as answers; collecting for nothing.
//@ expect=io-buffer function=first_field line=buffer-reader
//@ expect=io-buffer function=store line=buffer-writer
//@ expect=sort-buffer function=ranked line=sort-stable severity=any
//@ expect=needless-collect function=evens_doubled line=collect-again severity=any
//@ expect=needless-collect function=digits_of line=collect-chars severity=any
//@ quiet function=first_field_direct
//@ quiet function=store_all
//@ quiet function=ranked_unstable
//@ quiet=sort-buffer function=ranked_unstable
//@ quiet=needless-collect function=evens_chained
//@ quiet function=evens_chained
use std::hint::black_box;
use std::io::{self, BufRead, BufReader, BufWriter, Write};

#[inline(never)]
fn first_field(message: &[u8], field: &mut Vec<u8>) -> io::Result<usize> {
    field.clear();
    let mut reader = BufReader::new(message); // <- buffer-reader
    reader.read_until(b';', field)
}

#[inline(never)]
fn first_field_direct(mut message: &[u8], field: &mut Vec<u8>) -> io::Result<usize> {
    field.clear();
    message.read_until(b';', field)
}

struct Disk {
    written: usize,
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written += black_box(bytes).len();
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[inline(never)]
fn store(disk: &mut Disk, record: &[u8]) -> io::Result<()> {
    let mut out = BufWriter::new(disk); // <- buffer-writer
    out.write_all(&(record.len() as u32).to_le_bytes())?;
    out.write_all(record)?;
    out.flush()
}

#[inline(never)]
fn store_all(disk: &mut Disk, record: &[u8], n: usize) -> io::Result<()> {
    let mut out = BufWriter::new(disk);
    for _ in 0..n {
        out.write_all(&(record.len() as u32).to_le_bytes())?;
        out.write_all(record)?;
    }
    out.flush()
}

#[inline(never)]
fn ranked(points: &mut [(u64, u64)], salt: u64) -> u64 {
    points.iter_mut().enumerate().for_each(|(i, p)| p.0 = (i as u64 * 7_919 + salt) % 4_001);
    points.sort(); // <- sort-stable
    points[points.len() / 2].0
}

#[inline(never)]
fn ranked_unstable(points: &mut [(u64, u64)], salt: u64) -> u64 {
    points.iter_mut().enumerate().for_each(|(i, p)| p.0 = (i as u64 * 7_919 + salt) % 4_001);
    points.sort_unstable();
    points[points.len() / 2].0
}

#[inline(never)]
fn evens_doubled(numbers: &[u32]) -> u64 {
    let doubled: Vec<u64> = numbers.iter().map(|&n| u64::from(n) * 2).collect(); // <- collect-again
    black_box(&doubled).iter().filter(|&&n| n % 3 == 0).sum()
}

#[inline(never)]
fn evens_chained(numbers: &[u32]) -> u64 {
    black_box(numbers).iter().map(|&n| u64::from(n) * 2).filter(|n| n % 3 == 0).sum()
}

#[inline(never)]
fn digits_of(number: &[u8]) -> u32 {
    let digits = number.iter().map(|b| u32::from(b - b'0')).collect::<Vec<_>>(); // <- collect-chars
    black_box(digits).into_iter().rev().fold(0, |sum, d| (sum * 3 + d) % 1_009)
}

fn main() -> io::Result<()> {
    let message = b"price=120.50;volume=300;exchange=XETR;time=09:31:07";
    let (mut field, mut disk, mut sum) = (Vec::new(), Disk { written: 0 }, 0u64);
    for _ in 0..170_000 {
        sum += first_field(black_box(message), &mut field)? as u64;
        sum += first_field_direct(black_box(message), &mut field)? as u64;
        store(&mut disk, black_box(message))?;
    }
    store_all(&mut disk, black_box(message), 80_000)?;
    let mut points = vec![(0, 1); 600];
    for salt in 0..1_500 {
        sum += ranked(&mut points, black_box(salt));
        sum += ranked_unstable(&mut points, black_box(salt));
    }
    let numbers: Vec<u32> = (0..100).collect();
    for _ in 0..150_000 {
        sum += evens_doubled(black_box(&numbers)) + evens_chained(black_box(&numbers));
        sum += u64::from(digits_of(black_box(b"31415926535897932384626433832795")));
    }
    println!("{sum} {}", disk.written);
    Ok(())
}
