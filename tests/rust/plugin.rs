// A library for plugin_host: two functions that allocate, and a destructor that does. Built with
// `--cfg other` it is another library of the same layout, in which another function does the work.
//@ flags --crate-type cdylib -C panic=abort --check-cfg cfg(other)
use std::hint::black_box;

#[cfg(not(other))]
#[inline(never)]
fn first_work(n: u64) -> Vec<u64> {
    let mut v = Vec::new();
    for i in 0..n {
        v.push(black_box(i));
    }
    v
}

#[cfg(other)]
#[inline(never)]
fn other_work(n: u64) -> Vec<u64> {
    let mut v = Vec::new();
    for i in 0..n {
        v.push(black_box(i));
    }
    v
}

#[cfg(other)]
use other_work as first_work;

#[no_mangle]
pub extern "C" fn plugin_work(n: u64) -> u64 {
    black_box(first_work(n)).iter().sum()
}

#[no_mangle]
pub extern "C" fn plugin_keep(bytes: usize) -> *mut u8 {
    Box::into_raw(vec![1u8; bytes].into_boxed_slice()) as *mut u8
}

extern "C" fn at_unload() {
    drop(black_box(vec![3u8; 77]));
}

#[used]
#[link_section = ".fini_array"]
static AT_UNLOAD: extern "C" fn() = at_unload;
