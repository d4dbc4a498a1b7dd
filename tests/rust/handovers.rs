// Containers that are made anew, bigger, before the old one goes: each replacement is a
// handover, also where the new one is itself realloc'd before the old one is freed (format! writes
// `text` into a String of its exact length, then grows it for the next digit).
//@ site formatted tb=1498480 tbk=1992 eb=0 ebk=0
//@ site concatenated tb=2002000 tbk=1000 eb=0 ebk=0
use std::hint::black_box;

#[inline(never)]
fn formatted(n: u32) -> String {
    let mut text = String::new();
    for i in 0..n {
        text = format!("{text}{}", i % 10);
    }
    text
}

#[inline(never)]
fn concatenated(n: u32) -> Vec<u32> {
    let mut all: Vec<u32> = Vec::new();
    for i in 0..n {
        all = [all.as_slice(), &[i]].concat();
    }
    all
}

fn main() {
    println!("{} {}", formatted(black_box(1000)).len(), concatenated(black_box(1000)).len());
}
