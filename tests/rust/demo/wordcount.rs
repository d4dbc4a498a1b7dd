//! A small program as one writes it first: it counts the words of a text that it makes up, and
//! prints the most frequent ones. It is right, and it allocates far more than it has to: a String
//! per word looked up, a Vec and a HashMap that grow step by step, text pieced together with
//! format!. `make demo` profiles it.
use std::collections::HashMap;

const LINES: usize = 20_000;

/// The words of the made-up text: a few that are frequent, and many that are not.
const COMMON: [&str; 8] = ["the", "heap", "grows", "and", "shrinks", "while", "programs", "run"];

fn make_line(number: usize) -> String {
    let mut line = String::new();
    for i in 0..8 {
        line += COMMON[(number * 7 + i * i) % COMMON.len()];
        line += " ";
    }
    line += &format!("word{} number{}", number % 3_000, number % 70);
    line
}

fn split_words(text: &[String]) -> Vec<String> {
    let mut words = Vec::new();
    for line in text {
        for word in line.split_whitespace() {
            words.push(word.to_string());
        }
    }
    words
}

fn count_words(words: &[String]) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for word in words {
        *counts.entry(word.clone()).or_insert(0) += 1;
    }
    counts
}

fn most_frequent(counts: &HashMap<String, usize>, n: usize) -> Vec<(String, usize)> {
    let mut list = Vec::new();
    for (word, count) in counts {
        list.push((word.clone(), *count));
    }
    list.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    list.truncate(n);
    list
}

fn main() {
    let mut text = Vec::new();
    for number in 0..LINES {
        text.push(make_line(number));
    }
    let words = split_words(&text);
    let counts = count_words(&words);
    println!("{} words, {} different", words.len(), counts.len());
    for (word, count) in most_frequent(&counts, 5) {
        println!("{count:>8} {word}");
    }
}
