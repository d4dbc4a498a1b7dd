// collect() where the iterator cannot say how much will come, and where it can.
//@ expect=growth:collect function=evens line=collect-filter
//@ expect=growth:collect function=corners line=collect-flat
//@ expect=growth:collect function=head line=collect-while
//@ expect=growth:collect function=numbers line=collect-result
//@ expect=growth:collect function=steps line=collect-own
//@ expect=growth:collect function=initials line=collect-string
//@ expect=growth:after-collect function=halved line=collect-then severity=any
//@ quiet function=evens_into
//@ quiet function=squares
//@ quiet function=steps_sized
//@ quiet function=numbers_into
//@ quiet function=in_place
use std::hint::black_box;
use std::num::ParseIntError;

#[inline(never)]
fn evens(list: &[u32]) -> u64 {
    let found: Vec<u32> = list.iter().copied().filter(|n| n % 2 == 0).collect(); // <- collect-filter
    sum_twice(&found)
}

#[inline(never)]
fn evens_into(list: &[u32], found: &mut Vec<u32>) -> u64 {
    found.clear();
    found.extend(list.iter().copied().filter(|n| n % 2 == 0));
    sum_twice(found)
}

#[inline(never)]
fn sum_twice(list: &[u32]) -> u64 {
    let most = list.iter().copied().max().unwrap_or(0);
    list.iter().map(|&n| u64::from(most - n)).sum()
}

#[inline(never)]
fn corners(boxes: &[(u32, u32)]) -> u64 {
    let all: Vec<_> = boxes.iter().flat_map(|&(x, y)| (0..x % 4).map(move |i| (x + i, y))).collect(); // <- collect-flat
    black_box(&all).iter().map(|&(x, y)| u64::from(x ^ y)).sum()
}

#[inline(never)]
fn head(text: &str) -> usize {
    let bytes: Vec<u8> = text.bytes().take_while(|&b| b != b'#').collect(); // <- collect-while
    black_box(&bytes).len()
}

#[inline(never)]
fn numbers(fields: &[&str]) -> Result<u64, ParseIntError> {
    let all = fields.iter().map(|f| f.parse::<u64>()).collect::<Result<Vec<_>, _>>()?; // <- collect-result
    Ok(black_box(&all).iter().sum())
}

#[inline(never)]
fn numbers_into(fields: &[&str], all: &mut Vec<u64>) -> Result<u64, ParseIntError> {
    all.clear();
    for field in fields {
        all.push(field.parse()?);
    }
    Ok(black_box(&*all).iter().sum())
}

#[derive(Clone)]
struct Collatz(u64);

impl Iterator for Collatz {
    type Item = u64;
    fn next(&mut self) -> Option<u64> {
        if self.0 == 1 {
            return None;
        }
        self.0 = if self.0 % 2 == 0 { self.0 / 2 } else { 3 * self.0 + 1 };
        Some(self.0)
    }
}

struct Sized {
    inner: Collatz,
    left: usize,
}

impl Iterator for Sized {
    type Item = u64;
    fn next(&mut self) -> Option<u64> {
        self.left = self.left.saturating_sub(1);
        self.inner.next()
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

#[inline(never)]
fn steps(from: u64) -> u64 {
    let path: Vec<u64> = Collatz(from).collect(); // <- collect-own
    black_box(&path).iter().copied().max().unwrap_or(0)
}

#[inline(never)]
fn steps_sized(from: u64, left: usize) -> u64 {
    let path: Vec<u64> = Sized { inner: Collatz(from), left }.collect();
    black_box(&path).iter().copied().max().unwrap_or(0)
}

#[inline(never)]
fn initials(text: &str) -> usize {
    let short: String = text.split(' ').filter_map(|w| w.chars().next()).collect(); // <- collect-string
    black_box(&short).len()
}

/// The length is known when it is collected, but not what comes after. The caller keeps it.
#[inline(never)]
fn halved(list: &[u32]) -> Vec<u32> {
    let mut all: Vec<u32> = list.iter().copied().collect(); // <- collect-then
    for &n in list {
        let mut half = n;
        while half > 1 << 18 {
            half /= 2;
            all.push(half);
        }
    }
    all
}

#[inline(never)]
fn squares(n: u64) -> Vec<u64> {
    (0..n).map(|i| i * i).collect()
}

#[inline(never)]
fn in_place(list: Vec<u64>) -> Vec<u32> {
    list.into_iter().filter(|n| n % 3 != 0).map(|n| n as u32).collect()
}

fn main() {
    let list: Vec<u32> = (0..300u32).map(|i| i.wrapping_mul(2_654_435_761) >> 3).collect();
    let boxes: Vec<(u32, u32)> = list.iter().map(|&n| (n % 97, n % 89)).take(90).collect();
    let text = "this part of the line is what is wanted; there is quite a lot of it to be taken # a comment";
    let words = [text; 3].join(" and then ");
    let fields: Vec<&str> = "12 457 9 1024 77 31337 8 65535 4 90 11 1200 3 7 19 250 6 41".split(' ').collect();
    let (mut sum, mut evens_found, mut numbers_found) = (0u64, Vec::new(), Vec::new());
    for _ in 0..25_000 {
        sum += evens(black_box(&list));
        sum += evens_into(black_box(&list), &mut evens_found);
        sum += corners(black_box(&boxes));
        sum += steps(black_box(27));
    }
    for _ in 0..50_000 {
        sum += head(black_box(text)) as u64;
        sum += initials(black_box(&words)) as u64;
        sum += numbers(black_box(&fields)).unwrap_or(0);
        sum += numbers_into(black_box(&fields), &mut numbers_found).unwrap_or(0);
    }
    let left = Collatz(27).count();
    for _ in 0..5_000 {
        sum += steps_sized(black_box(27), left);
    }
    let grown: Vec<Vec<u32>> = (0..4_000).map(|_| halved(black_box(&list[..40]))).collect();
    sum += grown.iter().map(|g| g.len() as u64).sum::<u64>();
    let kept: Vec<Vec<u64>> = (0..4_000).map(|_| squares(black_box(50))).collect();
    sum += kept.into_iter().map(|k| in_place(k).len() as u64).sum::<u64>();
    println!("{sum}");
}
