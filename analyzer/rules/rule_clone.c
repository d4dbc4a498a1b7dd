/* rule_clone.c - copies of containers that are dropped unchanged in size. Asked by rules.c. */
#include "analyzer/rules/copied.h"
#include "analyzer/rules/temporary.h"

#include <string.h>

static const struct rule_threshold thresholds[] = {
    {"min_blocks", 1000, "15 ns for a short String, 150 for ten of them: fewer are not felt"},
    {"max_grown_share", 0.5, "of the copies realloc'd: then they are made to be grown"},
};
enum { MAX_GROWN = 1 };

static bool accept(const struct facts *facts)
{
    return temporary_of(facts) == TEMPORARY_CLONE;
}

/* Whether the line's copies of whole Vecs end before the next one is made: of their own buffers
 * there is one at a time in each thread. A copy that takes the place of the one before is made
 * first. */
static bool is_one_at_a_time(const struct evidence *e, const struct case_of_line *one)
{
    uint64_t buffers = 0;

    for (uint32_t i = 0; i < one->count; i++) {
        const struct profile_own *own = e->profile->points[one->points[i]].own;
        if (e->facts[one->points[i]].of_whole_copy || !own)
            continue;
        if (own->most_blocks > (own->thread_count ? own->thread_count : 1))
            return false;
        buffers += own->births;
    }
    return buffers != 0;
}

static bool is_case(const struct rule *rule, const struct evidence *e,
                    const struct case_of_line *one)
{
    return temporary_grown_share(&one->tally) < rule_limit(rule, MAX_GROWN) &&
           (gate_local(&one->tally) || (one->facts->of_whole_copy && is_one_at_a_time(e, one)));
}

/* A copy of all that a Vec holds, read or used up where it was made, lives all at once. */
static bool ends_well(const struct tally *t)
{
    return gate_local(t) || gate_again_here(t);
}

/* Of so many bytes a copy stays in the caches of a core, where it is read next. */
#define CACHED_BYTES (128u << 10)

/* malloc, free and the copying itself. */
static void reckon(struct reckoning *r, const struct case_of_line *one)
{
    bool cached = tally_mean_size(&one->tally) <= CACHED_BYTES;
    temporary_reckon_all(r, one);
    reckoning_constant(r, (double)one->tally.births, COST_CLONED_BLOCK, NULL);
    reckoning_constant(r, (double)one->tally.birth_bytes,
                       cached ? COST_CLONED_BYTE : COST_COPIED_BYTE, "bytes copied");
}

static bool is_slice(const struct copied *copied)
{
    return strcmp(copied->container, "Vec") == 0 || strcmp(copied->container, "String") == 0;
}

static const char *borrowed_type(const struct copied *copied, struct findings *f)
{
    if (strcmp(copied->container, "String") == 0)
        return "str";
    if (strcmp(copied->container, "Vec") == 0 && copied->element[0])
        return finding_text(f, "[%s]", copied->element);
    return copied->type[0] ? copied->type : "T";
}

/* A derived Clone has no clone_from of its own: the default one makes a new copy. */
static const char *code(const struct case_of_line *one, const struct copied *copied,
                        struct findings *f)
{
    return finding_text(f,
                        "%s"
                        "fn use_it(data: &%s) {}   // borrow: no copy\n"
                        "use_it(&original);\n"
                        "// only sometimes changed: Cow copies when to_mut() is called\n"
                        "let mut data = std::borrow::Cow::Borrowed(&original%s);\n"
                        "// always changed: keep one copy and copy into its memory\n"
                        "%s",
                        one->facts->of_whole_copy
                            ? "for item in &original {} // or original.iter(): no copy\n"
                            : "",
                        borrowed_type(copied, f), is_slice(copied) ? "[..]" : "",
                        copied->of_crate ? "scratch.field.clone_from(&original.field); // each\n"
                                         : "scratch.clone_from(&original);\n");
}

/* "values of type Config and what they hold" */
static const char *values(const struct copied *copied, struct findings *f)
{
    const char *text =
        copied->type[0] ? finding_text(f, "values of type %s", copied->type)
        : copied->clone_at[0]
            ? finding_text(f, "values of a type whose Clone is at %s", copied->clone_at)
        : copied->of_crate ? "values of a type with a Clone of its own"
                           : "containers";
    return finding_text(f, "%s%s%s", text, copied->others ? " and of others" : "",
                        copied->holds ? " and what they hold" : "");
}

static void tell(const struct evidence *e, const struct case_of_line *one, struct finding *finding,
                 struct findings *f)
{
    const struct tally *t = &one->tally;
    struct copied copied = copied_of(e, one, f);
    finding->what = finding_text(
        f, "%s copied %s: %s blocks (%s), %s, %s.", case_name(e, one, f), values(&copied, f),
        figure_count(t->births), temporary_sizes(t, f),
        t->chains ? finding_text(f, "%s of them grown", figure_count(t->chains)) : "never grown",
        temporary_fate(t, f));
    finding->advice = finding_text(
        f,
        "Borrow instead of cloning if the copy is only read: pass a reference%s. If it is changed "
        "now and then, Cow copies only then. If it is always changed, keep one scratch copy and "
        "clone_from into %s, which reuses %s memory.",
        copied.of_crate ? "" : " or a slice", copied.of_crate ? "its fields" : "it",
        copied.of_crate ? "their" : "its");
    finding->code = code(one, &copied, f);
    finding->condition = "if you only read it";
    finding->confidence = FINDING_LIKELY;
    if (copied.type[0])
        finding_evidence_text(f, finding, "type", copied.type);
    finding_evidence_real(f, finding, "grown_share", temporary_grown_share(t));
}

static const struct temporary_rule how = {.accept = accept,
                                          .is_case = is_case,
                                          .ends_well = ends_well,
                                          .reckon = reckon,
                                          .tell = tell,
                                          .gone = true,
                                          .may_be_key = true};

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    temporary_judge(rule, &how, e, f);
}

const struct rule rule_clone = {
    .id = "clone",
    .title = "copies that are dropped again unchanged in size",
    .summary = "clone, to_vec, to_owned of containers that are freed right away and never grown",
    .skill = "Avoid Cloning in Hot Paths",
    .reference = "Heap Allocations: clone, Cow",
    .needs = EVIDENCE_NAMES | EVIDENCE_LIFETIMES,
    .precedence = 60,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what = "A line where clone(), to_vec() or to_owned() of a Vec, a String, a map or a "
                    "struct of these made a thousand blocks or more, which were never grown and "
                    "were freed in the same function or by its direct caller.",
            .why = "A malloc and a free for each container in it, and the copying. A reference "
                   "costs nothing.",
            .wrong = "Whether a copy was changed in place cannot be seen: a copy that is sorted or "
                     "overwritten is needed. Copies that are put into a map, returned further up, "
                     "or given to a thread live longer or end elsewhere and are not reported.",
            .fix = "Borrow (&T, &[T], &str); Cow where it is changed only sometimes; clone_from "
                   "into a copy that is kept where it always is (field by field where Clone is "
                   "derived); Rc or Arc where several own it. Where a sort compares copies, "
                   "sort_by with references (variant \"sort-key\").",
            .before = "fn total(values: Vec<f64>) -> f64 { values.iter().sum() }\n"
                      "let t = total(row.clone());\n",
            .after = "fn total(values: &[f64]) -> f64 { values.iter().sum() }\n"
                     "let t = total(&row);\n",
        },
    .judge = judge,
};
