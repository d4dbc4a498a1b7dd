/* rule_small_buffer.c - Vecs so small and short-lived that the stack could hold them. Asked by
 * rules.c. */
#include "analyzer/rules/temporary.h"

#include <string.h>

static const struct rule_threshold thresholds[] = {
    {"min_blocks", 10000, "a malloc and free of this size take 13 ns: fewer are not felt"},
    {"max_bytes", TEMPORARY_STACK_BYTES, "two cache lines: larger arrays cost to move around"},
    {"max_elements", TEMPORARY_STACK_ELEMENTS, "what one still writes as ArrayVec<T, N>"},
    {"max_reallocs_per_block", 1, "more: its length varies, and growth is the story"},
};
enum { MAX_REALLOCS = 3 };

static bool accept(const struct facts *facts)
{
    enum temporary kind = temporary_of(facts);
    return kind == TEMPORARY_BUFFER || kind == TEMPORARY_COLLECT;
}

static bool is_case(const struct rule *rule, const struct evidence *e,
                    const struct case_of_line *one)
{
    (void)e;
    return temporary_fits_stack(one) &&
           tally_share(one->tally.steps, one->tally.births) <= rule_limit(rule, MAX_REALLOCS);
}

/* Of the largest; 0: the element is not known. */
static uint64_t elements(const struct case_of_line *one)
{
    uint64_t each = temporary_element_bytes(one);
    return each ? temporary_largest(&one->tally) / each : 0;
}

static bool is_always_the_same(const struct case_of_line *one)
{
    return (one->facts->leaf & FACT_VEC_LITERAL) && !one->tally.steps &&
           one->tally.size_min == one->tally.size_max;
}

static const char *code(const struct case_of_line *one, struct findings *f)
{
    const char *element = temporary_element(one, f), *t = element[0] ? element : "T";
    uint64_t n = elements(one);
    const char *text = "";
    if (!n) {
        return "// N: the most elements there can be\n"
               "let mut v = arrayvec::ArrayVec::<T, N>::new();\n"
               "// or, where N covers most and a few are longer:\n"
               "let mut v: smallvec::SmallVec<[T; N]> = smallvec::SmallVec::new();\n";
    }
    if (is_always_the_same(one))
        text = finding_text(f, "let v: [%s; %llu] = [/* the same values */]; // not vec![..]\n", t,
                            (unsigned long long)n);
    finding_more(f, &text,
                 "%slet mut v = arrayvec::ArrayVec::<%s, %llu>::new(); // %llu: the most seen\n"
                 "// or, if it may be more now and then:\n"
                 "let mut v: smallvec::SmallVec<[%s; %llu]> = smallvec::SmallVec::new();\n",
                 text[0] ? "// or, if the number varies:\n" : "", t, (unsigned long long)n,
                 (unsigned long long)n, t, (unsigned long long)n);
    return text;
}

static void tell(const struct evidence *e, const struct case_of_line *one, struct finding *finding,
                 struct findings *f)
{
    const struct tally *t = &one->tally;
    uint64_t n = elements(one);
    const char *element = temporary_element(one, f);
    const char *most =
        n ? finding_text(f, " (at most %s of %s)", figure_count(n),
                         element[0] ? element : figure_bytes(temporary_element_bytes(one)))
          : "";
    finding->what =
        finding_text(f, "%s made %s small Vecs of %s%s: %s.", case_name(e, one, f),
                     figure_count(t->births), temporary_sizes(t, f), most, temporary_fate(t, f));
    finding->advice = is_always_the_same(one)
                          ? "The number of elements is always the same, so an array on the stack "
                            "does: no malloc, no free. Iterators and slices work the same on it."
                          : "Keep the elements on the stack: an array if their number is fixed, "
                            "ArrayVec if it has a known limit, SmallVec if it is small most of "
                            "the time.";
    if (one->tally.leaf_any & FACT_COLLECT)
        finding_more(f, &finding->advice,
                     " If the elements are only iterated once, drop the collect() altogether.");
    finding->code = code(one, f);
    finding->condition =
        is_always_the_same(one) ? "" : "if there cannot be many more elements than in this run";
    finding->confidence = is_always_the_same(one) ? FINDING_CERTAIN : FINDING_LIKELY;
    finding_evidence_u64(f, finding, "element_bytes", temporary_element_bytes(one));
    finding_evidence_u64(f, finding, "elements_max", n);
}

/* Elements of a container that live there together, and vary in length: with a SmallVec in place of
 * each the container is larger, and moves more. */
static bool are_varied_elements(const struct case_of_line *one)
{
    return !is_always_the_same(one) && temporary_live_together(one);
}

static const struct temporary_rule how = {
    .accept = accept,
    .is_remark = are_varied_elements,
    .around_none = FACT_RAYON,
    .is_case = is_case,
    .reckon = temporary_reckon_all,
    .tell = tell,
    .gone = true,
};

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    temporary_judge(rule, &how, e, f);
}

const struct rule rule_small_buffer = {
    .id = "small-buffer",
    .title = "small short-lived Vecs that the stack could hold",
    .summary = "many Vecs of a few elements, freed where they were made",
    .skill = "Use Stack Allocation for Small Collections",
    .reference = "Heap Allocations: Short Vecs",
    .needs = EVIDENCE_NAMES | EVIDENCE_LINES | EVIDENCE_LIFETIMES,
    .precedence = 55,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what = "A line where ten thousand Vecs or more were made, none larger than 128 bytes "
                    "or 16 elements, and freed in the function that made them or by its direct "
                    "caller, with hardly ever more than one alive. Elements of a container are "
                    "told, too, where an array can stand for each; where their lengths vary and "
                    "many live together it is a remark.",
            .why = "Each of them is a malloc and a free, 13 ns together when the allocator's "
                   "thread cache serves them, and the elements lie somewhere else in memory than "
                   "the rest of the function's data. An array on the stack costs nothing.",
            .wrong = "Where the number of elements has no limit an ArrayVec panics and a SmallVec "
                     "goes to the heap, checking on every access where it is. Large elements make "
                     "a SmallVec expensive to move. A buffer that can be kept and cleared between "
                     "uses needs no new type at all.",
            .fix = "Write an array instead of vec![..] where the number is fixed; "
                   "arrayvec::ArrayVec<T, N> where it has a limit; smallvec::SmallVec<[T; N]> "
                   "where it is mostly small. A function that returns such a Vec can return "
                   "[T; N] or impl Iterator.",
            .before = "fn neighbours(x: i32, y: i32) -> Vec<(i32, i32)> {\n"
                      "    vec![(x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)]\n"
                      "}\n",
            .after = "fn neighbours(x: i32, y: i32) -> [(i32, i32); 4] {\n"
                     "    [(x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)]\n"
                     "}\n",
        },
    .judge = judge,
};
