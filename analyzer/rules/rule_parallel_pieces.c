/* rule_parallel_pieces.c - parallel work in pieces that are less than what handing them out takes.
 * Asked by rules.c.
 *
 * What rayon allocates for itself (parallel.h) is told by the function of the user's for which it
 * does so, all of it together: a collect's Vecs, list nodes and what grows them are one edit.
 */
#include "analyzer/rules/frame_facts.h"
#include "analyzer/rules/parallel.h"
#include "analyzer/rules/part_groups.h"
#include "analyzer/rules/temporary.h"

#include <string.h>

enum { PARTS, SMALL, TOGETHER };
static const struct rule_threshold thresholds[] = {
    [PARTS] = {"min_blocks", 1000, "a piece for each thread, now and then, is what rayon is for"},
    [SMALL] = {"small_bytes", 8192,
               "of a piece's results, on average: below, handing it out took longer than making "
               "them does, unless each is much work"},
    [TOGETHER] = {"max_tasks", 8,
                  "of tokio's that live at once: more are meant to run side by side"},
};

#define BASE_BYTES 128

/* What rayon does of one kind for one function of the user's. */
struct work {
    enum crate_part part;
    const char *function; /* by its closure's type, or "" */
    uint32_t site;        /* where there is no such name: the line */
};

struct works {
    struct part_groups groups;
    struct parallel_crates crates; /* the user's */
    struct work list[PART_GROUPS_MOST];
};

/* ---- grouping ---- */

static bool is_work(enum crate_part part)
{
    return part == CRATE_PART_PIECE || part == CRATE_PART_TASK || part == CRATE_PART_QUEUE;
}

static uint32_t work_of(void *context, uint32_t point)
{
    struct works *w = context;
    const struct evidence *e = w->groups.evidence;
    const struct facts *facts = &e->facts[point];
    if (!is_work((enum crate_part)facts->part))
        return PART_GROUPS_NONE;
    const char *function = parallel_function(&w->crates, e->profile, &e->profile->points[point],
                                             facts->leaf_end, e->scratch);
    uint32_t site = e->sites->of_point[point], i = 0;
    for (; i < w->groups.count; i++) {
        const struct work *one = &w->list[i];
        if (one->part == facts->part && strcmp(one->function, function) == 0 &&
            (function[0] || one->site == site))
            return i;
    }
    if (i < PART_GROUPS_MOST)
        w->list[i] = (struct work){(enum crate_part)facts->part, function, site};
    return i;
}

/* A piece's Vecs alone: each has a list node beside it. */
static struct case_of_line vecs_of(const struct works *w, uint32_t i)
{
    return part_groups_case(&w->groups, i, FACT_LINKED_LIST);
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
#define BRIDGE_LINES 8
static uint64_t bridges_outside(const struct evidence *e, const struct case_of_line *one)
{
    struct {
        uint32_t line;
        uint64_t calls;
    } lines[BRIDGE_LINES] = {{0, 0}};
    uint64_t most = 0;
    for (uint32_t i = 0; i < one->count; i++) {
        const struct profile_frame *frame = crates_frame(e, one->points[i]);
        uint32_t at = 0;
        if (!parallel_bridges(frame) || !is_outside(&e->facts[one->points[i]]))
            continue;
        while (at < BRIDGE_LINES - 1 && lines[at].line && lines[at].line != frame->line)
            at++;
        lines[at].line = frame->line;
        lines[at].calls += case_births(&e->profile->points[one->points[i]]);
        most = lines[at].calls > most ? lines[at].calls : most;
    }
    return most;
}

/* ---- sentences ---- */

static void tell_pieces(const struct works *w, uint32_t i, const char *name,
                        struct finding *finding, struct findings *f)
{
    struct case_of_line vecs = vecs_of(w, i);
    uint64_t pieces = vecs.count ? vecs.tally.births : w->groups.blocks[i];
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

static bool is_tokios(const struct finding *finding)
{
    return strcmp(finding->location.crate, "tokio") == 0;
}

static void tell_tokio(struct finding *finding)
{
    finding->advice =
        "A task is queued, scheduled and waited for by itself: spawn what is to run beside the "
        "rest. What is awaited right away need not be one, and many small ones go into one task: "
        "in a "
        "loop, by join!, or by FuturesUnordered, which runs them in turn within it.";
    finding->code =
        "let answer = handle(request).await?; // not tokio::spawn(handle(request)).await\n"
        "// many at once, in this task:\n"
        "let answers = futures::future::join_all(requests.into_iter().map(handle)).await;\n";
    finding->condition = "if they need not run in other threads";
}

static void tell_rayon(struct finding *finding)
{
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

static void tell_tasks(const struct case_of_line *one, const char *name, struct finding *finding,
                       struct findings *f)
{
    bool tokio = is_tokios(finding);
    finding->variant = "task";
    finding->title = "a task, and a block for it, for each small piece of work";
    finding->what = finding_text(f, "%s spawned %s tasks of %s's, each a block (%s).", name,
                                 figure_count(one->tally.births), tokio ? "tokio" : "rayon",
                                 temporary_sizes(&one->tally, f));
    if (tokio)
        tell_tokio(finding);
    else
        tell_rayon(finding);
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

/* Of tokio's tasks: spawned by the user and awaited, one after the other. A server's are spawned by
 * others, and many that live together are what tasks are for. */
static bool is_one_by_one(const struct rule *rule, const struct case_of_line *one)
{
    return one->facts->user.basis == USER_FRAME_OWN &&
           (double)tally_most_per_thread(&one->tally) <= rule_limit(rule, TOGETHER);
}

static bool is_told(const struct rule *rule, const struct works *w, uint32_t i)
{
    if ((double)w->groups.blocks[i] < rule_limit(rule, PARTS))
        return false;
    if (w->list[i].part != CRATE_PART_PIECE)
        return true;
    struct case_of_line vecs = vecs_of(w, i);
    return (double)mean_bytes(&vecs) < rule_limit(rule, SMALL);
}

static uint64_t calls_outside(const struct works *w, uint32_t i, const struct case_of_line *one)
{
    switch (w->list[i].part) {
    case CRATE_PART_PIECE:
        return collects_outside(w->groups.evidence, w->list[i].function);
    case CRATE_PART_QUEUE:
        return bridges_outside(w->groups.evidence, one);
    default:
        return 0;
    }
}

static void reckon(const struct works *w, uint32_t i, const struct case_of_line *one,
                   struct finding *finding, struct findings *f)
{
    struct reckoning r = reckoning_start(w->groups.evidence, f);
    uint64_t calls = calls_outside(w, i, one);
    temporary_reckon_all(&r, one);
    if (calls)
        reckoning_constant(&r, (double)calls, COST_POOL, NULL);
    if (w->list[i].part == CRATE_PART_TASK)
        reckoning_constant(&r, (double)one->tally.births,
                           is_tokios(finding) ? COST_TASK_AWAITED : COST_TASK, NULL);
    reckoning_finish(&r, finding);
    finding_evidence_u64(f, finding, "calls_from_outside", calls);
}

static void judge_work(const struct rule *rule, const struct works *w, uint32_t i,
                       struct findings *f)
{
    const struct evidence *e = w->groups.evidence;
    const struct work *of = &w->list[i];
    if (!is_told(rule, w, i))
        return;
    struct case_of_line one = part_groups_case(&w->groups, i, 0);
    if (!one.count)
        return;
    struct finding *finding = case_finding(e, rule, &one, f);
    if (of->part == CRATE_PART_TASK && is_tokios(finding) && !is_one_by_one(rule, &one))
        return;
    if (of->function[0] && !finding->caller.function[0])
        set_caller(e, of->function, finding, f);
    bool spawned = of->part == CRATE_PART_TASK && finding->caller.function[0];
    const char *name = of->function[0] && !spawned   ? of->function
                       : finding->caller.function[0] ? finding->caller.function
                                                     : case_name(e, &one, f);
    temporary_fill(e, &one, finding, f, 1, false);
    if (of->part == CRATE_PART_TASK)
        tell_tasks(&one, name, finding, f);
    else if (of->part == CRATE_PART_QUEUE)
        tell_queues(&one, name, finding, f);
    else
        tell_pieces(w, i, name, finding, f);
    finding->confidence = FINDING_LIKELY;
    reckon(w, i, &one, finding, f);
    gate_severity(e, finding);
    findings_add(f, finding);
}

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    struct works works;
    if (part_groups_start(&works.groups, e)) {
        f->failed = true;
        return;
    }
    parallel_crates_find(&works.crates, e->profile);
    part_groups_add(&works.groups, work_of, &works);
    for (uint32_t i = 0; i < works.groups.count; i++)
        judge_work(rule, &works, i, f);
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
            .what =
                "A thousand blocks or more that rayon made for itself on behalf of one "
                "function: Vecs and list nodes in which collect or extend gathers the results "
                "of an iterator without a length (filter, flat_map, and all that is made of "
                "them) if they hold less than 8 KiB on average, the boxes of spawn, and the "
                "queues of par_bridge. And tokio's for tasks of the user's, if few live at once: "
                "they are awaited one by one.",
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
