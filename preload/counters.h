/* counters.h - what an event changes: a thread's record for a site, and the live total.
 *
 * Everything is a plain store but the live total, which all threads share; that one is a
 * locked instruction only once the program has a second thread, and then only where that matters:
 * a thread that finds again and again that others have changed the total since it last did - so
 * that which of them made the peak is chance anyway - keeps small changes to itself until they
 * come to more than its slack. One that finds the total as it left it counts exactly, unless those
 * that keep theirs ask it not to; and by plain stores, when it has done so many times (holder.h).
 *
 * THE PEAK, exactly and in constant time. When the total falls for the first time since it
 * stood at its maximum, a new epoch begins: at that moment every record's live values are
 * its at-peak values. A record that changes for the first time in an epoch first saves them
 * (counters_touch); one that does not change keeps them where they are.
 *     epoch == header's  ->  at-peak values in peak_*
 *     else               ->  at-peak values still in live_*
 * The line over time works the same way: when a period of it ends, each record notes its live
 * values at its next change. One stamp is of both, epoch and period, so that an event compares
 * one number; what falls compares another one, which differs while the total is at its maximum.
 *
 * Equal totals count as the later peak, as in Valgrind's DHAT. With several threads, events
 * under way while the epoch begins may fall on either side.
 */
#ifndef HEAPCOACH_COUNTERS_H
#define HEAPCOACH_COUNTERS_H

#include "preload/clock.h"
#include "preload/hidden.h"
#include "preload/histogram.h"
#include "preload/single.h"

/* A period of the records' lines has ended, by the thread's clock. */
void counters_new_period(struct thread *t);

/* HEAPCOACH_EXACT_PEAK: no thread keeps anything to itself. */
extern bool counters_exact_peak;

/* Whether the live total may change under the thread's hands. */
static HOT bool counters_shared(const struct thread *t)
{
    return !*t->single;
}

/* The record has not changed since the present epoch or period began. */
void counters_touch_first(struct rec_record *r);

/* Whether the record is of blocks of more than one size, or of some that were resized. */
static HOT bool counters_is_mixed(const struct rec_record *r)
{
    return r->one_size == REC_MIXED_SIZES;
}

/* What is live now was live at the peak. */
static HOT void counters_save_peak(struct rec_record *r)
{
    r->peak_blocks = r->live_blocks;
    if (counters_is_mixed(r))
        r->peak_bytes = r->live_bytes;
}

/* Writes what follows from the one size that all blocks of the record have had, from now on kept
 * for each. */
void counters_mix_sizes(struct rec_record *r);

/* Before a block of `size` bytes is counted, for which the record was not known to be of one size.
 * Whether it is. */
static inline bool counters_of_one_size(struct rec_record *r, uint64_t size)
{
    if (r->one_size == 0 && size <= REC_ONE_SIZE_MAX)
        r->one_size = size;
    if (r->one_size == size)
        return true;
    if (!counters_is_mixed(r))
        counters_mix_sizes(r);
    return false;
}

/* The same as counters_touch_first where no more than saving the peak is to be done. A program that
 * comes back to its peak again and again begins an epoch at every second event. */
static HOT bool counters_touch_quick(struct rec_record *r)
{
    uint64_t stamp = __atomic_load_n(&recording.header->stamp, __ATOMIC_ACQUIRE);

    if (__builtin_expect(REC_STAMP_PERIOD(r->stamp ^ stamp) != 0, 0))
        return false;
    counters_save_peak(r);
    r->stamp = stamp;
    return true;
}

/* Whether the record's live values may rise without more ado. */
static HOT bool counters_touched(const struct rec_record *r)
{
    return r->stamp == __atomic_load_n(&recording.header->stamp, __ATOMIC_RELAXED);
}

/* Before a record's live values rise. */
static HOT void counters_touch(struct rec_record *r)
{
    if (!counters_touched(r))
        counters_touch_first(r);
}

/* Adds what the thread has kept to itself to the live total. */
void counters_publish(struct thread *t);
/* What is to be done before a fall that counters_may_fall denies, by the thread. */
void counters_fall_first(struct thread *t, struct rec_record *r);
/* The same as counters_fall_quick, for the holder (holder.h); false: it is another. */
bool counters_fall_held(struct thread *t, struct rec_record *r);

/* The live total rises. */
static HOT void counters_total_up(struct thread *t, uint64_t bytes)
{
    struct rec_header *h = recording.header;

    if (__builtin_expect(counters_shared(t), 0)) {
        t->unpublished += (int64_t)bytes;
        if (t->unpublished > t->slack)
            counters_publish(t);
        return;
    }
    h->live_bytes += bytes;
    if (h->live_bytes >= h->max_bytes) {
        h->max_bytes = h->live_bytes;
        h->max_ticks = clock_start_ticks + t->now;
        h->fall_stamp = REC_AT_PEAK;
    }
}

/* Whether the record's live values may fall without more ado. */
static HOT bool counters_may_fall(const struct rec_record *r)
{
    return r->stamp == __atomic_load_n(&recording.header->fall_stamp, __ATOMIC_ACQUIRE);
}

/* The total falls from its maximum, in a program of one thread. */
static HOT void counters_begin_epoch_alone(void)
{
    struct rec_header *h = recording.header;

    h->stamp += REC_STAMP_NEW_EPOCH;
    h->fall_stamp = h->stamp;
}

/* Does what counters_may_fall denied to be done, if it is little. */
static HOT bool counters_fall_quick(const struct thread *t, struct rec_record *r)
{
    struct rec_header *h = recording.header;

    if (counters_shared(t))
        return false;
    if (h->fall_stamp == REC_AT_PEAK)
        counters_begin_epoch_alone();
    return counters_touch_quick(r);
}

/* To be called before a record's live values fall, by the thread. */
static HOT void counters_before_fall(struct thread *t, struct rec_record *r)
{
    if (!counters_may_fall(r))
        counters_fall_first(t, r);
}

/* The live total falls. True: counters_settle is to be called. */
static HOT bool counters_total_less(struct thread *t, uint64_t bytes)
{
    if (__builtin_expect(counters_shared(t), 0)) {
        t->unpublished -= (int64_t)bytes;
        return t->unpublished < -t->slack;
    }
    recording.header->live_bytes -= bytes;
    return false;
}

static inline void counters_settle(struct thread *t)
{
    if (t->unpublished < -t->slack)
        counters_publish(t);
}

static HOT void counters_total_down(struct thread *t, uint64_t bytes)
{
    if (counters_total_less(t, bytes))
        counters_publish(t);
}

/* A record's own maximum; of equal ones the latest, as for the total. */
static HOT void counters_own_maximum(struct rec_record *r)
{
    if (r->live_bytes >= r->max_bytes) {
        r->max_bytes = r->live_bytes;
        r->max_blocks = r->live_blocks;
    }
    if (r->live_blocks > r->most_blocks)
        r->most_blocks = r->live_blocks;
}

/* A block of the record's one size is born at its site, which was touched. */
static HOT void counters_add_alike(struct rec_record *r, uint64_t units)
{
    r->total_blocks++;
    r->live_blocks++;
    r->life_units -= units;
    if (r->live_blocks > r->most_blocks)
        r->most_blocks = r->live_blocks;
}

/* `n` blocks are born at the site of a record of mixed sizes, which was touched; their size in the
 * histogram is for the caller to count. More than one: a sampled block stands for them. */
static HOT void counters_add_births(struct rec_record *r, uint64_t size, uint64_t n, uint64_t units)
{
    uint32_t size32 = size > UINT32_MAX ? UINT32_MAX : (uint32_t)size;

    r->total_bytes += size * n;
    r->total_blocks += n;
    r->live_bytes += (int64_t)(size * n);
    r->live_blocks += (int64_t)n;
    r->life_units -= units * n;
    counters_own_maximum(r);
    if (size32 < r->size_min)
        r->size_min = size32;
    if (size32 > r->size_max)
        r->size_max = size32;
}

/* A block is born at the record's site: all of it. */
static inline void counters_birth(struct rec_record *r, uint64_t size, uint64_t units)
{
    counters_touch(r);
    if (counters_of_one_size(r, size)) {
        counters_add_alike(r, units);
        return;
    }
    counters_add_births(r, size, 1, units);
    histogram_count(&r->size_hist, size);
}

/* How many blocks the record's thread has freed. Of one size: nothing was resized, and the record's
 * other cache lines need not be touched. */
static inline uint64_t counters_freed(const struct rec_record *r)
{
    uint64_t reallocs = counters_is_mixed(r) ? r->reallocs : 0;

    return r->total_blocks - reallocs - (uint64_t)r->live_blocks;
}

/* `n` blocks die. `r`: the freeing thread's record for the site of their birth, which may fall and,
 * unless it is mixed, is of this size. */
static HOT void counters_add_deaths(struct rec_record *r, uint64_t size, uint64_t n, uint64_t units)
{
    r->live_blocks -= (int64_t)n;
    r->life_units += units * n;
    if (counters_is_mixed(r))
        r->live_bytes -= (int64_t)(size * n);
}

/* A block born at the record's site has another size now, by the thread. */
static HOT void counters_resize(struct thread *t, struct rec_record *r, uint64_t old_size,
                                uint64_t new_size)
{
    if (new_size < old_size)
        counters_before_fall(t, r);
    else
        counters_touch(r);
    if (!counters_is_mixed(r))
        counters_mix_sizes(r);
    r->total_bytes += new_size;
    r->total_blocks++;
    r->reallocs++;
    r->live_bytes += (int64_t)(new_size - old_size);
    counters_own_maximum(r);
}

#endif
