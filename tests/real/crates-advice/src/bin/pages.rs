//! pulldown-cmark and regex: pages become html, links are gathered, words replaced.
use pulldown_cmark::{html, Event, Parser, Tag};
use regex::Regex;

fn page(i: usize) -> String {
    let mut text = format!("# Page {i}\n\nSome *text* with `code` and a [link](https://example.org/{i}).\n\n");
    for n in 0..8 {
        text += &format!("* item {n} of **page {i}**, see [other](page-{n}.html) & <more>\n");
    }
    text + "\n| a | b |\n|---|---|\n| 1 | 2 |\n\nThe end of the page on 2024-05-17 at last.\n"
}

fn links(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for event in Parser::new(text) {
        if let Event::Start(Tag::Link { dest_url, .. }) = event {
            found.push(dest_url.to_string());
        }
    }
    found
}

fn to_html(text: &str) -> String {
    let mut out = String::new();
    html::push_html(&mut out, Parser::new(text));
    out
}

fn dates(text: &str, pattern: &Regex) -> usize {
    pattern.captures_iter(text).map(|c| c["year"].to_string().len() + c["month"].len()).sum()
}

fn main() {
    let pattern = Regex::new(r"(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)").unwrap();
    let pages: Vec<String> = (0..400).map(page).collect();
    let mut sum = 0;
    for _ in 0..15 {
        for page in &pages {
            sum += to_html(page).len() + links(page).len() + dates(page, &pattern);
            sum += pattern.replace_all(page, "$day.$month.$year").len();
        }
    }
    println!("{sum}");
}
