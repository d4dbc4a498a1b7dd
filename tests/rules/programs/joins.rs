// Strings that are gathered in a Vec, to be joined and for other ends. By symbols alone it is not seen
// that they die with a Vec, so that looks as if each was dropped by itself.
//@ skip symbols
//@ expect=format-temp:joined function=query line=format-joined
//@ expect=format-temp:joined function=list line=format-list
//@ quiet function=query_written
//@ quiet=format-temp function=in_order
//@ quiet=format-temp function=looked_up
//@ quiet=format-temp function=kept
use std::fmt::Write;
use std::hint::black_box;

#[inline(never)]
fn query(pairs: &[(&str, u32)]) -> usize {
    let text = pairs
        .iter()
        .map(|(key, value)| format!("{key}={value}")) // <- format-joined
        .collect::<Vec<String>>()
        .join("&");
    black_box(&text).len()
}

#[inline(never)]
fn list(pairs: &[(&str, u32)]) -> String {
    let pieces: Vec<String> = pairs.iter().map(|(k, v)| format!("{k}: {v}")).collect(); // <- format-list
    pieces.join(", ")
}

#[inline(never)]
fn query_written(text: &mut String, pairs: &[(&str, u32)]) -> usize {
    text.clear();
    for (i, (key, value)) in pairs.iter().enumerate() {
        let _ = write!(text, "{}{key}={value}", if i > 0 { "&" } else { "" });
    }
    black_box(&*text).len()
}

/// All of them are needed, to be put in order.
#[inline(never)]
fn in_order(pairs: &[(&str, u32)]) -> usize {
    let mut all: Vec<String> = pairs.iter().map(|(k, v)| format!("{v}{k}")).collect();
    all.sort();
    black_box(all.join("&")).len()
}

/// A Vec of them is needed, and the text that is joined there is another one.
#[inline(never)]
fn looked_up(pairs: &[(&str, u32)], names: &[&str]) -> usize {
    let all: Vec<String> = pairs.iter().map(|(k, v)| format!("{k}{v}")).collect();
    let heading = names.join(" ");
    heading.len() + usize::from(black_box(&all).contains(&heading))
}

/// They are joined, and handed on.
#[inline(never)]
fn kept(pairs: &[(&str, u32)]) -> (String, Vec<String>) {
    let all: Vec<String> = pairs.iter().map(|(k, v)| format!("{k}/{v}")).collect();
    (all.join("&"), all)
}

fn main() {
    let pairs = [("width", 640), ("height", 480), ("depth", 24), ("rate", 60), ("gamma", 22)];
    let (mut sum, mut text, mut last) = (0, String::new(), Vec::new());
    for _ in 0..30_000 {
        sum += query(black_box(&pairs)) + query_written(&mut text, black_box(&pairs));
        sum += list(black_box(&pairs)).len();
        sum += in_order(black_box(&pairs)) + looked_up(black_box(&pairs), black_box(&["a", "b"]));
    }
    for _ in 0..3_000 {
        last.push(kept(black_box(&pairs)));
    }
    println!("{} {}", sum, last.len());
}
