/* own_cost.c - see own_cost.h. Called when a profile is written.
 *
 * The recorder's work is a start, a little for each thread, for each block with its free, for each
 * realloc and for each frame of their stacks, more where frames must be walked. How dear all that
 * is depends on the processor and on what the program leaves of its caches, and so does what malloc
 * and free take, some calls of which were timed: it is scaled by them, a little less than in
 * proportion. The figures are fitted to the CPU time of 122 programs, run with and without the
 * recorder (tests/bench/own_cost.py): what is left for the program itself is within a third of what
 * it takes alone for nine in ten, and too high for the others. Too low a cost is the safe side: the
 * program's own time then seems longer, and a saving a smaller share of it.
 */
#include "analyzer/core/own_cost.h"

#include "analyzer/core/timed_costs.h"

#include <math.h>
#include <stdlib.h>

#define START_NS 1200000.0
#define THREAD_NS 4000.0 /* each but the first */
#define FULL_NS 3000.0   /* a stack of which nothing is known to the thread */
/* At the usual pace: */
#define BLOCK_NS 22.0 /* its free included */
#define REALLOC_NS 25.0
#define FRAME_NS 0.7  /* of a stack that is remembered */
#define WALK_NS 600.0 /* a stack whose inner frames are new to the thread */

/* What a small block's malloc and its free take at the usual pace. */
#define USUAL_MALLOC_NS 4.5
#define USUAL_FREE_NS 10.0
#define PACE_EXPONENT 0.72
enum {
    SMALL_BUCKET = 7,
    CALLS_ENOUGH = 30
}; /* blocks below 256 bytes; timed calls that say enough */

/* What a real call takes, small blocks' alone, and without what the system or an interruption did.
 */
static double mean_ns(const struct recording *r, enum rec_cost kind, double usual)
{
    struct rec_cost_bucket sum = {0, 0, 0, 0};
    for (uint32_t i = 1; i < r->header->count[REC_THREADS]; i++)
        for (int b = 0; r->threads[i].live && b <= SMALL_BUCKET; b++)
            timed_costs_add(&sum, &r->threads[i].costs[kind][b]);
    uint64_t calls = sum.calls - sum.slow_calls;
    if (calls < CALLS_ENOUGH || sum.slow_ticks > sum.ticks)
        return usual;
    return (double)timed_costs_ns(r, calls, sum.ticks - sum.slow_ticks) / (double)calls;
}

/* How much dearer than usual the recorder's work is on this machine, beside this program. */
static double pace(const struct recording *r)
{
    double ns =
        mean_ns(r, REC_COST_ALLOC, USUAL_MALLOC_NS) + mean_ns(r, REC_COST_FREE, USUAL_FREE_NS);
    double times = pow(ns / (USUAL_MALLOC_NS + USUAL_FREE_NS), PACE_EXPONENT);
    return times < 0.5 ? 0.5 : times > 8 ? 8 : times;
}

/* Frames of the stacks of all blocks. Parents come before their children. */
static double frames_of_blocks(const struct recording *r)
{
    uint64_t nodes = r->header->count[REC_NODES];
    uint16_t *depth = calloc(nodes + 1, sizeof(*depth));
    double frames = 0;
    struct rec_record record;
    if (!depth)
        return 0; /* an estimate may be lower */
    for (uint64_t i = REC_FIRST_REAL_NODE; i < nodes; i++) {
        uint16_t parent = depth[r->nodes[i].parent];
        depth[i] = parent < UINT16_MAX ? parent + 1 : parent;
    }
    for (uint32_t i = 1; i < r->header->count[REC_RECORDS]; i++)
        if (recording_record(r, i, &record))
            frames += (double)record.total_blocks * depth[record.node];
    free(depth);
    return frames;
}

uint64_t own_cost_ns(const struct recording *r, uint64_t cpu_ns)
{
    if (r->header->sample_bytes)
        return 0; /* a few percent; what is counted are estimates, not what the recorder did */
    double fixed = START_NS - THREAD_NS, ns = FRAME_NS * frames_of_blocks(r);
    for (uint32_t i = 1; i < r->header->count[REC_THREADS]; i++) {
        const struct rec_thread *t = &r->threads[i];
        if (!t->live)
            continue;
        fixed += THREAD_NS * (double)t->owners + FULL_NS * (double)(t->walks_full + t->walks_slow);
        ns += BLOCK_NS * (double)(t->allocs - t->reallocs) + REALLOC_NS * (double)t->reallocs +
              WALK_NS * (double)t->walks_joined;
    }
    ns = fixed + ns * pace(r);
    double most = (double)cpu_ns * 0.9;
    return (uint64_t)(ns < most ? ns : most);
}
