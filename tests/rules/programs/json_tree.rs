// A tree of values like json's: parsed, walked, written. Most of its blocks have to be.
//@ expect=growth function=text line=json-text
//@ expect=growth function=write line=json-write
//@ expect=clone function=strings_under line=json-clone
//@ expect=format-temp|string-temp function=number line=json-number
//@ quiet function=write_into
//@ quiet function=depth
//@ quiet function=strings_borrowed
//@ quiet function=sample
use std::hint::black_box;

#[derive(Clone)]
enum Value {
    Null,
    Bool(bool),
    Number(i64),
    Text(String),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        Parser { bytes: text.as_bytes(), at: 0 }
    }

    fn next_is(&mut self, wanted: u8) -> bool {
        let found = self.bytes.get(self.at) == Some(&wanted);
        self.at += usize::from(found);
        found
    }

    #[inline(never)]
    fn text(&mut self) -> String {
        let mut text = String::new();
        while !self.next_is(b'"') {
            self.next_is(b'\\');
            text.push(char::from(self.bytes[self.at])); // <- json-text
            self.at += 1;
        }
        text
    }
}

#[inline(never)]
fn skip_texts(source: &str) -> usize {
    let mut parser = Parser::new(source);
    let mut sum = 0;
    while parser.next_is(b'"') {
        sum += parser.text().len();
        parser.next_is(b',');
    }
    sum
}

/// Writes with the type of the number's text as an argument, so that a text is made for each.
#[inline(never)]
fn number(n: i64) -> String {
    format!("{n}") // <- json-number
}

impl Value {
    fn write_to(&self, out: &mut String, number: &mut dyn FnMut(i64, &mut String)) {
        match self {
            Value::Null => out.push_str("null"),
            Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
            Value::Number(n) => number(*n, out),
            Value::Text(text) => {
                out.push('"');
                out.push_str(text);
                out.push('"');
            }
            Value::List(list) => {
                out.push('[');
                for (i, value) in list.iter().enumerate() {
                    out.push_str(if i > 0 { "," } else { "" });
                    value.write_to(out, number);
                }
                out.push(']');
            }
            Value::Map(map) => {
                out.push('{');
                for (key, value) in map {
                    out.push('"');
                    out.push_str(key);
                    out.push_str("\":");
                    value.write_to(out, number);
                    out.push(',');
                }
                out.push('}');
            }
        }
    }

    #[inline(never)]
    fn write_into(&self, out: &mut String) -> usize {
        out.clear();
        self.write_to(out, &mut |n, out| {
            use std::fmt::Write;
            let _ = write!(out, "{n}");
        });
        out.len()
    }

    #[inline(never)]
    fn depth(&self) -> usize {
        match self {
            Value::List(list) => 1 + list.iter().map(Value::depth).max().unwrap_or(0),
            Value::Map(map) => 1 + map.iter().map(|(_, v)| v.depth()).max().unwrap_or(0),
            _ => 0,
        }
    }

    #[inline(never)]
    fn strings_under(&self, key: &str) -> usize {
        match self {
            Value::Map(map) => map.iter().filter(|(k, _)| k == key).fold(0, |n, (_, v)| {
                let copy = v.clone(); // <- json-clone
                n + black_box(&copy).depth()
            }),
            _ => 0,
        }
    }

    #[inline(never)]
    fn strings_borrowed(&self, key: &str) -> usize {
        match self {
            Value::Map(map) => map.iter().filter(|(k, _)| k == key).map(|(_, v)| v.depth()).sum(),
            _ => 0,
        }
    }
}

#[inline(never)]
fn write(flags: &[Value]) -> String {
    let mut out = String::new();
    for flag in flags {
        if let Value::Bool(b) = flag {
            out += if *b { "true," } else { "false," }; // <- json-write
        }
    }
    out
}

#[inline(never)]
fn sample(n: i64) -> Value {
    let mut map = Vec::with_capacity(4);
    map.push(("id".to_string(), Value::Number(n)));
    map.push(("tags".to_string(), Value::List((0..6).map(|i| Value::Number(i * n)).collect())));
    map.push(("name".to_string(), Value::Text("a name".to_string())));
    map.push(("parent".to_string(), Value::Null));
    Value::Map(map)
}

fn main() {
    let source = r#""a first text that is not short","and a \"second\" with quotes that is longer than that","third, of some length as well","#;
    let mut sum = 0usize;
    for _ in 0..25_000 {
        sum += skip_texts(black_box(source));
    }
    let all: Vec<Value> = (0..1_000).map(|i| sample(black_box(i))).collect();
    let mut out = String::new();
    for _ in 0..100 {
        for value in &all {
            sum += black_box(value).strings_under(black_box("tags"));
            sum += black_box(value).strings_borrowed(black_box("tags"));
        }
    }
    for value in all.iter().cycle().take(20_000) {
        sum += value.write_into(&mut out) + value.depth();
    }
    let flags: Vec<Value> = (0..40).map(|i| Value::Bool(i % 3 == 0)).collect();
    for _ in 0..30_000 {
        sum += write(black_box(&flags)).len();
    }
    for i in 0..150_000 {
        sum += number(black_box(i)).len();
    }
    println!("{sum}");
}
