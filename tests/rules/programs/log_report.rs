// A log's lines become numbers: levels as texts, fields in Vecs, messages lowered; and without.
//@ expect=string-temp|small-buffer|buffer-reuse function=level line=log-level
//@ expect=small-buffer function=fields line=log-fields
//@ expect=format-temp function=day_of line=log-day
//@ expect=hash-growth function=per_hour line=log-hours
//@ expect=string-temp|growth|small-buffer|buffer-reuse function=words line=log-replace
//@ quiet function=level_of
//@ quiet function=fields_array
//@ quiet function=day_range
//@ quiet function=hours_array
//@ quiet function=Report
use std::collections::HashMap;
use std::hint::black_box;

#[derive(PartialEq)]
enum Level {
    Info,
    Warning,
    Error,
}

#[inline(never)]
fn level(line: &str) -> bool {
    let word = line.split(' ').nth(2).unwrap_or("");
    word.to_lowercase() == "error" // <- log-level
}

#[inline(never)]
fn level_of(line: &str) -> Level {
    match line.split(' ').nth(2) {
        Some(word) if word.eq_ignore_ascii_case("error") => Level::Error,
        Some("WARNING") => Level::Warning,
        _ => Level::Info,
    }
}

#[inline(never)]
fn fields(line: &str) -> u64 {
    let time = line.split(' ').nth(1).unwrap_or("");
    let parts = time.split(':').map(|p| p.parse().unwrap_or(0)).collect::<Vec<u16>>(); // <- log-fields
    parts.iter().fold(0, |sum, p| sum * 60 + u64::from(*p))
}

#[inline(never)]
fn fields_array(line: &str) -> u64 {
    let time = line.split(' ').nth(1).unwrap_or("");
    let mut parts = [0u64; 3];
    parts.iter_mut().zip(time.split(':')).for_each(|(to, p)| *to = p.parse().unwrap_or(0));
    parts.iter().fold(0, |sum, p| sum * 60 + p)
}

#[inline(never)]
fn day_of(line: &str, day: u32) -> bool {
    line.starts_with(&format!("2024-05-{day:02}")) // <- log-day
}

#[inline(never)]
fn day_range(line: &str, day: u32) -> bool {
    line.starts_with("2024-05-") && line[8..10].parse() == Ok(day)
}

#[inline(never)]
fn words(line: &str) -> usize {
    let plain = line.replace(" - ", " "); // <- log-replace
    black_box(&plain).len()
}

#[inline(never)]
fn per_hour(lines: &[String]) -> usize {
    let mut counts: HashMap<(u8, u8), u32> = HashMap::new();
    for line in lines {
        let time = line.as_bytes();
        let key = (time[11].wrapping_mul(10).wrapping_add(time[12]), time[15]);
        counts.entry(key).and_modify(|n| *n += 1).or_insert(1); // <- log-hours
    }
    counts.len()
}

#[inline(never)]
fn hours_array(lines: &[String]) -> usize {
    let mut counts = [0u32; 256];
    for line in lines {
        counts[usize::from(line.as_bytes()[12])] += 1;
    }
    counts.iter().filter(|n| **n > 0).count()
}

#[derive(Default)]
struct Report {
    errors: Vec<String>,
    longest: usize,
}

impl Report {
    /// Keeps what it has to show.
    #[inline(never)]
    fn see(&mut self, line: &str) {
        self.longest = self.longest.max(line.len());
        if level_of(line) == Level::Error && self.errors.len() < 5_000 {
            self.errors.push(line.to_owned());
        }
    }
}

fn log() -> Vec<String> {
    (0..1_000)
        .map(|i| {
            let level = ["INFO", "WARNING", "Error"][i % 3];
            format!("2024-05-{:02} {:02}:{:02}:{:02} {level} - server - took {} ms", i % 28 + 1, i % 24, i % 60, i % 59, i * 7)
        })
        .collect()
}

fn main() {
    let lines = log();
    let (mut sum, mut report) = (0u64, Report::default());
    for _ in 0..150 {
        for line in &lines {
            sum += u64::from(level(black_box(line))) + u64::from(level_of(black_box(line)) == Level::Warning);
            sum += fields(black_box(line)) + fields_array(black_box(line));
            sum += u64::from(day_of(black_box(line), 17)) + u64::from(day_range(black_box(line), 17));
            sum += words(black_box(line)) as u64;
            report.see(line);
        }
    }
    for _ in 0..500 {
        sum += per_hour(black_box(&lines)) as u64 + hours_array(black_box(&lines)) as u64;
    }
    println!("{sum} {} {}", report.errors.len(), report.longest);
}
