//! The program with dhat-rs in it. PEER_FRAMES=all: whole stacks, not its default of ten frames.
#[path = "../../../churn.rs"]
#[allow(dead_code)] // the form for memray is not used here
mod churn;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

fn main() {
    let all = std::env::var("PEER_FRAMES").is_ok_and(|v| v == "all");
    let mut wanted = dhat::Profiler::builder().file_name("/dev/null");
    if all {
        wanted = wanted.trim_backtraces(None);
    }
    let _profiler = wanted.build();
    churn::main();
}
