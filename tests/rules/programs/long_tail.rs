// Buffers whose sizes differ widely: one figure for all would waste memory or help few.
//@ expect=growth:long-tail function=order_lines line=tail-orders
//@ expect=growth:long-tail function=describe line=tail-text
//@ expect=growth function=helper line=shared-helper caller=few
//@ expect=growth function=helper line=shared-helper caller=many
//@ quiet function=order_lines_sized
//@ quiet function=describe_sized
//@ quiet function=kept_small
use std::hint::black_box;

struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Most orders have a few lines, a few have thousands.
    fn size(&mut self) -> usize {
        match self.next() % 100 {
            0..=1 => 4_000 + (self.next() % 4_000) as usize,
            _ => 6 + (self.next() % 9) as usize,
        }
    }
}

#[derive(Clone, Copy)]
struct Line {
    article: u32,
    pieces: u32,
}

#[inline(never)]
fn order_lines(n: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    for i in 0..n as u32 {
        lines.push(Line { article: i, pieces: i % 7 }); // <- tail-orders
    }
    lines
}

#[inline(never)]
fn order_lines_sized(n: usize) -> Vec<Line> {
    let mut lines = Vec::with_capacity(n);
    lines.extend((0..n as u32).map(|i| Line { article: i, pieces: i % 7 }));
    lines
}

#[inline(never)]
fn describe(lines: &[Line]) -> String {
    let mut text = String::new();
    for line in lines {
        text += if line.pieces > 3 { "many pieces; " } else { "few pieces; " }; // <- tail-text
    }
    text
}

#[inline(never)]
fn describe_sized(lines: &[Line], text: &mut String) -> usize {
    text.clear();
    for line in lines {
        text.push_str(if line.pieces > 3 { "many pieces; " } else { "few pieces; " });
    }
    text.len()
}

/// One helper, two callers with a size each: each can be told its own figure.
struct Batch {
    items: Vec<u64>,
}

impl Batch {
    #[inline(never)]
    fn helper(&mut self, item: u64) {
        self.items.push(item); // <- shared-helper
    }
}

#[inline(never)]
fn few(n: u64) -> u64 {
    let mut batch = Batch { items: Vec::new() };
    for i in 0..20 {
        batch.helper(i + n);
    }
    batch.items.iter().sum()
}

#[inline(never)]
fn many(n: u64) -> u64 {
    let mut batch = Batch { items: Vec::new() };
    for i in 0..2_500 {
        batch.helper(i ^ n);
    }
    batch.items.iter().sum()
}

#[inline(never)]
fn kept_small(n: u64) -> Vec<u64> {
    let mut all = vec![n];
    all.push(n + 1);
    all
}

fn main() {
    let mut rng = Rng(0x9e37_79b9_7f4a_7c15);
    let mut sum = 0u64;
    for _ in 0..45_000 {
        let lines = order_lines(black_box(rng.size()));
        sum += lines.iter().map(|l| u64::from(l.article ^ l.pieces)).sum::<u64>();
    }
    for _ in 0..5_000 {
        sum += order_lines_sized(black_box(rng.size())).len() as u64;
    }
    let lines = order_lines_sized(8_000);
    let mut text = String::new();
    for _ in 0..50_000 {
        let n = rng.size();
        sum += describe(black_box(&lines[..n / 2])).len() as u64;
        if n < 100 {
            sum += describe_sized(black_box(&lines[..n]), &mut text) as u64;
        }
    }
    for i in 0..60_000 {
        sum += few(black_box(i));
    }
    for i in 0..12_000 {
        sum += many(black_box(i));
    }
    let kept: Vec<_> = (0..3_000).map(|i| kept_small(black_box(i))).collect();
    println!("{sum} {}", kept.len());
}
