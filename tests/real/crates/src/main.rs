//! A program of published crates with a fixed input: makes a list of records as JSON text, parses
//! it, finds words in it with a regular expression, changes and prints it again. The same
//! allocations in each run: nothing depends on hashing order, time or addresses.
use regex::Regex;
use serde_json::{json, Value};

fn make_text(records: u64) -> String {
    let list: Vec<Value> = (0..records)
        .map(|i| {
            let tags = &["red", "green", "blue"][..(i % 4).min(3) as usize];
            json!({
                "id": i,
                "name": format!("record number {i}"),
                "tags": tags,
                "nested": { "ratio": i as f64 / 7.0, "on": i % 2 == 0, "none": null },
                "note": "line one\nline \"two\" — ünïcode",
            })
        })
        .collect();
    serde_json::to_string_pretty(&list).unwrap()
}

fn find_words(text: &str) -> usize {
    let words = Regex::new(r"(?i)\b(re[a-z]+|number)\s+(\w+)\b").unwrap();
    words.captures_iter(text).map(|found| found[1].len() + found[2].to_owned().len()).sum()
}

fn change(list: &mut Value) -> usize {
    let digits = Regex::new(r"\d+").unwrap();
    let mut changed = 0;
    for record in list.as_array_mut().unwrap() {
        let name = record["name"].as_str().unwrap();
        let new = digits.replace_all(name, "<$0>").into_owned();
        changed += new.len();
        record["name"] = Value::String(new);
        record.as_object_mut().unwrap().remove("note");
    }
    changed
}

fn main() {
    let records = std::env::args().nth(1).map_or(200, |a| a.parse().unwrap());
    let text = make_text(records);
    let mut list: Value = serde_json::from_str(&text).unwrap();
    let changed = change(&mut list);
    let out = serde_json::to_vec(&list).unwrap();
    println!("{} {} {} {}", text.len(), find_words(&text), changed, out.len());
}
