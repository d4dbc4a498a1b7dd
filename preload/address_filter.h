/* address_filter.h - which addresses may be those of sampled blocks: a counter for each of 65,536
 * groups.
 *
 * Most frees are of blocks that were not sampled, and must cost next to nothing: they look at one
 * byte. Blocks of one megabyte of addresses have counters of their own, and neighbours lie side by
 * side, so a program that reuses its memory looks at the same few cache lines. A counter that is
 * full stays so; then some frees look further for nothing. No lock; a block's counter is set before
 * its address is given out, so whoever frees it sees it.
 */
#ifndef HEAPCOACH_ADDRESS_FILTER_H
#define HEAPCOACH_ADDRESS_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "preload/hidden.h"

enum { ADDRESS_FILTER_GROUPS = 1 << 16 };

struct address_filter {
    uint8_t counts[ADDRESS_FILTER_GROUPS];
};

/* Whether a sampled block may be there. A plain load, of a byte: as an atomic one it would cost the
 * compiler's folding it into the comparison. */
static HOT bool address_filter_has(const struct address_filter *filter, uintptr_t address)
{
    return filter->counts[address >> 4 & (ADDRESS_FILTER_GROUPS - 1)] != 0;
}

void address_filter_add(struct address_filter *filter, uintptr_t address);
/* Only for what was added. */
void address_filter_remove(struct address_filter *filter, uintptr_t address);

/* In a process of one thread. Writes to no page that has nothing to clear. */
void address_filter_clear(struct address_filter *filter);

#endif
