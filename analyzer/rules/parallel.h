/* parallel.h - what rayon allocates for itself: the pieces that it collects, tasks, queues.
 *
 * For crate_parts.c and rule_parallel_pieces.c. Pure functions of a loaded profile.
 */
#ifndef HEAPCOACH_PARALLEL_H
#define HEAPCOACH_PARALLEL_H

#include "analyzer/core/arena.h"
#include "analyzer/core/profile.h"
#include "analyzer/rules/crate_parts.h"

#include <stdbool.h>
#include <stdint.h>

/* One of rayon's parts, or CRATE_PART_NONE. leaf_end: of a frame of a dependency's. */
enum crate_part parallel_part(const struct profile *profile, const struct profile_point *point,
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

/* The function of the user's whose closure (or async function's body) the work is for, by the types
 * in the names of the frames from leaf_end on: a thread that has taken the work from another has no
 * frame of that one's. A text of the arena; "" where no name has one of the user's crates. */
const char *parallel_function(const struct parallel_crates *crates, const struct profile *profile,
                              const struct profile_point *point, uint32_t leaf_end,
                              struct arena *arena);

#endif
