/* hot.h - the way of nearly every malloc and free, in one piece.
 *
 * hot_birth and hot_death do an event whose stack is known by its fingerprint, whose block and
 * counters are the thread's own and of a usual size. They look at everything first; where
 * anything is otherwise they have changed nothing and return false, and recorder.c does the event
 * its way. What both ways write is written by the same functions, here.
 *
 * Called by the hooks with the thread's set, not ready for others. No locks, no calls out of this
 * file but to counters.c when an epoch begins. Each instruction here is paid for by every event:
 * tests/preload/test_cost.py counts them.
 */
#ifndef HEAPCOACH_HOT_H
#define HEAPCOACH_HOT_H

#include "preload/blocks.h"
#include "preload/counters.h"
#include "preload/fingerprint.h"
#include "preload/modules.h"
#include "preload/hidden.h"
#include "preload/recorder.h"

/* A block of `size` bytes, at most BLOCKS_SIZE_MAX, is born at the record's site; entry: its
 * place in the table, empty; `place`: of its size in the histogram. */
static HOT void hot_count_birth(struct thread *t, struct rec_record *r, struct block_entry *entry,
                                uintptr_t address, uint64_t size, uint32_t *place)
{
    uint64_t units = t->units, clock = ++t->counts->allocs;

    t->counts->bytes += size;
    counters_birth(r, size, place, units);
    counters_total_up(t, size);
    blocks_put(entry, address, size, recording_record_handle(r), units, (uint32_t)clock);
    t->last_record = r;
    t->last_size = size;
    t->last_address = address;
}

/* `frame`: the hook's own, as for CALLER_HERE. */
static HOT bool hot_birth(struct thread *t, unsigned function, uintptr_t address, uint64_t size,
                          const uintptr_t *frame)
{
    struct block_entry *entry = blocks_entry(address, false);

    if (__builtin_expect(!entry || t->walk.modules_version != modules_version, 0))
        return false;
    struct rec_record *r = fingerprint_find(&t->walk.whole, fingerprint_key(function, frame[1]),
                                            (uintptr_t)(frame + 2), frame[0])
                               .record;
    if (__builtin_expect(!r || entry->first != 0 || size - 1 > BLOCKS_SIZE_MAX - 1, 0))
        return false;
    uint32_t *place = histogram_place(&r->size_hist, histogram_bucket(size));
    if (__builtin_expect(!place, 0))
        return false;
    hot_count_birth(t, r, entry, address, size, place);
    return true;
}

/* The thread's latest allocation is bigger than the block that it frees now, and nothing was
 * allocated in between: a container may have moved there. */
void recorder_note_handover(struct thread *t, const struct rec_record *from, uint64_t size);

/* A block of `size` bytes dies. `r`: this thread's record for the site of its birth. How long it
 * lived is for the caller to count. */
static HOT void hot_count_death(struct thread *t, struct rec_record *r, uint64_t size)
{
    t->counts->frees++;
    counters_death(r, size, t->units);
    counters_total_down(t, size);
}

/* How long a block has lived. */
static HOT uint64_t hot_life_units(const struct thread *t, uint64_t birth_units)
{
    uint64_t life_units = (t->units - birth_units) & BLOCKS_UNITS_MASK;

    if (__builtin_expect(life_units > BLOCKS_UNITS_MASK / 2, 0))
        life_units = 0; /* clocks of two processors, a little apart */
    return life_units;
}

/* Whether the record's next free is one of the first, which are all walked. */
static HOT bool hot_is_first(const struct rec_record *r)
{
    return r->freed_blocks - REC_FREE_UNSEEN < REC_FREE_FIRST;
}

/* `pc`: where the hook returns to. */
static HOT bool hot_death(struct thread *t, uintptr_t address, uintptr_t pc)
{
    struct block_entry *entry = blocks_entry(address, false);

    if (__builtin_expect(!entry || modules_is_loader(pc), 0))
        return false;
    uint64_t first = entry->first, second = entry->second;
    if (__builtin_expect(!blocks_is_plain(first, address), 0))
        return false;
    struct rec_record *r = recording_record((uint32_t)first >> 6);
    if (__builtin_expect(r->thread != t->index || hot_is_first(r) || t->free_sample_left <= 0, 0))
        return false;
    uint32_t life_allocs = (uint32_t)t->counts->allocs - blocks_clock(first, second);
    uint32_t *units_place =
        histogram_place(&r->life_units_hist, histogram_bucket(hot_life_units(t, second >> 28)));
    uint32_t *allocs_place = histogram_place(&r->life_allocs_hist, histogram_bucket(life_allocs));
    if (__builtin_expect(!units_place || !allocs_place, 0))
        return false;
    t->free_sample_left--;
    blocks_clear(entry);
    uint64_t size = first >> 32;
    hot_count_death(t, r, size);
    histogram_count_at(units_place);
    r->life_allocs += life_allocs;
    histogram_count_at(allocs_place);
    if (t->last_size > size && t->last_address != address)
        recorder_note_handover(t, r, size);
    return true;
}

#endif
