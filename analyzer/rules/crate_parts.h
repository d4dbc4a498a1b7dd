/* crate_parts.h - what well-known crates allocate for themselves.
 *
 * Lines inside of rayon, regex, serde_json or std's copy-on-write are nobody's to change, and what
 * is said of a Vec, a box or a list elsewhere is no help there: the edit is where the crate is
 * called, and it depends on what it was called for. So the facts of a point say that, cases.h
 * leaves these points out unless they are asked for, and a rule of the crate's own tells them. Pure
 * functions of a loaded profile.
 */
#ifndef HEAPCOACH_CRATE_PARTS_H
#define HEAPCOACH_CRATE_PARTS_H

#include "analyzer/core/profile.h"

#include <stdint.h>

enum crate_part {
    CRATE_PART_NONE,
    /* rayon (parallel.h, rule_parallel_pieces.c) */
    CRATE_PART_PIECE,  /* a Vec, a list node: what a thread has gathered of a collect without length
                        */
    CRATE_PART_TASK,   /* of spawn: a box around the closure; of tokio's, around the future */
    CRATE_PART_QUEUE,  /* of par_bridge, one for each thread whenever it is called */
    CRATE_PART_ENGINE, /* the pool's own: nothing to be told of it */
    /* regex (regex_calls.h, rule_regex_compile.c, rule_regex_captures.c) */
    CRATE_PART_COMPILED, /* of compiling a pattern */
    CRATE_PART_CAPTURES, /* the places of a match's groups */
    CRATE_PART_SEARCH,   /* what a pattern remembers between searches */
    /* serde_json (json_calls.h, rule_json_value.c) */
    CRATE_PART_VALUE, /* of a Value that is parsed */
    /* several (costly_makes.h, rule_made_again.c) */
    CRATE_PART_MADE, /* of something that is dear to make and is to be kept */
    /* std (rule_copy_on_write.c) */
    CRATE_PART_COPY,      /* of the copy that make_mut makes of a shared value */
    CRATE_PART_COPY_WHOLE /* the one block that each such copy has, with the counts in it */
};

/* Of compiling patterns, what it takes beside its blocks, as a part of what these take: the least
 * that was measured, of a pattern of one letter (0.6 to 0.8; of ^\d+$ 2.6 to 3.7). */
#define CRATE_PART_COMPILING 0.6

/* leaf_end: place of the innermost frame that is not std's (facts.h); end: that of the user frame,
 * or the depth. Needs lines: the functions are mostly inlined. */
enum crate_part crate_part(const struct profile *profile, const struct profile_point *point,
                           uint32_t leaf_end, uint32_t end);

#endif
