// Paths joined per entry, and one that is pushed and popped.
//@ expect=path-join function=sizes line=path-join
//@ expect=path-join function=object_file line=path-two
//@ quiet function=sizes_pushed
//@ quiet function=kept
use std::hint::black_box;
use std::path::{Path, PathBuf};

fn size(path: &Path) -> usize {
    path.as_os_str().len()
}

#[inline(never)]
fn sizes(folder: &Path, names: &[&str]) -> usize {
    let mut sum = 0;
    for name in names {
        let file = folder.join(name); // <- path-join
        sum += size(black_box(&file));
    }
    sum
}

#[inline(never)]
fn sizes_pushed(folder: &mut PathBuf, names: &[&str]) -> usize {
    let mut sum = 0;
    for name in names {
        folder.push(name);
        sum += size(black_box(folder));
        folder.pop();
    }
    sum
}

struct Project {
    target: PathBuf,
}

impl Project {
    #[inline(never)]
    fn object_file(&self, unit: &str) -> usize {
        let file = self.target.join("release").join(unit); // <- path-two
        size(black_box(&file))
    }
}

#[inline(never)]
fn kept(folder: &Path, names: &[&str]) -> Vec<PathBuf> {
    names.iter().map(|name| folder.join(name)).collect()
}

fn main() {
    let names = ["main.rs", "lib.rs", "parser.rs", "lexer.rs", "a_longer_name_for_a_file.rs"];
    let mut folder = PathBuf::from("/home/somebody/projects/compiler/source");
    let project = Project { target: PathBuf::from("/home/somebody/projects/compiler/target") };
    let mut sum = 0;
    for _ in 0..40_000 {
        sum += sizes(black_box(&folder), black_box(&names));
        sum += sizes_pushed(&mut folder, black_box(&names));
    }
    for i in 0..60_000 {
        sum += project.object_file(black_box(names[i % names.len()]));
    }
    let all: Vec<_> = (0..300).map(|_| kept(&folder, &names)).collect();
    println!("{sum} {}", all.len());
}
