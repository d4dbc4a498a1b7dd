/* stacks.h - the stacks of a recording as lists of frames, each distinct list once.
 *
 * A stack of the recording is a node and its ancestors; here it becomes what DHAT calls fs:
 * the numbers of its frames, innermost first, inlined functions expanded, at most
 * STACKS_MOST_FRAMES. Stacks that look alike after that are one, whatever their addresses
 * were, because DHAT's viewer refuses a file with two equal stacks.
 *
 * A longer stack first loses the repeats of recursion, then its outer end. Only longer ones
 * do: a fold makes stacks equal whose own peaks cannot be added up exactly any more.
 */
#ifndef HEAPCOACH_STACKS_H
#define HEAPCOACH_STACKS_H

#include "analyzer/core/frames.h"
#include "analyzer/core/intern.h"
#include "analyzer/core/recording.h"

#define STACKS_MOST_FRAMES 100
#define STACKS_NONE UINT32_MAX

struct stacks {
    const struct recording *recording; /* not owned, must outlive this */
    const struct frames *frames;
    struct intern lists; /* arrays of uint32_t */
    uint32_t *of_node;   /* STACKS_NONE: not asked for yet */
    uint32_t *scratch;   /* frames of the stack at hand */
    uint32_t scratch_room;
    uint32_t *last_place; /* by frame: where it stands in scratch, */
    uint32_t *last_stamp; /* valid if this is `stamp` */
    uint32_t stamp;
};

/* 0, or -1: out of memory, and nothing to free. */
int stacks_open(struct stacks *stacks, const struct recording *recording,
                const struct frames *frames);

/* The number of a node's stack; numbers are given from 0 in order of first request. -1: out
 * of memory. */
int64_t stacks_of_node(struct stacks *stacks, uint32_t node);

/* The root of a node: how its stack ended. */
enum rec_root stacks_root(const struct stacks *stacks, uint32_t node);

/* The frames of a stack. Valid until stacks_free. */
const uint32_t *stacks_get(const struct stacks *stacks, uint32_t stack, uint32_t *count);

/* Frees everything; harmless on a zeroed struct. */
void stacks_free(struct stacks *stacks);

#endif
