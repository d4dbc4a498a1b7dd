// Loads the library ARGS[1] ROUNDS times (default 2), calls it, and unloads it: at the end it is gone
// from memory, and was perhaps at the same address each time. Each round plugin_work grows a Vec
// to 64 u64 (32 + 64 ... + 512 = 992 bytes in 5 events), plugin_keep's 100 bytes stay, and the
// library's destructor takes 77 bytes for a moment.
use std::ffi::{c_char, c_int, c_void, CString};

extern "C" {
    fn dlopen(file: *const c_char, mode: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
    fn dlclose(library: *mut c_void) -> c_int;
}

const RTLD_NOW: c_int = 2;

unsafe fn function(library: *mut c_void, name: &str) -> *mut c_void {
    let name = CString::new(name).unwrap();
    let found = dlsym(library, name.as_ptr());
    assert!(!found.is_null());
    found
}

fn main() {
    let path = CString::new(std::env::args().nth(1).unwrap()).unwrap();
    let rounds: u32 = std::env::args().nth(2).map_or(2, |a| a.parse().unwrap());
    let mut total = 0;
    for _ in 0..rounds {
        unsafe {
            let library = dlopen(path.as_ptr(), RTLD_NOW);
            assert!(!library.is_null());
            let work: extern "C" fn(u64) -> u64 =
                std::mem::transmute(function(library, "plugin_work"));
            let keep: extern "C" fn(usize) -> *mut u8 =
                std::mem::transmute(function(library, "plugin_keep"));
            total += work(64);
            total += *keep(100) as u64;
            assert_eq!(dlclose(library), 0);
        }
    }
    println!("{total}");
}
