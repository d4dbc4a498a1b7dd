use std::hint::black_box;

#[inline(never)]
fn sum(row: &Vec<u64>) -> u64 {
    black_box(row).iter().sum()
}

fn main() {
    let row: Vec<u64> = (0..200).collect();
    let mut total = 0;
    for _ in 0..2_000_000 {
        total += sum(black_box(&row));
    }
    println!("{total}");
}
