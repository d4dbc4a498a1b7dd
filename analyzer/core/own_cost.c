/* own_cost.c - see own_cost.h. Called when a profile is written.
 *
 * The recorder's work is a start, a little for each block with its free, for each realloc and for
 * each frame of their stacks, more where frames must be walked. The figures are fitted to the CPU
 * time of 112 programs, run with and without it (tests/bench/own_cost.py): what is left for the
 * program itself is within a third of what it takes alone for 93 of 100, and too high for the
 * others. Too low a cost is the safe side: the program's own time then seems longer, and a saving a
 * smaller share of it.
 */
#include "analyzer/core/own_cost.h"

#include <stdlib.h>

#define START_NS 1100000.0
#define BLOCK_NS 13.0 /* its free included */
#define REALLOC_NS 30.0
#define FRAME_NS 0.4   /* of a stack that is remembered */
#define WALK_NS 600.0  /* a stack whose inner frames are new to the thread */
#define FULL_NS 3000.0 /* or all of them */

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
    double ns = START_NS + FRAME_NS * frames_of_blocks(r);
    for (uint32_t i = 1; i < r->header->count[REC_THREADS]; i++) {
        const struct rec_thread *t = &r->threads[i];
        if (!t->live)
            continue;
        ns += BLOCK_NS * (double)(t->allocs - t->reallocs) + REALLOC_NS * (double)t->reallocs +
              WALK_NS * (double)t->walks_joined + FULL_NS * (double)(t->walks_full + t->walks_slow);
    }
    double most = (double)cpu_ns * 0.9;
    return (uint64_t)(ns < most ? ns : most);
}
