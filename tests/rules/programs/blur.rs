// Matrices and signals: work space per call, or kept.
//@ expect=buffer-reuse function=smooth line=reuse-zeroed
//@ expect=buffer-reuse function=transform line=reuse-sized
//@ expect=buffer-reuse function=multiply_row line=reuse-row
//@ expect=growth|buffer-reuse function=peaks line=reuse-grown
//@ expect=buffer-reuse function=encode line=reuse-text
//@ quiet function=smooth_in
//@ quiet function=transform_in
//@ quiet function=Encoder
//@ quiet function=rare_large
use std::hint::black_box;

#[inline(never)]
fn smooth(signal: &[f32]) -> f32 {
    let mut out = vec![0.0f32; signal.len()]; // <- reuse-zeroed
    average(signal, &mut out);
    black_box(&out).iter().sum()
}

#[inline(never)]
fn smooth_in(signal: &[f32], out: &mut [f32]) -> f32 {
    out.fill(0.0);
    average(signal, out);
    black_box(&*out).iter().sum()
}

fn average(signal: &[f32], out: &mut [f32]) {
    for (at, three) in signal.windows(3).enumerate() {
        out[at + 1] = (three[0] + three[1] + three[2]) / 3.0;
    }
}

#[inline(never)]
fn transform(points: &[(f32, f32)], angle: f32) -> f32 {
    let (sin, cos) = angle.sin_cos();
    let mut turned = Vec::with_capacity(points.len()); // <- reuse-sized
    for &(x, y) in points {
        turned.push((x * cos - y * sin, x * sin + y * cos));
    }
    black_box(&turned).iter().fold(0.0, |m: f32, p| m.max(p.0))
}

#[inline(never)]
fn transform_in(points: &[(f32, f32)], angle: f32, turned: &mut Vec<(f32, f32)>) -> f32 {
    let (sin, cos) = angle.sin_cos();
    turned.clear();
    turned.extend(points.iter().map(|&(x, y)| (x * cos - y * sin, x * sin + y * cos)));
    black_box(&*turned).iter().fold(0.0, |m: f32, p| m.max(p.0))
}

struct Matrix<const N: usize> {
    rows: [[f64; N]; N],
}

impl<const N: usize> Matrix<N> {
    #[inline(never)]
    fn multiply_row(&self, row: &[f64; N]) -> f64 {
        let mut sums: Vec<f64> = vec![0.0; N]; // <- reuse-row
        for (factor, line) in row.iter().zip(&self.rows) {
            for (sum, cell) in sums.iter_mut().zip(line) {
                *sum += factor * cell;
            }
        }
        black_box(&sums).iter().sum()
    }
}

#[inline(never)]
fn peaks(signal: &[f32]) -> usize {
    let mut found = Vec::new();
    for (at, three) in signal.windows(3).enumerate() {
        if three[0] <= three[1] {
            found.push(at as u32); // <- reuse-grown
        }
    }
    black_box(&found).len()
}

#[inline(never)]
fn encode(signal: &[f32]) -> usize {
    let mut text = String::with_capacity(900); // <- reuse-text
    for &s in signal.iter().take(100) {
        text.push_str(if s > 0.0 { "+high" } else { "-low" });
    }
    black_box(&text).len()
}

/// Holds its text from call to call.
struct Encoder {
    text: String,
}

impl Encoder {
    #[inline(never)]
    fn encode_again(&mut self, signal: &[f32]) -> usize {
        self.text.clear();
        for &s in signal.iter().take(100) {
            self.text.push_str(if s > 0.0 { "+high" } else { "-low" });
        }
        black_box(&self.text).len()
    }
}

#[inline(never)]
fn rare_large(round: usize) -> usize {
    let table: Vec<usize> = (0..40_000).map(|i| i ^ round).collect();
    black_box(&table)[round]
}

fn main() {
    let signal: Vec<f32> = (0..256u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as f32 - 99.0).collect();
    let points: Vec<(f32, f32)> = signal.iter().map(|&s| (s, s * 0.5)).take(180).collect();
    let matrix = Matrix { rows: [[0.5f64; 40]; 40] };
    let mut out = vec![0.0; signal.len()];
    let mut turned = Vec::new();
    let mut encoder = Encoder { text: String::new() };
    let (mut sum, mut n) = (0f64, 0usize);
    for i in 0..120_000 {
        sum += f64::from(smooth(black_box(&signal)));
        sum += f64::from(transform(black_box(&points), i as f32));
        n += encode(black_box(&signal));
        sum += matrix.multiply_row(black_box(&[1.0; 40]));
    }
    for i in 0..30_000 {
        sum += f64::from(smooth_in(black_box(&signal), &mut out));
        sum += f64::from(transform_in(black_box(&points), i as f32, &mut turned));
        n += encoder.encode_again(black_box(&signal)) + peaks(black_box(&signal));
    }
    for i in 0..4 {
        n += rare_large(black_box(i));
    }
    println!("{sum} {n}");
}
