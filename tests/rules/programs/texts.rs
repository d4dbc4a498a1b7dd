// Texts that are made to be looked at once. (A &&str's to_string goes through fmt in old compilers.)
//@ expect=format-temp function=label_length line=format-label
//@ expect=format-temp function=append_row line=format-push
//@ expect=format-temp function=log line=format-log
//@ expect=string-temp|format-temp function=is_known line=string-literal
//@ expect=string-temp function=digits line=string-number
//@ expect=string-temp function=greet line=string-owned
//@ expect=string-temp|small-buffer|buffer-reuse function=shout line=string-upper
//@ expect=string-temp:char function=without_spaces line=string-char
//@ expect=string-temp:char function=in_capitals line=string-capital
//@ quiet function=label_length_reused
//@ quiet function=append_row_write
//@ quiet function=is_known_str
//@ quiet function=digits_counted
//@ quiet function=without_spaces_push
//@ quiet function=in_capitals_extend
//@ quiet function=titles
//@ quiet function=rare_message
use std::fmt::Write;
use std::hint::black_box;

#[derive(Clone, Copy)]
struct Point {
    x: u32,
    y: u32,
}

#[inline(never)]
fn label_length(p: Point) -> usize {
    let label = format!("{}:{}", p.x, p.y); // <- format-label
    black_box(&label).len()
}

#[inline(never)]
fn label_length_reused(p: Point, label: &mut String) -> usize {
    label.clear();
    let _ = write!(label, "{}:{}", p.x, p.y);
    black_box(&*label).len()
}

#[inline(never)]
fn append_row(out: &mut String, p: Point) {
    out.push_str(&format!("<td>{}</td><td>{}</td>", p.x, p.y)); // <- format-push
}

#[inline(never)]
fn append_row_write(out: &mut String, p: Point) {
    let _ = write!(out, "<td>{}</td><td>{}</td>", p.x, p.y);
}

mod logging {
    pub struct Logger {
        pub written: usize,
    }

    impl Logger {
        pub fn line(&mut self, text: &str) {
            self.written += std::hint::black_box(text).len();
        }
    }

    #[inline(never)]
    pub fn log(logger: &mut Logger, level: &str, code: u32) {
        logger.line(&format!("[{level}] code={code:#06x} done")); // <- format-log
    }
}

#[inline(never)]
fn is_known(word: &str) -> bool {
    let known = ["alpha", "beta", "gamma"];
    known.iter().any(|k| black_box(k.to_string()) == word) // <- string-literal
}

#[inline(never)]
fn is_known_str(word: &str) -> bool {
    let known = ["alpha", "beta", "gamma"];
    known.iter().any(|k| *black_box(k) == word)
}

#[inline(never)]
fn digits(n: u32) -> u32 {
    n.to_string().bytes().map(|b| u32::from(b - b'0')).sum() // <- string-number
}

#[inline(never)]
fn digits_counted(mut n: u32) -> u32 {
    let mut sum = 0;
    while n > 0 {
        sum += n % 10;
        n /= 10;
    }
    sum
}

#[inline(never)]
fn without_spaces(out: &mut String, text: &str) {
    for c in text.chars().filter(|c| *c != ' ') {
        out.push_str(&c.to_string()); // <- string-char
    }
}

#[inline(never)]
fn without_spaces_push(out: &mut String, text: &str) {
    for c in text.chars().filter(|c| *c != ' ') {
        out.push(c);
    }
}

#[inline(never)]
fn in_capitals(out: &mut String, text: &str) {
    for c in text.chars() {
        *out += &c.to_uppercase().to_string(); // <- string-capital
    }
}

#[inline(never)]
fn in_capitals_extend(out: &mut String, text: &str) {
    for c in text.chars() {
        out.extend(c.to_uppercase());
    }
}

fn welcome(name: String) -> usize {
    black_box(&name).len() + 7
}

#[inline(never)]
fn greet(names: &[&str]) -> usize {
    names.iter().map(|name| welcome(String::from(*name))).sum() // <- string-owned
}

#[inline(never)]
fn shout(word: &str) -> bool {
    word.to_uppercase() == "STOP" // <- string-upper
}

/// Returned, kept: they have to be made.
#[inline(never)]
fn titles(n: u32) -> Vec<String> {
    (0..n).map(|i| format!("chapter {i} of {n}")).collect()
}

#[inline(never)]
fn rare_message(i: u32) -> Option<String> {
    if i % 1_000 == 0 { Some(format!("reached {i}")) } else { None }
}

fn main() {
    let mut sum = 0usize;
    let (mut label, mut out) = (String::new(), String::new());
    let mut logger = logging::Logger { written: 0 };
    for i in 0..120_000u32 {
        let p = Point { x: i, y: i / 3 };
        sum += label_length(black_box(p)) + label_length_reused(black_box(p), &mut label);
        append_row(&mut out, black_box(p));
        out.clear();
        append_row_write(&mut out, black_box(p));
        out.clear();
        logging::log(&mut logger, black_box("info"), black_box(i));
        sum += usize::from(is_known(black_box("gamma"))) + usize::from(is_known_str(black_box("gamma")));
        sum += rare_message(black_box(i)).map_or(0, |m| m.len());
    }
    for i in 0..250_000 {
        sum += digits(black_box(i)) as usize + digits_counted(black_box(i)) as usize;
        sum += usize::from(shout(black_box("start")));
    }
    for _ in 0..15_000 {
        for each in [without_spaces, without_spaces_push, in_capitals, in_capitals_extend] {
            out.clear();
            each(&mut out, black_box("not a space"));
            sum += out.len();
        }
    }
    let names = ["Ada", "Grace", "Barbara"];
    for _ in 0..80_000 {
        sum += greet(black_box(&names));
    }
    let kept = titles(black_box(10_000));
    println!("{} {} {}", sum, logger.written, kept.len());
}
