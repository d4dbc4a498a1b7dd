// Allocation from stacks that are not a thread's own, and from small ones: in a signal handler on
// an alternate stack (20 times 64 bytes), and in a thread with the smallest stack that there is
// (10 times 128 bytes).
//@ outermost in_handler
//@ site in_handler tb=1280 tbk=20 eb=0 ebk=0
//@ site in_small_thread tb=1280 tbk=10 eb=0 ebk=0
use std::os::raw::{c_int, c_void};
use std::hint::black_box;

#[repr(C)]
struct StackT {
    sp: *mut c_void,
    flags: c_int,
    size: usize,
}

#[repr(C)]
struct SigAction {
    handler: extern "C" fn(c_int),
    mask: [u64; 16],
    flags: c_int,
    restorer: usize,
}

extern "C" {
    fn sigaltstack(new: *const StackT, old: *mut StackT) -> c_int;
    fn sigaction(signal: c_int, new: *const SigAction, old: *mut SigAction) -> c_int;
    fn raise(signal: c_int) -> c_int;
}

const SIGUSR1: c_int = 10;
const SA_ONSTACK: c_int = 0x0800_0000;

#[inline(never)]
extern "C" fn in_handler(_: c_int) {
    drop(black_box(vec![1u8; 64]));
}

#[inline(never)]
fn in_small_thread() {
    for _ in 0..10 {
        drop(black_box(vec![1u8; 128]));
    }
}

fn main() {
    let mut room = vec![0u8; 65536];
    let stack = StackT { sp: room.as_mut_ptr().cast(), flags: 0, size: room.len() };
    let action =
        SigAction { handler: in_handler, mask: [0; 16], flags: SA_ONSTACK, restorer: 0 };
    unsafe {
        assert_eq!(sigaltstack(&stack, std::ptr::null_mut()), 0);
        assert_eq!(sigaction(SIGUSR1, &action, std::ptr::null_mut()), 0);
        for _ in 0..20 {
            raise(SIGUSR1);
        }
    }
    std::thread::Builder::new().stack_size(1).spawn(in_small_thread).unwrap().join().unwrap();
    println!("done");
    std::mem::forget(room);
}
