use std::hint::black_box;

// Rows that stay, and others that grow between them: most reallocs move.

#[inline(never)]
fn add_row(rows: &mut Vec<(Vec<u32>, Vec<u64>)>, n: u32) {
    let mut ids = Vec::with_capacity(n as usize);
    let mut weights = Vec::with_capacity(n as usize);
    for i in 0..n {
        ids.push(i);
        weights.push(u64::from(i) << 7);
    }
    rows.push((ids, weights));
}

fn main() {
    let mut sum = 0;
    for round in 0..60 {
        let mut rows = Vec::with_capacity(2000);
        for i in 0..2000 {
            add_row(&mut rows, black_box(40 + (i + round) % 80));
        }
        sum += rows.iter().map(|(ids, _)| ids.len()).sum::<usize>();
    }
    println!("{sum}");
}
