/* rule_regex_compile.c - a regular expression that is compiled for each use. Asked by rules.c. */
#include "analyzer/rules/crate_lines.h"
#include "analyzer/rules/regex_calls.h"
#include "analyzer/rules/temporary.h"

enum { COMPILED, SAME };
static const struct rule_threshold thresholds[] = {
    [COMPILED] = {"min_compiled", 100,
                  "a program may have some dozens of patterns, each compiled once at its start"},
    [SAME] = {"same_share", 0.9,
              "of the blocks made as often as it was compiled, or a multiple: a pattern takes the "
              "same blocks each time, others take others"},
};

static uint64_t births_of(const struct evidence *e, uint32_t point)
{
    return case_births(&e->profile->points[point]);
}

static uint64_t times_compiled(const struct evidence *e, const struct case_of_line *one)
{
    uint64_t times = 0;
    for (uint32_t i = 0; i < one->count; i++) {
        uint32_t point = one->points[i];
        if (e->facts[point].part == CRATE_PART_COMPILED &&
            regex_is_whole(e->profile, &e->profile->points[point], e->facts[point].leaf_end))
            times += births_of(e, point);
    }
    return times;
}

static void tell(const struct rule *rule, const struct case_of_line *one, uint64_t times,
                 double same, struct finding *finding, struct findings *f)
{
    const struct tally *t = &one->tally;
    finding->what =
        finding_text(f, "%s compiled a regular expression %s times: %s blocks (%s), %s for each%s.",
                     finding->location.function, figure_count(times), figure_count(t->births),
                     figure_bytes(t->bytes), figure_count((t->births + times / 2) / times),
                     same >= rule_limit(rule, SAME) ? ", always the same, as of one pattern" : "");
    finding->advice =
        "Compile it once and keep it: in a static LazyLock, in a field of whatever uses it, or "
        "outside of the loop; and pass it on as &Regex. Threads may share it.";
    finding->code =
        "use std::sync::LazyLock; // Rust 1.80; before: once_cell::sync::Lazy\n"
        "static PATTERN: LazyLock<Regex> = LazyLock::new(|| Regex::new(r\"..\").unwrap());\n"
        "if PATTERN.is_match(text) {}\n";
    finding->confidence = FINDING_CERTAIN;
    if (same < rule_limit(rule, SAME)) {
        finding->confidence = FINDING_LIKELY;
        finding->condition = "if the patterns come again";
    }
    finding_evidence_u64(f, finding, "times_compiled", times);
    finding_evidence_real(f, finding, "same_share", same);
}

static void judge_line(const struct rule *rule, const struct crate_lines *lines, uint32_t line,
                       struct findings *f)
{
    const struct evidence *e = lines->groups.evidence;
    struct case_of_line one = part_groups_case(&lines->groups, line, 0);
    uint64_t times = times_compiled(e, &one);
    uint64_t *births;
    uint32_t count;
    if ((double)times < rule_limit(rule, COMPILED) ||
        crate_lines_births(lines, &one, CRATE_PART_COMPILED, &births, &count) != 0)
        return;
    struct finding *finding = crate_lines_finding(lines, line, rule, &one, f);
    struct reckoning r = reckoning_start(e, f);
    temporary_reckon_all(&r, &one);
    reckoning_term(&r, r.ns * CRATE_PART_COMPILING,
                   "what compiling takes beside its blocks, %.1f of that at least",
                   CRATE_PART_COMPILING);
    reckoning_finish(&r, finding);
    temporary_fill(e, &one, finding, f, 1, false);
    tell(rule, &one, times, crate_lines_same_share(births, count, times), finding, f);
    temporary_doubts(&one, finding, f);
    gate_severity(e, finding);
    findings_add(f, finding);
}

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    struct crate_lines lines;
    if (crate_lines_find(&lines, e, CRATE_PART_COMPILED, regex_called)) {
        f->failed = true;
        return;
    }
    /* a pattern that is dropped takes with it what it remembered */
    crate_lines_add(&lines, CRATE_PART_SEARCH);
    for (uint32_t i = 0; i < lines.groups.count; i++)
        judge_line(rule, &lines, i, f);
}

const struct rule rule_regex_compile = {
    .id = "regex-compile",
    .title = "a regular expression is compiled again and again",
    .summary = "Regex::new where it runs often, instead of once",
    .skill = "Reuse Buffers",
    .reference = "Heap Allocations: Reusing Collections",
    .needs = EVIDENCE_NAMES | EVIDENCE_LINES,
    .precedence = 95,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what = "A line that compiled a hundred regular expressions or more, of the crates "
                    "regex and regex-automata: Regex::new, RegexBuilder::build, "
                    "parse::<Regex>(). What the same function's searches allocate is counted in, "
                    "since a pattern remembers much between searches and takes it with it.",
            .why = "A pattern is parsed, translated to automata, and these are built: hundreds of "
                   "blocks, where a search takes none. Measured: 1 us for a letter, 29 us for "
                   "^\\d+$, 140 us for a date in three groups (\\d are the digits of all scripts), "
                   "of which the allocator takes a fifth to six tenths. What is saved counts six "
                   "tenths of the blocks' time for the rest, the least that was measured.",
            .wrong = "The patterns may be others each time, as where a user's own are read. Then "
                     "a RegexSet of all of them, or a map from the text to the compiled one, may "
                     "help, or nothing. \"always the same\" is told where each time took the same "
                     "blocks.",
            .fix = "A static std::sync::LazyLock (Rust 1.80, or once_cell before), a field of the "
                   "struct that uses it, or a &Regex as an argument.",
            .before = "fn is_number(word: &str) -> bool {\n"
                      "    Regex::new(r\"^\\d+$\").unwrap().is_match(word)\n"
                      "}\n",
            .after = "static NUMBER: LazyLock<Regex> = LazyLock::new(|| "
                     "Regex::new(r\"^\\d+$\").unwrap());\n"
                     "fn is_number(word: &str) -> bool {\n"
                     "    NUMBER.is_match(word)\n"
                     "}\n",
        },
    .judge = judge,
};
