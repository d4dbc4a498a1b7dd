/* clock.h - a thread's clock: ticks since the start, read as seldom as honesty allows.
 *
 * Reading the counter costs as much as all counting for an event. A thread that allocates
 * often (readings less than HEAPCOACH_PACE_NS apart per event, CLOCK_QUICK_RUN times in a row)
 * reads it once in 8 to 23 events and uses the last reading in between; where so many take less
 * than half a microsecond, once in 16 to 47 or 32 to 95. A fixed distance would meet the same
 * call of a loop over and over, and what is done at readings, timing a call, would be done for
 * that one alone. One reading that finds more time gone by, and it reads at every event again. In
 * such a phase a stamp is a few events and mostly less than two microseconds old, births as much as
 * deaths, so sums of lifetimes stay right. When a quick phase ends in a pause, the events after
 * it up to the next reading still bear the time before it: a block that was held over the pause and
 * freed among them seems short-lived. It takes CLOCK_QUICK_RUN quick readings in a row to come into
 * this mode, so a loop that works between its allocations never does. A free of another thread's
 * block always reads the clock.
 */
#ifndef HEAPCOACH_CLOCK_H
#define HEAPCOACH_CLOCK_H

#include "preload/hidden.h"
#include "preload/recording.h"
#include "preload/sys.h"
#include "preload/thread.h"

enum {
    CLOCK_SPREAD_LEAST = 16, /* n events: from one reading to the next n / 2 to n * 3 / 2 - 1 */
    CLOCK_SPREAD_MOST = 64,
    CLOCK_NEAR_TICKS = 2048, /* readings so near are too many, */
    CLOCK_FAR_TICKS = 4096,  /* and so far apart too few */
    CLOCK_QUICK_RUN = 32
};

HIDDEN extern uint64_t clock_start_ticks;
HIDDEN extern uint64_t clock_pace_ticks; /* per event; quicker ones share readings */
HIDDEN extern unsigned clock_shift;      /* a unit is 2^clock_shift ticks */
HIDDEN extern uint64_t
    clock_due; /* in units since the start: when counters_due is to be called next */

/* Takes the start of time and the unit. */
void clock_start(void);
/* After it: events nearer to each other than `ns` share readings. */
void clock_set_pace(uint64_t ns);
/* Puts a later pair of ticks and nanoseconds into the recording's header. */
void clock_calibrate(void);

/* A period of the records' lines over time has ended, or one of the program's (counters.c). Sets
 * clock_due. */
void counters_due(struct thread *t);

/* For a new owner of the set. */
static inline void clock_begin(struct thread *t)
{
    t->clock_quick = 0;
    t->clock_spread = CLOCK_SPREAD_LEAST;
    t->interval = 1;
}

/* What the last distance tells about the next. */
static inline void clock_note_pace(struct thread *t, uint64_t gone)
{
    if (gone > clock_pace_ticks * t->interval)
        t->clock_quick = 0;
    else if (t->clock_quick <= CLOCK_QUICK_RUN)
        t->clock_quick++;
    if (gone > CLOCK_FAR_TICKS && t->clock_spread > CLOCK_SPREAD_LEAST)
        t->clock_spread /= 2;
    else if (gone < CLOCK_NEAR_TICKS && t->clock_spread < CLOCK_SPREAD_MOST)
        t->clock_spread *= 2;
}

static inline void clock_set(struct thread *t, uint64_t now)
{
    t->now = now;
    t->last_address = THREAD_NO_ADDRESS;
    t->units = now >> clock_shift;
    t->counts->now_ticks = now + clock_start_ticks;
    t->counts->clock_readings++;
    if (__builtin_expect(t->units >= __atomic_load_n(&clock_due, __ATOMIC_RELAXED), 0))
        counters_due(t);
}

/* Reads the counter in between. */
static inline void clock_look(struct thread *t)
{
    clock_set(t, arch_ticks() - clock_start_ticks);
}

/* Reads the counter; called when the countdown is over. */
static inline void clock_read(struct thread *t)
{
    uint64_t now = arch_ticks() - clock_start_ticks;

    clock_note_pace(t, now - t->now);
    clock_set(t, now);
}

/* How many events may pass before the next reading. */
static inline uint32_t clock_interval(struct thread *t)
{
    if (t->clock_quick <= CLOCK_QUICK_RUN)
        return 1;
    t->random = t->random * 1664525 + 1013904223; /* Numerical Recipes */
    return t->clock_spread / 2 + (t->random >> 24) % t->clock_spread;
}

#endif
