//@ rule=clone function=sum
// A row of numbers copied to be summed up. Integers: a sum of floats is a chain of additions that runs on
// into the next row, unless a copy stands between; that would be measured, too.
use std::hint::black_box;

#[inline(never)]
fn sum(row: &Vec<u64>) -> u64 {
    let copy = row.clone();
    black_box(&copy).iter().sum()
}

fn main() {
    let row: Vec<u64> = (0..200).collect();
    let mut total = 0;
    for _ in 0..2_000_000 {
        total += sum(black_box(&row));
    }
    println!("{total}");
}
