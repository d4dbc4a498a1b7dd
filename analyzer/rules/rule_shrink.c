/* rule_shrink.c - buffers that are made too large and then cut by realloc.
 *
 * Asked by rules_judge. shrink_to_fit and into_boxed_slice realloc to the length; where most
 * blocks of a line are cut by a third or more, the length that they are cut to was to be had
 * before. Not those that collect() made: it doubles, so a boxed slice of it is cut by design.
 */
#include "analyzer/rules/rules.h"

#include <string.h>

#define CACHED_BYTES 1032 /* the largest block that glibc keeps per thread */

enum { MIN_SHRUNK, MIN_SHARE, MIN_RATIO };

static const struct rule_threshold thresholds[] = {
    [MIN_SHRUNK] = {"min_shrunk", 200, "fewer reallocs cannot be felt"},
    [MIN_SHARE] = {"min_share", 0.5,
                   "of the blocks are cut: where it is the exception the room was needed by the "
                   "others"},
    [MIN_RATIO] =
        {"min_ratio", 1.5,
         "of the sizes before and after: doubling alone leaves a third of a buffer unused "
         "on average, which is no mistake of whoever made it"},
};

#define NOT_OURS                                                                                   \
    (FACT_HASH | FACT_BTREE | FACT_C_STRING | FACT_READ_TO_END | FACT_LINES | FACT_SPLIT |         \
     FACT_PATH | FACT_THREAD_SPAWN | FACT_PANIC | FACT_BACKTRACE | FACT_ARENA | FACT_IO_BUFFER |   \
     FACT_COLLECT | FACT_TRY_COLLECT | FACT_C_CODE)

/* A Vec that is collected from the items of another in its own memory is cut to their number:
 * the source was as large as it had to be. */
static bool cut_by_collect(const struct evidence *e, const struct case_of_line *one)
{
    const struct profile *p = e->profile;

    for (uint32_t l = e->first_from[one->top]; l != PROFILE_NONE; l = e->next_from[l]) {
        const struct profile_link *link = &p->links[l];
        if (link->kind != PROFILE_GREW || !link->to_stack)
            continue;
        for (uint32_t i = 0; i < link->to_depth; i++)
            if (strstr(p->frames[link->to_stack[i]].file, "in_place_collect") ||
                strstr(p->frames[link->to_stack[i]].function, "from_iter_in_place"))
                return true;
    }
    return false;
}

static uint64_t mean(uint64_t sum, uint64_t n)
{
    return n ? sum / n : 0;
}

static bool kept(const struct tally *t)
{
    return t->end_blocks * 2 > t->births || t->most_blocks * 2 > t->births;
}

static const char *code(const struct case_of_line *one, struct findings *f)
{
    const struct tally *t = &one->tally;
    uint64_t bytes = mean(t->final_bytes, t->chains), element = one->facts->types.element_bytes;

    if (!element)
        return "let mut all = Vec::with_capacity(n); // n: as many as it will hold\n";
    return finding_text(f, "let mut all = %s; // or the number that it will hold\n",
                        capacity_code(one, (bytes + element - 1) / element, f));
}

static void set_saving(const struct evidence *e, const struct case_of_line *one,
                       struct finding *finding, struct findings *f)
{
    const struct tally *t = &one->tally;
    struct reckoning r = reckoning_start(e, f);
    uint64_t before = mean(t->chain_peak_bytes, t->chains), after = mean(t->final_bytes, t->chains);
    struct cost made = cost_alloc(e, before), freed = cost_free(e, after), cut;
    double pair = cost_constant(after <= CACHED_BYTES ? COST_PAIR : COST_PAIR_LARGE);

    cut = cost_grow(e, after, false);
    reckoning_term(&r, cut.ns * (double)t->shrink_steps, "%s reallocs to fewer bytes at %s",
                   figure_count(t->shrink_steps), figure_ns(cut.ns));
    double now = made.ns + freed.ns;
    if (kept(t) || !made.measured || !freed.measured) /* timed ones of kept blocks contain faults */
        now = cost_constant(before <= CACHED_BYTES ? COST_PAIR : COST_PAIR_LARGE);
    if (now > pair)
        reckoning_term(&r, (now - pair) * (double)t->chains,
                       "%s pairs of malloc and free at %s, made with the final size, instead of %s",
                       figure_count(t->chains), figure_ns(pair), figure_ns(now));
    reckoning_finish(&r, finding);
    finding->saving.calls = t->shrink_steps;
    finding->saving.bytes =
        t->chain_peak_bytes > t->final_bytes ? t->chain_peak_bytes - t->final_bytes : 0;
    finding->events = t->shrink_steps;
}

static void report(const struct rule *rule, const struct evidence *e,
                   const struct case_of_line *one, struct findings *f)
{
    const struct tally *t = &one->tally;
    struct finding *finding = case_finding(e, rule, one, f);
    uint64_t before = mean(t->chain_peak_bytes, t->chains), after = mean(t->final_bytes, t->chains);

    finding->what = finding_text(
        f, "%s made %s buffers and cut %s of them by realloc: from %s to %s on average.",
        case_name(e, one, f), figure_count(t->births),
        figure_percent(tally_share(t->shrink_steps, t->births)), figure_bytes(before),
        figure_bytes(after));
    finding->advice = finding_text(
        f, "Allocate what is needed, %s here, and nothing is to be cut.%s", figure_bytes(after),
        kept(t) ? " The buffers are kept, so while their length is not known before, cutting them "
                  "saves memory: then leave it."
                : " The buffers do not live long: where their length is not known before, leave "
                  "them as large as they are.");
    finding->code = code(one, f);
    finding->confidence = FINDING_LIKELY;
    finding->condition = kept(t) ? "if the length is known before the buffer is filled" : "";
    set_saving(e, one, finding, f);
    finding_evidence_u64(f, finding, "buffers", t->births);
    finding_evidence_u64(f, finding, "shrunk", t->shrink_steps);
    finding_evidence_u64(f, finding, "bytes_before_mean", before);
    finding_evidence_u64(f, finding, "bytes_after_mean", after);
    finding_evidence_text(f, finding, "element", one->facts->types.element);
    gate_severity_of_fault(e, finding);
    findings_add(f, finding);
}

static uint64_t shrunk(const struct profile_point *point)
{
    return point->own && point->own->has_growth ? point->own->growth.shrink_steps : 0;
}

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    struct case_filter filter = {
        .leaf_none = NOT_OURS, .amount = shrunk, .least = rule_limit(rule, MIN_SHRUNK)};
    struct cases *cases = cases_find(e, &filter, f);

    const struct case_of_line *one;
    while ((one = cases_next(cases))) {
        const struct tally *t = &one->tally;
        if ((double)t->shrink_steps >= rule_limit(rule, MIN_SHRUNK) &&
            tally_share(t->shrink_steps, t->births) >= rule_limit(rule, MIN_SHARE) &&
            tally_share(t->chain_peak_bytes, t->final_bytes) >= rule_limit(rule, MIN_RATIO) &&
            !cut_by_collect(e, one))
            report(rule, e, one, f);
    }
}

const struct rule rule_shrink = {
    .id = "shrink",
    .title = "buffers are made too large and then cut",
    .summary = "shrink_to_fit and into_boxed_slice of buffers that were far larger than needed",
    .skill = "Pre-allocate When Size is Known",
    .reference = "Type Sizes: Boxed Slices",
    .needs = EVIDENCE_OWN,
    .precedence = 40,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what = "Buffers that are realloc'd to fewer bytes: at least half of those of a line, "
                    "and to "
                    "two thirds of their size or less on average.",
            .why = "The room was allocated, perhaps zeroed and touched, to be given back. The "
                   "realloc splits "
                   "the block, or copies the part that stays to a smaller one.",
            .wrong =
                "A buffer that lives for long and whose length is not known before is right to be "
                "cut: that saves memory. collect() into a boxed slice cuts once by design.",
            .fix = "Give with_capacity the number of items that will be there. Read into one large "
                   "buffer "
                   "that is reused, and copy out what was read. Leave short-lived buffers uncut.",
            .before = "let mut row = Vec::with_capacity(1024);\n"
                      "row.extend(fields.iter().map(parse));\n"
                      "row.shrink_to_fit();\n",
            .after = "let mut row = Vec::with_capacity(fields.len());\n"
                     "row.extend(fields.iter().map(parse));\n",
        },
    .judge = judge,
};
