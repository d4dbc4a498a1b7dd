/* rule_cross_thread_free.c - blocks made by one thread and freed by another. Asked by rules.c. */
#include "analyzer/rules/rules.h"

#include <string.h>

enum { ELSEWHERE, SHARE, FLOW };
static const struct rule_threshold thresholds[] = {
    [ELSEWHERE] = {"min_blocks", 10000, "at about 9 ns each, fewer cost less than 0.1 ms"},
    [SHARE] = {"min_share", 0.5, "below, most blocks stay at home and the rest is by chance"},
    [FLOW] =
        {"max_live_share", 0.5,
         "of the blocks live at once: above, they are a result that is handed over, not a flow"},
};

/* What messages are made of; the machinery that carries them is not the user's to change. */
#define NOT_MESSAGES (FACT_CHANNEL | FACT_THREAD_SPAWN | FACT_RAYON | FACT_ARENA)

static uint64_t most_live(const struct tally *t)
{
    uint64_t most = t->peak_blocks > t->end_blocks ? t->peak_blocks : t->end_blocks;
    for (int i = 0; t->has_series && i < PROFILE_SERIES; i++)
        if (t->series_blocks[i] > most)
            most = t->series_blocks[i];
    return most;
}

/* Freed with a collection that they were in: a result, or a batch, which is what is advised. */
static bool dies_with_a_collection(const struct fact_ends *ends)
{
    static const char *const collections[] = {"Vec<", "HashMap<", "BTreeMap<", "VecDeque<",
                                              "HashSet<"};
    const char *owner = ends->owner, *dropped = ends->dropped;
    if (!owner || !dropped || !owner[0] || strcmp(owner, dropped) == 0)
        return false;
    for (size_t i = 0; i < sizeof(collections) / sizeof(collections[0]); i++)
        if (strncmp(owner, collections[i], strlen(collections[i])) == 0)
            return true;
    return false;
}

/* A channel's backlog may hold most messages at once, so where the program has one that is busy
 * enough, being live says nothing. Both std's and crossbeam's make a block for 31 messages. */
#define MESSAGES_PER_BLOCK 31

static uint64_t messages_of_channels(const struct evidence *e)
{
    uint64_t blocks = 0;
    for (uint32_t i = 0; i < e->profile->point_count; i++)
        if (e->facts[i].inside & FACT_CHANNEL)
            blocks += e->profile->points[i].own ? e->profile->points[i].own->births : 0;
    return blocks * MESSAGES_PER_BLOCK;
}

static bool is_a_flow(const struct rule *rule, const struct evidence *e, const struct tally *t)
{
    if (dies_with_a_collection(&t->ends))
        return false;
    if (tally_share(most_live(t), t->births) < rule_limit(rule, FLOW))
        return true;
    return messages_of_channels(e) >= t->births / 2;
}

static void tell(const struct evidence *e, const struct case_of_line *one, struct findings *f,
                 struct finding *finding)
{
    const struct tally *t = &one->tally;
    finding->what = finding_text(
        f, "%s of the %s blocks that %s allocated (%s each) were freed by another thread.",
        figure_count(t->elsewhere), figure_count(t->births), case_name(e, one, f),
        figure_bytes(tally_mean_size(t)));
    finding->advice =
        "A block freed elsewhere cannot come back from the cache of the thread that made it, so "
        "each costs both threads a visit to a shared heap. Send a batch (a Vec of items) instead "
        "of one item per message, or send the empty buffers back through a second channel and "
        "fill them again.";
    finding->code = "// one block per batch instead of one per item\n"
                    "let mut batch = Vec::with_capacity(256);\n"
                    "for item in items {\n"
                    "    batch.push(item); // by value, not boxed\n"
                    "    if batch.len() == 256 {\n"
                    "        tx.send(std::mem::replace(&mut batch, Vec::with_capacity(256)))?;\n"
                    "    }\n"
                    "}\n"
                    "tx.send(batch)?; // the rest\n";
    finding->condition = "if the items may arrive in batches; in a pipeline this is by design";
    finding_evidence_u64(f, finding, "blocks", t->births);
    finding_evidence_u64(f, finding, "freed_elsewhere", t->elsewhere);
    finding_evidence_real(f, finding, "freed_elsewhere_share", tally_share(t->elsewhere, t->freed));
    finding_evidence_u64(f, finding, "live_blocks_max", most_live(t));
    finding_evidence_u64(f, finding, "mean_bytes", tally_mean_size(t));
}

static bool fires(const struct rule *rule, const struct evidence *e, const struct tally *t)
{
    return (double)t->elsewhere >= rule_limit(rule, ELSEWHERE) &&
           tally_share(t->elsewhere, t->freed) >= rule_limit(rule, SHARE) && is_a_flow(rule, e, t);
}

static uint64_t freed_elsewhere(const struct profile_point *point)
{
    return point->own ? point->own->freed_elsewhere : 0;
}

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    struct case_filter filter = {.leaf_none = NOT_MESSAGES,
                                 .inside_none = NOT_MESSAGES,
                                 .no_split = true,
                                 .amount = freed_elsewhere,
                                 .least = rule_limit(rule, ELSEWHERE)};
    struct cases *cases = cases_find(e, &filter, f);
    const struct case_of_line *one;
    while ((one = cases_next(cases))) {
        if (!fires(rule, e, &one->tally))
            continue;
        struct finding *finding = case_finding(e, rule, one, f);
        struct reckoning r = reckoning_start(e, f);
        reckoning_constant(&r, (double)one->tally.elsewhere, COST_CROSS_FREE,
                           "blocks freed by another thread");
        reckoning_finish(&r, finding);
        finding->events = one->tally.elsewhere;
        tell(e, one, f, finding);
        gate_severity(e, finding);
        /* Mostly it is how the program is meant to be, and never much: told where all is told. */
        if (finding->severity > FINDING_LOW)
            finding->severity = FINDING_LOW;
        findings_add(f, finding);
    }
}

const struct rule rule_cross_thread_free = {
    .id = "cross-thread-free",
    .title = "blocks are freed by another thread than the one that made them",
    .summary = "a flow of blocks from one thread to another, freed there",
    .skill = "Rayon for Data Parallelism",
    .reference = "Heap Allocations",
    .needs = EVIDENCE_OWN,
    .precedence = 30,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what =
                "A line most of whose blocks are freed by other threads, ten thousand or more, "
                "and of which few are live at once: a flow through a queue. Results that a "
                "thread hands over whole are not reported, nor the memory of the channel itself.",
            .why = "Allocators keep freed blocks per thread. What one thread makes and another "
                   "frees never comes back by the short way: about 9 ns more for each block, and "
                   "the two threads share cache lines.",
            .wrong = "Pipelines are built like this on purpose, and the loss is small: the "
                     "finding is shown with --all only. Some allocators (mimalloc, snmalloc) are "
                     "made for it.",
            .fix = "Send many items in one message, send them by value instead of boxed, or send "
                   "used buffers back to the thread that fills them.",
            .before = "for line in lines {\n"
                      "    tx.send(Box::new(parse(line)))?;\n"
                      "}\n",
            .after = "for chunk in lines.chunks(256) {\n"
                     "    tx.send(chunk.iter().map(|line| parse(line)).collect::<Vec<_>>())?;\n"
                     "}\n",
        },
    .judge = judge,
};
