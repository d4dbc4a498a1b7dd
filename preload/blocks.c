/* blocks.c - maps the block table's levels; everything hot is in blocks.h.
 *
 * A region covers 32 MiB of the program's addresses and is mapped when the first block is
 * seen there. Pages of it that no block falls on are never touched and cost nothing.
 */
#include "preload/blocks.h"

#include "preload/memory.h"

struct blocks blocks;
static uint64_t bytes;

static size_t region_bytes(void)
{
    return sizeof(struct block_entry) << (BLOCKS_REGION_BITS - blocks.granule_bits);
}

bool blocks_start(bool libc)
{
    size_t regions = (size_t)1 << (BLOCKS_ADDRESS_BITS - BLOCKS_REGION_BITS);

    bytes = 0;
    blocks.granule_bits = libc ? 5 : 3;
    blocks.regions = memory_map(regions * sizeof *blocks.regions);
    return blocks.regions != NULL;
}

uintptr_t blocks_add_region(uintptr_t address)
{
    uintptr_t region = address >> BLOCKS_REGION_BITS, there = 0;
    char *fresh = memory_map(region_bytes());

    if (!fresh)
        return 0;
    uintptr_t from = (uintptr_t)fresh - region * region_bytes();
    if (__atomic_compare_exchange_n(&blocks.regions[region], &there, from, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE)) {
        __atomic_fetch_add(&bytes, region_bytes(), __ATOMIC_RELAXED);
        return from;
    }
    memory_unmap(fresh, region_bytes()); /* another thread was first */
    return there;
}

uint64_t blocks_bytes(void)
{
    return __atomic_load_n(&bytes, __ATOMIC_RELAXED);
}
