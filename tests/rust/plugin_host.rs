// Loads the libraries ARGS[2..] in turn, ARGS[1] times in all, calls each, and unloads it: at the end
// none is in memory, and all were perhaps at the same address. Each round plugin_work grows a Vec
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
    let rounds: usize = std::env::args().nth(1).unwrap().parse().unwrap();
    let paths: Vec<_> = std::env::args().skip(2).map(|p| CString::new(p).unwrap()).collect();
    let mut total = 0;
    for path in paths.iter().cycle().take(rounds) {
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
