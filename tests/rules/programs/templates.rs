// Filling templates: Cow, Arc<str>, replacing, joining, casing.
//@ expect=buffer-reuse|string-temp|small-buffer|copy-growth|growth function=fill line=template-replace
//@ expect=string-temp|clone function=plain line=template-owned
//@ expect=box-churn|string-temp|clone function=is_known line=template-arc
//@ expect=buffer-reuse|string-temp|small-buffer|needless-collect function=page line=template-join
//@ expect=string-temp|small-buffer|buffer-reuse function=same_word line=template-lower
//@ expect=growth|small-buffer|needless-collect|buffer-reuse|string-temp function=is_palindrome line=template-chars
//@ expect=growth function=escape line=template-escape
//@ expect=format-temp function=attribute line=template-attribute
//@ quiet function=fill_into
//@ quiet function=plain_cow
//@ quiet function=is_known_str
//@ quiet function=page_into
//@ quiet function=same_word_ascii
//@ quiet function=is_palindrome_chars
//@ quiet function=escape_into
//@ quiet function=attribute_into
use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Write;
use std::hint::black_box;
use std::sync::Arc;

#[inline(never)]
fn fill(template: &str, name: &str) -> usize {
    let text = template.replace("{name}", name); // <- template-replace
    black_box(text.as_str()).len()
}

#[inline(never)]
fn fill_into(out: &mut String, template: &str, name: &str) -> usize {
    out.clear();
    for (i, part) in template.split("{name}").enumerate() {
        if i > 0 {
            out.push_str(name);
        }
        out.push_str(part);
    }
    black_box(out.as_str()).len()
}

fn without_tabs(text: &str) -> Cow<'_, str> {
    if text.contains('\t') { Cow::Owned(text.replace('\t', " ")) } else { Cow::Borrowed(text) }
}

#[inline(never)]
fn plain(text: &str) -> usize {
    let owned = without_tabs(text).into_owned(); // <- template-owned
    black_box(owned.as_str()).len()
}

#[inline(never)]
fn plain_cow(text: &str) -> usize {
    black_box(&*without_tabs(text)).len()
}

#[inline(never)]
fn is_known(known: &HashSet<Arc<str>>, name: &str) -> bool {
    let key: Arc<str> = Arc::from(name); // <- template-arc
    known.contains(&key)
}

#[inline(never)]
fn is_known_str(known: &HashSet<Arc<str>>, name: &str) -> bool {
    known.contains(name)
}

#[inline(never)]
fn page(lines: &[&str]) -> usize {
    let text = lines.join("\n"); // <- template-join
    black_box(text.as_str()).len()
}

#[inline(never)]
fn page_into(out: &mut String, lines: &[&str]) -> usize {
    out.clear();
    for line in lines {
        out.push_str(line);
        out.push('\n');
    }
    black_box(out.as_str()).len()
}

#[inline(never)]
fn same_word(a: &str, b: &str) -> bool {
    a.to_lowercase() == b // <- template-lower
}

#[inline(never)]
fn same_word_ascii(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

#[inline(never)]
fn is_palindrome(word: &str) -> bool {
    let letters: Vec<char> = word.chars().filter(|c| c.is_alphanumeric()).collect(); // <- template-chars
    letters.iter().eq(letters.iter().rev())
}

#[inline(never)]
fn is_palindrome_chars(word: &str) -> bool {
    let letters = || word.chars().filter(|c| c.is_alphanumeric());
    letters().eq(letters().rev())
}

#[inline(never)]
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"), // <- template-escape
            '&' => out.push_str("&amp;"), // <- template-escape
            c => out.push(c), // <- template-escape
        }
    }
    out
}

#[inline(never)]
fn escape_into(out: &mut String, text: &str) -> usize {
    out.clear();
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            c => out.push(c),
        }
    }
    out.len()
}

#[inline(never)]
fn attribute(out: &mut String, key: &str, value: usize) {
    out.push_str(&format!(" {key}=\"{value}\"")); // <- template-attribute
}

#[inline(never)]
fn attribute_into(out: &mut String, key: &str, value: usize) {
    write!(out, " {key}=\"{value}\"").unwrap();
}

fn main() {
    let names = ["Ada Lovelace", "Otto", "Grace Hopper", "Anna"];
    let known: HashSet<Arc<str>> = names.iter().map(|&n| Arc::from(n)).collect();
    let template = "Dear {name},\nwe write to you, {name}, since we have not heard of you for long.";
    let lines = ["<html>", "<body class=\"wide\">", "a paragraph of text & more", "</body>", "</html>"];
    let (mut out, mut tag) = (String::new(), String::new());
    let mut sum = 0;
    for i in 0..120_000 {
        let name = black_box(names[i % 4]);
        sum += fill(template, name) + fill_into(&mut out, template, name);
        sum += plain(name) + plain_cow(name);
        sum += usize::from(is_known(&known, name)) + usize::from(is_known_str(&known, name));
        sum += page(black_box(&lines)) + page_into(&mut out, black_box(&lines));
        sum += usize::from(same_word(name, "otto")) + usize::from(same_word_ascii(name, "otto"));
        sum += usize::from(is_palindrome(name)) + usize::from(is_palindrome_chars(name));
        sum += escape(black_box(lines[i % 5])).len() + escape_into(&mut out, black_box(lines[i % 5]));
        tag.clear();
        attribute(&mut tag, "width", i);
        attribute_into(&mut tag, "height", i);
        sum += tag.len();
    }
    println!("{sum}");
}
