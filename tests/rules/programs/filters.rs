// Filters on small matrices: temporaries per row and pixel, generic adaptors, const generics.
//@ expect=small-buffer|clone function=median line=filter-window
//@ expect=small-buffer function=weights line=filter-weights
//@ expect=buffer-reuse function=blur line=filter-row
//@ expect=growth function=transposed line=filter-transposed
//@ expect=growth|buffer-reuse function=steps line=filter-scan
//@ expect=growth:capacity-too-small function=ring line=filter-ring
//@ expect=clone function=difference line=filter-rows
//@ expect=box-churn function=filter|apply_all line=filter-boxed
//@ expect=small-buffer|buffer-reuse|needless-collect function=row_sums line=filter-squares
//@ quiet function=median_array
//@ quiet function=weights_array
//@ quiet function=blur_in
//@ quiet function=transposed_flat
//@ quiet function=ring_array
//@ quiet function=difference_borrowed
//@ quiet function=apply_all_dyn
//@ quiet function=row_sums_lazy
use std::hint::black_box;

const SIDE: usize = 48;

#[inline(never)]
fn median(image: &[f32], at: usize) -> f32 {
    let mut window = image[at - 4..at + 5].to_vec(); // <- filter-window
    window.sort_unstable_by(f32::total_cmp);
    window[4]
}

#[inline(never)]
fn median_array(image: &[f32], at: usize) -> f32 {
    let mut window: [f32; 9] = image[at - 4..at + 5].try_into().unwrap();
    window.sort_unstable_by(f32::total_cmp);
    window[4]
}

#[inline(never)]
fn weights(sharp: f32) -> Vec<f32> {
    vec![sharp, 1.0 - sharp, sharp * 0.5, 1.0, 0.25] // <- filter-weights
}

#[inline(never)]
fn weights_array(sharp: f32) -> [f32; 5] {
    [sharp, 1.0 - sharp, sharp * 0.5, 1.0, 0.25]
}

#[inline(never)]
fn blur(row: &[f32], out: &mut [f32]) {
    let mut sums = vec![0.0f32; row.len()]; // <- filter-row
    for i in 1..row.len() - 1 {
        sums[i] = row[i - 1] + row[i] + row[i + 1];
    }
    for (to, sum) in out.iter_mut().zip(black_box(&sums)) {
        *to = sum / 3.0;
    }
}

#[inline(never)]
fn blur_in(row: &[f32], sums: &mut Vec<f32>, out: &mut [f32]) {
    sums.clear();
    sums.resize(row.len(), 0.0);
    for i in 1..row.len() - 1 {
        sums[i] = row[i - 1] + row[i] + row[i + 1];
    }
    for (to, sum) in out.iter_mut().zip(black_box(&*sums)) {
        *to = sum / 3.0;
    }
}

#[inline(never)]
fn transposed(image: &[f32]) -> Vec<Vec<f32>> {
    let mut columns = Vec::with_capacity(SIDE);
    for x in 0..SIDE {
        let mut column = Vec::new();
        for y in 0..SIDE {
            column.push(image[y * SIDE + x]); // <- filter-transposed
        }
        columns.push(column);
    }
    columns
}

#[inline(never)]
fn transposed_flat(image: &[f32], out: &mut Vec<f32>) {
    out.clear();
    out.extend((0..SIDE).flat_map(|x| (0..SIDE).map(move |y| image[y * SIDE + x])));
}

#[inline(never)]
fn steps<I: Iterator<Item = f32>>(values: I) -> usize {
    let sums: Vec<f32> = values // <- filter-scan
        .scan(0.0, |sum, value| {
            *sum += value;
            Some(*sum)
        })
        .collect(); // <- filter-scan
    black_box(&sums).len()
}

#[inline(never)]
fn ring<const N: usize>(values: &[f32]) -> usize {
    let mut kept = Vec::with_capacity(N); // <- filter-ring
    for &value in values {
        kept.push(value);
    }
    black_box(&kept).len()
}

#[inline(never)]
fn ring_array<const N: usize>(values: &[f32]) -> usize {
    let mut kept = [0.0; N];
    for (i, &value) in values.iter().enumerate() {
        kept[i % N] = value;
    }
    black_box(&kept).len()
}

#[inline(never)]
fn distance(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum()
}

#[inline(never)]
fn difference(image: &[Vec<f32>], y: usize) -> f32 {
    let (above, here) = (image[y - 1].clone(), image[y].clone()); // <- filter-rows
    distance(black_box(&above), black_box(&here))
}

#[inline(never)]
fn difference_borrowed(image: &[Vec<f32>], y: usize) -> f32 {
    distance(black_box(&image[y - 1]), black_box(&image[y]))
}

#[inline(never)]
fn filter(kind: usize, strength: f32) -> Box<dyn Fn(f32) -> f32> { // <- filter-boxed
    if kind == 0 { Box::new(move |v| v * strength) } else { Box::new(move |v| v + strength) } // <- filter-boxed
}

#[inline(never)]
fn apply_all(values: &[f32]) -> f32 {
    values.iter().enumerate().map(|(i, &v)| filter(i % 2, v)(v)).sum() // <- filter-boxed
}

#[inline(never)]
fn apply_all_dyn(values: &[f32], filters: &[Box<dyn Fn(f32) -> f32>]) -> f32 {
    values.iter().enumerate().map(|(i, &v)| filters[i % 2](v)).sum()
}

#[inline(never)]
fn row_sums(image: &[f32]) -> f32 {
    let mut most = 0f32;
    for row in image.chunks(16) {
        let squares: Vec<f32> = row.iter().map(|v| v * v).collect(); // <- filter-squares
        most = most.max(black_box(&squares).iter().sum());
    }
    most
}

#[inline(never)]
fn row_sums_lazy(image: &[f32]) -> f32 {
    image.chunks(16).map(|row| row.iter().map(|v| v * v).sum::<f32>()).fold(0.0, f32::max)
}

fn main() {
    let image: Vec<f32> = (0..SIDE * SIDE).map(|i| (i * 7919 % 256) as f32).collect();
    let rows: Vec<Vec<f32>> = image.chunks(SIDE).map(<[f32]>::to_vec).collect();
    let filters = [filter(0, 2.0), filter(1, 3.0)];
    let (mut out, mut sums, mut flat) = (vec![0.0; SIDE], Vec::new(), Vec::new());
    let mut sum = 0.0f32;
    for round in 0..50 {
        for at in 4..image.len() - 5 {
            sum += median(&image, at) + median_array(&image, at);
            sum += weights(image[at])[1] + weights_array(image[at])[1];
        }
        for _ in 0..60 {
            for y in 1..SIDE {
                blur(&rows[y], &mut out);
                blur_in(&rows[y], &mut sums, &mut out);
                sum += out[y] + difference(&rows, y) + difference_borrowed(&rows, y);
                sum += steps(rows[y].iter().copied()) as f32;
                sum += (ring::<12>(&rows[y]) + ring_array::<12>(&rows[y])) as f32;
            }
            sum += transposed(black_box(&image)).len() as f32;
            transposed_flat(&image, &mut flat);
            sum += row_sums(black_box(&image)) + row_sums_lazy(&image);
        }
        sum += apply_all(black_box(&image)) + apply_all_dyn(&image, &filters) + round as f32;
    }
    println!("{sum}");
}
