/* rule_many_small.c - a great many small blocks that live together. Asked by rules.c. */
#include "analyzer/rules/over_time.h"
#include "analyzer/rules/rules.h"
#include "analyzer/rules/small_blocks.h"
#include "analyzer/rules/temporary.h"

#include <string.h>

enum {
    LIVE,
    BYTES,
    ELSEWHERE,
    INLINE_ELEMENTS,
    WORTH_BYTES,
    WORTH_SHARE,
    BOXED_BYTES,
    REPLACED,
    LEVEL,
    LEVEL_TIME
};
static const struct rule_threshold thresholds[] = {
    [LIVE] = {"min_live_blocks", 10000, "at the peak: fewer take less than half a megabyte"},
    [BYTES] = {"max_mean_bytes", 64, "above, the allocator's own part is small"},
    [ELSEWHERE] = {"max_freed_elsewhere", 0.1, "of the freed: above, it is a queue's backlog"},
    [INLINE_ELEMENTS] = {"max_inline_elements", 16, "more belong on the heap"},
    [WORTH_BYTES] = {"worth_bytes", 1 << 20, "of the peak: less does not matter to a process"},
    [WORTH_SHARE] = {"worth_peak_share", 0.05, "of the peak of the program"},
    [BOXED_BYTES] = {"max_boxed_bytes", 16, "of a plain value: its box is bigger than itself"},
    [REPLACED] = {"max_replaced", 2, "blocks made for each that is live at the peak, or"},
    [LEVEL] = {"level", 0.25, "of the peak live"},
    [LEVEL_TIME] = {"max_level_time", 0.5,
                    "of the run without a break: with more they come and go one by one, and do not "
                    "die together"},
};

/* Nodes, tables and what belongs to the machinery of others. */
#define NOT_SINGLE                                                                                 \
    (FACT_BTREE | FACT_LINKED_LIST | FACT_HASH | FACT_INDEX_MAP | FACT_CHANNEL |                   \
     FACT_THREAD_SPAWN | FACT_ARENA | FACT_VEC_DEQUE | FACT_BINARY_HEAP | FACT_STD_LAZY |          \
     FACT_C_STRING | FACT_SORT | FACT_IO_BUFFER | FACT_C_CODE)

static void tell_what(const struct evidence *e, const struct case_of_line *one, struct findings *f,
                      struct finding *finding, const struct small_blocks *small)
{
    finding->what =
        finding_text(f,
                     "%s %s made by %s were live at the peak, %s each on average. The allocator "
                     "gives each a chunk of %s: %s in all%s.",
                     figure_count(small->live), small_kind_words[small->kind], case_name(e, one, f),
                     figure_bytes(small->mean), figure_bytes(small->chunk),
                     figure_bytes(small->live * small->chunk),
                     small->kind == SMALL_VEC ? ", and each Vec is 24 B beside that" : "");
}

static void advise_vec(const struct case_of_line *one, struct findings *f, struct finding *finding,
                       const struct small_blocks *small)
{
    const char *known = temporary_element(one, f), *element = known[0] ? known : "T";
    if (small->elements) {
        finding->advice = finding_text(
            f,
            "Keep the few elements inside: SmallVec<[%s; %s]> (or ArrayVec, or an array, if "
            "there are never more). Or one flat Vec<%s> with an offset per row.",
            element, figure_count(small->elements), element);
        finding->code = finding_text(f,
                                     "use smallvec::SmallVec;\n"
                                     "let mut row: SmallVec<[%s; %llu]> = SmallVec::new();\n"
                                     "// or all rows in one block:\n"
                                     "struct Rows { flat: Vec<%s>, ends: Vec<u32> }\n",
                                     element, (unsigned long long)small->elements, element);
    } else {
        finding->advice = "Put the rows into one flat Vec with the offset of each row's end.";
        finding->code =
            finding_text(f,
                         "struct Rows { flat: Vec<%s>, ends: Vec<u32> }\n"
                         "impl Rows {\n"
                         "    fn row(&self, i: usize) -> &[%s] {\n"
                         "        let from = if i == 0 { 0 } else { self.ends[i - 1] };\n"
                         "        &self.flat[from as usize..self.ends[i] as usize]\n"
                         "    }\n"
                         "}\n",
                         element, element);
    }
    finding->condition = "if the rows do not change much once they are made";
}

/* Not to have them is better than to have them in another place. */
static void advise_copies(struct finding *finding)
{
    finding->variant = "copies";
    finding->title = "very many small copies live together";
    finding->advice =
        "These are copies of what was there. Where the original is not used afterwards, take it by "
        "value and move it. Where both are only read, keep a reference, an index, or share one by "
        "an Rc or Arc.";
    finding->code =
        "fn add(&mut self, order: Order) { // not (&Order) and push(order.clone())\n"
        "    self.orders.push(order);\n"
        "}\n"
        "// of what others keep:\n"
        "struct Group<'a> { members: Vec<&'a Person> } // or Vec<Rc<Person>>, or indexes\n";
    finding->condition = "if the copies are not changed, or the originals not needed";
}

static void advise(const struct case_of_line *one, struct findings *f, struct finding *finding,
                   const struct small_blocks *small)
{
    switch (small->kind) {
    case SMALL_COPY:
        advise_copies(finding);
        return;
    case SMALL_VEC:
        advise_vec(one, f, finding, small);
        return;
    case SMALL_TEXT:
        finding->variant = "texts";
        finding->advice =
            "Put the texts into one String with the offset of each one's end, or intern them if "
            "many are equal; Box<str> instead of String spares 8 B each and the unused capacity; "
            "a compact string type keeps up to 24 B inside.";
        finding->code = "struct Texts { all: String, ends: Vec<u32> }\n";
        break;
    case SMALL_BOX:
        finding->variant = "boxes";
        finding->advice =
            "Keep the values themselves in a Vec and refer to them by index, or take them from "
            "an arena (bumpalo, typed-arena) that is freed as a whole.";
        finding->code = "struct Tree { nodes: Vec<Node> } // children: u32 indexes into nodes\n";
        break;
    case SMALL_SHARED:
        finding->variant = "shared";
        finding->advice =
            "Each Rc or Arc carries two counters and a chunk of its own. Keep the values in one "
            "Vec and share indexes, or share the whole Vec by one Rc or Arc.";
        break;
    case SMALL_UNKNOWN:
        finding->variant = "unknown";
        finding->advice =
            "If these are small Vecs, SmallVec or one flat Vec with offsets spares their chunks; "
            "if they are boxes, a Vec of the values with indexes does.";
        break;
    }
    finding->confidence = FINDING_DOUBTFUL;
    finding->condition = "if they live together and die together";
}

/* Of what a box holds; 0: not known, or of a tree's node. A struct's size is not known by its name,
 * but blocks of one size that die with the Vec they are in, and not inside of their own type, are
 * as large as it is. */
static uint64_t boxed_bytes(const struct case_of_line *one)
{
    const struct tally *t = &one->tally;
    const struct fact_ends *ends = &t->ends;
    bool elements = ends->samples && ends->in_container * 2 >= ends->samples &&
                    !ends->in_own_type && !ends->in_nested && !ends->in_struct;
    if (one->facts->types.element_bytes)
        return one->facts->types.element_bytes;
    return elements && t->size_min == t->size_max ? t->size_max : 0;
}

/* Whether it may be advice: to box a number or to give three elements a block of their own is
 * seldom meant, nor to keep a Vec twice. Many texts or nodes mostly are. */
static bool is_plain(const struct rule *rule, const struct case_of_line *one,
                     const struct small_blocks *small)
{
    if (small->kind == SMALL_COPY)
        return !one->facts->of_whole_copy && strcmp(one->facts->types.container, "Vec") == 0;
    if (small->kind == SMALL_VEC)
        return small->elements != 0;
    uint64_t bytes = boxed_bytes(one);
    return small->kind == SMALL_BOX && bytes && (double)bytes <= rule_limit(rule, BOXED_BYTES);
}

/* Replaced one by one, as a cache's entries are: then there are many all the time. */
static bool comes_and_goes(const struct rule *rule, const struct evidence *e,
                           const struct case_of_line *one)
{
    struct over_time over = over_time_of(e, one);
    double peak = (double)one->tally.peak_blocks;
    uint64_t level = tally_count(rule_limit(rule, LEVEL) * peak);
    return (double)one->tally.births > rule_limit(rule, REPLACED) * peak &&
           over_time_stays(over.blocks, over.count, level) > rule_limit(rule, LEVEL_TIME);
}

static void set_severity(const struct rule *rule, const struct evidence *e, struct finding *finding,
                         bool plain)
{
    double share = tally_share(finding->saving.peak_bytes, e->profile->totals.peak_bytes);
    bool worth = (double)finding->saving.peak_bytes >= rule_limit(rule, WORTH_BYTES) &&
                 share >= rule_limit(rule, WORTH_SHARE);
    gate_severity(e, finding);
    if (!plain || finding->scope == FINDING_RUNTIME)
        finding->severity = FINDING_LOW;
    else if (worth && finding->severity < FINDING_MEDIUM)
        finding->severity = FINDING_MEDIUM;
}

static void reckon(const struct evidence *e, const struct case_of_line *one, struct findings *f,
                   struct finding *finding, const struct small_blocks *small)
{
    struct reckoning r = reckoning_start(e, f);
    reckoning_pairs(&r, &one->tally, 1);
    if (small->kind == SMALL_COPY)
        reckoning_constant(&r, (double)one->tally.births, COST_CLONED_BLOCK, NULL);
    reckoning_finish(&r, finding);
    finding->saving.calls = one->tally.births + one->tally.freed;
    finding->saving.peak_bytes = small->live * small->each;
}

static void judge_case(const struct rule *rule, const struct evidence *e,
                       const struct case_of_line *one, struct findings *f)
{
    struct small_blocks small =
        small_blocks_of(e->profile, one, (uint64_t)rule_limit(rule, INLINE_ELEMENTS));
    struct finding *finding = case_finding(e, rule, one, f);
    reckon(e, one, f, finding, &small);
    finding->events = one->tally.births;
    tell_what(e, one, f, finding, &small);
    advise(one, f, finding, &small);
    finding_evidence_u64(f, finding, "peak_blocks", small.live);
    finding_evidence_u64(f, finding, "peak_bytes", one->tally.peak_bytes);
    finding_evidence_u64(f, finding, "mean_bytes", small.mean);
    finding_evidence_u64(f, finding, "chunk_bytes", small.chunk);
    if (small.elements)
        finding_evidence_u64(f, finding, "elements", small.elements);
    set_severity(rule, e, finding, is_plain(rule, one, &small) && !comes_and_goes(rule, e, one));
    findings_add(f, finding);
}

static void judge_line(const struct rule *rule, const struct evidence *e,
                       const struct case_of_line *one, struct findings *f)
{
    struct small_groups groups;
    struct case_of_line group;
    if (!small_groups_start(&groups, e, one, rule_limit(rule, BYTES), f))
        return;
    while (small_groups_next(&groups, e, &group, f))
        if ((double)group.tally.peak_blocks >= rule_limit(rule, LIVE) &&
            tally_share(group.tally.elsewhere, group.tally.freed) < rule_limit(rule, ELSEWHERE))
            judge_case(rule, e, &group, f);
}

static uint64_t peak_blocks(const struct profile_point *point)
{
    return point->peak_blocks;
}

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    struct case_filter filter = {.leaf_none = NOT_SINGLE,
                                 .no_split = true,
                                 .amount = peak_blocks,
                                 .least = rule_limit(rule, LIVE)};
    struct cases *cases = cases_find(e, &filter, f);
    const struct case_of_line *one;
    while ((one = cases_next(cases)))
        if ((double)one->tally.peak_blocks >= rule_limit(rule, LIVE))
            judge_line(rule, e, one, f);
}

const struct rule rule_many_small = {
    .id = "many-small",
    .title = "very many small blocks live together",
    .summary = "ten thousand live blocks of at most 64 B from one line",
    .skill = "Use Stack Allocation for Small Collections",
    .reference = "Heap Allocations: Short Vecs",
    .needs = EVIDENCE_LIFETIMES,
    .precedence = 40,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what = "A line of which ten thousand blocks or more, of 64 B or less on average, "
                    "were live at the peak of the program. Nodes of trees and lists, tables, and "
                    "blocks that another thread frees (a queue's backlog) are left out.",
            .why = "glibc's smallest chunk is 32 B and each chunk has 8 B of its own, so a Vec "
                   "of two u32 takes 32 B of heap and 24 B of its own for 8 B of data. Each "
                   "costs a malloc and a free, and walking them jumps through memory.",
            .wrong = "Values that come and go one by one, or grow later, want blocks of their own: "
                     "what is replaced all the time is listed with --all only. Texts and nodes of "
                     "trees are mostly meant to be separate: they are listed with "
                     "--all only, too. A SmallVec with too big an N wastes more than it spares.",
            .fix = "SmallVec or ArrayVec with the measured N, one flat Vec with offsets, "
                   "Box<str> or an interner for texts, an arena or indexes into one Vec for "
                   "nodes. Copies are moved, or referred to (variant \"copies\").",
            .before = "let edges: Vec<Vec<u32>> = nodes.iter().map(|n| vec![n.left, "
                      "n.right]).collect();\n",
            .after = "let edges: Vec<SmallVec<[u32; 2]>> =\n"
                     "    nodes.iter().map(|n| smallvec![n.left, n.right]).collect();\n",
        },
    .judge = judge,
};
