/* rule_huge_churn.c - huge blocks made and freed again. Asked by rules.c. */
#include "analyzer/rules/rules.h"

enum { BYTES, TIMES, SPARED };
static const struct rule_threshold thresholds[] = {
    [BYTES] = {"min_bytes", 32 << 20,
               "glibc maps and unmaps each block of this size, whatever came before"},
    [TIMES] = {"min_blocks", 3, "freed; one or two are the program's data"},
    [SPARED] = {"min_spared", 2,
                "blocks that one kept buffer stands in for: those not live at once"},
};

#define PAGE_BYTES 4096

struct huge {
    uint64_t blocks, bytes, spared;
    uint64_t pages, touched; /* of each block; touched: at first use, as far as is known */
};

/* Values of the buckets from `least` (a power of two) on. */
static uint64_t at_least(const struct tally_hist *hist, uint64_t least)
{
    uint64_t n = 0;
    for (uint32_t b = 0; b < 63; b++)
        if ((1ull << b) >= least)
            n += hist->count[b];
    return n;
}

/* Blocks that were huge at birth, or grew so. */
static uint64_t huge_blocks(const struct tally *t, uint64_t least)
{
    uint64_t born = at_least(&t->sizes, least), grown = at_least(&t->final_hist, least);
    uint64_t both = at_least(&t->first_hist, least); /* born so and grown on */
    return born + grown - (both < grown ? both : grown);
}

/* Most of them that can have been live at once: by the counters, which are sums over stacks (an
 * unrolled loop has several), and by what fits into the peak of the program. */
static uint64_t most_at_once(const struct evidence *e, const struct tally *t, uint64_t bytes)
{
    uint64_t most = t->most_blocks > t->peak_blocks ? t->most_blocks : t->peak_blocks;
    uint64_t fit = e->profile->totals.peak_bytes / bytes;
    most = most < fit ? most : fit;
    return most ? most : 1;
}

static struct huge huge_of(const struct rule *rule, const struct evidence *e,
                           const struct case_of_line *one)
{
    const struct tally *t = &one->tally;
    uint64_t least = (uint64_t)rule_limit(rule, BYTES);
    struct huge huge = {.blocks = huge_blocks(t, least)};
    uint64_t mean = tally_mean_size(t);
    if (mean < least)
        mean = tally_mean_final(t);
    huge.bytes = mean > least ? mean : least;
    uint64_t kept = most_at_once(e, t, huge.bytes);
    uint64_t freed = t->freed < huge.blocks ? t->freed : huge.blocks;
    huge.spared = huge.blocks > kept ? huge.blocks - kept : 0;
    huge.spared = huge.spared < freed ? huge.spared : freed;
    huge.pages = huge.touched = huge.bytes / PAGE_BYTES;
    if (huge.blocks)
        huge.touched = cost_pages_at_most(e, huge.pages * huge.blocks) / huge.blocks;
    return huge;
}

static void tell(const struct evidence *e, const struct case_of_line *one, struct findings *f,
                 struct finding *finding, const struct huge *huge)
{
    const char *again = one->tally.leaf_any & FACT_ZEROED ? "buffer.fill(0)" : "buffer.clear()";
    const char *each = figure_ns((double)huge->touched * cost_constant(COST_PAGE));
    finding->what =
        finding_text(f,
                     "%s made %s blocks of %s and freed them again. The system maps "
                     "each anew, so ",
                     case_name(e, one, f), figure_count(huge->blocks), figure_bytes(huge->bytes));
    if (huge->touched < huge->pages)
        finding_more(
            f, &finding->what,
            "what is used of it is faulted in each time: of %s pages %s at most, about %s.",
            figure_count(huge->pages), figure_count(huge->touched), each);
    else
        finding_more(f, &finding->what, "using one faults in %s pages: about %s each time.",
                     figure_count(huge->pages), each);
    finding->advice = finding_text(
        f, "Keep one buffer outside of the loop and reuse it (%s): its pages stay mapped.", again);
    finding->code = one->tally.leaf_any & FACT_ZEROED
                        ? "let mut buffer = vec![0; n]; // once\n"
                          "for item in items {\n"
                          "    buffer.fill(0); // only if the code relies on zeros\n"
                          "    work(item, &mut buffer);\n"
                          "}\n"
                        : "let mut buffer = Vec::new(); // once; keeps its capacity\n"
                          "for item in items {\n"
                          "    buffer.clear();\n"
                          "    work(item, &mut buffer);\n"
                          "}\n";
    finding->condition = huge->touched < huge->pages
                             ? "if most of the run's page faults come from using these"
                             : "if the program writes to all of the buffer";
    finding_evidence_u64(f, finding, "blocks", huge->blocks);
    finding_evidence_u64(f, finding, "bytes_each", huge->bytes);
    finding_evidence_u64(f, finding, "spared_blocks", huge->spared);
    finding_evidence_u64(f, finding, "pages_each", huge->pages);
    finding_evidence_u64(f, finding, "touched_pages_each", huge->touched);
}

static void reckon(const struct evidence *e, struct findings *f, struct finding *finding,
                   const struct huge *huge)
{
    uint64_t pages = huge->spared * huge->touched;
    struct reckoning r = reckoning_start(e, f);
    if (huge->touched < huge->pages)
        reckoning_term(
            &r, (double)pages * cost_constant(COST_PAGE),
            "%s pages not faulted in again at %s (of each block no more than %s: the run "
            "had %s page faults)",
            figure_count(pages), figure_ns(cost_constant(COST_PAGE)), figure_count(huge->touched),
            figure_count(e->profile->program.page_faults));
    else
        reckoning_constant(&r, (double)pages, COST_PAGE, "pages not faulted in again");
    reckoning_finish(&r, finding);
    finding->saving.calls = 2 * huge->spared;
    finding->saving.bytes = huge->spared * huge->bytes;
    finding->events = pages;
}

static uint64_t bytes_of(const struct profile_point *point)
{
    return point->total_bytes;
}

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    struct case_filter filter = {.leaf_none = FACT_ARENA,
                                 .amount = bytes_of,
                                 .least = rule_limit(rule, TIMES) * rule_limit(rule, BYTES)};
    if (*e->profile->program.allocator)
        return; /* it keeps mappings for itself, and how many is not known */
    struct cases *cases = cases_find(e, &filter, f);
    const struct case_of_line *one;
    while ((one = cases_next(cases))) {
        struct huge huge = huge_of(rule, e, one);
        if ((double)huge.blocks < rule_limit(rule, TIMES) ||
            (double)huge.spared < rule_limit(rule, SPARED))
            continue;
        struct finding *finding = case_finding(e, rule, one, f);
        reckon(e, f, finding, &huge);
        tell(e, one, f, finding, &huge);
        gate_severity(e, finding);
        findings_add(f, finding);
    }
}

const struct rule rule_huge_churn = {
    .id = "huge-churn",
    .title = "huge buffers are allocated and freed again",
    .summary = "blocks above 32 MiB, which the system maps and unmaps each time",
    .skill = "Reuse Buffers",
    .reference = "Heap Allocations: Reusing Collections",
    .needs = EVIDENCE_LIFETIMES,
    .precedence = 80,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what =
                "A line that allocated three blocks or more of at least 32 MiB (or grew them to "
                "that) and freed them, so that one kept buffer could stand in for at least two.",
            .why = "glibc takes every block of this size from the system by mmap and gives it "
                   "back by munmap. Each page of it is faulted in when it is first written, and "
                   "cleared by the kernel: about 1.4 us per 4 KiB in a virtual machine, 14 ms "
                   "for 40 MiB. Reusing the buffer costs none of that.",
            .wrong = "Which pages are touched cannot be seen. No more are reckoned than the run "
                     "had page faults (heapcoach run asks the system for their number, which "
                     "other profiles lack); where other memory was touched, too, a sparse buffer "
                     "costs less than that. On bare metal and with huge pages a page costs "
                     "less. Keeping the buffer keeps its memory.",
            .fix = "Make the buffer once outside of the loop, clear or fill it, pass it as &mut.",
            .before = "for frame in frames {\n"
                      "    let mut pixels = vec![0u8; 48 << 20];\n"
                      "    render(frame, &mut pixels);\n"
                      "}\n",
            .after = "let mut pixels = vec![0u8; 48 << 20];\n"
                     "for frame in frames {\n"
                     "    pixels.fill(0);\n"
                     "    render(frame, &mut pixels);\n"
                     "}\n",
        },
    .judge = judge,
};
