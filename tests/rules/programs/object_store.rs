// Many objects of all sizes in two threads, each of which takes the place of another one: very many
// small blocks are live, but they come and go one by one. Names are cut to their length.
//@ expect=shrink function=make_name line=name-capacity
//@ quiet function=tick
use std::collections::HashMap;
use std::hint::black_box;
use std::thread;

struct Object {
    name: Box<str>,
    data: Vec<u8>,
    tags: Box<[u16]>,
    owner: Box<(u64, u64)>,
    extra: Option<Box<[u64; 9]>>,
    notes: Option<String>,
}

fn noise(n: u64) -> u64 {
    let n = (n ^ (n >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    n ^ (n >> 29)
}

#[inline(never)]
fn make_name(n: u64) -> Box<str> {
    let mut text = String::with_capacity(40); // <- name-capacity
    text.extend((0..8 + n % 30).map(|i| (b'a' + (n >> (i % 40)) as u8 % 26) as char));
    text.into_boxed_str()
}

#[inline(never)]
fn make_data(n: u64) -> Vec<u8> {
    let mut data = Vec::with_capacity(16 + (n % 400) as usize);
    data.push(n as u8);
    data
}

#[inline(never)]
fn make_tags(n: u64) -> Box<[u16]> {
    (0..1 + n % 40).map(|i| (n ^ i) as u16).collect()
}

#[inline(never)]
fn make_owner(n: u64) -> Box<(u64, u64)> {
    Box::new((n, n / 2))
}

#[inline(never)]
fn make_extra(n: u64) -> Box<[u64; 9]> {
    Box::new([n; 9])
}

#[inline(never)]
fn make_notes(n: u64) -> String {
    let mut notes = String::with_capacity(60 + (n % 200) as usize);
    notes.push_str("nothing special");
    notes
}

#[inline(never)]
fn make(n: u64) -> Object {
    Object {
        name: make_name(noise(n)),
        data: make_data(noise(n + 1)),
        tags: make_tags(noise(n + 2)),
        owner: make_owner(n),
        extra: (n % 4 != 0).then(|| make_extra(n)),
        notes: (n % 3 != 0).then(|| make_notes(noise(n + 3))),
    }
}

fn size(object: &Object) -> usize {
    object.name.len()
        + object.data.len()
        + object.tags.len()
        + object.owner.0 as usize % 2
        + object.extra.as_ref().map_or(0, |e| e[0] as usize % 3)
        + object.notes.as_ref().map_or(0, |n| n.len())
}

#[inline(never)]
fn tick(objects: &mut HashMap<u64, Object>, at: u64, n: u64) -> usize {
    match objects.insert(at, make(n)) {
        Some(old) => size(&old),
        None => 0,
    }
}

fn main() {
    let threads: Vec<_> = (0..2u64)
        .map(|t| {
            thread::spawn(move || {
                let mut objects = HashMap::with_capacity(8_000);
                (0..120_000u64).map(|n| tick(&mut objects, noise(n * 2 + t) % 7_000, black_box(n))).sum::<usize>()
            })
        })
        .collect();
    println!("{}", threads.into_iter().map(|t| t.join().unwrap()).sum::<usize>());
}
