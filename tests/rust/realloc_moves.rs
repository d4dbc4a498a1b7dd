// realloc of every kind. forced_move: 1000 bytes, then a block behind it, so growing to 5000
// moves and copies 1000; 20 times. in_place: 5000 bytes shrunk to 3000, 20 times, never moves.
// remapped: 1 MiB grown to 4 MiB, which glibc does by mremap, without a copy.
// Valgrind moves in every realloc, so only the counts of events and bytes are its equals.
//@ site forced_move tb=120320 tbk=60 eb=0 ebk=0
//@ site in_place tb=160000 tbk=40 eb=0 ebk=0
//@ site remapped tb=5242880 tbk=2 gb=4194304 gbk=1 eb=0 ebk=0
//@ growth forced_move rl=20 rm=20 bc=20000
//@ growth in_place rl=20 rm=0 rs=20 bc=0
//@ growth remapped rl=1 bc=0
use std::alloc::{alloc, dealloc, realloc, Layout};
use std::hint::black_box;

fn layout(bytes: usize) -> Layout {
    Layout::from_size_align(bytes, 8).unwrap()
}

#[inline(never)]
unsafe fn forced_move() {
    let p = alloc(layout(1000));
    let behind = alloc(layout(16));
    black_box((p, behind));
    let q = realloc(p, layout(1000), 5000);
    assert_ne!(black_box(q), p);
    dealloc(q, layout(5000));
    dealloc(behind, layout(16));
}

#[inline(never)]
unsafe fn in_place() {
    let p = black_box(alloc(layout(5000)));
    let q = realloc(p, layout(5000), 3000);
    dealloc(black_box(q), layout(3000));
}

#[inline(never)]
unsafe fn remapped() {
    let p = black_box(alloc(layout(1 << 20)));
    *p = 7;
    let q = realloc(p, layout(1 << 20), 4 << 20);
    assert_eq!(*black_box(q), 7);
    dealloc(q, layout(4 << 20));
}

fn main() {
    unsafe {
        for _ in 0..20 {
            forced_move();
            in_place();
        }
        remapped();
    }
    println!("done");
}
