// A program with nothing worth changing: buffers that are reused, sizes that are known, maps that
// are kept, and a little work once at the start.
//@ program quiet=allocator
//@ program quiet=growth
//@ program quiet=hash-growth
//@ quiet function=main
//@ quiet function=statistics
//@ quiet function=Parser
//@ quiet function=start
use std::collections::HashMap;
use std::fmt::Write;
use std::hint::black_box;

struct Parser<'a> {
    fields: Vec<&'a str>,
    numbers: Vec<f64>,
}

impl<'a> Parser<'a> {
    fn line(&mut self, line: &'a str) -> f64 {
        self.fields.clear();
        self.fields.extend(line.split(' '));
        self.numbers.clear();
        self.numbers.extend(self.fields.iter().filter_map(|f| f.parse::<f64>().ok()));
        self.numbers.iter().sum()
    }
}

fn statistics(text: &str, out: &mut String) {
    let mut parser = Parser { fields: Vec::new(), numbers: Vec::new() };
    for line in text.lines() {
        let sum = parser.line(line);
        let _ = writeln!(out, "{sum:.3}");
        if out.len() > 60_000 {
            black_box(&*out);
            out.clear();
        }
    }
}

fn start() -> HashMap<String, Vec<u32>> {
    let mut settings = HashMap::new();
    for i in 0..400u32 {
        settings.entry(format!("setting.{}", i % 50)).or_insert_with(Vec::new).push(i);
    }
    settings
}

fn main() {
    let settings = start();
    let mut text = String::new();
    for i in 0..60_000u32 {
        let _ = writeln!(text, "{} {}.5 x {}", i % 977, i % 13, i / 7);
    }
    let mut out = String::with_capacity(64_000);
    for _ in 0..2 {
        statistics(black_box(&text), &mut out);
    }
    println!("{} {}", settings.len(), out.len());
}
