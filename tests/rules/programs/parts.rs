// What is part of something else: rows of tables, nodes of trees, fields; and functions that leave no
// frame, since what they end in is a jump.
//@ expect=buffer-reuse function=common line=rows
//@ expect=key-temp function=key_of line=lower
//@ expect=growth:collect|growth function=reversed line=reversed
//@ expect=buffer-reuse function=sum line=sum
//@ quiet=clone function=common
//@ quiet=needless-collect function=sum
//@ quiet function=common_in
//@ quiet function=parse
//@ quiet function=packed
//@ quiet function=depth
use std::collections::HashMap;

#[inline(never)]
fn common(a: &[u8], b: &[u8]) -> u16 {
    let mut table = vec![vec![0u16; b.len() + 1]; a.len() + 1]; // <- rows
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            table[i][j] = if a[i - 1] == b[j - 1] {
                table[i - 1][j - 1] + 1
            } else {
                table[i - 1][j].max(table[i][j - 1])
            };
        }
    }
    table[a.len()][b.len()]
}

#[inline(never)]
fn common_in(a: &[u8], b: &[u8], table: &mut Vec<u16>) -> u16 {
    let width = b.len() + 1;
    table.clear();
    table.resize(width * (a.len() + 1), 0);
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            table[i * width + j] = if a[i - 1] == b[j - 1] {
                table[(i - 1) * width + j - 1] + 1
            } else {
                table[(i - 1) * width + j].max(table[i * width + j - 1])
            };
        }
    }
    table[a.len() * width + b.len()]
}

/// A tree, whose nodes have to be boxes, however short it lives.
enum Term {
    Number(u32),
    Pair(Box<Term>, Box<Term>),
}

#[inline(never)]
fn parse(numbers: &[u32]) -> Term {
    let mut left = Term::Number(numbers[0]);
    for n in &numbers[1..] {
        left = Term::Pair(Box::new(left), Box::new(Term::Number(*n)));
    }
    left
}

#[inline(never)]
fn depth(term: &Term) -> u32 {
    match term {
        Term::Number(n) => n & 1,
        Term::Pair(a, b) => 1 + depth(a).max(depth(b)),
    }
}

/// A collected Vec that a struct owns: it cannot be left out, only filled again.
struct Vector {
    of: Vec<f64>,
}

impl Vector {
    #[inline(never)]
    fn sum(&self, other: &Vector) -> Vector {
        let of = self.of.iter().zip(&other.of).map(|(a, b)| a + b).collect(); // <- sum
        Vector { of }
    }
}

/// Elements of a Vec that lives on and is cleared.
#[inline(never)]
fn packed(lines: &[&str]) -> Box<[u32]> {
    lines.iter().map(|l| l.len() as u32).collect()
}

/* ---- left by a jump ---- */

#[inline(never)]
fn key_of(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase() // <- lower
}

#[inline(never)]
fn reversed(text: &str) -> String {
    text.chars().rev().collect() // <- reversed
}

fn main() {
    let words: Vec<String> = (0..200u32).map(|i| format!("Word{:x},", i.wrapping_mul(2654435761))).collect();
    let mut total = 0usize;
    let mut table = Vec::new();
    for a in &words {
        for b in &words[..60] {
            let (a, b) = (a.as_bytes(), b.as_bytes());
            total += common(a, b) as usize + common_in(a, b, &mut table) as usize;
        }
    }
    let numbers: Vec<u32> = (0..12).collect();
    let lines = ["one", "two words", "and three words"].repeat(12);
    let mut kept = Vec::new();
    for _ in 0..30_000 {
        total += depth(&parse(&numbers)) as usize;
        kept.push(packed(&lines));
        if kept.len() == 40 {
            kept.clear();
        }
    }
    let mut vector = Vector { of: vec![0.5; 64] };
    for _ in 0..100_000 {
        vector = vector.sum(&vector);
    }
    let mut counts: HashMap<String, u32> = HashMap::new();
    for round in 0..300 {
        for word in &words {
            *counts.entry(key_of(word)).or_insert(0) += round;
            total += reversed("a text that is long enough to grow a few times").len();
        }
    }
    println!("{} {} {} {}", total, kept.len(), vector.of[3] > 0.0, counts.len());
}
