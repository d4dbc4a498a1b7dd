// Allocates inside the loader's list of modules: dl_iterate_phdr holds the loader's lock while its
// callback grows a Vec. A recorder that waits for that lock in another thread hangs here: four
// threads do it at the same time, a fifth loads and unloads a library (ARGS[1], if given).
use std::ffi::{c_char, c_int, c_void, CString};
use std::thread;

extern "C" {
    fn dlopen(file: *const c_char, mode: c_int) -> *mut c_void;
    fn dlclose(library: *mut c_void) -> c_int;
    fn dl_iterate_phdr(
        callback: extern "C" fn(*const c_void, usize, *mut c_void) -> c_int,
        data: *mut c_void,
    ) -> c_int;
}

extern "C" fn note_module(_: *const c_void, bytes: usize, data: *mut c_void) -> c_int {
    unsafe { (*(data as *mut Vec<usize>)).push(bytes) };
    0
}

#[inline(never)]
fn in_module_list() -> usize {
    let mut seen: Vec<usize> = Vec::new();
    unsafe { dl_iterate_phdr(note_module, &mut seen as *mut _ as *mut c_void) };
    seen.len()
}

fn main() {
    let path = std::env::args().nth(1).map(|p| CString::new(p).unwrap());
    let listing: Vec<_> = (0..4)
        .map(|_| thread::spawn(|| (0..200).all(|_| in_module_list() >= 3)))
        .collect();
    if let Some(path) = path {
        for _ in 0..50 {
            unsafe {
                let library = dlopen(path.as_ptr(), 2);
                assert!(!library.is_null());
                dlclose(library);
            }
        }
    }
    println!("{}", listing.into_iter().all(|t| t.join().unwrap()));
}
