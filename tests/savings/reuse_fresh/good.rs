use std::hint::black_box;

#[inline(never)]
fn filtered(image: &[u8], planes: &mut [Vec<u8>; 3]) -> u64 {
    for (i, plane) in planes.iter_mut().enumerate() {
        plane.clear();
        plane.extend(image.iter().map(|v| v.wrapping_mul(i as u8 + 3)));
    }
    black_box(&*planes).iter().map(|p| u64::from(p[p.len() / 2])).sum()
}

fn main() {
    let image: Vec<u8> = (0..1_000_000u32).map(|i| (i * 7919 % 251) as u8).collect();
    let mut planes: [Vec<u8>; 3] = [Vec::new(), Vec::new(), Vec::new()];
    let mut sum = 0;
    for _ in 0..1000 {
        sum += filtered(black_box(&image), &mut planes);
    }
    println!("{sum}");
}
