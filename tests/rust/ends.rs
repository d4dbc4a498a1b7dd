// Ends in every way a program can, each time with the same things allocated: 50 boxes of 1000
// bytes that are kept, and 30 of 200 bytes that are freed, one after the other. ARGS[1] says how.
//@ args return
//@ site kept tb=50000 tbk=50 gb=50000 gbk=50 eb=50000 ebk=50
//@ site freed tb=6000 tbk=30 gb=200 gbk=1 eb=0 ebk=0
use std::hint::black_box;

extern "C" {
    fn _exit(status: i32) -> !;
    fn quick_exit(status: i32) -> !;
    fn raise(signal: i32) -> i32;
}

const SIGKILL: i32 = 9;
const SIGTERM: i32 = 15;
const SIGINT: i32 = 2;

#[inline(never)]
fn kept(n: usize) {
    for _ in 0..n {
        std::mem::forget(black_box(Box::new(black_box([1u8; 1000]))));
    }
}

#[inline(never)]
fn freed(n: usize) {
    for _ in 0..n {
        drop(black_box(Box::new(black_box([2u8; 200]))));
    }
}

#[allow(unconditional_recursion)]
fn overflow(n: u64) -> u64 {
    let room = black_box([n; 512]);
    black_box(overflow(room[511] + 1)) + room[0]
}

fn main() {
    let how = std::env::args().nth(1).unwrap_or_else(|| "return".to_owned());
    kept(black_box(50));
    freed(black_box(30));
    match how.as_str() {
        "return" => (),
        "exit" => std::process::exit(3),
        "_exit" => unsafe { _exit(4) },
        "quick_exit" => unsafe { quick_exit(5) },
        "abort" => std::process::abort(),
        "panic" => panic!("as told"),
        "ud2" => unsafe { std::arch::asm!("ud2") },
        "segv" => unsafe { black_box(std::ptr::null_mut::<u8>().wrapping_add(8)).write_volatile(1) },
        "overflow" => drop(black_box(overflow(1))),
        "term" => drop(unsafe { raise(SIGTERM) }),
        "int" => drop(unsafe { raise(SIGINT) }),
        "kill" => drop(unsafe { raise(SIGKILL) }),
        "thread_exit" => {
            std::thread::spawn(|| std::process::exit(6)).join().unwrap();
        }
        "wait" => {
            // until the test kills it
            println!("ready");
            loop {
                std::thread::park();
            }
        }
        _ => panic!("no such end: {how}"),
    }
}
