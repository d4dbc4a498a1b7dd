// Blocks born in one thread and freed in another, one thread at a time: 10 threads make 50
// boxes of 128 bytes each and hand them to main in a Vec (50 * 8 = 400 bytes, exact), which
// keeps them all until the end: 10 * (6400 + 400) = 68000 bytes live at once.
//@ site make_boxes tb=68000 tbk=510 gb=68000 gbk=510 eb=0 ebk=0
//@ elsewhere make_boxes fe=510
use std::hint::black_box;
use std::thread;

#[inline(never)]
fn make_boxes(n: usize) -> Vec<Box<[u8; 128]>> {
    let mut boxes = Vec::with_capacity(n);
    for _ in 0..n {
        boxes.push(Box::new(black_box([1; 128])));
    }
    boxes
}

fn main() {
    let mut all = Vec::with_capacity(10);
    for _ in 0..10 {
        all.push(thread::spawn(|| make_boxes(black_box(50))).join().unwrap());
    }
    println!("{}", all.iter().map(Vec::len).sum::<usize>());
}
