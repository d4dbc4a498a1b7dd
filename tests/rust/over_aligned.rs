// Types aligned to 64 bytes take posix_memalign. A Vec of them grows without realloc: 4, 8, 16,
// 32 and 64 elements are five blocks of 256 to 4096 bytes, each old one freed after the copy, so
// 2048 + 4096 are live at once. 10 boxes of 64 bytes are live then too.
//@ site grow_aligned tb=7936 tbk=5 gb=6144 gbk=2 eb=0 ebk=0
//@ site box_aligned tb=640 tbk=10 gb=640 gbk=10 eb=0 ebk=0
//@ called box_aligned posix_memalign
use std::hint::black_box;

#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line(#[allow(dead_code)] u64);

#[inline(never)]
fn grow_aligned(n: u64) -> Vec<Line> {
    let mut lines = Vec::new();
    for i in 0..n {
        lines.push(Line(i));
    }
    lines
}

#[inline(never)]
fn box_aligned(i: u64) -> Box<Line> {
    Box::new(Line(black_box(i)))
}

fn main() {
    let mut boxes = Vec::with_capacity(10);
    for i in 0..10 {
        boxes.push(box_aligned(i));
    }
    let lines = grow_aligned(black_box(64));
    assert!(lines.as_ptr() as usize % 64 == 0);
    println!("{} {}", boxes.len(), lines.len());
}
