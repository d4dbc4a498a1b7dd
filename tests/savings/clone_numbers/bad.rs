//@ rule=clone function=sum
// A row of numbers copied to be summed up.
use std::hint::black_box;

#[inline(never)]
fn sum(row: &Vec<f64>) -> f64 {
    let copy = row.clone();
    black_box(&copy).iter().sum()
}

fn main() {
    let row: Vec<f64> = (0..200).map(f64::from).collect();
    let mut total = 0.0;
    for _ in 0..2_000_000 {
        total += sum(black_box(&row));
    }
    println!("{total}");
}
