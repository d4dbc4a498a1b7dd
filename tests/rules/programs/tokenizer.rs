// A small expression language: lines become tokens, strings are unescaped, names are gathered.
// `names` ends in a jump to Vec::from_iter, so its own frame is gone: then its caller's line is told.
//@ expect=growth function=scan line=growth-tokens
//@ expect=growth function=unescape line=growth-text
//@ expect=growth:collect function=names|main line=growth-names
//@ quiet function=scan_sized
//@ quiet function=scan_into
//@ quiet function=unescape_into
//@ quiet function=count_names
use std::hint::black_box;

mod lexer {
    #[derive(Clone, Copy, PartialEq)]
    pub enum Token<'a> {
        Name(&'a str),
        Number(u64),
        Sign(u8),
    }

    pub struct Lexer<'a> {
        rest: &'a str,
    }

    impl<'a> Lexer<'a> {
        pub fn new(rest: &'a str) -> Self {
            Lexer { rest }
        }

        fn take(&mut self, end: usize) -> &'a str {
            let (head, tail) = self.rest.split_at(end);
            self.rest = tail;
            head
        }

        pub fn step(&mut self) -> Option<Token<'a>> {
            self.rest = self.rest.trim_start();
            let first = *self.rest.as_bytes().first()?;
            let run = |ok: fn(u8) -> bool, text: &str| {
                text.bytes().position(|b| !ok(b)).unwrap_or(text.len())
            };
            Some(match first {
                b'0'..=b'9' => {
                    let end = run(|b| b.is_ascii_digit(), self.rest);
                    Token::Number(self.take(end).bytes().fold(0, |n, b| n * 10 + u64::from(b - b'0')))
                }
                b'a'..=b'z' => {
                    let end = run(|b| b.is_ascii_lowercase(), self.rest);
                    Token::Name(self.take(end))
                }
                _ => Token::Sign(self.take(1).as_bytes()[0]),
            })
        }
    }

    #[inline(never)]
    pub fn scan(text: &str) -> Vec<Token<'_>> {
        let mut lexer = Lexer::new(text);
        let mut tokens = Vec::new();
        while let Some(token) = lexer.step() {
            tokens.push(token); // <- growth-tokens
        }
        tokens
    }

    #[inline(never)]
    pub fn scan_sized(text: &str) -> Vec<Token<'_>> {
        let mut lexer = Lexer::new(text);
        let mut tokens = Vec::with_capacity(text.len() / 2);
        while let Some(token) = lexer.step() {
            tokens.push(token);
        }
        tokens
    }

    #[inline(never)]
    pub fn scan_into<'a>(text: &'a str, tokens: &mut Vec<Token<'a>>) {
        let mut lexer = Lexer::new(text);
        tokens.clear();
        while let Some(token) = lexer.step() {
            tokens.push(token);
        }
    }
}

use lexer::{scan, scan_into, scan_sized, Token};

fn value(tokens: &[Token]) -> u64 {
    tokens.iter().fold(0, |sum, token| match token {
        Token::Number(n) => sum ^ n,
        Token::Name(name) => sum + name.len() as u64,
        Token::Sign(sign) => sum.rotate_left(u32::from(*sign & 7)),
    })
}

#[inline(never)]
fn unescape(quoted: &str) -> String {
    let mut text = String::new();
    let mut escaped = false;
    for c in quoted.chars() {
        if escaped {
            escaped = false;
            text.push(if c == 'n' { '\n' } else { c }); // <- growth-text
        } else if c == '\\' {
            escaped = true;
        } else {
            text.push(c); // <- growth-text
        }
    }
    text
}

#[inline(never)]
fn unescape_into(quoted: &str, text: &mut String) {
    text.clear();
    let mut escaped = false;
    for c in quoted.chars() {
        match (escaped, c) {
            (false, '\\') => escaped = true,
            (true, 'n') => {
                text.push('\n');
                escaped = false;
            }
            _ => {
                text.push(c);
                escaped = false;
            }
        }
    }
}

#[inline(never)]
fn names<'a>(tokens: &[Token<'a>]) -> Vec<&'a str> {
    tokens.iter().filter_map(|t| if let Token::Name(n) = t { Some(*n) } else { None }).collect() // <- growth-names
}

#[inline(never)]
fn count_names(tokens: &[Token]) -> usize {
    tokens.iter().filter(|t| matches!(t, Token::Name(_))).count()
}

fn main() {
    let line = "alpha = (beta + 17) * gamma - delta / 3 + epsilon * (zeta - 42) + eta * theta + iota * 5";
    let long = [line; 2].join(" + ");
    let quoted = r"a line\nwith \\ some \n\n escapes and quite a lot of plain text after them\n";
    let mut sum = 0;
    for _ in 0..60_000 {
        sum ^= value(&scan(black_box(&long)));
    }
    for _ in 0..8_000 {
        sum ^= value(&scan_sized(black_box(line)));
    }
    let mut tokens = Vec::new();
    for _ in 0..25_000 {
        scan_into(black_box(line), &mut tokens);
        sum ^= value(&tokens);
    }
    for _ in 0..60_000 {
        sum += unescape(black_box(quoted)).len() as u64;
    }
    let mut text = String::new();
    for _ in 0..60_000 {
        unescape_into(black_box(quoted), &mut text);
        sum += text.len() as u64;
    }
    let parsed = scan(&long);
    for _ in 0..60_000 {
        sum += names(black_box(&parsed)).len() as u64; // <- growth-names
        sum += count_names(black_box(&parsed)) as u64;
    }
    println!("{sum}");
}
