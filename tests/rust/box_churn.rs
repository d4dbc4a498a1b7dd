// Short-lived blocks: 10000 boxes of 48 bytes, one at a time, from two callers; and a tree of
// 127 nodes of 24 bytes that is built and dropped 20 times.
//@ site one_box tb=480000 tbk=10000 eb=0 ebk=0
//@ site build tb=60960 tbk=2540 gb=3048 gbk=127 eb=0 ebk=0
use std::hint::black_box;

struct Node {
    left: Option<Box<Node>>,
    right: Option<Box<Node>>,
    depth: u64,
}

#[inline(never)]
fn one_box(i: u64) -> u64 {
    let b = black_box(Box::new([i; 6]));
    b[0]
}

#[inline(never)]
fn build(depth: u64) -> Box<Node> {
    let (left, right) = match depth {
        0 => (None, None),
        _ => (Some(build(depth - 1)), Some(build(depth - 1))),
    };
    Box::new(Node { left, right, depth })
}

fn sum(node: &Node) -> u64 {
    let child = |c: &Option<Box<Node>>| c.as_ref().map_or(0, |n| sum(n));
    node.depth + child(&node.left) + child(&node.right)
}

#[inline(never)]
fn even(i: u64) -> u64 {
    black_box(one_box(i))
}

#[inline(never)]
fn odd(i: u64) -> u64 {
    black_box(one_box(i)) + 1
}

fn main() {
    let mut total = 0;
    for i in 0..10000 {
        total += if i % 2 == 0 { even(i) } else { odd(i) };
    }
    for _ in 0..20 {
        total += sum(&*black_box(build(black_box(6))));
    }
    println!("{total}");
}
