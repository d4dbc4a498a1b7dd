// Errors as boxes, where failing is usual; and where it is not.
//@ expect=error-box function=positive line=error-str
//@ expect=error-box function=read_code line=error-io
//@ expect=error-box function=checked line=error-own
//@ quiet function=positive_enum
//@ quiet function=read_code_kind
//@ quiet function=rarely
use std::error::Error;
use std::fmt;
use std::hint::black_box;
use std::io;

#[inline(never)]
fn positive(n: i32) -> Result<i32, Box<dyn Error>> {
    if n < 0 {
        return Err("the number must not be negative".into()); // <- error-str
    }
    Ok(n)
}

#[derive(Debug)]
enum Problem {
    Negative,
}

#[inline(never)]
fn positive_enum(n: i32) -> Result<i32, Problem> {
    if n < 0 {
        return Err(Problem::Negative);
    }
    Ok(n)
}

#[inline(never)]
fn read_code(bytes: &[u8]) -> io::Result<u8> {
    match bytes.first() {
        Some(&code) if code < 128 => Ok(code),
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, "code out of range")), // <- error-io
    }
}

#[inline(never)]
fn read_code_kind(bytes: &[u8]) -> io::Result<u8> {
    match bytes.first() {
        Some(&code) if code < 128 => Ok(code),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

#[derive(Debug)]
struct OutOfRange {
    value: u64,
    limit: u64,
}

impl fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is above {}", self.value, self.limit)
    }
}

impl Error for OutOfRange {}

fn below(value: u64, limit: u64) -> Result<u64, OutOfRange> {
    if value < limit { Ok(value) } else { Err(OutOfRange { value, limit }) }
}

#[inline(never)]
fn checked(value: u64) -> Result<u64, Box<dyn Error + Send + Sync>> {
    let small = below(value, 10)?; // <- error-own
    Ok(small * 2)
}

#[inline(never)]
fn rarely(value: u64) -> Result<u64, Box<dyn Error>> {
    if value % 1_000 == 999 {
        return Err(format!("bad value {value}").into());
    }
    Ok(value)
}

fn main() {
    let mut good = 0u64;
    for i in 0..150_000i32 {
        good += u64::from(positive(black_box(-i - 1)).is_ok());
        good += u64::from(positive_enum(black_box(-i)).is_ok());
        good += u64::from(read_code(black_box(&[200, i as u8])).is_ok());
        good += u64::from(read_code_kind(black_box(&[200, i as u8])).is_ok());
        good += checked(black_box(i as u64)).unwrap_or(1);
        good += rarely(black_box(i as u64)).unwrap_or(7);
    }
    println!("{good}");
}
