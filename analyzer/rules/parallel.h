/* parallel.h - what rayon allocates for itself: the pieces that it collects, tasks, queues.
 *
 * These lines are nobody's to change, and what is said of a Vec, a box or a list elsewhere is no
 * help there: the edit is where the parallel iterator or the task is asked for. So the facts of a
 * point say which of them it is, cases.h leaves these out unless they are asked for, and
 * rule_parallel_pieces.c tells them. Pure functions of a loaded profile.
 */
#ifndef HEAPCOACH_PARALLEL_H
#define HEAPCOACH_PARALLEL_H

#include "analyzer/core/arena.h"
#include "analyzer/core/profile.h"

#include <stdbool.h>
#include <stdint.h>

enum parallel_part {
    PARALLEL_NOTHING,
    PARALLEL_PIECE, /* a Vec, a list node: what a thread has gathered of a collect without length */
    PARALLEL_TASK,  /* of spawn: a box around the closure */
    PARALLEL_QUEUE, /* of par_bridge, one for each thread whenever it is called */
    PARALLEL_ENGINE /* the pool's own: nothing to be told of it */
};

/* leaf_end: place of the innermost frame that is not std's (facts.h). Needs lines: the functions
 * are mostly inlined. */
enum parallel_part parallel_part(const struct profile *profile, const struct profile_point *point,
                                 uint32_t leaf_end);

/* A frame of what fills the collection in the end, once for each collect or extend that had to
 * gather pieces; and one of par_bridge itself. */
bool parallel_fills(const struct profile_frame *frame);
bool parallel_bridges(const struct profile_frame *frame);

/* The names of the user's crates, of the frames. */
#define PARALLEL_CRATES 64
struct parallel_crates {
    const char *name[PARALLEL_CRATES]; /* the profile's */
    uint32_t count;
};
void parallel_crates_find(struct parallel_crates *crates, const struct profile *profile);

/* The function of the user's whose closure the work is for, by the types in the names of the frames
 * from leaf_end on: a thread that has taken the work from another has no frame of that one's. A
 * text of the arena; "" where no name has one of the user's crates. */
const char *parallel_function(const struct parallel_crates *crates, const struct profile *profile,
                              const struct profile_point *point, uint32_t leaf_end,
                              struct arena *arena);

#endif
