/* links.h - pairs of stacks: which stack grew blocks of another, and which took over from it.
 *
 * The recording has links between nodes, one set per thread; here they are between stacks of
 * the profile, added up when they are written.
 */
#ifndef HEAPCOACH_LINKS_H
#define HEAPCOACH_LINKS_H

#include "analyzer/core/recording.h"
#include "analyzer/core/stacks.h"

#include <stdint.h>

/* One of a recording's links; those of one pair stand together. */
struct link_part {
    uint32_t kind;     /* enum rec_link_kind */
    uint32_t from, to; /* stacks */
    uint32_t link;     /* index in REC_LINKS */
};

struct links {
    struct link_part *parts; /* sorted by kind, from, to */
    uint32_t count;
};

/* Lists the links of a recording; asks `stacks` for stacks that are no site's. 0, or -1: out
 * of memory, and nothing to free. */
int links_build(struct links *links, const struct recording *recording, struct stacks *stacks);

/* Adds up the parts of the pair that begins at `first` into *sum (whose from and to are not
 * set). Returns the index behind it. */
uint32_t links_sum(const struct links *links, const struct recording *recording, uint32_t first,
                   struct rec_link *sum, uint64_t *to_hist);

/* Frees everything; harmless on a zeroed struct. */
void links_free(struct links *links);

#endif
