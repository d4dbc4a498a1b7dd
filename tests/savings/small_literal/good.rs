use std::hint::black_box;

#[inline(never)]
fn sum(a: u32) -> u32 {
    let numbers = black_box([a, a + 1, a + 2]);
    numbers.iter().sum()
}

fn main() {
    let mut total = 0u64;
    for i in 0..10_000_000 {
        total += u64::from(sum(black_box(i)));
    }
    println!("{total}");
}
