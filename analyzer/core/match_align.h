/* match_align.h - pairs two lists of lines of one function so that order is kept: an alignment as
 * of two texts (Needleman and Wunsch), where what two sites have in common is the score.
 *
 * Used by match.c for each group that it finds. Swapping the lists gives the same pairs.
 */
#ifndef HEAPCOACH_MATCH_ALIGN_H
#define HEAPCOACH_MATCH_ALIGN_H

#include "analyzer/core/match.h"

/* Beyond this many pairs to consider, pairs are made in plain order instead. */
#define MATCH_ALIGN_MOST_CELLS (1u << 18)

/* One list: indexes in `sites`, in the order that the pairs keep. */
struct match_align_list {
    const struct match_site *sites;
    uint32_t *index; /* not owned */
    uint32_t count;
};

struct match_align_rule {
    bool same_callee;   /* others are never paired */
    uint32_t in_common; /* not 0: their stacks have that many functions in common, and that must be
                         * half of the longer one */
};

typedef void match_align_pair(void *context, uint32_t left, uint32_t right);

/* Sorts both lists by line and calls `pair` with the indexes of each two that belong together. 0,
 * or -1: out of memory, and no pair was told. */
int match_align(struct match_align_list left, struct match_align_list right,
                struct match_align_rule rule, match_align_pair *pair, void *context);

#endif
