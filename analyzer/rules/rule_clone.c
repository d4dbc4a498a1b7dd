/* rule_clone.c - copies of containers that are dropped unchanged in size. Asked by rules.c. */
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

static bool is_case(const struct rule *rule, const struct evidence *e,
                    const struct case_of_line *one)
{
    (void)e;
    return temporary_grown_share(&one->tally) < rule_limit(rule, MAX_GROWN);
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

/* "Vec<f64>", "String", "HashMap<u32, u32>"; "" where not known. */
static const char *type_name(const struct case_of_line *one, struct findings *f)
{
    const struct fact_types *types = &one->facts->types;
    if (types->key[0])
        return finding_text(f, "%s<%s%s%s>", types->container[0] ? types->container : "map",
                            types->key, types->value[0] ? ", " : "", types->value);
    if (!types->container[0] || strcmp(types->container, "String") == 0 || !types->element[0])
        return types->container;
    return finding_text(f, "%s<%s>", types->container, types->element);
}

static const char *code(const struct case_of_line *one, struct findings *f)
{
    const struct fact_types *types = &one->facts->types;
    const char *whole = type_name(one, f), *borrowed = whole[0] ? whole : "T";
    if (strcmp(types->container, "String") == 0)
        borrowed = "str";
    else if (strcmp(types->container, "Vec") == 0 && types->element[0])
        borrowed = finding_text(f, "[%s]", types->element);
    return finding_text(f,
                        "fn use_it(data: &%s) {}   // borrow: no copy\n"
                        "use_it(&original);\n"
                        "// only sometimes changed: Cow copies when to_mut() is called\n"
                        "let mut data = std::borrow::Cow::Borrowed(&original[..]);\n"
                        "// always changed: keep one copy and copy into its memory\n"
                        "scratch.clone_from(&original);\n",
                        borrowed);
}

static void tell(const struct evidence *e, const struct case_of_line *one, struct finding *finding,
                 struct findings *f)
{
    const struct tally *t = &one->tally;
    const char *type = type_name(one, f);
    bool some_grown = t->chains != 0;
    finding->what = finding_text(
        f, "%s copied %s%s%s: %s blocks (%s), %s, %s.", case_name(e, one, f),
        type[0] ? "values of type " : "containers", type,
        t->points > 1 ? " and what they hold" : "", figure_count(t->births), temporary_sizes(t, f),
        some_grown ? finding_text(f, "%s of them grown", figure_count(t->chains)) : "never grown",
        temporary_fate(t, f));
    finding->advice =
        "Borrow instead of cloning if the copy is only read: pass a reference or a slice. If it is "
        "changed now and then, Cow copies only then. If it is always changed, keep one scratch "
        "copy and clone_from into it, which reuses its memory.";
    finding->code = code(one, f);
    finding->condition = "if you only read it";
    finding->confidence = FINDING_LIKELY;
    if (type[0])
        finding_evidence_text(f, finding, "type", type);
    finding_evidence_real(f, finding, "grown_share", temporary_grown_share(t));
}

static const struct temporary_rule how = {
    .accept = accept, .is_case = is_case, .reckon = reckon, .tell = tell, .gone = true};

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
                   "into a copy that is kept where it always is; Rc or Arc where several own it.",
            .before = "fn total(values: Vec<f64>) -> f64 { values.iter().sum() }\n"
                      "let t = total(row.clone());\n",
            .after = "fn total(values: &[f64]) -> f64 { values.iter().sum() }\n"
                     "let t = total(&row);\n",
        },
    .judge = judge,
};
