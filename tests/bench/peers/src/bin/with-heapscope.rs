//! The program with heapscope in it, which asks for frame pointers.
#[path = "../../../churn.rs"]
#[allow(dead_code)] // the form for memray is not used here
mod churn;

#[global_allocator]
static ALLOCATOR: heapscope::Alloc = heapscope::Alloc::system();

fn main() {
    let output = std::env::temp_dir().join(format!("heapscope-{}.json", std::process::id()));
    let profiler = heapscope::Profiler::builder()
        .output(heapscope::Output::dhat_v2(&output))
        .build()
        .expect("heapscope starts");
    churn::main();
    drop(profiler);
    let _ = std::fs::remove_file(output);
}
