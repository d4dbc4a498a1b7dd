use std::fmt::Write;
use std::hint::black_box;

#[inline(never)]
fn label(buf: &mut String, a: u32) -> usize {
    buf.clear();
    write!(buf, "{}-{}", a, a + 1).unwrap();
    black_box(&buf).len()
}

fn main() {
    let mut total = 0;
    let mut buf = String::new();
    for i in 0..3_000_000 {
        total += label(&mut buf, black_box(i));
    }
    println!("{total}");
}
