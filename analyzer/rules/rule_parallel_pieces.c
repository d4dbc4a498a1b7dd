/* rule_parallel_pieces.c - parallel work in pieces that are less than what handing them out takes.
 * Asked by rules.c.
 *
 * What rayon allocates for itself (parallel.h) is told by the function of the user's for which it
 * does so, all of it together: a collect's Vecs, list nodes and what grows them are one edit.
 */
#define _GNU_SOURCE /* qsort_r */
#include "analyzer/rules/frame_facts.h"
#include "analyzer/rules/parallel.h"
#include "analyzer/rules/temporary.h"

#include <stdlib.h>
#include <string.h>

enum { PARTS, SMALL };
static const struct rule_threshold thresholds[] = {
    [PARTS] = {"min_blocks", 1000, "a piece for each thread, now and then, is what rayon is for"},
    [SMALL] = {"small_bytes", 8192,
               "of a piece's results, on average: below, handing it out took longer than making "
               "them does, unless each is much work"},
};

#define GROUPS_MOST 64 /* functions told apart */
#define BASE_BYTES 128

/* What rayon does of one kind for one function of the user's. */
struct group {
    enum parallel_part part;
    const char *function; /* by its closure's type, or "" */
    uint32_t site;        /* where there is no such name: the line */
    uint32_t count;       /* of points */
    uint64_t blocks;
};

struct groups {
    const struct evidence *evidence;
    struct parallel_crates crates; /* the user's */
    struct group list[GROUPS_MOST];
    uint32_t count;
    uint32_t *points; /* all of theirs; */
    uint8_t *of;      /* which group's, each */
    uint32_t all;     /* how many */
};

/* ---- grouping ---- */

static uint32_t group_of(struct groups *g, uint32_t point)
{
    const struct evidence *e = g->evidence;
    const struct facts *facts = &e->facts[point];
    const char *function = parallel_function(&g->crates, e->profile, &e->profile->points[point],
                                             facts->leaf_end, e->scratch);
    uint32_t site = e->sites->of_point[point];
    for (uint32_t i = 0; i < g->count; i++) {
        const struct group *one = &g->list[i];
        if (one->part == facts->parallel && strcmp(one->function, function) == 0 &&
            (function[0] || one->site == site))
            return i;
    }
    if (g->count == GROUPS_MOST)
        return GROUPS_MOST;
    g->list[g->count] = (struct group){
        .part = (enum parallel_part)facts->parallel, .function = function, .site = site};
    return g->count++;
}

static int group_points(struct groups *g)
{
    const struct profile *p = g->evidence->profile;
    uint32_t all = 0;
    for (uint32_t i = 0; i < p->point_count; i++)
        all += g->evidence->facts[i].parallel != PARALLEL_NOTHING;
    g->points = arena_alloc(g->evidence->scratch, (all + 1) * sizeof(*g->points));
    g->of = arena_alloc(g->evidence->scratch, all + 1);
    if (!g->points || !g->of)
        return -1;
    if (all)
        parallel_crates_find(&g->crates, p);
    for (uint32_t i = 0; i < p->point_count; i++) {
        if (g->evidence->facts[i].parallel == PARALLEL_NOTHING)
            continue;
        uint32_t group = group_of(g, i);
        if (group == GROUPS_MOST)
            continue;
        g->points[g->all] = i;
        g->of[g->all++] = (uint8_t)group;
        g->list[group].count++;
        g->list[group].blocks += case_births(&p->points[i]);
    }
    return 0;
}

static int by_bytes(const void *left, const void *right, void *context)
{
    const struct profile_point *points = context;
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    uint64_t x = points[a].total_bytes, y = points[b].total_bytes;
    return x != y ? (x < y ? 1 : -1) : (a > b) - (a < b);
}

/* The group's points without that fact in their leaf, as a case; count 0: there are none, or no
 * memory. */
static struct case_of_line case_of(const struct groups *g, uint32_t group, uint64_t without)
{
    const struct evidence *e = g->evidence;
    struct case_of_line one = {.caller_frame = PROFILE_NONE};
    uint32_t n = 0,
             *members = arena_alloc(e->scratch, (g->list[group].count + 1) * sizeof(*members));
    for (uint32_t i = 0; members && i < g->all; i++)
        if (g->of[i] == group && !(e->facts[g->points[i]].leaf & without))
            members[n++] = g->points[i];
    if (!n)
        return one;
    qsort_r(members, n, sizeof(*members), by_bytes, e->profile->points);
    case_of_points(&one, e, members, n);
    one.site = e->sites->of_point[one.top];
    return one;
}

/* A piece's Vecs alone: each has a list node beside it. */
static struct case_of_line vecs_of(const struct groups *g, uint32_t group)
{
    return case_of(g, group, FACT_LINKED_LIST);
}

static uint64_t mean_bytes(const struct case_of_line *vecs)
{
    if (!vecs->count)
        return 0;
    return vecs->tally.chains ? tally_mean_final(&vecs->tally) : tally_mean_size(&vecs->tally);
}

/* ---- the user's line ---- */

static bool is_function(const struct profile_frame *frame, const char *function)
{
    char base[BASE_BYTES];
    size_t n = strlen(function), last = n;
    if (strncmp(frame->function, function, n) == 0 &&
        (!frame->function[n] || strncmp(frame->function + n, "::{", 3) == 0))
        return true;
    while (last > 0 && function[last - 1] != ':')
        last--;
    frame_base(frame, base, sizeof(base)); /* a method: its type is not in the closure's name */
    n = strlen(frame->crate);
    return strcmp(base, function + last) == 0 && strncmp(function, frame->crate, n) == 0 &&
           function[n] == ':';
}

/* Where that function calls rayon, as another point has it; NULL: none does, or several lines do.
 */
static const struct profile_frame *line_of(const struct evidence *e, const char *function)
{
    const struct profile_frame *found = NULL;
    for (uint32_t i = 0; i < e->profile->point_count; i++) {
        const struct profile_point *point = &e->profile->points[i];
        uint32_t at = e->facts[i].user.at;
        if (e->facts[i].user.basis != USER_FRAME_OWN || !at)
            continue;
        const struct profile_frame *frame = &e->profile->frames[point->stack[at]];
        const char *inner = e->profile->frames[point->stack[at - 1]].crate;
        if ((strcmp(inner, "rayon") != 0 && strcmp(inner, "rayon_core") != 0) ||
            !is_function(frame, function))
            continue;
        if (found && (found->line != frame->line || strcmp(found->file, frame->file) != 0))
            return NULL;
        found = frame;
    }
    return found;
}

/* A thread that took the work from another has no frame of the user's. */
static void set_caller(const struct evidence *e, const char *function, struct finding *finding,
                       struct findings *f)
{
    const struct profile_frame *frame = line_of(e, function);
    finding->caller = (struct finding_place){
        .frame = frame,
        .function = finding_text(f, "%s", function),
        .file = frame ? frame->file : "",
        .crate = frame ? frame->crate : "",
        .line = frame ? frame->line : 0,
    };
}

/* ---- calls from outside of the pool ---- */

static bool is_outside(const struct facts *facts)
{
    return facts->user.basis == USER_FRAME_OWN && !(facts->around & FACT_RAYON);
}

static const struct profile_frame *crates_frame(const struct evidence *e, uint32_t point)
{
    const struct profile_point *p = &e->profile->points[point];
    uint32_t at = e->facts[point].leaf_end;
    return &e->profile->frames[p->stack[at < p->depth ? at : 0]];
}

/* Of a collect: each fills one collection, unless there was nothing to put in. */
static uint64_t collects_outside(const struct evidence *e, const char *function)
{
    uint64_t calls = 0;
    for (uint32_t i = 0; function[0] && i < e->profile->point_count; i++) {
        const struct profile_point *point = &e->profile->points[i];
        if (is_outside(&e->facts[i]) && parallel_fills(crates_frame(e, i)) &&
            is_function(&e->profile->frames[point->stack[e->facts[i].user.at]], function))
            calls += case_births(point);
    }
    return calls;
}

/* par_bridge's own blocks: one in each call for each line of it that allocates. */
static uint64_t bridges_outside(const struct evidence *e, const struct case_of_line *one)
{
    uint64_t most = 0;
    for (uint32_t i = 0; i < one->count; i++) {
        const struct profile_frame *line = crates_frame(e, one->points[i]);
        uint64_t calls = 0;
        for (uint32_t k = 0; parallel_bridges(line) && k < one->count; k++) {
            const struct profile_frame *other = crates_frame(e, one->points[k]);
            if (parallel_bridges(other) && other->line == line->line &&
                is_outside(&e->facts[one->points[k]]))
                calls += case_births(&e->profile->points[one->points[k]]);
        }
        most = calls > most ? calls : most;
    }
    return most;
}

/* ---- sentences ---- */

static void tell_pieces(const struct groups *g, uint32_t group, const char *name,
                        struct finding *finding, struct findings *f)
{
    struct case_of_line vecs = vecs_of(g, group);
    uint64_t pieces = vecs.count ? vecs.tally.births : g->list[group].blocks;
    const char *sizes = vecs.count
                            ? finding_text(f, " (Vecs of %s on average, grown %.1f times each)",
                                           figure_bytes(mean_bytes(&vecs)),
                                           tally_share(vecs.tally.steps, vecs.tally.births))
                            : "";
    finding->variant = "collect";
    finding->title = "a parallel iterator collects in small pieces";
    finding->what = finding_text(f,
                                 "For %s, results of a parallel iterator were gathered in %s "
                                 "pieces%s, chained in a list and copied together.",
                                 name, figure_count(pieces), sizes);
    finding->advice =
        "So little is done faster than handed out. Run short inputs as plain iterators, and the "
        "loop around them in parallel: each call from outside of the pool wakes its threads and "
        "waits for them. Of a long one make fewer pieces: with_min_len before the filter or "
        "flat_map, where the length is still known. What has a length (map, enumerate, zip) "
        "collects into one block, without pieces.";
    finding->code =
        "// each input plainly, all of them in parallel\n"
        "let all: Vec<Vec<_>> = inputs.par_iter()\n"
        "    .map(|items| items.iter().filter(keep).collect())\n"
        "    .collect();\n"
        "// or fewer pieces of a long one\n"
        "let some: Vec<_> = items.par_iter().with_min_len(4096).filter(keep).collect();\n";
    finding->condition = "if an item is little work";
    finding_evidence_u64(f, finding, "pieces", pieces);
    finding_evidence_u64(f, finding, "mean_piece_bytes", mean_bytes(&vecs));
}

static void tell_tasks(const struct case_of_line *one, const char *name, struct finding *finding,
                       struct findings *f)
{
    finding->variant = "task";
    finding->title = "a task, and a block for it, for each small piece of work";
    finding->what = finding_text(f, "%s spawned %s tasks of rayon's, each a block (%s).", name,
                                 figure_count(one->tally.births), temporary_sizes(&one->tally, f));
    finding->advice =
        "A task costs more than its block: it is queued, taken by some thread and counted. Spawn "
        "one for each chunk of items; or use par_iter or par_chunks, which split no further than "
        "the threads need and make no block for a piece, as join makes none.";
    finding->code = "// not one spawn for each item\n"
                    "items.par_chunks(1024).for_each(|chunk| {\n"
                    "    for item in chunk {\n"
                    "        work(item);\n"
                    "    }\n"
                    "});\n";
    finding->condition = "if an item is little work";
}

static void tell_queues(const struct case_of_line *one, const char *name, struct finding *finding,
                        struct findings *f)
{
    finding->variant = "bridge";
    finding->title = "par_bridge makes its queues again and again";
    finding->what = finding_text(f, "%s called par_bridge so often that its queues took %s blocks.",
                                 name, figure_count(one->tally.births));
    finding->advice =
        "Each call makes a queue for every thread, and one from outside of the pool wakes them and "
        "waits. Few items are done faster by the iterator as it is: make the loop around it "
        "parallel instead. Where the items are in a slice, Vec or range, par_iter needs no queues.";
    finding->code = "// the loop around it in parallel, this one plain\n"
                    "inputs.par_iter().map(|input| input.lines().map(count).sum::<usize>())\n"
                    "// not: for input in inputs { input.lines().par_bridge()... }\n";
    finding->condition = "if there are few items in a call";
}

/* ---- judging ---- */

static bool is_told(const struct rule *rule, const struct groups *g, uint32_t group)
{
    if (g->list[group].part == PARALLEL_ENGINE ||
        (double)g->list[group].blocks < rule_limit(rule, PARTS))
        return false;
    if (g->list[group].part != PARALLEL_PIECE)
        return true;
    struct case_of_line vecs = vecs_of(g, group);
    return (double)mean_bytes(&vecs) < rule_limit(rule, SMALL);
}

static uint64_t calls_outside(const struct groups *g, uint32_t group,
                              const struct case_of_line *one)
{
    switch (g->list[group].part) {
    case PARALLEL_PIECE:
        return collects_outside(g->evidence, g->list[group].function);
    case PARALLEL_QUEUE:
        return bridges_outside(g->evidence, one);
    default:
        return 0;
    }
}

static void reckon(const struct groups *g, uint32_t group, const struct case_of_line *one,
                   struct finding *finding, struct findings *f)
{
    struct reckoning r = reckoning_start(g->evidence, f);
    uint64_t calls = calls_outside(g, group, one);
    temporary_reckon_all(&r, one);
    if (calls)
        reckoning_constant(&r, (double)calls, COST_POOL, NULL);
    reckoning_finish(&r, finding);
    finding_evidence_u64(f, finding, "calls_from_outside", calls);
}

static void judge_group(const struct rule *rule, const struct groups *g, uint32_t group,
                        struct findings *f)
{
    const struct evidence *e = g->evidence;
    const struct group *of = &g->list[group];
    if (!is_told(rule, g, group))
        return;
    struct case_of_line one = case_of(g, group, 0);
    if (!one.count)
        return;
    struct finding *finding = case_finding(e, rule, &one, f);
    if (of->function[0] && !finding->caller.function[0])
        set_caller(e, of->function, finding, f);
    const char *name = of->function[0]               ? of->function
                       : finding->caller.function[0] ? finding->caller.function
                                                     : case_name(e, &one, f);
    temporary_fill(e, &one, finding, f, 1, false);
    if (of->part == PARALLEL_TASK)
        tell_tasks(&one, name, finding, f);
    else if (of->part == PARALLEL_QUEUE)
        tell_queues(&one, name, finding, f);
    else
        tell_pieces(g, group, name, finding, f);
    finding->confidence = FINDING_LIKELY;
    reckon(g, group, &one, finding, f);
    gate_severity(e, finding);
    findings_add(f, finding);
}

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    struct groups groups = {.evidence = e};
    if (group_points(&groups)) {
        f->failed = true;
        return;
    }
    for (uint32_t i = 0; i < groups.count; i++)
        judge_group(rule, &groups, i, f);
}

const struct rule rule_parallel_pieces = {
    .id = "parallel-pieces",
    .title = "parallel work in pieces that are less than handing them out takes",
    .summary = "small pieces of rayon's: collect without a length, spawn for each item, par_bridge "
               "in a loop",
    .skill = "Rayon for Data Parallelism",
    .reference = "Parallelism",
    .needs = EVIDENCE_NAMES | EVIDENCE_LINES,
    .precedence = 85,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what = "A thousand blocks or more that rayon made for itself on behalf of one "
                    "function: Vecs and list nodes in which collect or extend gathers the results "
                    "of an iterator without a length (filter, flat_map, and all that is made of "
                    "them) if they hold less than 8 KiB on average, the boxes of spawn, and the "
                    "queues of par_bridge.",
            .why =
                "The blocks are the smaller part of it. They show that the work comes in "
                "pieces which take less time than it takes to queue one, wake a thread for it "
                "and put its results together. Dearest is the call itself, where it comes from a "
                "thread outside of rayon's pool: 7 to 23 us were measured on two cores, whatever "
                "the work, beside 0.1 from inside of it.",
            .wrong = "Where an item is much work (a file to be read, a picture to be scaled), few "
                     "bytes of results are no small piece, and a block more for each is nothing.",
            .fix = "A plain iterator for short inputs, inside of a parallel loop over many of "
                   "them; with_min_len before the filter; par_chunks instead of a spawn for each "
                   "item; par_iter instead of par_bridge where the items lie in a slice or range.",
            .before = "for row in rows {\n"
                      "    let odd: Vec<u64> = row.par_iter().copied().filter(|n| n % 2 == "
                      "1).collect();\n"
                      "    use_them(&odd);\n"
                      "}\n",
            .after =
                "rows.par_iter().for_each(|row| {\n"
                "    let odd: Vec<u64> = row.iter().copied().filter(|n| n % 2 == 1).collect();\n"
                "    use_them(&odd);\n"
                "});\n",
        },
    .judge = judge,
};
