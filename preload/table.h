/* table.h - the hash function and the growth of the recorder's open-addressing tables.
 *
 * Tables are powers of two, at most 3/4 full, probed linearly, and only ever replaced by
 * bigger ones: an outgrown table stays mapped, since another thread may be reading it (all
 * outgrown ones together are smaller than the present one).
 */
#ifndef HEAPCOACH_TABLE_H
#define HEAPCOACH_TABLE_H

#include <stdint.h>

/* Fibonacci hashing (Knuth, The Art of Computer Programming 6.4): the high bits of a product
 * with 2^64 / golden ratio; `bits` of them are wanted. */
static inline uint64_t table_hash(uint64_t key, unsigned bits)
{
    return (key * 0x9e3779b97f4a7c15u) >> (64 - bits);
}

#endif
