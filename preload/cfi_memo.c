/* cfi_memo.c - see cfi_memo.h: a table with one place for each block of code, where the latest of
 * those that fall on it stays, and another for the CIEs. Called by cfi.c, cleared by rules.c.
 */
#include "preload/cfi_memo.h"

#include <stddef.h>

/* Blocks in which nothing is kept are those inside of an epilogue, or of others' that fall on the
 * same place: few in a row. */
enum { BLOCKS_BACK = 16 };

static uintptr_t block_of(uintptr_t location)
{
    return location >> CFI_MEMO_BLOCK_BITS;
}

/* A function's blocks lie one beside the other. */
static size_t place_of(const uint8_t *program, uintptr_t block)
{
    return (((uintptr_t)program * 0x9e3779b97f4a7c15u >> 32) + block) % CFI_MEMO_PLACES;
}

const struct cfi_place *cfi_memo_find(const struct cfi_memo *memo, const uint8_t *program,
                                      uintptr_t start, uintptr_t pc)
{
    uintptr_t block = block_of(pc), first = block_of(start);

    for (int i = 0; i < BLOCKS_BACK && block >= first; i++, block--) {
        const struct cfi_place *place = &memo->places[place_of(program, block)];
        if (place->program == program && block_of(place->location) == block &&
            place->location <= pc)
            return place;
        if (block == 0)
            break;
    }
    return NULL;
}

/* A fork may meet us in the middle of what follows. */
static void use(struct cfi_memo *memo)
{
    __atomic_store_n(&memo->used, true, __ATOMIC_RELAXED);
    __atomic_signal_fence(__ATOMIC_RELEASE);
}

/* A file has one for functions that unwind by a handler and one for the others, each with a few
 * words for different handlers. */
static size_t common_place_of(uintptr_t at)
{
    return (at * 0x9e3779b97f4a7c15u >> 32) % CFI_MEMO_COMMONS;
}

const struct cfi_common *cfi_memo_find_common(const struct cfi_memo *memo, uintptr_t at)
{
    const struct cfi_kept_common *kept = &memo->commons[common_place_of(at)];

    return kept->at == at ? &kept->common : NULL;
}

void cfi_memo_keep_common(struct cfi_memo *memo, uintptr_t at, const struct cfi_common *common)
{
    use(memo);
    memo->commons[common_place_of(at)] = (struct cfi_kept_common){at, *common};
}

void cfi_memo_keep(struct cfi_memo *memo, const struct cfi_place *place)
{
    use(memo);
    memo->places[place_of(place->program, block_of(place->location))] = *place;
}

void cfi_memo_clear(struct cfi_memo *memo)
{
    if (!memo->used)
        return; /* at the start: its pages are not touched before they are needed */
    for (size_t i = 0; i < CFI_MEMO_PLACES; i++)
        memo->places[i].program = NULL;
    for (size_t i = 0; i < CFI_MEMO_COMMONS; i++)
        memo->commons[i].at = 0;
    memo->used = false;
}
