// Deep stacks: `descend` goes ARGS[1] levels down and allocates 100 bytes at the bottom, ten
// times; `nested` allocates 256 bytes at every level. Frames do more than pass a value on, so that
// no call becomes a loop.
//@ args 50
//@ site bottom tb=1000 tbk=10 gb=0 gbk=0 eb=0 ebk=0
//@ site nested tb=12800 tbk=50 gb=12800 gbk=50 eb=0 ebk=0
use std::hint::black_box;

#[inline(never)]
fn bottom() -> u64 {
    let v = black_box(vec![1u8; 100]);
    v[99] as u64
}

#[inline(never)]
fn descend(level: u64) -> u64 {
    if level == 0 {
        return black_box(bottom());
    }
    black_box(descend(black_box(level - 1))) + 1
}

#[inline(never)]
fn nested(level: u64) -> u64 {
    if level == 0 {
        return 0;
    }
    let held = black_box(Box::new([level; 32]));
    let below = black_box(nested(black_box(level - 1)));
    held[1] + below
}

fn main() {
    let depth: u64 = std::env::args().nth(1).map_or(50, |a| a.parse().unwrap());
    let mut total = 0;
    for _ in 0..10 {
        total += descend(black_box(depth));
    }
    total += nested(black_box(depth));
    println!("{total}");
}
