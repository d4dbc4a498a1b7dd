/* rule_sort_buffer.c - the buffer of stable sorts. Asked by rules.c. */
#include "analyzer/rules/temporary.h"

static const struct rule_threshold thresholds[] = {
    {"min_blocks", 1000, "one buffer per sort, which takes a hundred times as long"},
};

static bool accept(const struct facts *facts)
{
    return temporary_of(facts) == TEMPORARY_SORT;
}

static bool ends_anyhow(const struct tally *tally)
{
    (void)tally; /* a sort frees its buffer itself */
    return true;
}

static void tell(const struct evidence *e, const struct case_of_line *one, struct finding *finding,
                 struct findings *f)
{
    finding->what = finding_text(f, "%s sorted %s times with a buffer from the heap (%s).",
                                 case_name(e, one, f), figure_count(one->tally.births),
                                 temporary_sizes(&one->tally, f));
    finding->advice = "sort_unstable needs no buffer. It is not faster for that: use it where "
                      "memory matters and equal elements need not keep their order.";
    finding->code = "v.sort_unstable();                      // not v.sort()\n"
                    "v.sort_unstable_by_key(|x| x.key);      // not v.sort_by_key(..)\n";
    finding->condition = "if equal elements need not keep their order";
    finding->confidence = FINDING_LIKELY;
}

static const struct temporary_rule how = {.accept = accept,
                                          .ends_well = ends_anyhow,
                                          .reckon = temporary_reckon_all,
                                          .tell = tell,
                                          .gone = true};

/* Never more than a remark: of sorting 1,000 integers half a percent is saved. */
static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    size_t before = f->count;
    temporary_judge(rule, &how, e, f);
    for (size_t i = before; i < f->count; i++)
        if (f->list[i]->severity > FINDING_LOW)
            f->list[i]->severity = FINDING_LOW;
}

const struct rule rule_sort_buffer = {
    .id = "sort-buffer",
    .title = "stable sorts take a buffer from the heap",
    .summary = "sort and sort_by where sort_unstable would do",
    .skill = "Reuse Buffers",
    .reference = "",
    .needs = EVIDENCE_NAMES,
    .precedence = 20,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what = "A line where a stable sort (sort, sort_by, sort_by_key) took a thousand "
                    "buffers or more from the heap.",
            .why = "A stable sort merges, and needs room for half of the elements or all of them: "
                   "n elements more at the peak, a malloc and a free for each sort.",
            .wrong = "Stability may be wanted. The time saved is about half a percent of the sort: "
                     "this is about memory, and shown on demand only.",
            .fix = "sort_unstable, sort_unstable_by, sort_unstable_by_key.",
            .before = "ids.sort();\n",
            .after = "ids.sort_unstable();\n",
        },
    .judge = judge,
};
