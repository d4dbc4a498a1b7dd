// A Vec that grows by push: 4, 8, 16 ... 1024 elements of 8 bytes, so 9 events of
// 32 * (1 + 2 + ... + 256) = 16352 bytes per call. Three calls, the first Vec is kept to the
// end, so two are live at the peak (the third call reaches the same peak as the second).
//@ site push_thousand tb=49056 tbk=27 gb=16384 gbk=2 eb=8192 ebk=1
//@ growth push_thousand rl=24 births=3
use std::hint::black_box;

#[inline(never)]
fn push_thousand(n: u64) -> Vec<u64> {
    let mut v = Vec::new();
    for i in 0..n {
        v.push(i);
    }
    v
}

fn main() {
    let kept = push_thousand(black_box(1000));
    drop(black_box(push_thousand(black_box(1000))));
    drop(black_box(push_thousand(black_box(1000))));
    println!("{}", kept.len());
    std::mem::forget(kept);
}
