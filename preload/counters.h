/* counters.h - what an event changes: a thread's record for a site, and the live total.
 *
 * Everything is a plain store but the live total, which all threads share; that one is a
 * locked instruction only once the program has a second thread.
 *
 * THE PEAK, exactly and in constant time. When the total falls for the first time since it
 * stood at its maximum, a new epoch begins: at that moment every record's live values are
 * its at-peak values. A record that changes for the first time in an epoch first saves them
 * (counters_touch); one that does not change keeps them where they are.
 *     epoch == header's  ->  at-peak values in peak_*
 *     else               ->  at-peak values still in live_*
 * The line over time works the same way: when a period of it ends, each record notes its live
 * values at its next change. One stamp counts both kinds of events, so that an event compares
 * one number.
 *
 * Equal totals count as the later peak, as in Valgrind's DHAT. With several threads, events
 * under way while the epoch begins may fall on either side.
 */
#ifndef HEAPCOACH_COUNTERS_H
#define HEAPCOACH_COUNTERS_H

#include "preload/clock.h"
#include "preload/recording.h"

/* glibc's word on whether there is a second thread (<sys/single_threaded.h>, 2.32 on). Weak:
 * older ones lack it, and then there may always be one. */
extern char __libc_single_threaded __attribute__((weak, visibility("default")));

/* A period of the records' lines has ended. */
void counters_new_period(uint64_t units);

/* Before the first event. */
void counters_start(void);

/* Its address, or that of a 0. */
extern const char *counters_single_threaded;

static inline bool counters_shared(void)
{
    return !*counters_single_threaded;
}

static inline unsigned counters_log2(uint64_t v)
{
    return v ? 63u - (unsigned)__builtin_clzll(v) : 0;
}

/* Counts v in a log2 histogram; counters stop at their maximum rather than wrap. */
static inline void counters_bucket(uint32_t *histogram, uint64_t v)
{
    unsigned b = counters_log2(v);
    uint32_t *counter = &histogram[b < REC_BUCKETS ? b : REC_BUCKETS - 1];

    if (__builtin_expect(__builtin_add_overflow(*counter, 1u, counter), 0))
        *counter = UINT32_MAX;
}

/* The record has not changed since the present epoch or period began. */
void counters_touch_first(struct rec_record *r, uint64_t stamp);

/* Before a record's live values change. */
static inline void counters_touch(struct rec_record *r)
{
    uint64_t stamp = __atomic_load_n(&recording.header->stamp, __ATOMIC_RELAXED);

    if (r->stamp != stamp)
        counters_touch_first(r, stamp);
}

/* A second thread's share of counters_total_up; kept apart, the plain way is short. */
void counters_total_up_shared(uint64_t bytes, uint64_t ticks);
/* The total falls from its maximum: a new epoch. */
void counters_new_epoch(void);

/* The live total rises; `ticks` since the start. */
static inline void counters_total_up(uint64_t bytes, uint64_t ticks)
{
    struct rec_header *h = recording.header;

    if (__builtin_expect(counters_shared(), 0)) {
        counters_total_up_shared(bytes, ticks);
        return;
    }
    h->live_bytes += bytes;
    if (h->live_bytes >= h->max_bytes) {
        h->max_bytes = h->live_bytes;
        h->max_ticks = clock_start_ticks + ticks;
        h->at_peak = 1;
    }
}

/* To be called before a record's live values fall. */
static inline void counters_before_fall(void)
{
    if (__atomic_load_n(&recording.header->at_peak, __ATOMIC_RELAXED))
        counters_new_epoch();
}

/* The live total falls. */
static inline void counters_total_down(uint64_t bytes)
{
    if (__builtin_expect(counters_shared(), 0))
        __atomic_fetch_sub(&recording.header->live_bytes, bytes, __ATOMIC_RELAXED);
    else
        recording.header->live_bytes -= bytes;
}

/* A record's own maximum; of equal ones the latest, as for the total. */
static inline void counters_own_maximum(struct rec_record *r)
{
    if (r->live_bytes >= r->max_bytes) {
        r->max_bytes = r->live_bytes;
        r->max_blocks = r->live_blocks;
    }
    if (r->live_blocks > r->most_blocks)
        r->most_blocks = r->live_blocks;
}

/* A block is born at the record's site. */
static inline void counters_birth(struct rec_record *r, uint64_t size, uint64_t units)
{
    uint32_t size32 = size > UINT32_MAX ? UINT32_MAX : (uint32_t)size;

    counters_touch(r);
    r->total_bytes += size;
    r->total_blocks++;
    r->births++;
    r->live_bytes += (int64_t)size;
    r->live_blocks++;
    r->life_units -= units;
    counters_own_maximum(r);
    if (size32 < r->size_min)
        r->size_min = size32;
    if (size32 > r->size_max)
        r->size_max = size32;
    counters_bucket(r->size_hist, size);
}

/* A block dies. `r`: the freeing thread's record for the site of its birth. */
static inline void counters_death(struct rec_record *r, uint64_t size, uint64_t units)
{
    counters_before_fall();
    counters_touch(r);
    r->live_bytes -= (int64_t)size;
    r->live_blocks--;
    r->life_units += units;
    r->freed_blocks++;
}

/* A block born at the record's site has another size now. */
static inline void counters_resize(struct rec_record *r, uint64_t old_size, uint64_t new_size)
{
    if (new_size < old_size)
        counters_before_fall();
    counters_touch(r);
    r->total_bytes += new_size;
    r->total_blocks++;
    r->reallocs++;
    r->live_bytes += (int64_t)(new_size - old_size);
    counters_own_maximum(r);
}

#endif
