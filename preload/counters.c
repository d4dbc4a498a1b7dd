/* counters.c - the rare and the shared part of counting; see counters.h. */
#include "preload/counters.h"

#include "preload/holder.h"
#include "preload/spin.h"
#include "preload/timeline.h"

enum {
    SHARED_WEIGHT = 128, /* see note_sharing */
    SHARED_ENOUGH = 8 * SHARED_WEIGHT,
    ALONE_ENOUGH = 16,
    EPOCHS_MANY = 16,  /* in a row, */
    EPOCHS_NEAR = 512, /* with fewer allocations than this from one to the next: see note_epoch */
    ASKED_SHIFT = 20,  /* what was asked for holds for 2^20 ticks, less than a millisecond */
    SLACK_LEAST = 4096
};

/* What rec_header.fall_stamp may be from REC_AT_PEAK on. */
enum {
    STANDING = 0,      /* the total is at its maximum */
    BEGINNING = 1,     /* a thread begins the epoch that ends this */
    BEGINNING_LATE = 2 /* the same, and the total is at its maximum again */
};

bool counters_exact_peak;

/* In this order, so that whoever reads the file at any time finds one or the other. */
void __attribute__((noinline)) counters_mix_sizes(struct rec_record *r)
{
    uint64_t size = r->one_size, births = r->total_blocks - r->reallocs;

    r->total_bytes = r->total_blocks * size;
    r->live_bytes = r->live_blocks * (int64_t)size;
    r->peak_bytes = r->peak_blocks * (int64_t)size;
    r->max_blocks = r->most_blocks;
    r->max_bytes = r->most_blocks * (int64_t)size;
    if (births) {
        r->size_min = r->size_max = (uint32_t)size;
        *histogram_find(&r->size_hist, histogram_bucket(size)) =
            births > UINT32_MAX ? UINT32_MAX : (uint32_t)births;
    }
    __atomic_store_n(&r->one_size, REC_MIXED_SIZES, __ATOMIC_RELEASE);
}

static int64_t live_bytes(const struct rec_record *r)
{
    return counters_is_mixed(r) ? r->live_bytes : r->live_blocks * (int64_t)r->one_size;
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

    if (!r->series && (live_bytes(r) || r->live_blocks))
        r->series = recording_add(REC_SERIES, &element);
    uint32_t end = period < REC_POINTS ? (uint32_t)period : REC_POINTS;
    if (r->series) {
        struct rec_series *s = recording_series(r->series);
        for (uint32_t i = r->series_count; i < end; i++) {
            s->bytes[i] = live_bytes(r);
            s->blocks[i] = (int32_t)r->live_blocks;
        }
    } else if (live_bytes(r) || r->live_blocks) {
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

    if (r->series_count == 0) /* a new one, too, which begins with no shift */
        r->series_shift = (uint16_t)shift;
    while (r->series_shift < shift)
        thin_series(r);
    if (r->series_count < period && r->series_count < REC_POINTS)
        set_points(r, period);
}

void counters_touch_first(struct rec_record *r)
{
    uint64_t stamp = __atomic_load_n(&recording.header->stamp, __ATOMIC_ACQUIRE);

    if (REC_STAMP_PERIOD(r->stamp) != REC_STAMP_PERIOD(stamp))
        note_series(r);
    if (REC_STAMP_EPOCH(r->stamp) != REC_STAMP_EPOCH(stamp))
        counters_save_peak(r);
    r->stamp = stamp;
}

static bool stands_at_peak(void)
{
    return __atomic_load_n(&recording.header->fall_stamp, __ATOMIC_ACQUIRE) >= REC_AT_PEAK;
}

/* Before the thread changes what all share, and holder_end after it: whether nobody else can
 * meanwhile, so that plain stores do. */
static bool begin_change(struct thread *t)
{
    return holder_begin(t) || single();
}

/* What falls compares with the stamp, but at the maximum. Of several threads here the last one
 * to look finds both equal; one that is late makes others come here once more. */
static void follow_stamp(void)
{
    struct rec_header *h = recording.header;
    uint64_t fall = __atomic_load_n(&h->fall_stamp, __ATOMIC_RELAXED), stamp;

    while (fall < REC_AT_PEAK && fall != (stamp = __atomic_load_n(&h->stamp, __ATOMIC_RELAXED)))
        if (__atomic_compare_exchange_n(&h->fall_stamp, &fall, stamp, false, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED))
            fall = stamp;
}

/* `step`: REC_STAMP_NEW_*. */
static void next_stamp(uint64_t step, bool alone)
{
    uint64_t *stamp = &recording.header->stamp;

    if (alone)
        __atomic_store_n(stamp, __atomic_load_n(stamp, __ATOMIC_RELAXED) + step, __ATOMIC_RELEASE);
    else
        __atomic_fetch_add(stamp, step, __ATOMIC_RELEASE);
}

void counters_new_period(struct thread *t)
{
    static struct spin lock;
    struct rec_header *h = recording.header;
    uint64_t units = t->units;

    spin_lock(&lock);
    if (units >= h->period_end) { /* else another thread was first */
        uint32_t shift = h->series_shift;
        while (units >> shift >= REC_POINTS)
            shift++;
        __atomic_store_n(&h->series_shift, shift, __ATOMIC_RELAXED); /* first; see note_series */
        __atomic_store_n(&h->period_end, ((units >> shift) + 1) << shift, __ATOMIC_RELEASE);
        next_stamp(REC_STAMP_NEW_PERIOD, begin_change(t));
        follow_stamp();
        holder_end(t);
    }
    spin_unlock(&lock);
}

/* What is due later only grows, so of several threads here the last to store stores no more than
 * the truth: at worst it is asked once too often. */
void counters_due(struct thread *t)
{
    uint64_t units = t->units;

    if (units >= __atomic_load_n(&recording.header->period_end, __ATOMIC_RELAXED))
        counters_new_period(t);
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

/* When it was last asked for that all threads keep small changes to themselves, in ticks since the
 * start. Others read it with each change. */
static struct {
    uint64_t ticks;
} __attribute__((aligned(ARCH_APART_BYTES))) asked;

/* A record of the thread's falls for the first time in an epoch, which may be the first that the
 * thread meets it at. Those that keep changes to themselves are not met
 * by one that does not: it finds the total as it left it, and counts on exactly. When it comes
 * back to its peak again and again, each time an epoch begins, for which all others must save what
 * their records hold. So they ask. */
static void note_epoch(struct thread *t)
{
    uint64_t epoch = REC_STAMP_EPOCH(__atomic_load_n(&recording.header->stamp, __ATOMIC_RELAXED));
    uint64_t allocs = t->counts->allocs;
    bool near = allocs - t->epoch_allocs < EPOCHS_NEAR;

    if (epoch == t->epoch)
        return;
    t->epoch = epoch;
    t->epoch_allocs = allocs;
    t->epochs_near = near && t->slack ? t->epochs_near + 1 : 0;
    if (t->epochs_near < EPOCHS_MANY)
        return;
    t->epochs_near = 0;
    __atomic_store_n(&asked.ticks, t->now, __ATOMIC_RELAXED);
}

/* The clocks of two threads differ by what passed since they were last read. */
static bool was_asked(const struct thread *t)
{
    uint64_t ticks = __atomic_load_n(&asked.ticks, __ATOMIC_RELAXED);

    return ticks && (t->now > ticks ? t->now - ticks : ticks - t->now) >> ASKED_SHIFT == 0;
}

/* Whether others work on the total at the same time as this thread, by what it finds there: one
 * change in SHARED_WEIGHT that meets theirs is enough, since a core keeps a line for several
 * changes, however many wait for it. Threads that take turns on one core meet once in a time slice.
 */
static void note_sharing(struct thread *t, bool changed, uint64_t live)
{
    if (t->slack == 0) {
        t->total_shared += changed ? SHARED_WEIGHT : t->total_shared ? -1 : 0;
        t->alone_for = changed && t->alone_for > 0 ? 0 : t->alone_for + 1;
        if (counters_exact_peak || (t->total_shared < SHARED_ENOUGH && !was_asked(t))) {
            if (t->alone_for >= __atomic_load_n(&holder.wish, __ATOMIC_RELAXED))
                holder_take(t);
            return;
        }
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

/* The total is at its maximum. */
static void mark_peak(struct rec_header *h)
{
    uint64_t fall = __atomic_load_n(&h->fall_stamp, __ATOMIC_RELAXED), marked;

    do {
        marked = REC_AT_PEAK + (fall > REC_AT_PEAK ? BEGINNING_LATE : STANDING);
    } while (fall != marked && !__atomic_compare_exchange_n(&h->fall_stamp, &fall, marked, true,
                                                            __ATOMIC_RELAXED, __ATOMIC_RELAXED));
}

/* The epoch has begun: what falls compares with its stamp, unless there is another peak. */
static void end_peak(struct rec_header *h)
{
    uint64_t fall = REC_AT_PEAK + BEGINNING;

    if (!__atomic_compare_exchange_n(&h->fall_stamp, &fall,
                                     __atomic_load_n(&h->stamp, __ATOMIC_RELAXED), false,
                                     __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        __atomic_store_n(&h->fall_stamp, REC_AT_PEAK + STANDING, __ATOMIC_RELEASE);
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
        mark_peak(h);
        return;
    }
}

/* The holder's way. */
static void publish_alone(struct thread *t, int64_t change)
{
    struct rec_header *h = recording.header;
    uint64_t live = __atomic_load_n(&h->live_bytes, __ATOMIC_RELAXED) + (uint64_t)change;

    t->total_seen = live;
    __atomic_store_n(&h->live_bytes, live, __ATOMIC_RELAXED);
    if (change <= 0 || live < __atomic_load_n(&h->max_bytes, __ATOMIC_RELAXED))
        return;
    __atomic_store_n(&h->max_bytes, live, __ATOMIC_RELAXED);
    __atomic_store_n(&h->max_ticks, clock_start_ticks + t->now, __ATOMIC_RELAXED);
    __atomic_store_n(&h->fall_stamp, REC_AT_PEAK + STANDING, __ATOMIC_RELEASE);
}

static void __attribute__((noinline)) publish_among_others(struct thread *t, int64_t change)
{
    uint64_t live =
        __atomic_add_fetch(&recording.header->live_bytes, (uint64_t)change, __ATOMIC_RELAXED);
    bool changed = live - (uint64_t)change != t->total_seen;

    t->single = single_never; /* from now on */
    t->total_seen = live;
    if (change > 0)
        raise_maximum(t, live);
    holder_end(t);
    note_sharing(t, changed, live);
}

void counters_publish(struct thread *t)
{
    bool held = holder_begin(t);
    int64_t change = t->unpublished;

    t->unpublished = 0;
    if (held) {
        publish_alone(t, change);
        holder_end(t);
    } else {
        publish_among_others(t, change);
    }
}

/* One thread begins the epoch, and those whose totals are about to fall, too, wait until it has:
 * the mark goes only when the new stamp is there, so whoever finds it gone saves its records. A
 * maximum that is reached meanwhile stays marked, and is another peak. */
static void begin_epoch_together(struct rec_header *h)
{
    uint64_t fall = __atomic_load_n(&h->fall_stamp, __ATOMIC_ACQUIRE);

    for (unsigned tries = 0; fall >= REC_AT_PEAK;
         fall = __atomic_load_n(&h->fall_stamp, __ATOMIC_ACQUIRE)) {
        if (fall != REC_AT_PEAK + STANDING) {
            spin_wait(tries++);
        } else if (__atomic_compare_exchange_n(&h->fall_stamp, &fall, REC_AT_PEAK + BEGINNING,
                                               false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
            next_stamp(REC_STAMP_NEW_EPOCH, false);
            end_peak(h);
        }
    }
}

/* Before a fall, which is not to be one from the maximum. Whether the thread was alone. */
static inline bool begin_fall(struct thread *t)
{
    struct rec_header *h = recording.header;
    bool alone = begin_change(t);

    if (alone) {
        if (stands_at_peak())
            next_stamp(REC_STAMP_NEW_EPOCH, alone);
        __atomic_store_n(&h->fall_stamp, __atomic_load_n(&h->stamp, __ATOMIC_RELAXED),
                         __ATOMIC_RELEASE);
    } else {
        if (stands_at_peak())
            begin_epoch_together(h);
        follow_stamp();
    }
    holder_end(t);
    return alone;
}

void __attribute__((noinline)) counters_fall_first(struct thread *t, struct rec_record *r)
{
    if (!begin_fall(t))
        note_epoch(t);
    counters_touch(r);
}

bool __attribute__((noinline)) counters_fall_held(struct thread *t, struct rec_record *r)
{
    return __atomic_load_n(&t->holds, __ATOMIC_RELAXED) && begin_fall(t) && counters_touch_quick(r);
}
