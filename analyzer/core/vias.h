/* vias.h - how a site's allocations come about: the folded functions that its line calls, such
 * as Vec::push and String::to_string in one line, each with its part.
 */
#ifndef HEAPCOACH_VIAS_H
#define HEAPCOACH_VIAS_H

#include "analyzer/core/sites.h"

#define VIAS_MAX 8          /* told apart; what is beyond is added to the last */
#define VIAS_NAME_BYTES 128 /* longer names are cut */

struct via {
    char name[VIAS_NAME_BYTES]; /* "Vec::push"; "" where the line itself allocates */
    uint64_t bytes, blocks;
};

/* Fills vias, most bytes first; returns how many. Pure function of loaded sites. */
size_t vias_of(const struct sites *sites, const struct site *site, struct via vias[VIAS_MAX]);

#endif
