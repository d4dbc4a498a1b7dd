// calloc: vec![0; n] asks for zeroed memory. Five Vecs of 1000 u32, two of them kept to the end.
//@ site zeroed_table tb=20000 tbk=5 gb=12000 gbk=3 eb=8000 ebk=2
//@ called zeroed_table calloc
use std::hint::black_box;

#[inline(never)]
fn zeroed_table(n: usize) -> Vec<u32> {
    vec![0; n]
}

fn main() {
    std::mem::forget(zeroed_table(black_box(1000)));
    std::mem::forget(zeroed_table(black_box(1000)));
    for _ in 0..3 {
        drop(black_box(zeroed_table(black_box(1000))));
    }
    println!("done");
}
