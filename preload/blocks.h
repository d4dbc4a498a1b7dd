/* blocks.h - the table of live blocks: address -> size, birth record, birth times.
 *
 * No hashing and no lock: the table is indexed by the address, and a live address belongs
 * to one block. Whoever frees or reallocs takes the entry out before the real call, so a
 * thread that is given the same address right after finds the place empty.
 *
 * AN ENTRY is 16 bytes for each granule of address space in which at most one block can
 * begin: 32 bytes with the C library's malloc (its chunks have a 16-byte grid and 32 bytes
 * at least), 8 bytes with any other.
 *
 *   first   63..32  size in bytes; all ones: see the chain
 *           31..6   handle of the birth's counter record (recording.h), 0: no block
 *           5       the block begins in the granule's second half (keeps stale entries apart)
 *           4       chained: the second word is an index in REC_CHAINS
 *           3..0    bits 31..28 of the birth in the thread's allocation clock
 *   second  63..28  birth, in units since the start, modulo 2^36 (10 to 19 hours)
 *           27..0   bits 27..0 of the birth in the allocation clock
 */
#ifndef HEAPCOACH_BLOCKS_H
#define HEAPCOACH_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "preload/hidden.h"

struct block_entry {
    uint64_t first, second;
};

/* A block as the rest of the recorder sees it. */
struct block {
    uint64_t size;   /* bytes, as asked for */
    uint32_t record; /* handle of the birth's record; 0: no such block */
    uint32_t chain;  /* index in REC_CHAINS, 0: never grown, and below 4 GiB */
    uint64_t units;  /* birth, modulo 2^36; not set when chained */
    uint32_t clock;  /* birth, modulo 2^32; not set when chained */
};

#define BLOCKS_UNITS_MASK ((UINT64_C(1) << 36) - 1)
#define BLOCKS_SIZE_MAX UINT64_C(0xfffffffe) /* bigger ones need a chain */

enum { BLOCKS_REGION_BITS = 25, BLOCKS_ADDRESS_BITS = 47 };

struct blocks {
    /* By address >> BLOCKS_REGION_BITS: where the entries of the region would begin if the table
     * began with address 0, modulo 2^64; 0: nothing there yet. */
    uintptr_t *regions;
    unsigned granule_bits;
};

HIDDEN extern struct blocks blocks;

/* Allocates the top level. `libc`: the program's malloc is the C library's. */
bool blocks_start(bool libc);

/* Maps the region of an address, slow path of blocks_entry; 0 without memory. */
uintptr_t blocks_add_region(uintptr_t address);

/* The place for the block at `address`; with `make` its region is mapped if need be. NULL:
 * no such place (an address above 2^47, no memory, or nothing recorded there yet). */
static HOT struct block_entry *blocks_entry(uintptr_t address, bool make)
{
    uintptr_t region = address >> BLOCKS_REGION_BITS;

    if (__builtin_expect(region >= (uintptr_t)1 << (BLOCKS_ADDRESS_BITS - BLOCKS_REGION_BITS), 0))
        return NULL;
    uintptr_t from = __atomic_load_n(&blocks.regions[region], __ATOMIC_ACQUIRE);
    if (__builtin_expect(!from, 0)) {
        if (!make || !(from = blocks_add_region(address)))
            return NULL;
    }
    struct block_entry *entry =
        (struct block_entry *)(from + (address >> blocks.granule_bits) * sizeof *entry);
    if (!entry)
        __builtin_unreachable();
    return entry;
}

static HOT uint64_t blocks_half(uintptr_t address)
{
    return (address >> 4 & 1) << 5;
}

/* Writes a block that is not chained and not above BLOCKS_SIZE_MAX. */
static HOT uint64_t blocks_put(struct block_entry *e, uintptr_t address, uint64_t size,
                               uint64_t record, uint64_t units, uint32_t clock)
{
    uint64_t first = size << 32 | record << 6 | blocks_half(address) | clock >> 28;

    e->second = units << 28 | (clock & 0x0fffffff);
    __atomic_store_n(&e->first, first, __ATOMIC_RELAXED);
    return first;
}

/* Writes a chained block. */
static HOT void blocks_put_chained(struct block_entry *e, uintptr_t address, uint64_t size,
                                   uint32_t record, uint32_t chain)
{
    e->second = chain;
    size = size > BLOCKS_SIZE_MAX ? 0xffffffff : size;
    __atomic_store_n(&e->first, size << 32 | (uint64_t)record << 6 | blocks_half(address) | 1 << 4,
                     __ATOMIC_RELAXED);
}

/* Whether an entry whose first word is `first` is that of a block at `address`, not chained. */
static HOT bool blocks_is_plain(uint64_t first, uintptr_t address)
{
    return (uint32_t)first >> 6 != 0 && (first & 0x30) == blocks_half(address);
}

/* When an unchained block was born, in the allocation clock, modulo 2^32. */
static HOT uint32_t blocks_clock(uint64_t first, uint64_t second)
{
    return (uint32_t)(second & 0x0fffffff) | (uint32_t)first << 28;
}

/* The block in an entry, for a chained one above BLOCKS_SIZE_MAX without its size. */
static HOT struct block blocks_read(const struct block_entry *e)
{
    uint64_t first = __atomic_load_n(&e->first, __ATOMIC_RELAXED);
    bool chained = first >> 4 & 1;

    return (struct block){
        .size = first >> 32,
        .record = (uint32_t)first >> 6,
        .chain = chained ? (uint32_t)e->second : 0,
        .units = e->second >> 28,
        .clock = blocks_clock(first, e->second),
    };
}

/* Size and record alone, of an entry that another thread may be writing a block of its own to: a
 * chain might be half of each block's, and lead nowhere. A size above BLOCKS_SIZE_MAX is little
 * more than that. */
static HOT struct block blocks_glance(const struct block_entry *e)
{
    uint64_t first = __atomic_load_n(&e->first, __ATOMIC_RELAXED);

    return (struct block){.size = first >> 32, .record = (uint32_t)first >> 6};
}

/* Units from a birth to now; of the birth the lower bits do. */
static inline uint64_t blocks_life_units(uint64_t now, uint64_t birth)
{
    uint64_t units = (now - birth) & BLOCKS_UNITS_MASK;

    return units > BLOCKS_UNITS_MASK / 2 ? 0 : units; /* clocks of two processors, a little apart */
}

static HOT void blocks_clear(struct block_entry *e)
{
    __atomic_store_n(&e->first, 0, __ATOMIC_RELAXED);
}

/* Bytes of address space taken by the table's regions. */
uint64_t blocks_bytes(void);

#endif
