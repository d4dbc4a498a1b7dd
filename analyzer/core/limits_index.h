/* limits_index.h - where in a profile a function is, found without asking every frame.
 *
 * Made once for all limits of a check: a file of thousands of them costs little more than one of a
 * few. Refers to the profile, which must outlive it. One thread at a time.
 */
#ifndef HEAPCOACH_LIMITS_INDEX_H
#define HEAPCOACH_LIMITS_INDEX_H

#include "analyzer/core/arena.h"
#include "analyzer/core/limits_names.h"

struct limits_index {
    const struct profile *profile;
    const char **names; /* by frame: its function as limits name it */
    uint32_t *by_name;  /* the frames, sorted by that */
    uint32_t *first;  /* by frame: where in `points` those are that have it; one more at the end */
    uint32_t *points; /* numbers of program points, ascending for each frame */
    uint32_t *asked;  /* by point: in which question it was found last */
    uint32_t *found;  /* the answer: numbers of points */
    uint32_t questions;
    struct arena arena; /* owned: the above */
};

/* 0, and the caller owns *index until limits_index_free; or -1: no memory, and nothing to free. */
int limits_index_build(struct limits_index *index, const struct profile *profile);

/* The points below the function, each once: their number, and they are index->found until the next
 * question. *known: whether any frame is in the function. */
uint32_t limits_index_find(struct limits_index *index, const struct limits_name *name, bool *known);

void limits_index_free(struct limits_index *index);

#endif
