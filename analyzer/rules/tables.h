/* tables.h - hashbrown's tables: from their sizes to the items that they hold.
 *
 * A table of n buckets, n a power of two, has its pairs first (rounded up to 16), then n + 16
 * control bytes. It takes 7/8 n items, of 4 and 8 buckets all but one. The smallest has 4 buckets
 * (8 for pairs of 2 and 3 bytes, 16 for 0 and 1; hashbrown before 0.15: 4 always). Plain values;
 * nothing is allocated.
 */
#ifndef HEAPCOACH_TABLES_H
#define HEAPCOACH_TABLES_H

#include "analyzer/rules/cases.h"

#include <stdbool.h>
#include <stdint.h>

/* Items are as many as a table takes before it grows. */
struct table {
    uint64_t bytes, items;
};

/* The table of `pair_bytes` per item whose size has that log2; the biggest of several. Without
 * one, or of 0 pair_bytes: zeros. */
struct table tables_at(uint32_t log2_bytes, uint64_t pair_bytes);

/* About how many items lay in `tables` tables of `bytes` in all, each of them full. */
double tables_items(uint64_t tables, uint64_t bytes, uint64_t pair_bytes);

/* What the last tables of a line's maps hold: those that no other table of the line replaced. */
struct table_ends {
    struct table largest; /* zeros where the sizes are not those of tables with such items */
    double mean_items;    /* about */
    bool known; /* how many end with which: where each step led to twice the buckets. Else zeros: */
    struct table least, half, most; /* the smallest; half of the maps, nine in ten end with that or
                                     * a smaller one */
    double moved; /* items by these steps, each time as many as the smaller table holds */
};
struct table_ends tables_ends(const struct tally *tally, uint64_t pair_bytes);

/* What a map's table holds for each item: key and value, by their types or by the sizes of its
 * tables; an index for IndexMap. */
struct table_pair {
    uint64_t bytes; /* 0: not known */
    bool exact;     /* else one or a few bytes less are possible, with tables of these sizes */
};
struct table_pair tables_pair(const struct case_of_line *one);

#endif
