/* rule_parallel_temp.c - buffers made per item of a parallel iterator. Asked by rules.c. */
#include "analyzer/rules/temporary.h"

#include <string.h>

static const struct rule_threshold thresholds[] = {
    {"min_blocks", 1000, "a buffer per split or per thread is some hundreds at most, and right"},
};

static bool accept(const struct facts *facts)
{
    switch (temporary_of(facts)) {
    case TEMPORARY_BUFFER:
    case TEMPORARY_COLLECT:
    case TEMPORARY_FORMAT:
        return true;
    default:
        return false;
    }
}

static bool is_format(const struct case_of_line *one)
{
    return temporary_of(one->facts) == TEMPORARY_FORMAT;
}

static void reckon(struct reckoning *r, const struct case_of_line *one)
{
    if (is_format(one))
        temporary_reckon_all(r, one);
    else
        temporary_reckon_reuse(r, &one->tally);
}

static const char *buffer_type(const struct case_of_line *one)
{
    return is_format(one) || strcmp(one->facts->types.container, "String") == 0 ? "String" : "Vec";
}

static const char *grown(const struct tally *t, struct findings *f)
{
    double each = tally_share(t->steps, t->births);
    if (each < 0.05)
        return t->steps ? ", a few of them grown" : "";
    return finding_text(f, ", grown %.1f times each", each);
}

static void tell(const struct evidence *e, const struct case_of_line *one, struct finding *finding,
                 struct findings *f)
{
    const struct tally *t = &one->tally;
    const char *type = buffer_type(one);
    finding->variant = is_format(one) ? "format" : "";
    finding->what = finding_text(f, "%s made %s %ss in a parallel iterator (%s%s): %s.",
                                 case_name(e, one, f), figure_count(t->births), type,
                                 temporary_sizes(t, f), grown(t, f), temporary_fate(t, f));
    finding->advice =
        "Make one buffer per piece of work instead of one per item: map_init and for_each_init "
        "give each closure call a buffer that rayon makes once per split. par_chunks with a "
        "buffer per chunk does too.";
    finding->code = is_format(one)
                        ? "use std::fmt::Write;\n"
                          "items.par_iter().map_init(String::new, |buf, item| {\n"
                          "    buf.clear(); // keeps the memory\n"
                          "    write!(buf, \"{item}\").unwrap();\n"
                          "    use_it(buf)\n"
                          "})\n"
                        : finding_text(f,
                                       "items.par_iter().map_init(%s::new, |buf, item| {\n"
                                       "    buf.clear(); // keeps the memory\n"
                                       "    fill(buf, item);\n"
                                       "    result_of(buf)\n"
                                       "})\n",
                                       type);
    finding->condition = "if the result does not keep the buffer";
    finding->confidence = FINDING_LIKELY;
    finding_evidence_u64(f, finding, "threads", t->most_threads);
}

static const struct temporary_rule how = {
    .accept = accept, .around_any = FACT_RAYON, .reckon = reckon, .tell = tell};

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    temporary_judge(rule, &how, e, f);
}

const struct rule rule_parallel_temp = {
    .id = "parallel-temp",
    .title = "a new buffer for each item of a parallel iterator",
    .summary = "Vecs and Strings made in the closure of a rayon iterator, for one item each",
    .skill = "Rayon for Data Parallelism",
    .reference = "Heap Allocations: Reusing Collections",
    .needs = EVIDENCE_NAMES | EVIDENCE_LIFETIMES,
    .precedence = 80,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what = "A line below a rayon iterator that made a thousand Vecs or Strings or more "
                    "and freed each of them in the same function or by its direct caller.",
            .why = "Every item pays for malloc and free, and for growing from nothing. Threads "
                   "that allocate at the same time also wait for each other where the allocator's "
                   "own caches run out.",
            .wrong = "A buffer per split (map_init, fold) is made some hundred times and is right: "
                     "it stays below the limit. Where the result of the closure is the buffer, it "
                     "lives longer and is not reported.",
            .fix = "map_init(Vec::new, |buf, item| ..), for_each_init, or par_chunks with one "
                   "buffer per chunk; clear() keeps the capacity.",
            .before = "items.par_iter().map(|item| {\n"
                      "    let mut scratch = Vec::new();\n"
                      "    fill(&mut scratch, item);\n"
                      "    score(&scratch)\n"
                      "})\n",
            .after = "items.par_iter().map_init(Vec::new, |scratch, item| {\n"
                     "    scratch.clear();\n"
                     "    fill(scratch, item);\n"
                     "    score(scratch)\n"
                     "})\n",
        },
    .judge = judge,
};
