/* rule_thread_spawn.c - threads that are spawned over and over. Asked by rules.c. */
#include "analyzer/rules/occasions.h"
#include "analyzer/rules/rules.h"

enum { SPAWNS, PER_SLOT };
static const struct rule_threshold thresholds[] = {
    [SPAWNS] = {"min_spawns", 100, "a pool has fewer threads than this, and 4 ms are noticed"},
    [PER_SLOT] = {"min_spawns_per_thread_alive", 2,
                  "threads that all live at once are a pool or connections, not a loop of spawns"},
};

/* A spawned thread is at least five blocks, made and freed. */
#define CALLS_PER_SPAWN 10

/* The recorder gives the counters of a thread that ended to the next one that starts, so there
 * are as many as there were threads at one time. */
static uint64_t most_threads_at_once(const struct evidence *e)
{
    return e->profile->thread_count > 1 ? e->profile->thread_count - 1 : 1;
}

static bool is_a_pool(const struct rule *rule, const struct evidence *e, uint64_t spawns)
{
    if (!(e->data & EVIDENCE_OWN))
        return false;
    return (double)spawns < rule_limit(rule, PER_SLOT) * (double)most_threads_at_once(e);
}

static void tell(const struct evidence *e, const struct case_of_line *one, struct findings *f,
                 struct finding *finding, uint64_t spawns)
{
    finding->what = finding_text(
        f, "%s spawned %s threads: about %s each to start and join, with %s for each.",
        case_name(e, one, f), figure_count(spawns), figure_ns(cost_constant(COST_THREAD)),
        figure_of(spawns ? (one->tally.births + spawns / 2) / spawns : 0, "allocation"));
    finding->advice =
        "Start the threads once and hand them work: rayon's par_iter or a pool, or, with std "
        "alone, one thread::scope around the loop that gives each of a few threads a chunk of "
        "the items.";
    finding->code = "use rayon::prelude::*;\n"
                    "// instead of one thread per item:\n"
                    "let results: Vec<_> = items.par_iter().map(|item| work(item)).collect();\n"
                    "// or, with std alone, as many threads as there are processors:\n"
                    "let n = std::thread::available_parallelism().map_or(1, |n| n.get());\n"
                    "std::thread::scope(|s| {\n"
                    "    for chunk in items.chunks(items.len().div_ceil(n).max(1)) {\n"
                    "        s.spawn(move || chunk.iter().for_each(work));\n"
                    "    }\n"
                    "});\n";
    finding->condition = "if the work of the threads does not have to wait for one another";
    finding_evidence_u64(f, finding, "spawns", spawns);
    finding_evidence_u64(f, finding, "blocks", one->tally.births);
    if (e->data & EVIDENCE_OWN)
        finding_evidence_u64(f, finding, "threads_at_once_max", most_threads_at_once(e));
}

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    struct case_filter filter = {.leaf_any = FACT_THREAD_SPAWN, .no_split = true};
    struct cases *cases = cases_find(e, &filter, f);
    const struct case_of_line *one;
    while ((one = cases_next(cases))) {
        uint64_t spawns = occasions_of(e, one, f);
        if ((double)spawns < rule_limit(rule, SPAWNS) || is_a_pool(rule, e, spawns))
            continue;
        struct finding *finding = case_finding(e, rule, one, f);
        struct reckoning r = reckoning_start(e, f);
        reckoning_constant(&r, (double)spawns, COST_THREAD, "threads spawned and joined");
        reckoning_finish(&r, finding);
        finding->saving.calls = one->tally.births + one->tally.freed;
        finding->saving.bytes = one->tally.bytes;
        finding->events = spawns * CALLS_PER_SPAWN;
        tell(e, one, f, finding, spawns);
        gate_severity(e, finding);
        findings_add(f, finding);
    }
}

const struct rule rule_thread_spawn = {
    .id = "thread-spawn",
    .title = "threads are spawned over and over",
    .summary = "thread::spawn in a loop, where a pool would do",
    .skill = "Rayon for Data Parallelism",
    .reference = "Parallelism",
    .needs = EVIDENCE_NAMES,
    .precedence = 70,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what = "A line that spawned a hundred threads or more, by what std allocates for "
                    "each of them (the handle, the packet for the result, the boxed closure). "
                    "The recorder also knows how many threads there were at one time: threads "
                    "that all live together are a pool and are not reported. A pool that is made "
                    "anew for each piece of work is a loop of spawns like any other.",
            .why = "Starting and joining a thread takes about 44 us: a system call, a mapped "
                   "stack that is faulted in page by page, thread-local storage, and a cold "
                   "allocator cache. Handing a piece of work to a thread that is there takes "
                   "well under one.",
            .wrong =
                "Threads that block for long (on the network, on a child process) are worth "
                "their start. So are threads whose isolation is the point. The saving counts the "
                "whole start: a pool still pays for its few threads.",
            .fix =
                "Use rayon for work on collections, a pool with a channel for a stream of tasks, "
                "or one thread::scope around the loop with a chunk of the items for each thread.",
            .before = "for item in &items {\n"
                      "    let item = item.clone();\n"
                      "    total += thread::spawn(move || work(&item)).join().unwrap();\n"
                      "}\n",
            .after = "use rayon::prelude::*;\n"
                     "let total: u64 = items.par_iter().map(work).sum();\n",
        },
    .judge = judge,
};
