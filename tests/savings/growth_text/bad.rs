//@ rule=growth function=sentence
use std::hint::black_box;

#[inline(never)]
fn sentence(words: &[&str]) -> String {
    let mut text = String::new();
    for word in words {
        text.push_str(word);
        text.push(' ');
    }
    text
}

fn main() {
    let words = ["the", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog"];
    let mut sum = 0;
    for i in 0..600_000 {
        sum += sentence(black_box(&words[..4 + i % 6])).len();
    }
    println!("{sum}");
}
