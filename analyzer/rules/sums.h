/* sums.h - what another crate does below one call of the user's, taken together. Private to
 * rules.c.
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

#endif
