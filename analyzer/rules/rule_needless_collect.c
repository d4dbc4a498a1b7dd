/* rule_needless_collect.c - a question: is the collected Vec only iterated once? Asked by
 * rules.c. */
#include "analyzer/rules/temporary.h"

#include <string.h>

static const struct rule_threshold thresholds[] = {
    {"min_blocks", 1000, "fewer are done once"},
    {"max_grown_share", 0.05,
     "of the Vecs grown: a collect whose length is known, or very small, never is"},
};
enum { MAX_GROWN = 1 };

static bool accept(const struct facts *facts)
{
    return temporary_of(facts) == TEMPORARY_COLLECT && !(facts->leaf & FACT_TRY_COLLECT);
}

/* An element of a container, a field of a struct: it has to be a Vec, whatever is done with it. */
static bool is_part(const struct fact_ends *ends)
{
    return ends->samples &&
           (ends->in_container * 2 >= ends->samples || ends->in_struct * 2 >= ends->samples);
}

static bool is_case(const struct rule *rule, const struct evidence *e,
                    const struct case_of_line *one)
{
    (void)e;
    const char *container = one->facts->types.container;
    return temporary_grown_share(&one->tally) <= rule_limit(rule, MAX_GROWN) &&
           !is_part(&one->tally.ends) && strcmp(container, "String") != 0 &&
           strcmp(container, "BinaryHeap") != 0;
}

static void reckon(struct reckoning *r, const struct case_of_line *one)
{
    reckoning_pairs(r, &one->tally, 1);
    reckoning_constant(r, (double)one->tally.birth_bytes, COST_COPIED_CACHED_BYTE,
                       "bytes written to the Vec and read again");
}

/* What never grew either had a length that was known beforehand, or no more in it than the least
 * that a Vec takes has room for: then nothing is known of its length but that. */
static const char *length(const struct case_of_line *one, struct findings *f)
{
    uint64_t each = temporary_element_bytes(one);
    const char *least = "";
    if (capacity_plan(one).minimal_first)
        least = one->facts->types.element_bytes ? ", the least that a Vec takes" : "";
    if (!each)
        return least;
    return finding_text(f, "%s%s %s", least, *least ? ": never more than" : ", up to",
                        figure_of(temporary_largest(&one->tally) / each, "element"));
}

static bool knows_length(const struct case_of_line *one)
{
    return !capacity_plan(one).minimal_first && !(one->facts->leaf & FACT_ITER_ADAPTER);
}

static void tell(const struct evidence *e, const struct case_of_line *one, struct finding *finding,
                 struct findings *f)
{
    const char *element = temporary_element(one, f);
    finding->what =
        finding_text(f, "%s collected %s Vecs%s%s%s (%s%s): %s.", case_name(e, one, f),
                     figure_count(one->tally.births), element[0] ? " of " : "", element,
                     knows_length(one) ? " of known length" : "", temporary_sizes(&one->tally, f),
                     length(one, f), temporary_fate(&one->tally, f));
    finding->advice =
        "Is the Vec only iterated once? Then drop collect() and go on with the iterator, or return "
        "impl Iterator. If it is indexed, sorted or iterated again, keep one Vec outside the loop, "
        "clear() it and extend() it.";
    finding->code = "let total: u64 = items.iter().map(f).sum(); // no Vec in between\n"
                    "// or, if it has to be a Vec:\n"
                    "buf.clear();                 // one for all, made outside the loop\n"
                    "buf.extend(items.iter().map(f));\n";
    finding->condition = "if it is only iterated once";
    finding->confidence = FINDING_DOUBTFUL;
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

const struct rule rule_needless_collect = {
    .id = "needless-collect",
    .title = "a Vec is collected and dropped in the same place",
    .summary = "collect() that never had to grow, whose result is freed right away",
    .skill = "Avoid Iterator Chain Overhead",
    .reference = "Iterators: collect and extend",
    .needs = EVIDENCE_NAMES | EVIDENCE_LINES | EVIDENCE_LIFETIMES,
    .precedence = 50,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what = "A line where a thousand Vecs or more were collected and never grown (the "
                    "length was known beforehand, or no more came than the least that a Vec takes "
                    "has room for) and freed in the same function or by its direct caller.",
            .why = "The elements are written to memory only to be read again, and the memory is "
                   "asked for and given back each time. The iterator can be used as it is.",
            .wrong = "How the Vec is used cannot be seen: if it is indexed, sorted, iterated twice "
                     "or needs the borrow to end, it is needed. So this is a question.",
            .fix = "Chain on instead of collecting; return impl Iterator. If a Vec is needed, keep "
                   "one, clear() and extend() it.",
            .before = "let squares: Vec<u64> = items.iter().map(|x| x * x).collect();\n"
                      "let total: u64 = squares.iter().sum();\n",
            .after = "let total: u64 = items.iter().map(|x| x * x).sum();\n",
        },
    .judge = judge,
};
