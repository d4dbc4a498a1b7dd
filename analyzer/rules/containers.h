/* containers.h - containers that grow by making a bigger block and freeing the old one: hash
 * tables, and buffers that cannot be realloc'd.
 *
 * Each step is a birth, so the blocks of such a point are the steps of fewer containers; the
 * handovers tell which took another's place. A handover is believed only under frames that grow
 * so: the caller chooses the case accordingly. Plain values; but for containers_split nothing is
 * allocated.
 */
#ifndef HEAPCOACH_CONTAINERS_H
#define HEAPCOACH_CONTAINERS_H

#include "analyzer/rules/cases.h"
#include "analyzer/rules/tally.h"

#include <stdbool.h>
#include <stdint.h>

struct containers {
    uint64_t count;           /* containers; of a loop that replaces one: 1 or few */
    uint64_t steps;           /* blocks that took the place of a smaller one */
    uint64_t old_bytes;       /* of the blocks that were given up for a bigger one */
    struct tally_hist finals; /* log2 bytes of those that were not given up, as many as there are
                               * containers. Right where each step leads to the next power of
                               * two; tables_ends knows more of hash tables */
};
struct containers containers_of(const struct tally *tally);

/* Gate L for the containers: asked of their last blocks, without those that were given up for
 * bigger ones, which die where they were made wherever their container goes. */
bool containers_local(const struct tally *tally);

/* One line may make several containers, as rows.push(fields.collect()) does, and what is right for
 * the one is not for the other. Splits the case by the types that its points' containers hold
 * (where these are not known, by the size at which all blocks of a point are born), without
 * the points that `wanted` refuses. Fills parts[CONTAINERS_PARTS], the last of which takes what
 * is beyond, and returns how many; 0, and findings->failed, when memory ran out. */
#define CONTAINERS_PARTS 8
uint32_t containers_split(const struct evidence *evidence, const struct case_of_line *all,
                          bool (*wanted)(const struct profile_point *point),
                          struct case_of_line parts[CONTAINERS_PARTS], struct findings *findings);

#endif
