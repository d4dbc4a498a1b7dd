/* costly_makes.h - what crates make to be kept: runtimes, pools, automata.
 *
 * For crate_parts.c and rule_made_again.c. A line in the table of costly_makes.c for each. Pure
 * functions of a loaded profile.
 */
#ifndef HEAPCOACH_COSTLY_MAKES_H
#define HEAPCOACH_COSTLY_MAKES_H

#include "analyzer/core/profile.h"
#include "analyzer/rules/crate_parts.h"

#include <stdbool.h>
#include <stdint.h>

struct costly_make {
    const char *crate, *file;  /* of the function that makes it: "/runtime/runtime.rs" */
    const char *const *bases;  /* its name may be one of these; NULL ends them */
    const char *what, *plural; /* "a runtime of tokio's"; NULL: nothing to tell, part of another */
    double ns;        /* the least that making and dropping one took, measured; 0: its blocks */
    double beside;    /* and this part of their time, for what is done beside them */
    const char *keep; /* how to keep it: sentences */
    const char *code;
};

/* CRATE_PART_MADE or CRATE_PART_NONE. leaf_end: of a frame of a dependency's. */
enum crate_part costly_part(const struct profile *profile, const struct profile_point *point,
                            uint32_t leaf_end);

/* Place of the function that makes it, the outermost where one makes the other. */
uint32_t costly_called(const struct profile *profile, const struct profile_point *point,
                       uint32_t leaf_end);

/* What that function makes; NULL: it is none of those. */
const struct costly_make *costly_make_of(const struct profile_frame *frame);

/* Is it one of the crates that make them? What one makes for its own use is part of what it makes
 * for others. */
bool costly_is_maker(const char *crate);

#endif
