/* hot.h - the way of nearly every malloc and free, in one piece.
 *
 * hot_birth and hot_death do an event whose stack is known by its fingerprint, whose block and
 * counters are the thread's own and of a usual size. They look at everything first; where
 * anything is otherwise they have changed nothing and say so, and recorder.c does the event
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

/* Bigger blocks take recorder.c's way, which reads the clock for them: see there. */
enum { HOT_SIZE_BITS = 17 };
#define HOT_SIZE_MAX (((uint64_t)1 << HOT_SIZE_BITS) - 1)
_Static_assert(HOT_SIZE_MAX == REC_ONE_SIZE_MAX, "a record of one size is for the short way");

/* What a birth changes beside the record. `entry`: the block's place in the table, empty. */
static HOT void hot_put(struct thread *t, struct rec_record *r, struct block_entry *entry,
                        uintptr_t address, uint64_t size)
{
    uint64_t clock = ++t->counts->allocs;

    t->counts->bytes += size;
    t->last_first =
        blocks_put(entry, address, size, recording_record_handle(r), t->units, (uint32_t)clock);
    t->last_address = address;
    t->last = entry;
}

/* A block of `size` bytes, at most BLOCKS_SIZE_MAX, is born at the record's site; entry: its
 * place in the table, empty. */
static inline void hot_count_birth(struct thread *t, struct rec_record *r,
                                   struct block_entry *entry, uintptr_t address, uint64_t size)
{
    counters_birth(r, size, t->units);
    hot_put(t, r, entry, address, size);
    counters_total_up(t, size);
}

/* A block that a hook has given out. */
struct hot_birth {
    struct rec_record *record; /* NULL: nothing was done, recorder.c is to do it all */
    struct block_entry *entry;
    bool done;   /* else hot_count_birth is to be called */
    bool unseen; /* see struct caller */
};

/* A block was given out at `address`. `frame`: the hook's own, as for CALLER_HERE. */
static HOT struct hot_birth hot_birth(struct thread *t, unsigned function, uintptr_t address,
                                      uint64_t size, const uintptr_t *frame)
{
    if (__builtin_expect(modules_changed(t->walk.modules_version), 0))
        return (struct hot_birth){0};
    struct rec_record *r = fingerprint_find(&t->walk.whole, fingerprint_key(function, frame[1]),
                                            (uintptr_t)(frame + 2), frame[0])
                               .record;
    if (__builtin_expect(!r, 0))
        return (struct hot_birth){.unseen = true};
    struct block_entry *entry = blocks_entry(address, false);
    if (__builtin_expect(!entry, 0))
        return (struct hot_birth){0};
    arch_touch(&entry->second);
    if (__builtin_expect(entry->first != 0, 0))
        return (struct hot_birth){0};
    if (__builtin_expect(r->one_size != size, 0))
        return size - 1 > HOT_SIZE_MAX - 1 ? (struct hot_birth){0}
                                           : (struct hot_birth){.record = r, .entry = entry};
    if (__builtin_expect(!(counters_touched(r) || counters_touch_quick(r)), 0))
        return (struct hot_birth){.record = r, .entry = entry};
    counters_add_alike(r, t->units);
    hot_put(t, r, entry, address, size);
    counters_total_up(t, size);
    return (struct hot_birth){.record = r, .entry = entry, .done = true};
}

/* A block of `size` bytes dies. `r`: this thread's record for the site of its birth, which may
 * fall. How long it lived is for the caller to count. */
static HOT void hot_count_death(struct thread *t, struct rec_record *r, uint64_t size)
{
    t->counts->frees++;
    counters_add_deaths(r, size, 1, t->units);
}

static HOT uint32_t *hot_place(struct rec_histogram *h, unsigned bucket, bool make)
{
    return make ? histogram_find(h, bucket) : histogram_place(h, bucket);
}

/* Whether the thread may count a death in the record in the short way. may_be_first: also one of
 * the first of a site, as long as none of them is to be looked at (REC_FREE_UNSEEN). */
static HOT bool hot_is_own(const struct thread *t, const struct rec_record *r, bool may_be_first)
{
    uint32_t word = thread_record_word(r);

    return __builtin_expect(word == t->index, 1) ||
           (may_be_first && word == (t->index | REC_RECORD_YOUNG) &&
            counters_freed(r) < REC_FREE_UNSEEN);
}

/* Whether it may be worth to ask that once more. */
static HOT bool hot_may_be_own(const struct thread *t, const struct rec_record *r)
{
    return (thread_record_word(r) & ~REC_RECORD_YOUNG) == t->index;
}

/* A block that a hook is about to free. */
struct hot_death {
    struct rec_record *record; /* of its birth; NULL: nothing was done, */
    uint64_t size;
    bool more; /* hot_rest is to be called; or hot_death once more, with may_be_first */
};

/* Whether the block at `address` is the thread's latest allocation, which has come this way, and
 * the clock was not read since. Another thread may have freed it, and given the place to another
 * block: that one's entry is of another record. */
static HOT bool hot_is_latest(const struct thread *t, uintptr_t address)
{
    return address == t->last_address &&
           __atomic_load_n(&t->last->first, __ATOMIC_RELAXED) == t->last_first;
}

/* The same as hot_death for that block: it lived for no time, so it is counted in no histogram. */
static HOT struct hot_death hot_death_of_latest(struct thread *t)
{
    uint64_t first = t->last_first, size = first >> 32;
    struct rec_record *r = recording_record_at((uint32_t)first & ~(uint32_t)63);

    if (__builtin_expect(!hot_is_own(t, r, false), 0))
        return (struct hot_death){.more = hot_may_be_own(t, r)};
    if (__builtin_expect(!counters_may_fall(r) && !counters_fall_quick(t, r), 0))
        return (struct hot_death){.more = true};
    blocks_clear(t->last);
    hot_count_death(t, r, size);
    return (struct hot_death){r, size, counters_total_less(t, size)};
}

/* The same for the holder of the live total, of which the hooks' short way knows nothing
 * (holder.h): an epoch may begin. */
static inline struct hot_death hot_death_of_latest_held(struct thread *t)
{
    struct rec_record *r = recording_record_at((uint32_t)t->last_first & ~(uint32_t)63);

    if (!hot_is_own(t, r, false) || !counters_fall_held(t, r))
        return (struct hot_death){0};
    return hot_death_of_latest(t);
}

/* `address` may be any. may_be_first: it may be the first death in an epoch, or of its power of
 * two; else that is left to recorder.c, too, since it takes calls. */
static HOT struct hot_death hot_death(struct thread *t, uintptr_t address, bool may_be_first)
{
    struct block_entry *entry = blocks_entry(address, false);

    if (__builtin_expect(!entry, 0))
        return (struct hot_death){0};
    uint64_t first = entry->first, second = entry->second;
    struct rec_record *r = recording_record_at((uint32_t)first & ~(uint32_t)63);
    uint64_t life_units = (t->units - (second >> 28)) & BLOCKS_UNITS_MASK;
    uint32_t life_allocs = (uint32_t)t->counts->allocs - blocks_clock(first, second);
    if (__builtin_expect(!blocks_is_plain(first, address), 0) ||
        __builtin_expect((life_units | first >> HOT_SIZE_BITS) >> 32, 0))
        return (struct hot_death){0};
    if (__builtin_expect(!hot_is_own(t, r, may_be_first), 0))
        return (struct hot_death){.more = hot_may_be_own(t, r)};
    if (may_be_first)
        counters_before_fall(t, r);
    else if (__builtin_expect(!counters_may_fall(r) && !counters_fall_quick(t, r), 0))
        return (struct hot_death){.more = true};
    uint32_t *units_place =
        hot_place(&r->life_units_hist, histogram_bucket(life_units), may_be_first);
    uint32_t *allocs_place =
        hot_place(&r->life_allocs_hist, histogram_bucket(life_allocs), may_be_first);
    if (__builtin_expect(!units_place || !allocs_place, 0))
        return (struct hot_death){.more = true};
    blocks_clear(entry);
    uint64_t size = first >> 32;
    hot_count_death(t, r, size);
    histogram_count_at(units_place);
    r->life_allocs += life_allocs;
    histogram_count_at(allocs_place);
    bool more = counters_total_less(t, size);
    return (struct hot_death){r, size, more || blocks_glance(t->last).size > size};
}

/* The thread's latest allocation may be bigger than the block of `size` bytes that it frees now,
 * with nothing allocated in between: a container may have moved there. */
void recorder_note_handover(struct thread *t, struct rec_record *from, uint64_t size);

/* What seldom is to be done after hot_death. */
static inline void hot_rest(struct thread *t, const struct hot_death *death)
{
    if (blocks_glance(t->last).size > death->size)
        recorder_note_handover(t, death->record, death->size);
    counters_settle(t);
}

#endif
