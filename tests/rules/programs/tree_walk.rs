// A recursion that comes to one line by thousands of call paths, each of which has one block at a time:
// a path joined for one use; and the same paths kept.
//@ expect=path-join function=walk line=tree-join
//@ quiet function=collected
use std::hint::black_box;
use std::path::{Path, PathBuf};

#[inline(never)]
fn walk(folder: &Path, names: &[&str], depth: u32, total: &mut usize) {
    for name in names {
        let path = folder.join(name); // <- tree-join
        *total += black_box(&path).as_os_str().len();
    }
    if depth > 0 {
        walk(folder, names, depth - 1, total);
        walk(folder, names, depth - 1, total);
    }
}

#[inline(never)]
fn collected(folder: &Path, names: &[&str], depth: u32, all: &mut Vec<PathBuf>) {
    for name in names {
        all.push(folder.join(name));
    }
    if depth > 0 {
        collected(folder, names, depth - 1, all);
        collected(folder, names, depth - 1, all);
    }
}

fn main() {
    let names = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"];
    let folder = Path::new("/usr/share/somewhere/deep");
    let mut total = 0;
    for _ in 0..4 {
        walk(folder, &names, 10, &mut total);
    }
    let mut all = Vec::with_capacity(names.len() << 11);
    collected(folder, &names, 10, &mut all);
    println!("{total} {}", all.len());
}
