// Makes other processes, in the ways there are. ARGS[1] says which; what the child prints is seen.
//   command  std::process::Command, which borrows the parent's memory until exec
//   fork     fork, the child allocates and ends by _exit; the parent allocates after it
//   fork_threads  the same while four threads allocate
//   exec     allocates 3 boxes, and becomes "work"
//   work     allocates 20 boxes of 500 bytes, kept
use std::ffi::c_int;
use std::hint::black_box;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

extern "C" {
    fn fork() -> c_int;
    fn waitpid(pid: c_int, status: *mut c_int, options: c_int) -> c_int;
    fn _exit(status: c_int) -> !;
}

#[inline(never)]
fn work(n: usize) -> usize {
    let mut sum = 0;
    for _ in 0..n {
        let b = Box::leak(black_box(Box::new(black_box([1u8; 500]))));
        sum += b[499] as usize;
    }
    sum
}

/// The child's and the parent's part; the parent's return value says how the child ended.
fn fork_and_work() -> c_int {
    let pid = unsafe { fork() };
    if pid == 0 {
        let sum = work(black_box(7));
        unsafe { _exit(if sum == 7 { 9 } else { 1 }) };
    }
    let mut status = 0;
    assert_eq!(unsafe { waitpid(pid, &mut status, 0) }, pid);
    work(black_box(20));
    status >> 8
}

fn main() {
    let me = std::env::current_exe().unwrap();
    match std::env::args().nth(1).as_deref() {
        Some("command") => {
            let child = Command::new(&me).arg("work").output().unwrap();
            print!("child said {}", String::from_utf8(child.stdout).unwrap());
            println!("parent: {}", work(black_box(20)));
        }
        Some("fork") => println!("child ended with {}", fork_and_work()),
        Some("fork_threads") => {
            let stop = Arc::new(AtomicBool::new(false));
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    let stop = stop.clone();
                    std::thread::spawn(move || {
                        while !stop.load(Ordering::Relaxed) {
                            drop(black_box(vec![1u8; 300]));
                        }
                    })
                })
                .collect();
            let ends: Vec<_> = (0..20).map(|_| fork_and_work()).collect();
            stop.store(true, Ordering::Relaxed);
            threads.into_iter().for_each(|t| t.join().unwrap());
            println!("{}", ends.iter().all(|&e| e == 9));
        }
        Some("exec") => {
            black_box(work(black_box(3)));
            panic!("{}", Command::new(&me).arg("work").exec());
        }
        _ => println!("{}", work(black_box(20))),
    }
}
