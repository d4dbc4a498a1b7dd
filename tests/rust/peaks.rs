// Which peak is the peak. The live total rises to the same height three times; of equals the
// latest counts, and what stood there then. "early" is gone by then, "middle" too, "late" and
// "ground" are live. The third peak ends with a realloc that shrinks, not with a free.
//@ site early tb=100000 tbk=1 gb=0 gbk=0 eb=0 ebk=0
//@ site middle tb=100000 tbk=2 gb=0 gbk=0 eb=0 ebk=0
//@ site late tb=110000 tbk=2 gb=100000 gbk=1 eb=0 ebk=0
//@ site ground tb=5000 tbk=1 gb=5000 gbk=1 eb=0 ebk=0
//@ site after tb=99999 tbk=1 gb=0 gbk=0 eb=0 ebk=0
use std::hint::black_box;

#[inline(never)]
fn ground() -> Vec<u8> {
    black_box(Vec::with_capacity(5000))
}

#[inline(never)]
fn early() {
    drop(black_box(Vec::<u8>::with_capacity(100_000)));
}

#[inline(never)]
fn middle() {
    let half = black_box(Vec::<u8>::with_capacity(50_000));
    let other = black_box(Vec::<u8>::with_capacity(50_000));
    drop(half);
    drop(other);
}

#[inline(never)]
fn late() {
    let mut v = black_box(Vec::<u8>::with_capacity(100_000));
    v.shrink_to(10_000);
    black_box(&v);
}

#[inline(never)]
fn after() {
    drop(black_box(Vec::<u8>::with_capacity(99_999)));
}

fn main() {
    let kept = ground();
    early();
    middle();
    late();
    after();
    black_box(kept);
}
