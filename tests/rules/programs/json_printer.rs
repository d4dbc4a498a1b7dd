// Prints a tree of values as JSON: recursion, escapes, numbers.
//@ expect=string-temp|format-temp function=number_text line=number-string
//@ expect=growth|buffer-reuse|string-temp function=quoted line=quoted-push
//@ expect=growth|buffer-reuse|small-buffer|needless-collect function=sorted_keys line=keys-collect severity=any
//@ expect=clone function=depth line=child-clone
//@ quiet function=number_into
//@ quiet function=quoted_into
//@ quiet function=depth_ref
//@ quiet function=tree
//@ quiet function=print_value
use std::fmt::Write;
use std::hint::black_box;

#[derive(Clone)]
enum Value {
    Number(f64),
    Text(String),
    List(Vec<Value>),
    Object(Vec<(String, Box<Value>)>),
}

/// The tree is the program's data: made once, kept.
#[inline(never)]
fn tree(depth: u32, seed: &mut u32) -> Value {
    *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    match (depth, *seed >> 30) {
        (0, 0 | 1) => Value::Number(f64::from(*seed >> 8) / 100.0),
        (0, _) => Value::Text(format!("item \"{}\"", *seed >> 20)),
        (_, 0 | 1) => Value::List((0..4).map(|_| tree(depth - 1, seed)).collect()),
        _ => Value::Object((0..4).map(|i| (format!("key{i}"), Box::new(tree(depth - 1, seed)))).collect()),
    }
}

#[inline(never)]
fn number_text(n: f64, out: &mut String) {
    let text = n.to_string(); // <- number-string
    out.push_str(text.trim_end_matches(".0"));
}

#[inline(never)]
fn number_into(n: f64, out: &mut String) {
    write!(out, "{n}").unwrap();
}

#[inline(never)]
fn quoted(text: &str) -> String {
    let mut quoted = String::new();
    quoted.push('"'); // <- quoted-push
    for c in text.chars() {
        if c == '"' {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

#[inline(never)]
fn quoted_into(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        if c == '"' {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
}

#[inline(never)]
fn sorted_keys(members: &[(String, Box<Value>)]) -> usize {
    let mut keys: Vec<&str> = members.iter().map(|(k, _)| k.as_str()).collect(); // <- keys-collect
    keys.sort_unstable();
    black_box(&keys)[0].len()
}

fn print_slow(value: &Value, out: &mut String) -> usize {
    match value {
        Value::Number(n) => {
            number_text(*n, out);
            0
        }
        Value::Text(t) => {
            out.push_str(&quoted(t));
            0
        }
        Value::List(items) => items.iter().map(|item| print_slow(item, out)).sum(),
        Value::Object(members) => {
            sorted_keys(members) + members.iter().map(|(_, member)| print_slow(member, out)).sum::<usize>()
        }
    }
}

#[inline(never)]
fn print_value(value: &Value, out: &mut String) {
    match value {
        Value::Number(n) => number_into(*n, out),
        Value::Text(t) => quoted_into(t, out),
        Value::List(items) => {
            out.push('[');
            for item in items {
                print_value(item, out);
                out.push(',');
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (key, member) in members {
                quoted_into(key, out);
                out.push(':');
                print_value(member, out);
                out.push(',');
            }
            out.push('}');
        }
    }
}

#[inline(never)]
fn depth(value: &Value) -> usize {
    match value {
        Value::List(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => {
            let mut deepest = 0;
            for (name, _) in members {
                let name = name.clone(); // <- child-clone
                deepest = deepest.max(black_box(&name).len());
            }
            deepest + members.iter().map(|(_, m)| depth(m)).max().unwrap_or(0)
        }
        _ => 0,
    }
}

#[inline(never)]
fn depth_ref(value: &Value) -> usize {
    match value {
        Value::List(items) => 1 + items.iter().map(depth_ref).max().unwrap_or(0),
        Value::Object(members) => {
            let deepest = members.iter().map(|(name, _)| black_box(name).len()).max().unwrap_or(0);
            deepest + members.iter().map(|(_, m)| depth_ref(m)).max().unwrap_or(0)
        }
        _ => 0,
    }
}

fn main() {
    let mut seed = 11;
    let value = Value::List((0..40).map(|_| tree(4, &mut seed)).collect());
    let mut out = String::with_capacity(1 << 20);
    let mut sum = 0usize;
    for _ in 0..40 {
        out.clear();
        sum += print_slow(black_box(&value), &mut out) + out.len();
        out.clear();
        print_value(black_box(&value), &mut out);
        sum += out.len();
        sum += depth(black_box(&value)) + depth_ref(black_box(&value));
    }
    for _ in 0..40 {
        sum += depth(black_box(&value)) + depth_ref(black_box(&value));
    }
    println!("{sum}");
}
