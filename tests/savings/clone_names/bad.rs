//@ rule=clone function=measure
// A list of names copied with all its Strings.
use std::hint::black_box;

#[inline(never)]
fn measure(names: &Vec<String>) -> usize {
    let copy = black_box(names.clone());
    copy.iter().map(String::len).sum()
}

fn main() {
    let names: Vec<String> = (0..10).map(|i| format!("name{i}")).collect();
    let mut total = 0;
    for _ in 0..500_000 {
        total += measure(black_box(&names));
    }
    println!("{total}");
}
