/* rule_clone_then_grow.c - copies of texts and Vecs that are realloc'd at once.
 *
 * Asked by rules_judge. A clone, to_vec, to_owned or to_string has exactly the room of its
 * source, so the first push doubles it. What never grows is the rule clone's.
 */
#include "analyzer/rules/rules.h"

#include <string.h>

enum { MIN_BLOCKS, MIN_GROWN };

static const struct rule_threshold thresholds[] = {
    [MIN_BLOCKS] = {"min_blocks", 200, "fewer reallocs cannot be felt"},
    [MIN_GROWN] = {"min_grown", 0.5,
                   "of the copies are realloc'd: room for all would be wasted on the others"},
};

#define COPIES (FACT_CLONE | FACT_TO_VEC | FACT_TO_OWNED | FACT_TO_STRING)
#define NOT_OURS                                                                                   \
    (FACT_FORMAT | FACT_HASH | FACT_BTREE | FACT_PATH_JOIN | FACT_C_STRING | FACT_LINES |          \
     FACT_COLLECT | FACT_ERROR_BOX | FACT_IO_ERROR | FACT_PANIC | FACT_BACKTRACE | FACT_ARENA)

static bool is_text(const struct case_of_line *one)
{
    return strcmp(one->facts->types.container, "String") == 0 ||
           (one->facts->leaf & (FACT_TO_STRING | FACT_PATH));
}

static const char *code(const struct case_of_line *one)
{
    return is_text(one)
               ? "let mut text = String::with_capacity(source.len() + added.len());\n"
                 "text.push_str(source); // instead of source.to_owned() or clone()\n"
                 "text.push_str(added);\n"
               : "let mut all = Vec::with_capacity(source.len() + added.len());\n"
                 "all.extend_from_slice(source); // instead of source.clone() or to_vec()\n"
                 "all.extend(added);\n";
}

static const char *describe(const struct evidence *e, const struct case_of_line *one,
                            struct findings *f)
{
    const struct tally *t = &one->tally;
    const char *text = finding_text(
        f, "%s made %s copies and realloc'd %s of them: %s reallocs, from %s to %s on average",
        case_name(e, one, f), figure_count(t->births),
        figure_percent(tally_share(t->chains, t->births)), figure_count(t->steps),
        figure_bytes(t->first_bytes / t->chains), figure_bytes(tally_mean_final(t)));
    if (t->chain_moved)
        finding_more(f, &text, "; %s moved, %s copied once more", figure_count(t->chain_moved),
                     figure_bytes(t->chain_copied));
    finding_more(f, &text,
                 ". A copy has just the room of its source, so adding to it reallocates.");
    return text;
}

static void report(const struct rule *rule, const struct evidence *e,
                   const struct case_of_line *one, struct findings *f)
{
    const struct tally *t = &one->tally;
    struct finding *finding = case_finding(e, rule, one, f);
    struct reckoning r = reckoning_start(e, f);

    finding->what = describe(e, one, f);
    finding->advice = finding_text(
        f,
        "Make the copy with room for what is added: with_capacity(source.len() + n), then "
        "%s. If the source is not used afterwards, take it by value and add to it.",
        is_text(one) ? "push_str" : "extend_from_slice");
    finding->code = code(one);
    finding->confidence = FINDING_LIKELY;
    finding->condition = finding->scope == FINDING_DEPENDENCY
                             ? "if the crate lets you make the copy"
                             : "if what is added is known when the copy is made";
    reckoning_growth(&r, t, 1);
    reckoning_finish(&r, finding);
    finding->saving.calls = t->steps;
    finding->saving.bytes_copied = t->chain_copied;
    finding->events = t->steps;
    finding_evidence_u64(f, finding, "copies", t->births);
    finding_evidence_u64(f, finding, "grown", t->chains);
    finding_evidence_u64(f, finding, "reallocs", t->steps);
    finding_evidence_u64(f, finding, "first_bytes_mean", t->first_bytes / t->chains);
    finding_evidence_u64(f, finding, "final_bytes_mean", tally_mean_final(t));
    gate_severity_of_fault(e, finding);
    findings_add(f, finding);
}

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    struct case_filter filter = {.leaf_any = COPIES, .leaf_none = NOT_OURS};
    struct cases *cases = cases_find(e, &filter, f);

    const struct case_of_line *one;
    while ((one = cases_next(cases))) {
        const struct tally *t = &one->tally;
        /* each step count of 0 is a chain that only shrank */
        uint64_t grown =
            t->chains - (t->steps_hist.count[0] < t->chains ? t->steps_hist.count[0] : t->chains);
        if (t->steps && (double)t->steps >= rule_limit(rule, MIN_BLOCKS) &&
            tally_share(grown, t->births) >= rule_limit(rule, MIN_GROWN))
            report(rule, e, one, f);
    }
}

const struct rule rule_clone_then_grow = {
    .id = "clone-then-grow",
    .title = "a copy is made without room for what is added to it",
    .summary = "clones, to_vec, to_owned, to_string whose copy is realloc'd by the next push",
    .skill = "Avoid Cloning in Hot Paths",
    .reference = "Heap Allocations: clone",
    .needs = EVIDENCE_OWN,
    .precedence = 65,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what = "Blocks that Clone::clone, to_vec, to_owned or to_string made, and that were "
                    "realloc'd "
                    "afterwards: at least half of those of a line.",
            .why = "A copy is allocated with exactly the length of its source. The first push or "
                   "push_str "
                   "finds no room, and the buffer is doubled: a second allocation in effect, and "
                   "often a second copy of everything.",
            .wrong = "Where it is not known whether anything will be added, room for it is wasted "
                     "on the "
                     "copies that stay as they are.",
            .fix = "with_capacity for source and addition, then extend_from_slice or push_str; or "
                   "[source, added].concat(), which makes one allocation of the right size. If the "
                   "source is not needed any more, add to the source itself.",
            .before = "let mut path = base.clone();\n"
                      "path.push_str(name);\n",
            .after = "let mut path = String::with_capacity(base.len() + name.len());\n"
                     "path.push_str(base);\n"
                     "path.push_str(name);\n",
        },
    .judge = judge,
};
