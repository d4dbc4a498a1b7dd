//@ rule=buffer-reuse function=filtered
use std::hint::black_box;

// Three buffers of a megabyte each time: glibc gives their memory back to the system when they are
// freed, and every use touches fresh pages.

#[inline(never)]
fn filtered(image: &[u8]) -> u64 {
    let mut planes: [Vec<u8>; 3] = [Vec::new(), Vec::new(), Vec::new()];
    for (i, plane) in planes.iter_mut().enumerate() {
        *plane = Vec::with_capacity(image.len());
        plane.extend(image.iter().map(|v| v.wrapping_mul(i as u8 + 3)));
    }
    black_box(&planes).iter().map(|p| u64::from(p[p.len() / 2])).sum()
}

fn main() {
    let image: Vec<u8> = (0..1_000_000u32).map(|i| (i * 7919 % 251) as u8).collect();
    let mut sum = 0;
    for _ in 0..1000 {
        sum += filtered(black_box(&image));
    }
    println!("{sum}");
}
