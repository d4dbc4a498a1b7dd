// A small csv reader: lines and fields as Strings of their own, or read into what is there.
//@ expect=lines function=sum_column line=lines-for
//@ expect=lines function=longest_line line=lines-map
//@ expect=lines function=header_fields line=lines-while
//@ expect=buffer-reuse|growth|growth:collect function=split_row line=reuse-fields
//@ expect=small-buffer|string-temp function=field_texts line=field-texts
//@ expect=string-temp:element function=fields_owned line=field-list
//@ quiet function=sum_column_read
//@ quiet function=all_lines
//@ quiet function=split_row_into
//@ quiet function=fields_borrowed
use std::hint::black_box;
use std::io::{self, BufRead, BufReader, Read};

#[inline(never)]
fn sum_column(input: impl Read, column: usize) -> io::Result<u64> {
    let mut sum = 0;
    for line in BufReader::new(input).lines() { // <- lines-for
        let line = line?;
        sum += line.split(',').nth(column).and_then(|f| f.parse::<u64>().ok()).unwrap_or(0);
    }
    Ok(sum)
}

#[inline(never)]
fn sum_column_read(input: impl Read, column: usize) -> io::Result<u64> {
    let (mut sum, mut line) = (0, String::new());
    let mut reader = BufReader::new(input);
    while reader.read_line(&mut line)? > 0 {
        sum += line.trim_end().split(',').nth(column).and_then(|f| f.parse::<u64>().ok()).unwrap_or(0);
        line.clear();
    }
    Ok(sum)
}

#[inline(never)]
fn longest_line(input: &[u8]) -> usize {
    input.lines().map(|line| line.map_or(0, |l| l.len())).max().unwrap_or(0) // <- lines-map
}

struct Rows<R> {
    lines: io::Lines<R>,
    row: usize,
}

impl<R: BufRead> Rows<R> {
    #[inline(never)]
    fn header_fields(&mut self) -> Option<usize> {
        let line = self.lines.next()?.ok()?; // <- lines-while
        self.row += 1;
        Some(black_box(&line).bytes().filter(|&b| b == b',').count() + 1)
    }
}

/// They are kept: nothing to save.
#[inline(never)]
fn all_lines(input: &[u8]) -> Vec<String> {
    input.lines().map_while(Result::ok).collect()
}

#[inline(never)]
fn split_row(line: &str) -> usize {
    let fields: Vec<&str> = line.split(',').collect(); // <- reuse-fields
    fields.iter().enumerate().map(|(i, f)| i * f.len()).sum()
}

#[inline(never)]
fn split_row_into<'a>(line: &'a str, fields: &mut Vec<&'a str>) -> usize {
    fields.clear();
    fields.extend(line.split(','));
    fields.iter().enumerate().map(|(i, f)| i * f.len()).sum()
}

#[inline(never)]
fn field_texts(line: &str) -> usize {
    let mut sum = 0;
    for field in line.split(',') {
        let text: String = field.trim().into(); // <- field-texts
        sum += black_box(&text).len();
    }
    sum
}

/// The caller reads them and drops them.
#[inline(never)]
fn fields_owned(line: &str) -> Vec<String> {
    line.split(',').map(|field| field.trim().to_string()).collect() // <- field-list
}

#[inline(never)]
fn fields_borrowed(line: &str) -> usize {
    line.split(',').map(|field| black_box(field.trim()).len()).sum()
}

fn table(rows: usize) -> String {
    let mut text = String::with_capacity(rows * 80);
    for i in 0..rows {
        let row = [i % 97, i % 89, i * 13 % 7_919, i, i % 3, 12, i % 1_001, 7, 1_000_000 + i, 5, i % 17];
        row.iter().for_each(|n| {
            text += if n % 2 == 0 { "10" } else { "12345" };
            text.push(',');
        });
        text.push_str("end\n");
    }
    text
}

fn main() -> io::Result<()> {
    let text = table(black_box(170_000));
    let mut sum = sum_column(text.as_bytes(), 2)? + sum_column_read(text.as_bytes(), 2)?;
    sum += longest_line(black_box(text.as_bytes())) as u64;
    let mut rows = Rows { lines: text.as_bytes().lines(), row: 0 };
    while let Some(fields) = rows.header_fields() {
        sum += (fields + rows.row) as u64;
    }
    let kept = all_lines(&text.as_bytes()[..1_000_000]);
    let line = text.lines().next().unwrap_or("");
    let mut fields = Vec::new();
    for _ in 0..70_000 {
        sum += split_row(black_box(line)) as u64 + split_row_into(black_box(line), &mut fields) as u64;
    }
    for _ in 0..20_000 {
        sum += field_texts(black_box(line)) as u64 + fields_borrowed(black_box(line)) as u64;
        sum += fields_owned(black_box(line)).iter().filter(|field| field.len() > 2).count() as u64;
    }
    println!("{sum} {}", kept.len());
    Ok(())
}
