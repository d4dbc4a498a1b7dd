// A String that grows by push_str of 8 bytes: capacities 8, 16 ... 1024, so 8 events of
// 8 * 255 = 2040 bytes per call; 10 calls, each String dropped before the next.
// grow_once asks for 100 bytes when it has 8: one step of 100, not of 16.
//@ site build_line tb=20400 tbk=80 eb=0 ebk=0
//@ site grow_once tb=108 tbk=2 eb=0 ebk=0
//@ growth build_line rl=70 births=10
use std::hint::black_box;

#[inline(never)]
fn build_line(words: usize) -> String {
    let mut line = String::new();
    for _ in 0..words {
        line.push_str(black_box("8 bytes."));
    }
    line
}

/// 8 bytes, then at once 100: the amount asked for is more than twice the old capacity.
#[inline(never)]
fn grow_once() -> String {
    let mut s = String::from(black_box("8 bytes."));
    let more = [b'x'; 92];
    s.push_str(std::str::from_utf8(black_box(&more)).unwrap());
    s
}

fn main() {
    let mut total = 0;
    for _ in 0..10 {
        total += black_box(build_line(black_box(100))).len();
    }
    total += black_box(grow_once()).len();
    println!("{total}");
}
