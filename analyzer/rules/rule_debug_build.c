/* rule_debug_build.c - the program was built without optimisation. Asked by rules.c. */
#include "analyzer/rules/rules.h"

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    if (!e->profile->program.opt_level_0)
        return;
    struct finding *finding = program_finding(rule, f);
    finding->what =
        "The program was built with opt-level 0. What the optimiser removes is still there, and "
        "time is spent in other places than in a release build.";
    finding->advice =
        "Profile a release build, with line tables so that inlined code is still told apart. All "
        "other findings of this run are to be taken with care.";
    finding->code = "# Cargo.toml\n"
                    "[profile.release]\n"
                    "debug = \"line-tables-only\"\n"
                    "\n"
                    "# cargo build --release && heapcoach run target/release/PROGRAM\n";
    finding->confidence = FINDING_CERTAIN;
    finding->severity = FINDING_MEDIUM;
    findings_add(f, finding);
}

const struct rule rule_debug_build = {
    .id = "debug-build",
    .title = "this is a debug build: its figures mislead",
    .summary = "opt-level 0, so costs and inlining are not those of a release build",
    .skill = "Build Configuration for Performance",
    .reference = "Build Configuration: Release Builds",
    .needs = EVIDENCE_OWN,
    .precedence = 100,
    .explain =
        {
            .what = "The debug information says that the program was compiled with opt-level 0.",
            .why =
                "Without optimisation iterators and closures are calls, moves are copies, and "
                "the allocator's part of the time looks small. Numbers of allocations are mostly "
                "the same, times are not.",
            .wrong = "If the debug build is what you want to be faster, the findings hold for it.",
            .fix = "cargo build --release with debug = \"line-tables-only\" (or true) in "
                   "[profile.release].",
            .before = "$ cargo build && heapcoach run target/debug/app\n",
            .after = "$ cargo build --release && heapcoach run target/release/app\n",
        },
    .judge = judge,
};
