// Copies of Strings and of a Vec of Strings: 30 clones of a 20-byte String, and 5 clones of a Vec
// that holds 4 of them (4 * 24 + 4 * 20 = 176 bytes in 5 blocks); format! of a number.
//@ site clone_text tb=600 tbk=30 eb=0 ebk=0
//@ site clone_list tb=880 tbk=25 eb=0 ebk=0
use std::hint::black_box;

#[inline(never)]
fn clone_text(text: &String) -> String {
    black_box(text.clone())
}

#[inline(never)]
fn clone_list(list: &Vec<String>) -> Vec<String> {
    black_box(list.clone())
}

#[inline(never)]
fn label(i: usize) -> String {
    format!("item {i}")
}

fn main() {
    let text = String::from("exactly twenty bytes");
    let list = vec![text.clone(), text.clone(), text.clone(), text.clone()];
    let mut total = 0;
    for _ in 0..30 {
        total += black_box(clone_text(black_box(&text))).len();
    }
    for _ in 0..5 {
        total += black_box(clone_list(black_box(&list))).len();
    }
    for i in 0..100 {
        total += black_box(label(black_box(i))).len();
    }
    println!("{total}");
}
