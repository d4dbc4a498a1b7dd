/* rule_format_temp.c - Strings made by format! for one use, each by itself or as a piece of a text
 * that a Vec of them is joined to. Asked by rules.c. */
#include "analyzer/rules/temporary.h"

#include <string.h>

static const struct rule_threshold thresholds[] = {
    {"min_blocks", 1000, "35 ns each: fewer are not felt, and may be messages of a rare path"},
};

/* Of the Vecs collected, those that are joined, at least: an empty text is not allocated. */
#define JOINED_SHARE 0.5

static bool accept(const struct facts *facts)
{
    return temporary_of(facts) == TEMPORARY_FORMAT;
}

/* ---- pieces of a text that is joined ---- */

static bool are_elements(const struct tally *t)
{
    return t->ends.samples && t->ends.in_container * 2 >= t->ends.samples;
}

/* The function of the user's that the blocks were freed in; NULL: not known. */
static const struct profile_frame *freed_in(const struct evidence *e, const struct fact_ends *ends)
{
    for (uint32_t i = 0; ends->free_stack && i < ends->free_depth; i++) {
        const struct profile_frame *frame = &e->profile->frames[ends->free_stack[i]];
        if (frame->kind == OWNER_USER)
            return frame->function[0] ? frame : NULL;
    }
    return NULL;
}

/* The line of the function at which the point's memory is asked for; 0: elsewhere, or not known. */
static uint32_t line_in(const struct evidence *e, uint32_t point,
                        const struct profile_frame *function)
{
    uint32_t at = e->facts[point].user.at;
    if (at == PROFILE_NONE)
        return 0;
    const struct profile_frame *user = &e->profile->frames[e->profile->points[point].stack[at]];
    bool same = user->module == function->module &&
                strcmp(user->function, function->function) == 0 &&
                strcmp(user->file, function->file) == 0;
    return same ? user->line : 0;
}

/* Is it the text that join or concat made of Strings? By the types, as texts of other kinds are
 * joined more often. Not that of repeat and replace. */
static bool joins_strings(const struct evidence *e, uint32_t point)
{
    const struct profile_point *p = &e->profile->points[point];

    for (uint32_t i = 0; i < p->depth && i < e->facts[point].leaf_end; i++) {
        const struct profile_frame *frame = &e->profile->frames[p->stack[i]];
        if ((strstr(frame->function, "concat") || strstr(frame->function, "join")) &&
            (strstr(frame->name, "string::String") || strstr(frame->function, "string::String")))
            return true;
    }
    return false;
}

static bool collects_strings(const struct facts *facts)
{
    return (facts->leaf & (FACT_COLLECT | FACT_TRY_COLLECT)) &&
           temporary_of(facts) == TEMPORARY_COLLECT && strstr(facts->types.element, "String");
}

/* Vecs of Strings that the function collects, at the line and at the one before it. */
static uint64_t collected_at(const struct evidence *e, const struct profile_frame *function,
                             uint32_t line)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < e->profile->point_count; i++) {
        uint32_t at = collects_strings(&e->facts[i]) ? line_in(e, i, function) : 0;
        if (at && (at == line || at + 1 == line))
            n += case_births(&e->profile->points[i]);
    }
    return n;
}

/* Does the function that they and the Vec with them are dropped in collect Strings, and join most
 * such Vecs at once? At the same line or the next one: where a statement may stand in between, it
 * may have sorted them, and a sort has a buffer of its own only if there are many. */
static bool are_joined(const struct evidence *e, const struct case_of_line *one)
{
    const struct fact_ends *ends = &one->tally.ends;
    const struct profile_frame *function = freed_in(e, ends);
    uint64_t collected = 0, joined = 0, there = 0;
    uint32_t asked =
        0; /* the line of `there`: a recursion joins at one line by thousands of paths */

    if (!function || !temporary_type_is(ends->owner, "Vec"))
        return false;
    for (uint32_t i = 0; i < e->profile->point_count; i++) {
        bool collects = collects_strings(&e->facts[i]);
        if (!collects && !(e->facts[i].leaf & FACT_CONCAT))
            continue; /* the most: by far the cheapest to ask */
        uint32_t line = line_in(e, i, function);
        if (line && collects)
            collected += case_births(&e->profile->points[i]);
        else if (line && joins_strings(e, i)) {
            if (line != asked)
                there = collected_at(e, function, asked = line);
            if (there)
                joined += case_births(&e->profile->points[i]);
        }
    }
    return collected && tally_share(joined, collected) >= JOINED_SHARE;
}

/* What is gathered for a join may be many at once. */
static bool ends_well(const struct tally *t)
{
    return gate_local(t) || (are_elements(t) && gate_again_here(t));
}

/* ---- all of it ---- */

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

/* Integers and chars have a way of their own: string-temp's. */
static bool is_case(const struct rule *rule, const struct evidence *e,
                    const struct case_of_line *one)
{
    (void)rule;
    return !is_to_string(one) || !(temporary_of_integer(e, one) || temporary_of_char(e, one));
}

static const char *growing_words(const struct tally *t, struct findings *f)
{
    double steps = tally_share(t->steps, t->births);
    return steps < 0.05 ? "" : finding_text(f, ", with %.1f reallocs for each", steps);
}

static void tell_single(bool to_string, struct finding *finding)
{
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

/* That it was these Strings that were joined, and that they were used for nothing else, is not
 * seen. */
static void tell_joined(struct finding *finding)
{
    finding->title = "a new String for each piece of a text that is joined";
    finding->variant = "joined";
    finding->advice = "Push all pieces into one String, instead of a String each that is put into "
                      "a Vec and joined: write! appends a piece, push or push_str what stands "
                      "between two. Neither the Strings nor the Vec are needed then.";
    finding->code = "use std::fmt::Write;\n"
                    "let mut out = String::new(); // not .map(|..| format!(..)).collect().join()\n"
                    "for (i, (key, value)) in pairs.iter().enumerate() {\n"
                    "    if i > 0 {\n"
                    "        out.push('&');\n"
                    "    }\n"
                    "    write!(out, \"{key}={value}\").unwrap();\n"
                    "}\n";
    finding->condition = "if the Strings are only joined";
    finding->confidence = FINDING_LIKELY;
}

static void tell(const struct evidence *e, const struct case_of_line *one, struct finding *finding,
                 struct findings *f)
{
    const struct tally *t = &one->tally;
    bool to_string = is_to_string(one), joined = are_elements(t);
    finding->variant = to_string ? "to-string" : "";
    finding->what =
        finding_text(f, "%s made %s Strings with %s%s (%s)%s: %s.", case_name(e, one, f),
                     figure_count(t->births), to_string ? "to_string()" : "format!",
                     joined ? ", the pieces of texts that are joined" : "", temporary_sizes(t, f),
                     growing_words(t, f), temporary_fate(t, f));
    if (joined)
        tell_joined(finding);
    else
        tell_single(to_string, finding);
}

static const struct temporary_rule how = {.accept = accept,
                                          .around_none = FACT_RAYON,
                                          .is_case = is_case,
                                          .ends_well = ends_well,
                                          .may_be_elements = are_joined,
                                          .reckon = reckon,
                                          .tell = tell,
                                          .gone = true,
                                          .may_be_key = true};

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
                    "by its direct caller. Of Strings that died with a Vec that they were in, "
                    "only those where the function that dropped it collects Strings and joins "
                    "them at once, in the same line or the next one (variant \"joined\").",
            .why = "format! begins with a guess of the length, mostly too small, so it allocates "
                   "and reallocs: about 35 ns more than write! into a buffer that is there.",
            .wrong = "Texts that are kept or returned need their String; they live longer and are "
                     "not reported. In a function that runs rarely the gate on time keeps it out. "
                     "That joined Strings are not looked at for anything else is not seen.",
            .fix = "write! into a String that is cleared, into the String that the text is "
                   "appended to, or straight into the writer. Pass format_args!(..) where the "
                   "callee only formats it. Instead of a Vec of Strings that is joined, push all "
                   "pieces into one String. Where a sort compares them, sort_by_cached_key "
                   "(variant \"sort-key\").",
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
