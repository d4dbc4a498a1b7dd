// The benchmark's program for memory: makes BLOCKS blocks of SIZE bytes at one place, all alive at the
// end, and prints what the process then has resident, in KiB: its proportional set size without and
// with files (the recording is a mapped file, or one on a tmpfs).
//
//   live BLOCKS SIZE
use std::hint::black_box;

/// "Pss_Anon:    1234 kB" of /proc/self/smaps_rollup.
fn resident(kind: &str) -> u64 {
    let rollup = std::fs::read_to_string("/proc/self/smaps_rollup").unwrap();
    let line = rollup.lines().find(|l| l.starts_with(kind)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn main() {
    let args: Vec<usize> = std::env::args().skip(1).map(|a| a.parse().unwrap()).collect();
    let [blocks, size] = args[..] else { panic!("usage: live BLOCKS SIZE") };
    let mut held: Vec<Box<[u8]>> = Vec::with_capacity(blocks);
    for i in 0..blocks {
        held.push(black_box(vec![i as u8; size].into_boxed_slice()));
    }
    println!("{} {}", resident("Pss_Anon:"), resident("Pss:"));
    // the memory goes as a whole; freeing block by block would only take time
    std::mem::forget(black_box(held));
}
