use std::hint::black_box;

use std::fmt::Write;

#[inline(never)]
fn list(n: u32) -> String {
    let mut text = String::new();
    for i in 0..n {
        write!(text, "{i},").unwrap();
    }
    text
}

fn main() {
    let mut sum = 0;
    for _ in 0..1_500 {
        sum += list(black_box(1000)).len();
    }
    println!("{sum}");
}
