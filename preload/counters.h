/* counters.h - what an event changes: a thread's record for a site, and the live total.
 *
 * Everything is a plain store but the live total, which all threads share; that one is a
 * locked instruction only once the program has a second thread, and then only where that matters:
 * a thread that finds again and again that others have changed the total since it last did - so
 * that which of them made the peak is chance anyway - keeps small changes to itself until they
 * come to more than its slack. One that finds the total as it left it counts exactly.
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
#include "preload/hidden.h"
#include "preload/histogram.h"

/* glibc's word on whether there is a second thread (<sys/single_threaded.h>, 2.32 on). Weak:
 * older ones lack it, and then there may always be one. */
extern char __libc_single_threaded __attribute__((weak, visibility("default")));

/* A period of the records' lines has ended. */
void counters_new_period(uint64_t units);

/* Before the first event. */
void counters_start(void);

/* Its address, or that of a 0. */
HIDDEN extern const char *counters_single_threaded;

/* HEAPCOACH_EXACT_PEAK: no thread keeps anything to itself. */
extern bool counters_exact_peak;

static HOT bool counters_shared(void)
{
    return !*counters_single_threaded;
}

/* The record has not changed since the present epoch or period began. */
void counters_touch_first(struct rec_record *r, uint64_t stamp);

/* Before a record's live values change. */
static HOT void counters_touch(struct rec_record *r)
{
    uint64_t stamp = __atomic_load_n(&recording.header->stamp, __ATOMIC_RELAXED);

    if (r->stamp != stamp)
        counters_touch_first(r, stamp);
}

/* Adds what the thread has kept to itself to the live total. */
void counters_publish(struct thread *t);
/* The total falls from its maximum: a new epoch. */
void counters_new_epoch(void);

/* The live total rises. */
static HOT void counters_total_up(struct thread *t, uint64_t bytes)
{
    struct rec_header *h = recording.header;

    if (__builtin_expect(counters_shared(), 0)) {
        t->unpublished += (int64_t)bytes;
        if (t->unpublished > t->slack)
            counters_publish(t);
        return;
    }
    h->live_bytes += bytes;
    if (h->live_bytes >= h->max_bytes) {
        h->max_bytes = h->live_bytes;
        h->max_ticks = clock_start_ticks + t->now;
        h->at_peak = 1;
    }
}

/* To be called before a record's live values fall. */
static HOT void counters_before_fall(void)
{
    if (__atomic_load_n(&recording.header->at_peak, __ATOMIC_ACQUIRE))
        counters_new_epoch();
}

/* The live total falls. */
static HOT void counters_total_down(struct thread *t, uint64_t bytes)
{
    if (__builtin_expect(counters_shared(), 0)) {
        t->unpublished -= (int64_t)bytes;
        if (t->unpublished < -t->slack)
            counters_publish(t);
    } else {
        recording.header->live_bytes -= bytes;
    }
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

/* A block is born at the record's site. `place`: of its size in the histogram. */
static HOT void counters_birth(struct rec_record *r, uint64_t size, uint32_t *place, uint64_t units)
{
    uint32_t size32 = size > UINT32_MAX ? UINT32_MAX : (uint32_t)size;

    counters_touch(r);
    r->total_bytes += size;
    r->total_blocks++;
    r->live_bytes += (int64_t)size;
    r->live_blocks++;
    r->life_units -= units;
    counters_own_maximum(r);
    if (size32 < r->size_min)
        r->size_min = size32;
    if (size32 > r->size_max)
        r->size_max = size32;
    histogram_count_at(place);
}

/* A block dies. `r`: the freeing thread's record for the site of its birth. */
static HOT void counters_death(struct rec_record *r, uint64_t size, uint64_t units)
{
    counters_before_fall();
    counters_touch(r);
    r->live_bytes -= (int64_t)size;
    r->live_blocks--;
    r->life_units += units;
    r->freed_blocks++;
}

/* A block born at the record's site has another size now. */
static HOT void counters_resize(struct rec_record *r, uint64_t old_size, uint64_t new_size)
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
