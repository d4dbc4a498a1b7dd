//! Grows a Vec, keeps some Strings, drops many small ones.
fn grow(n: u64) -> Vec<u64> {
    let mut numbers = Vec::new();
    for i in 0..n {
        numbers.push(i);
    }
    numbers
}

fn names(n: u64) -> Vec<String> {
    (0..n).map(|i| format!("name {i}")).collect()
}

fn churn(n: u64) -> usize {
    let mut total = 0;
    for i in 0..n {
        total += i.to_string().len();
    }
    total
}

fn main() {
    let numbers = grow(1000);
    let kept = names(10);
    let length = churn(100);
    println!("{} {} {}", numbers.len(), kept.len(), length);
    std::mem::forget(kept);
}
