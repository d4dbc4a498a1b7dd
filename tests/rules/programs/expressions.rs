// Parses and evaluates arithmetic: boxed nodes, environments.
//@ expect=clone function=call line=env-clone
//@ expect=key-temp|string-temp|clone function=bind line=bind-key
//@ expect=box-churn function=shared_value line=rc-value
//@ quiet function=sum
//@ quiet function=product
//@ quiet function=atom
//@ quiet function=call_scoped
//@ quiet function=bind_ref
//@ quiet function=plain_value
//@ quiet function=program
use std::collections::HashMap;
use std::hint::black_box;
use std::rc::Rc;

enum Expr {
    Number(f64),
    Name(String),
    Binary(char, Box<Expr>, Box<Expr>),
}

struct Parser<'a> {
    rest: &'a [u8],
}

impl Parser<'_> {
    fn eat(&mut self, signs: &[u8]) -> Option<char> {
        let first = *self.rest.first()?;
        signs.contains(&first).then(|| {
            self.rest = &self.rest[1..];
            first as char
        })
    }

    // A recursive type needs its boxes.
    #[inline(never)]
    fn sum(&mut self) -> Expr {
        let mut left = self.product();
        while let Some(sign) = self.eat(b"+-") {
            let right = self.product();
            left = Expr::Binary(sign, Box::new(left), Box::new(right));
        }
        left
    }

    #[inline(never)]
    fn product(&mut self) -> Expr {
        let mut left = self.atom();
        while let Some(sign) = self.eat(b"*/") {
            let right = self.atom();
            left = Expr::Binary(sign, Box::new(left), Box::new(right));
        }
        left
    }

    #[inline(never)]
    fn atom(&mut self) -> Expr {
        if self.eat(b"(").is_some() {
            let inside = self.sum();
            self.eat(b")");
            return inside;
        }
        let n = self.rest.iter().take_while(|b| b.is_ascii_alphanumeric()).count();
        let (word, rest) = self.rest.split_at(n);
        self.rest = rest;
        let word = std::str::from_utf8(word).unwrap_or("");
        match word.parse() {
            Ok(number) => Expr::Number(number),
            Err(_) => Expr::Name(word.to_string()),
        }
    }
}

type Env = HashMap<String, f64>;

fn eval(expr: &Expr, env: &Env) -> f64 {
    match expr {
        Expr::Number(n) => *n,
        Expr::Name(name) => env.get(name.as_str()).copied().unwrap_or(0.0),
        Expr::Binary(sign, a, b) => {
            let (a, b) = (eval(a, env), eval(b, env));
            match sign {
                '+' => a + b,
                '-' => a - b,
                '*' => a * b,
                _ => a / b,
            }
        }
    }
}

#[inline(never)]
fn call(body: &Expr, env: &Env, argument: f64) -> f64 {
    let mut inner = env.clone(); // <- env-clone
    if let Some(slot) = inner.get_mut("x") {
        *slot = argument;
    }
    eval(body, &inner)
}

#[inline(never)]
fn call_scoped(body: &Expr, env: &mut Env, argument: f64) -> f64 {
    let old = env.get_mut("x").map(|slot| std::mem::replace(slot, argument));
    let result = eval(body, env);
    if let (Some(old), Some(slot)) = (old, env.get_mut("x")) {
        *slot = old;
    }
    result
}

#[inline(never)]
fn bind(env: &mut Env, name: &str, value: f64) {
    env.insert(name.to_string(), value); // <- bind-key
}

#[inline(never)]
fn bind_ref(env: &mut Env, name: &str, value: f64) {
    if let Some(slot) = env.get_mut(name) {
        *slot = value;
    } else {
        env.insert(name.to_string(), value);
    }
}

#[inline(never)]
fn shared_value(a: f64, b: f64) -> f64 {
    let value = Rc::new((a, b)); // <- rc-value
    let again = black_box(value.clone());
    again.0 * value.1
}

#[inline(never)]
fn plain_value(a: f64, b: f64) -> f64 {
    let value = (a, b);
    let again = black_box(&value);
    again.0 * value.1
}

/// What is run is parsed once and kept.
#[inline(never)]
fn program(texts: &[&str]) -> Vec<Rc<Expr>> {
    texts.iter().map(|t| Rc::new(Parser { rest: t.as_bytes() }.sum())).collect()
}

fn main() {
    let texts = ["x*x+3*(y-2)", "(x+y)*(x-y)/7", "width*height-2*border", "1+2+3+x"];
    let kept = program(&texts);
    let mut env: Env = ["x", "y", "width", "height", "border"].iter().map(|n| (n.to_string(), 2.5)).collect();
    let mut sum = 0.0;
    for i in 0..60_000 {
        let text = texts[i % texts.len()];
        let expr = Parser { rest: black_box(text).as_bytes() }.sum();
        sum += eval(black_box(&expr), &env);
        sum += call(black_box(&kept[i % 4]), &env, i as f64);
        sum += call_scoped(black_box(&kept[i % 4]), &mut env, i as f64);
        for name in ["x", "y", "width", "height", "border"] {
            bind(black_box(&mut env), name, i as f64);
            bind_ref(black_box(&mut env), name, i as f64);
        }
        for j in 0..6 {
            sum += shared_value(black_box(j as f64), 1.0) + plain_value(black_box(j as f64), 1.0);
        }
    }
    println!("{sum}");
}
