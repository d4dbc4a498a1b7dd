/* rule_made_again.c - what is made to be kept, and made again and again. Asked by rules.c. */
#include "analyzer/rules/costly_makes.h"
#include "analyzer/rules/crate_lines.h"
#include "analyzer/rules/evidence.h"
#include "analyzer/rules/rules.h"
#include "analyzer/rules/temporary.h"

enum { MADE, SAME };
static const struct rule_threshold thresholds[] = {
    [MADE] = {"min_made", 20, "some, for parts of a program that know nothing of each other"},
    [SAME] = {"same_share", 0.9,
              "of the blocks made as often as it, or a multiple: it is the same each time"},
};

/* Of rising births, those that are a multiple of `times`: their sum. */
static uint64_t multiples(const uint64_t *births, uint32_t count, uint64_t times)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count; i++)
        sum += births[i] % times == 0 ? births[i] : 0;
    return sum;
}

/* Whatever makes it makes many of its blocks once, others some times or for each thread, and what
 * is shared by all of them at the first time only: as often as the rarest blocks that are made
 * `least` times or more, and are a twelfth of all; or, where the first time takes most kinds of
 * blocks, a fiftieth, if it and its multiples are a quarter of what is made. births: rising. */
static uint64_t times_made(const uint64_t *births, uint32_t count, uint64_t least)
{
    uint64_t all = 0, second = 0;
    for (uint32_t i = 0; i < count; i++)
        all += births[i];
    for (uint32_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && births[end] == births[first];)
            end++;
        uint64_t alike = end - first, times = births[first];
        if (times < least && alike * 2 >= count)
            return times;
        if (times >= least && alike * 12 >= count)
            return times;
        if (times >= least && !second && alike * 50 >= count &&
            multiples(births, count, times) * 4 >= all)
            second = times;
    }
    return second;
}

static const struct costly_make *made_at(const struct evidence *e, const struct case_of_line *one)
{
    const struct profile_point *point = &e->profile->points[one->top];
    uint32_t place = costly_called(e->profile, point, one->facts->leaf_end);
    return place == PROFILE_NONE ? NULL : costly_make_of(&e->profile->frames[point->stack[place]]);
}

static void tell(const struct rule *rule, const struct costly_make *make,
                 const struct case_of_line *one, uint64_t times, double same,
                 struct finding *finding, struct findings *f)
{
    const struct tally *t = &one->tally;
    finding->what = finding_text(
        f, "%s made %s %s, of %s blocks each (%s)%s.", finding->location.function,
        figure_count(times), make->plural, figure_count((t->births + times / 2) / times),
        figure_bytes(t->bytes / times), same >= rule_limit(rule, SAME) ? ", always the same" : "");
    finding->title = finding_text(f, "%s is made again and again", make->what);
    finding->variant = make->crate;
    finding->advice = make->keep;
    finding->code = make->code;
    finding->confidence = FINDING_CERTAIN;
    if (same < rule_limit(rule, SAME)) {
        finding->confidence = FINDING_LIKELY;
        finding->condition = "if the same will do";
    }
    finding_evidence_u64(f, finding, "times_made", times);
    finding_evidence_real(f, finding, "same_share", same);
}

static void reckon(const struct evidence *e, const struct costly_make *make,
                   const struct case_of_line *one, uint64_t times, struct finding *finding,
                   struct findings *f)
{
    struct reckoning r = reckoning_start(e, f);
    if (make->ns > 0)
        reckoning_term(&r, make->ns * (double)times, "%s %s, made and dropped, at %s at least",
                       figure_count(times), make->plural, figure_ns(make->ns));
    else
        temporary_reckon_all(&r, one);
    if (make->beside > 0)
        reckoning_term(&r, r.ns * make->beside,
                       "what is done beside the blocks, %.1f of that at least", make->beside);
    reckoning_finish(&r, finding);
}

static void judge_line(const struct rule *rule, const struct crate_lines *lines, uint32_t line,
                       struct findings *f)
{
    const struct evidence *e = lines->groups.evidence;
    if (costly_is_maker(e->profile->frames[lines->frame[line]].crate))
        return;
    struct case_of_line one = part_groups_case(&lines->groups, line, 0);
    const struct costly_make *make = one.count ? made_at(e, &one) : NULL;
    uint64_t *births;
    uint32_t count;
    if (!make || !make->what ||
        crate_lines_births(lines, &one, CRATE_PART_NONE, &births, &count) != 0)
        return;
    uint64_t times = times_made(births, count, (uint64_t)rule_limit(rule, MADE));
    if ((double)times < rule_limit(rule, MADE))
        return;
    struct finding *finding = crate_lines_finding(lines, line, rule, &one, f);
    reckon(e, make, &one, times, finding, f);
    temporary_fill(e, &one, finding, f, 1, false);
    tell(rule, make, &one, times, crate_lines_same_share(births, count, times), finding, f);
    temporary_doubts(&one, finding, f);
    gate_severity(e, finding);
    findings_add(f, finding);
}

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    struct crate_lines lines;
    if (crate_lines_find(&lines, e, CRATE_PART_MADE, costly_called)) {
        f->failed = true;
        return;
    }
    for (uint32_t i = 0; i < lines.groups.count; i++)
        judge_line(rule, &lines, i, f);
}

const struct rule rule_made_again = {
    .id = "made-again",
    .title = "what is made to be kept is made again and again",
    .summary =
        "runtimes, pools, clients, automata, globs, templates, validators: made for each use",
    .skill = "Reuse Buffers",
    .reference = "Heap Allocations: Reusing Collections",
    .needs = EVIDENCE_NAMES | EVIDENCE_LINES,
    .precedence = 95,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what = "A line that made twenty or more of one of these: a runtime of tokio's, a "
                    "thread pool of rayon's, a blocking client of reqwest's, an automaton of "
                    "aho-corasick's, a glob's matcher or set of globset's, a template of "
                    "handlebars's, tera's or minijinja's, a validator of jsonschema's, syntect's "
                    "definitions. (regex-compile is about regular expressions.)",
            .why =
                "They are dear to make, so that using them is cheap: threads are started and "
                "joined again, automata built. Measured on two cores: a tokio runtime 86 us, of "
                "the current thread alone 7; a pool of two threads 56 to 63; a blocking client "
                "83; an automaton of eight words 20; a set of three globs 30. The finding counts "
                "less than the least of these where threads are started, elsewhere the blocks "
                "alone.",
            .wrong = "They may differ each time: words and patterns that a user gives. \"always "
                     "the same\" is told where each took the same blocks.",
            .fix =
                "Make it once, where the program or the part that uses it begins; keep it in a "
                "static LazyLock or a field, and pass it on by reference (a Handle of tokio's, a "
                "clone of a client, which is the same one).",
            .before = "for batch in batches {\n"
                      "    let pool = ThreadPoolBuilder::new().num_threads(2).build()?;\n"
                      "    pool.install(|| batch.par_iter().for_each(work));\n"
                      "}\n",
            .after = "let pool = ThreadPoolBuilder::new().num_threads(2).build()?;\n"
                     "for batch in batches {\n"
                     "    pool.install(|| batch.par_iter().for_each(work));\n"
                     "}\n",
        },
    .judge = judge,
};
