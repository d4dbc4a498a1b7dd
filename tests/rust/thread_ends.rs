// Allocation where a thread is nearly gone: destructors of thread-local values, one of which makes
// another thread-local value anew while they run. 16 threads, one after the other; each takes 40
// bytes in its body, and its destructors 60 and 80 bytes.
//@ site in_body tb=640 tbk=16 eb=0 ebk=0
//@ site in_destructor tb=960 tbk=16 eb=0 ebk=0
//@ site in_late_destructor tb=1280 tbk=16 eb=0 ebk=0
use std::cell::RefCell;
use std::hint::black_box;

struct First(Vec<u8>);
struct Late(Vec<u8>);

thread_local! {
    static FIRST: RefCell<Option<First>> = const { RefCell::new(None) };
    static LATE: RefCell<Option<Late>> = const { RefCell::new(None) };
}

#[inline(never)]
fn in_body() -> Vec<u8> {
    black_box(vec![1; 40])
}

#[inline(never)]
fn in_destructor() -> Vec<u8> {
    black_box(vec![2; 60])
}

#[inline(never)]
fn in_late_destructor() -> Vec<u8> {
    black_box(vec![3; 80])
}

impl Drop for First {
    fn drop(&mut self) {
        black_box(&self.0);
        LATE.with(|late| *late.borrow_mut() = Some(Late(in_destructor())));
    }
}

impl Drop for Late {
    fn drop(&mut self) {
        black_box(&self.0);
        drop(in_late_destructor());
    }
}

fn main() {
    for _ in 0..16 {
        std::thread::spawn(|| FIRST.with(|first| *first.borrow_mut() = Some(First(in_body()))))
            .join()
            .unwrap();
    }
    println!("done");
}
