/* sums.h - what several findings save together: those below one call of the user's in another
 * crate, and all edits of the user's own lines. Used by rules.c and rule_allocator.c.
 *
 * A call such as csv's records() allocates at several lines of the crate. Each may be too little to
 * be advice, though the one edit at the user's line, to call something else, saves all of it.
 */
#ifndef HEAPCOACH_SUMS_H
#define HEAPCOACH_SUMS_H

#include "analyzer/core/finding.h"

#include <stdbool.h>

struct evidence;

/* Do two findings of one crate stand below the same line of the user's? */
bool sums_same_call(const struct finding *a, const struct finding *b);

/* Before merging: raises the severity of those that pass the gate only together. Remembers failed
 * memory in *findings. */
void sums_raise(const struct evidence *evidence, struct findings *findings);

/* After merging: what a finding saves together with those told with it that are at other lines of
 * the crate, in `together` and in its text. */
void sums_tell(struct findings *findings, struct finding *leader);

/* Before merging: ns that the edits of the user's own lines save which are worth it, at each line
 * the one that saves most. Remembers failed memory in *findings. */
uint64_t sums_of_own_edits(struct findings *findings);

#endif
