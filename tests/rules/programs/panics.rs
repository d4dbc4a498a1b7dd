// Panics that are caught and taken for answers. (Not built with panic=abort.)
//@ skip lto
//@ expect=panic-churn function=*|divide line=panic-divide|panic-check severity=any
//@ quiet function=divide_checked
//@ quiet function=seldom
use std::hint::black_box;
use std::panic;

#[inline(never)]
fn divide(a: u32, b: u32) -> u32 {
    if b == 0 {
        panic!("cannot divide {a} by zero"); // <- panic-divide
    }
    a / b
}

#[inline(never)]
fn try_divide(a: u32, b: u32) -> Option<u32> {
    panic::catch_unwind(|| divide(a, b)).ok() // <- panic-check
}

#[inline(never)]
fn divide_checked(a: u32, b: u32) -> Option<u32> {
    a.checked_div(b)
}

#[inline(never)]
fn seldom(a: u32) -> u32 {
    panic::catch_unwind(|| if a == 77 { panic!("unlucky") } else { a }).unwrap_or(0)
}

fn main() {
    panic::set_hook(Box::new(|_| {}));
    let mut sum = 0;
    for i in 0..4_000 {
        sum += try_divide(black_box(i), black_box(i & 1)).unwrap_or(1);
        sum += divide_checked(black_box(i), black_box(i & 1)).unwrap_or(1);
        sum += seldom(black_box(i));
    }
    println!("{sum}");
}
