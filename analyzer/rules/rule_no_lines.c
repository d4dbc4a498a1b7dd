/* rule_no_lines.c - the program has no line numbers. Asked by rules.c. */
#include "analyzer/rules/rules.h"

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    const struct profile *profile = e->profile;
    if (profile->program.lines || profile->point_count == 0)
        return;
    bool names = (e->data & EVIDENCE_NAMES) != 0;
    struct finding *finding = program_finding(rule, f);
    finding->variant = names ? "" : "stripped";
    finding->what =
        names ? "The program has names of functions but no line numbers, and code that was "
                "inlined cannot be told apart: findings name a function, and rules that need "
                "inlined frames cannot judge."
              : "The program is stripped: functions have addresses only, so most rules cannot "
                "judge.";
    finding->advice =
        "Build with line tables: the program runs exactly as fast, its file is larger. cargo "
        "strips them in release builds unless told otherwise.";
    finding->code = "# Cargo.toml\n"
                    "[profile.release]\n"
                    "debug = \"line-tables-only\"\n"
                    "strip = false\n";
    finding->confidence = FINDING_CERTAIN;
    finding->severity = FINDING_INFO; /* the report says it in any case */
    findings_add(f, finding);
}

const struct rule rule_no_lines = {
    .id = "no-lines",
    .title = "the program has no line numbers",
    .summary = "built without debug information, so findings name functions at best",
    .skill = "Profiling",
    .reference = "Profiling: Debug Info",
    .needs = 0,
    .precedence = 90,
    .explain =
        {
            .what =
                "No frame of the program has a line: it was built without debug information, or "
                "that was stripped. cargo build --release does both by default.",
            .why = "It costs no time of the program, only advice: with_capacity, Box::new, clone "
                   "and most of std are inlined, and without line tables nothing tells them "
                   "apart.",
            .wrong = "What is said of such a program still holds, at the level of functions.",
            .fix = "Set debug = \"line-tables-only\" in [profile.release]; true also gives the "
                   "types of elements.",
            .before = "[profile.release]\n",
            .after = "[profile.release]\ndebug = \"line-tables-only\"\n",
        },
    .judge = judge,
};
