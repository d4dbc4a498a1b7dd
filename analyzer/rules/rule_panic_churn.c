/* rule_panic_churn.c - panics that are caught again and again. Asked by rules.c. */
#include "analyzer/rules/occasions.h"
#include "analyzer/rules/rules.h"

enum { PANICS, PANIC_NS };
static const struct rule_threshold thresholds[] = {
    [PANICS] = {"min_panics", 100, "a test or a supervisor catches some; a loop catches hundreds"},
    [PANIC_NS] = {"ns_per_panic", 2200,
                  "measured: a panic caught one frame above, with a hook that does nothing; "
                  "deeper stacks and the default hook, which prints, take more"},
};

/* Message, box, exception: three blocks, made and freed. */
#define CALLS_PER_PANIC 6

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    struct case_filter filter = {
        .leaf_any = FACT_PANIC, .leaf_none = FACT_BACKTRACE, .runtime = true, .no_split = true};
    struct cases *cases = cases_find(e, &filter, f);
    const struct case_of_line *one;
    while ((one = cases_next(cases))) {
        uint64_t panics = occasions_of(e, one, f);
        if ((double)panics < rule_limit(rule, PANICS))
            continue;
        struct finding *finding = case_finding(e, rule, one, f);
        double each = rule_limit(rule, PANIC_NS);
        struct reckoning r = reckoning_start(e, f);
        reckoning_term(&r, (double)panics * each, "%s panics at %s each", figure_count(panics),
                       figure_ns(each));
        reckoning_finish(&r, finding);
        finding->saving.calls = one->tally.births + one->tally.freed;
        finding->saving.bytes = one->tally.bytes;
        finding->events = panics * CALLS_PER_PANIC;
        finding->what = finding_text(
            f,
            "%s panicked %s times, and each time the panic was caught: %s or more each, of which "
            "unwinding is the most.",
            case_name(e, one, f), figure_count(panics), figure_ns(each));
        finding->advice =
            "Return a Result (or an Option) where the failure is expected, and keep panics for "
            "bugs.";
        finding->code = "fn parse(text: &str) -> Result<u64, ParseError> {\n"
                        "    text.parse().map_err(|_| ParseError) // instead of .unwrap()\n"
                        "}\n";
        finding->condition = "if the failure is an expected outcome";
        finding->scope = finding->scope == FINDING_RUNTIME && finding->location.frame &&
                                 finding->location.frame->kind == OWNER_USER
                             ? FINDING_OWN
                             : finding->scope;
        finding_evidence_u64(f, finding, "panics", panics);
        finding_evidence_u64(f, finding, "blocks", one->tally.births);
        gate_severity(e, finding);
        findings_add(f, finding);
    }
}

const struct rule rule_panic_churn = {
    .id = "panic-churn",
    .title = "panics are used as control flow",
    .summary = "a line that panics again and again, caught by catch_unwind or by a thread's join",
    .skill = "Error Handling: Avoid unwrap()",
    .reference = "",
    .needs = EVIDENCE_NAMES,
    .precedence = 75,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what = "A line that panicked a hundred times or more, by what a panic allocates: "
                    "its message, the box around it, and the exception.",
            .why = "A panic unwinds the stack through its tables, frame by frame: 2 us at least, "
                   "where returning an error takes a nanosecond. The default hook prints as "
                   "well, and with RUST_BACKTRACE=1 a backtrace makes a hundred thousand "
                   "allocations.",
            .wrong = "A harness that runs code of others has to catch its panics. With panic = "
                     "\"abort\" nothing is caught and this is never seen.",
            .fix =
                "Return Result or Option; use checked operations (get, checked_add, parse) and ?.",
            .before = "let value = catch_unwind(|| table[index]).unwrap_or(0);\n",
            .after = "let value = table.get(index).copied().unwrap_or(0);\n",
        },
    .judge = judge,
};
