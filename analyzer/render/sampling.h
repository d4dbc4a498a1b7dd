/* sampling.h - how the figures of a sampled run are marked as the estimates that they are. */
#ifndef HEAPCOACH_RENDER_SAMPLING_H
#define HEAPCOACH_RENDER_SAMPLING_H

#include "analyzer/core/limits_check.h"
#include "analyzer/core/profile.h"

#include <stddef.h>

enum { SAMPLING_ROOM = 512 };

/* Some sentences: from how many blocks, and how far off the totals may be. Only of a sampled run.
 */
void sampling_text(const struct profile *profile, char *to, size_t n);

/* To be put behind what a check found: ""; or that it is an estimate, its standard error at most,
 * and whether the limit is too near to tell. */
void sampling_check_text(const struct profile *profile, const struct limits_result *result,
                         char *to, size_t n);

#endif
