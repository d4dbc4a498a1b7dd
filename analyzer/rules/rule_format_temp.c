/* rule_format_temp.c - Strings made by format! for one use. Asked by rules.c. */
#include "analyzer/rules/temporary.h"

static const struct rule_threshold thresholds[] = {
    {"min_blocks", 1000, "35 ns each: fewer are not felt, and may be messages of a rare path"},
};

static bool accept(const struct facts *facts)
{
    return temporary_of(facts) == TEMPORARY_FORMAT;
}

static void reckon(struct reckoning *r, const struct case_of_line *one)
{
    reckoning_pairs(r, &one->tally, 1);
    if (one->tally.steps)
        reckoning_growth(r, &one->tally, 1);
    reckoning_constant(r, (double)one->tally.births, COST_FORMAT, NULL);
}

static bool is_to_string(const struct case_of_line *one)
{
    return (one->facts->leaf & FACT_TO_STRING) != 0;
}

/* Integers have a way of their own: string-temp's. */
static bool is_case(const struct rule *rule, const struct evidence *e,
                    const struct case_of_line *one)
{
    (void)rule;
    return !is_to_string(one) || !temporary_of_integer(e, one);
}

static const char *growing_words(const struct tally *t, struct findings *f)
{
    double steps = tally_share(t->steps, t->births);
    return steps < 0.05 ? "" : finding_text(f, ", with %.1f reallocs for each", steps);
}

static void tell(const struct evidence *e, const struct case_of_line *one, struct finding *finding,
                 struct findings *f)
{
    const struct tally *t = &one->tally;
    bool to_string = is_to_string(one);
    finding->variant = to_string ? "to-string" : "";
    finding->what = finding_text(f, "%s made %s Strings with %s (%s)%s: %s.", case_name(e, one, f),
                                 figure_count(t->births), to_string ? "to_string()" : "format!",
                                 temporary_sizes(t, f), growing_words(t, f), temporary_fate(t, f));
    finding->advice =
        "Write into one String that is cleared for each use: write!(buf, ..) allocates nothing "
        "once the buffer is large enough. Where the text is appended or printed, write! it "
        "there directly; where a function only formats it further, pass format_args!(..).";
    finding->code = to_string ? "use std::fmt::Write;\n"
                                "let mut buf = String::new(); // once, before the loop\n"
                                "buf.clear();\n"
                                "write!(buf, \"{value}\").unwrap();\n"
                                "// or, into a String or writer that is there:\n"
                                "write!(out, \"{value}\").unwrap();\n"
                              : "use std::fmt::Write;\n"
                                "let mut buf = String::new(); // once, before the loop\n"
                                "buf.clear();\n"
                                "write!(buf, \"{a}-{b}\").unwrap(); // instead of format!\n"
                                "// or, into a String or writer that is there:\n"
                                "write!(out, \"{a}-{b}\").unwrap();\n";
    finding->condition = "if the String is not kept";
    finding->confidence = FINDING_CERTAIN;
}

static const struct temporary_rule how = {.accept = accept,
                                          .around_none = FACT_RAYON,
                                          .is_case = is_case,
                                          .reckon = reckon,
                                          .tell = tell,
                                          .gone = true};

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    temporary_judge(rule, &how, e, f);
}

const struct rule rule_format_temp = {
    .id = "format-temp",
    .title = "a new String for each format!",
    .summary = "format! and to_string for a text that is used once and dropped",
    .skill = "Reuse Buffers",
    .reference = "Heap Allocations: String",
    .needs = EVIDENCE_NAMES | EVIDENCE_LIFETIMES,
    .precedence = 65,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what = "A line where format! (or to_string of something that is shown by Display) "
                    "made a thousand Strings or more that were dropped in the same function or "
                    "by its direct caller.",
            .why = "format! begins with a guess of the length, mostly too small, so it allocates "
                   "and reallocs: about 35 ns more than write! into a buffer that is there.",
            .wrong = "Texts that are kept or returned need their String; they live longer and are "
                     "not reported. In a function that runs rarely the gate on time keeps it out.",
            .fix = "write! into a String that is cleared, into the String that the text is "
                   "appended to, or straight into the writer. Pass format_args!(..) where the "
                   "callee only formats it.",
            .before = "for (name, n) in rows {\n"
                      "    out.push_str(&format!(\"{name}: {n}\\n\"));\n"
                      "}\n",
            .after = "use std::fmt::Write;\n"
                     "for (name, n) in rows {\n"
                     "    writeln!(out, \"{name}: {n}\").unwrap();\n"
                     "}\n",
        },
    .judge = judge,
};
