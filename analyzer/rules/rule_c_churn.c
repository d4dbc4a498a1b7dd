/* rule_c_churn.c - what a C library allocates and frees again in each call. Asked by rules.c. */
#include "analyzer/rules/temporary.h"

static const struct rule_threshold thresholds[] = {
    {"min_blocks", 10000, "a malloc and free of this size take 11 to 13 ns: fewer are not felt"},
};

static bool accept(const struct facts *facts)
{
    return temporary_of(facts) == TEMPORARY_C;
}

static void tell(const struct evidence *e, const struct case_of_line *one, struct finding *finding,
                 struct findings *f)
{
    finding->what = finding_text(f, "%s, code in C, made %s blocks (%s): %s.", case_name(e, one, f),
                                 figure_count(one->tally.births), temporary_sizes(&one->tally, f),
                                 temporary_fate(&one->tally, f));
    finding->advice =
        "A C library allocates this anew in each call. Look for what its crate lets you keep from "
        "one call to the next, and make that once, outside the loop: a context, a session, a "
        "prepared statement, a region, a buffer that is passed in (rusqlite: prepare_cached; zstd: "
        "bulk::Compressor instead of encode_all; flate2: Compress and its reset). Where nothing "
        "can "
        "be kept, call it less often.";
    finding->code = "let mut context = Context::new(); // once, not for each call\n"
                    "for item in items {\n"
                    "    context.reset();\n"
                    "    context.run(item);\n"
                    "}\n";
    finding->condition = "if the library can keep it between calls";
    finding->confidence = FINDING_DOUBTFUL;
}

static const struct temporary_rule how = {.accept = accept,
                                          .reckon = temporary_reckon_all,
                                          .tell = tell,
                                          .for_caller = true,
                                          .gone = true};

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    temporary_judge(rule, &how, e, f);
}

const struct rule rule_c_churn = {
    .id = "c-churn",
    .title = "a C library allocates anew in each call",
    .summary = "blocks that code in C makes and frees again, call by call",
    .skill = "Reuse Buffers",
    .reference = "Heap Allocations: Reusing Collections",
    .needs = EVIDENCE_NAMES | EVIDENCE_LINES | EVIDENCE_LIFETIMES,
    .precedence = 55,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what =
                "Ten thousand blocks or more that a function in C (not of the C library itself, "
                "nor C++'s operator new) asked malloc for, and that were freed in the call of "
                "yours or right behind it, with hardly ever more than one alive. The functions "
                "of C are known by the debug information of what cc builds, or by the names "
                "that a library of the system exports.",
            .why = "What a library sets up for each call, it tears down again: besides malloc and "
                   "free, whose time is what the saving says, that is often work of its own.",
            .wrong = "Many libraries have nothing to keep, and then only fewer calls help. What is "
                     "kept keeps its memory, and may not be used by several threads at once.",
            .fix =
                "Make the library's context, session or statement once and pass it to each call; "
                "reset it where the library wants that.",
            .before = "for line in lines {\n"
                      "    let context = Context::new(); // allocates in C\n"
                      "    context.run(line);\n"
                      "}\n",
            .after = "let mut context = Context::new();\n"
                     "for line in lines {\n"
                     "    context.reset();\n"
                     "    context.run(line);\n"
                     "}\n",
        },
    .judge = judge,
};
