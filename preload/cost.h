/* cost.h - what the real functions cost: one call in REC_COST_SAMPLE is timed.
 *
 * So that a saving can be stated in the program's own nanoseconds. Reading the counter takes
 * some ticks itself (rec_header.timing_ticks, measured at the start); a call during which the
 * thread was not running is thrown away.
 */
#ifndef HEAPCOACH_COST_H
#define HEAPCOACH_COST_H

#include "preload/histogram.h"
#include "preload/thread.h"

/* Above these the thread was not running all the time: some 20 us for a block out of the heap,
 * a millisecond and more for one that is mapped. */
enum {
    COST_HEAP_BYTES = 128 * 1024,
    COST_HEAP_TICKS_MAX = 1 << 16,
    COST_TICKS_MAX = 1 << 22,
    COST_SLOW_NS = 400
};

/* How many calls until the next one is timed: REC_COST_SAMPLE on average, from half to one and a
 * half of it. A fixed distance would meet the same call of a loop over and over: where malloc
 * and free alternate, one of the two would never be timed. */
static inline int32_t cost_distance(struct thread *t)
{
    t->random = t->random * 1664525 + 1013904223;
    return REC_COST_SAMPLE / 2 + (int32_t)((t->random >> 16) % REC_COST_SAMPLE);
}

/* Whether the next real call is to be timed (recorder_tick has decided that). `t` may be NULL:
 * not. */
static inline bool cost_due(struct thread *t)
{
    if (__builtin_expect(!t || !t->timed, 1))
        return false;
    t->timed = false;
    return true;
}

/* More ticks than that are no work of the allocator's own: see rec_cost_bucket. A fault on the way
 * takes 500 ns at least; the longest ways through malloc's lists some hundred. What copies or
 * zeroes takes time by the byte as well. Of large blocks those are slow that
 * the system is asked for, or gets back. */
static inline uint64_t cost_slow_ticks(enum rec_cost what, uint64_t size)
{
    uint64_t us = recording.header->us_ticks;
    unsigned bytes_per_ns = what == REC_COST_GROW_MOVED ? 8 : 32;

    if (size >= COST_HEAP_BYTES)
        return us;
    return us * COST_SLOW_NS / 1000 + us * size / (1000 * bytes_per_ns);
}

static inline void cost_add(struct rec_cost_bucket *bucket, uint64_t ticks, bool slow)
{
    bucket->calls++;
    bucket->ticks += ticks;
    if (slow) {
        bucket->slow_calls++;
        bucket->slow_ticks += ticks;
    }
}

/* Whose block it was is known to cost_charge, after the event. */
static inline void cost_note(struct thread *t, enum rec_cost what, uint64_t size, uint64_t ticks)
{
    unsigned b = histogram_bucket(size);
    struct rec_cost_bucket *bucket =
        &t->counts->costs[what][b < REC_COST_BUCKETS ? b : REC_COST_BUCKETS - 1];

    if (ticks > (size < COST_HEAP_BYTES ? COST_HEAP_TICKS_MAX : COST_TICKS_MAX))
        return;
    t->paid_kind = (uint8_t)what;
    t->paid_slow = ticks > cost_slow_ticks(what, size);
    t->paid_ticks = ticks;
    cost_add(bucket, ticks, t->paid_slow);
}

/* Charges the call that was timed, if any, to the record of the event just done. */
void cost_charge_record(struct thread *t);
static inline void cost_charge(struct thread *t)
{
    if (__builtin_expect(t->paid_ticks != 0, 0))
        cost_charge_record(t);
}

#endif
