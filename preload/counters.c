/* counters.c - the rare and the shared part of counting; see counters.h. */
#include "preload/counters.h"

#include "preload/spin.h"
#include "preload/timeline.h"

enum {
    SHARED_ENOUGH = 128, /* see note_sharing */
    ALONE_ENOUGH = 16,
    SLACK_LEAST = 4096
};

enum at_peak { STANDING = 1, BEGINNING = 2 }; /* bits of rec_header.at_peak */

/* The stamp that the present period of the series began with; while one begins, more than any. So
 * a record whose stamp is not below has noted its points, and a new epoch costs it no look at them:
 * of a program that comes back to its peak again and again every event is the first of an epoch. */
static uint64_t period_stamp = UINT64_MAX;

static const char never;
bool counters_exact_peak;
const char *counters_single_threaded = &never;

void counters_start(void)
{
    if (&__libc_single_threaded)
        counters_single_threaded = &__libc_single_threaded;
}

/* Halves a record's line: each point is the end of its period, so of two the later stays. A
 * last one without a partner is dropped; it will be set again, the record has not changed. */
static void thin_series(struct rec_record *r)
{
    struct rec_series *s = r->series ? recording_series(r->series) : NULL;

    for (uint32_t i = 0; s && 2 * i + 1 < r->series_count; i++) {
        s->bytes[i] = s->bytes[2 * i + 1];
        s->blocks[i] = s->blocks[2 * i + 1];
    }
    r->series_count /= 2;
    r->series_shift++;
}

/* Sets a record's points up to `period` to its live values. A site whose blocks are all gone
 * whenever a period ends needs no place for that. Without room its points stay unset. */
static void __attribute__((noinline)) set_points(struct rec_record *r, uint64_t period)
{
    void *element;

    if (!r->series && (r->live_bytes || r->live_blocks))
        r->series = recording_add(REC_SERIES, &element);
    uint32_t end = period < REC_POINTS ? (uint32_t)period : REC_POINTS;
    if (r->series) {
        struct rec_series *s = recording_series(r->series);
        for (uint32_t i = r->series_count; i < end; i++) {
            s->bytes[i] = r->live_bytes;
            s->blocks[i] = (int32_t)r->live_blocks;
        }
    } else if (r->live_bytes || r->live_blocks) {
        __atomic_fetch_add(&recording.header->missed_no_room, 1, __ATOMIC_RELAXED);
        return;
    }
    r->series_count = (uint16_t)end;
}

/* Sets the points of the periods that have ended since the record last changed. */
static void __attribute__((noinline)) note_series(struct rec_record *r)
{
    const struct rec_header *h = recording.header;
    uint32_t shift;
    uint64_t end;

    /* Another thread may be beginning a period. With its shift and the end before that, there
     * are fewer points, and the rest are set at the next change; the other way round there would
     * be points of periods that have not ended. */
    do {
        shift = __atomic_load_n(&h->series_shift, __ATOMIC_ACQUIRE);
        end = __atomic_load_n(&h->period_end, __ATOMIC_ACQUIRE);
    } while (shift != __atomic_load_n(&h->series_shift, __ATOMIC_RELAXED));
    uint64_t periods = end >> shift, period = periods ? periods - 1 : 0;

    while (r->series_shift < shift)
        thin_series(r);
    if (r->series_count < period && r->series_count < REC_POINTS)
        set_points(r, period);
}

void counters_touch_first(struct rec_record *r, uint64_t stamp)
{
    uint64_t epoch = __atomic_load_n(&recording.header->epoch, __ATOMIC_RELAXED);

    if (r->epoch != epoch) {
        r->peak_bytes = r->live_bytes;
        r->peak_blocks = r->live_blocks;
        r->epoch = epoch;
    }
    if (r->stamp < __atomic_load_n(&period_stamp, __ATOMIC_ACQUIRE))
        note_series(r);
    r->stamp = stamp;
}

/* Returns the new one. */
static uint64_t next_stamp(void)
{
    if (counters_shared())
        return __atomic_add_fetch(&recording.header->stamp, 1, __ATOMIC_RELAXED);
    return ++recording.header->stamp;
}

void counters_new_period(uint64_t units)
{
    static struct spin lock;
    struct rec_header *h = recording.header;

    spin_lock(&lock);
    if (units >= h->period_end) { /* else another thread was first */
        uint32_t shift = h->series_shift;
        while (units >> shift >= REC_POINTS)
            shift++;
        __atomic_store_n(&period_stamp, UINT64_MAX, __ATOMIC_RELAXED);
        __atomic_store_n(&h->series_shift, shift, __ATOMIC_RELEASE); /* first; see note_series */
        __atomic_store_n(&h->period_end, ((units >> shift) + 1) << shift, __ATOMIC_RELEASE);
        __atomic_store_n(&period_stamp, next_stamp(), __ATOMIC_RELEASE);
    }
    spin_unlock(&lock);
}

/* What is due later only grows, so of several threads here the last to store stores no more than
 * the truth: at worst it is asked once too often. */
void counters_due(uint64_t units)
{
    if (units >= __atomic_load_n(&recording.header->period_end, __ATOMIC_RELAXED))
        counters_new_period(units);
    if (units >= __atomic_load_n(&timeline_due, __ATOMIC_RELAXED))
        timeline_take(units);
    uint64_t period = __atomic_load_n(&recording.header->period_end, __ATOMIC_RELAXED);
    uint64_t line = __atomic_load_n(&timeline_due, __ATOMIC_RELAXED);
    __atomic_store_n(&clock_due, period < line ? period : line, __ATOMIC_RELAXED);
}

/* How much a thread may keep to itself: all together a thousandth of the live total, but each
 * of them some pages' worth of small blocks. */
static int64_t slack_for(uint64_t live)
{
    struct rec_header *h = recording.header;
    uint64_t threads = __atomic_load_n(&h->count[REC_THREADS], __ATOMIC_RELAXED) - 1;
    uint64_t slack = live / 1024 / threads;

    if ((int64_t)slack < SLACK_LEAST) /* the total may be below 0 for a moment */
        slack = SLACK_LEAST;
    if (slack * threads > __atomic_load_n(&h->slack_bytes, __ATOMIC_RELAXED))
        __atomic_store_n(&h->slack_bytes, slack * threads, __ATOMIC_RELAXED);
    return (int64_t)slack;
}

/* Whether others work on the total at the same time as this thread, by what it finds there: a
 * third of its changes meeting theirs is enough, since no two threads take turns exactly. */
static void note_sharing(struct thread *t, bool changed, uint64_t live)
{
    if (t->slack == 0) {
        t->total_shared += changed ? 2 : t->total_shared ? -1 : 0;
        if (t->total_shared < SHARED_ENOUGH || counters_exact_peak)
            return;
    } else {
        t->total_shared += !changed ? 1 : t->total_shared ? -1 : 0;
        if (t->total_shared >= ALONE_ENOUGH) {
            t->total_shared = 0;
            t->slack = 0;
            return;
        }
    }
    if (t->slack == 0)
        t->total_shared = 0;
    t->slack = slack_for(live);
}

/* Raises the maximum to `live`. */
static void raise_maximum(struct thread *t, uint64_t live)
{
    struct rec_header *h = recording.header;
    uint64_t max = __atomic_load_n(&h->max_bytes, __ATOMIC_RELAXED);

    while (live >= max) {
        if (!__atomic_compare_exchange_n(&h->max_bytes, &max, live, true, __ATOMIC_RELAXED,
                                         __ATOMIC_RELAXED))
            continue;
        __atomic_store_n(&h->max_ticks, clock_start_ticks + t->now, __ATOMIC_RELAXED);
        if (!(__atomic_load_n(&h->at_peak, __ATOMIC_RELAXED) & STANDING))
            __atomic_fetch_or(&h->at_peak, STANDING, __ATOMIC_RELAXED);
        return;
    }
}

void counters_publish(struct thread *t)
{
    int64_t change = t->unpublished;
    uint64_t live =
        __atomic_add_fetch(&recording.header->live_bytes, (uint64_t)change, __ATOMIC_RELAXED);
    bool changed = live - (uint64_t)change != t->total_seen;

    t->unpublished = 0;
    t->total_seen = live;
    note_sharing(t, changed, live);
    if (change > 0)
        raise_maximum(t, live);
}

/* One thread begins the epoch, and those whose totals are about to fall, too, wait until it has:
 * the flag is down only when the new stamp is there, so whoever finds it down saves its records. A
 * maximum that is reached meanwhile raises the flag again, and is another peak. */
static void begin_epoch_together(struct rec_header *h)
{
    uint32_t peak = __atomic_load_n(&h->at_peak, __ATOMIC_ACQUIRE);

    for (unsigned tries = 0; peak; peak = __atomic_load_n(&h->at_peak, __ATOMIC_ACQUIRE)) {
        if (peak & BEGINNING) {
            spin_wait(tries++);
        } else if (__atomic_compare_exchange_n(&h->at_peak, &peak, BEGINNING, false,
                                               __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
            __atomic_fetch_add(&h->epoch, 1, __ATOMIC_RELAXED);
            next_stamp();
            __atomic_fetch_and(&h->at_peak, STANDING, __ATOMIC_RELEASE);
        }
    }
}

void counters_new_epoch(void)
{
    struct rec_header *h = recording.header;

    if (!counters_shared()) {
        h->epoch++;
        h->stamp++;
        h->at_peak = 0;
    } else {
        begin_epoch_together(h);
    }
}
