//@ rule=format-temp function=append
// Rows appended to a text by way of a String each.
use std::hint::black_box;

#[inline(never)]
fn append(out: &mut String, name: &str, value: f64) {
    out.push_str(&format!("{name}: {value:.2} units\n"));
}

fn main() {
    let mut total = 0;
    let mut out = String::with_capacity(1 << 16);
    for i in 0..1_500_000 {
        append(&mut out, black_box("temperature"), f64::from(i) * 0.5);
        if out.len() > 60_000 {
            total += black_box(&out).len();
            out.clear();
        }
    }
    println!("{total}");
}
