/* clock.h - a thread's clock: ticks since the start, read as seldom as honesty allows.
 *
 * Reading the counter costs as much as all counting for an event. A thread that allocates
 * often (readings less than QUICK_TICKS apart per event, QUICK_RUN times in a row) reads it
 * once in 8 to 23 events (a fixed distance would meet the same call of a loop over and over, and
 * what is done at readings, timing a call, would be done for that one alone) and uses the last
 * reading in between; one reading that
 * finds more time gone by, and it reads at every event again. In such a phase a stamp is a few
 * events old, births as much as deaths, so sums of lifetimes stay right. When a quick phase ends
 * in a pause, the up to 22 events after it still bear the time before it: a
 * block that was held over the pause and freed first of all thereafter seems short-lived. It
 * takes CLOCK_QUICK_RUN quick readings in a row to come into this mode, so a loop that works
 * between its allocations never does. A free of another thread's block always reads the clock.
 */
#ifndef HEAPCOACH_CLOCK_H
#define HEAPCOACH_CLOCK_H

#include "preload/hidden.h"
#include "preload/recording.h"
#include "preload/sys.h"
#include "preload/thread.h"

enum {
    CLOCK_EVENTS_LEAST = 8,   /* from one reading to the next, when they are quick: at least, */
    CLOCK_EVENTS_SPREAD = 16, /* and from 0 to so many less 1 more */
    CLOCK_EVENTS_MEAN = 15,
    CLOCK_QUICK_RUN = 32,
    CLOCK_QUICK_TICKS = 2048
};

HIDDEN extern uint64_t clock_start_ticks;
HIDDEN extern unsigned clock_shift; /* a unit is 2^clock_shift ticks */
HIDDEN extern uint64_t
    clock_due; /* in units since the start: when counters_due is to be called next */

/* Takes the start of time and the unit. */
void clock_start(void);
/* Puts a later pair of ticks and nanoseconds into the recording's header. */
void clock_calibrate(void);

/* A period of the records' lines over time has ended, or one of the program's (counters.c). Sets
 * clock_due. */
void counters_due(uint64_t units);

/* Reads the counter; slow path of clock_tick. */
static inline void clock_read(struct thread *t)
{
    uint64_t now = arch_ticks() - clock_start_ticks;
    uint64_t quick = CLOCK_QUICK_TICKS * (t->clock_quick > CLOCK_QUICK_RUN ? CLOCK_EVENTS_MEAN : 1);

    if (now - t->now > quick)
        t->clock_quick = 0;
    else if (t->clock_quick <= CLOCK_QUICK_RUN)
        t->clock_quick++;
    t->now = now;
    t->units = now >> clock_shift;
    t->counts->now_ticks = now + clock_start_ticks;
    t->counts->clock_readings++;
    if (__builtin_expect(t->units >= __atomic_load_n(&clock_due, __ATOMIC_RELAXED), 0))
        counters_due(t->units);
}

/* How many events may pass before the next reading. */
static inline uint32_t clock_interval(struct thread *t)
{
    if (t->clock_quick <= CLOCK_QUICK_RUN)
        return 1;
    t->random = t->random * 1664525 + 1013904223; /* Numerical Recipes */
    return CLOCK_EVENTS_LEAST + (t->random >> 24) % CLOCK_EVENTS_SPREAD;
}

/* To be called once per event, before its time is used. */
static inline void clock_tick(struct thread *t)
{
    if (__builtin_expect(--*t->countdown < 0, 0)) {
        clock_read(t);
        t->interval = clock_interval(t);
        *t->countdown = (int32_t)t->interval - 1;
    }
}

#endif
