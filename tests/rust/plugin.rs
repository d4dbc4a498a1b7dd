// A library for plugin_host: two functions that allocate, and a destructor that does.
//@ flags --crate-type cdylib -C panic=abort
use std::hint::black_box;

#[no_mangle]
#[inline(never)]
pub extern "C" fn plugin_work(n: u64) -> u64 {
    let mut v = Vec::new();
    for i in 0..n {
        v.push(black_box(i));
    }
    v.iter().sum()
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
