// What a user sees of a program: copies stdin to stdout in capitals, says what it did on stderr,
// and ends with the number of lines as its status. Also looks at its surroundings: variables that
// a preloaded library must not leave behind in a way that changes the program are printed by name.
use std::io::{BufRead, Write};

fn main() {
    let mut lines = 0;
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        lines += 1;
        writeln!(out, "{}", line.unwrap().to_uppercase()).unwrap();
    }
    let args: Vec<_> = std::env::args_os().skip(1).collect();
    eprintln!("{lines} lines, arguments {args:?}, in {:?}", std::env::current_dir().unwrap());
    drop(out);
    std::process::exit(lines);
}
