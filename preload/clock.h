/* clock.h - a thread's clock: ticks since the start, read as seldom as honesty allows.
 *
 * Reading the counter costs as much as all counting for an event. A thread that allocates
 * often (readings less than QUICK_TICKS apart per event, QUICK_RUN times in a row) reads it
 * once in EVENTS_PER_READING events and uses the last reading in between; one reading that
 * finds more time gone by, and it reads at every event again. In such a phase a stamp is a few
 * events old, births as much as deaths, so sums of lifetimes stay right. When a quick phase ends
 * in a pause, the up to EVENTS_PER_READING - 1 events after it still bear the time before it: a
 * block that was held over the pause and freed first of all thereafter seems short-lived. It
 * takes CLOCK_QUICK_RUN quick readings in a row to come into this mode, so a loop that works
 * between its allocations never does. A free of another thread's block always reads the clock.
 */
#ifndef HEAPCOACH_CLOCK_H
#define HEAPCOACH_CLOCK_H

#include "preload/recording.h"
#include "preload/sys.h"
#include "preload/thread.h"

enum { CLOCK_EVENTS_PER_READING = 8, CLOCK_QUICK_RUN = 32, CLOCK_QUICK_TICKS = 2048 };

extern uint64_t clock_start_ticks;
extern unsigned clock_shift; /* a unit is 2^clock_shift ticks */
extern uint64_t clock_due;   /* in units since the start: when counters_due is to be called next */

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
    uint64_t quick =
        CLOCK_QUICK_TICKS * (t->clock_quick > CLOCK_QUICK_RUN ? CLOCK_EVENTS_PER_READING : 1);

    if (now - t->now > quick)
        t->clock_quick = 0;
    else if (t->clock_quick <= CLOCK_QUICK_RUN)
        t->clock_quick++;
    t->clock_left = t->clock_quick > CLOCK_QUICK_RUN ? CLOCK_EVENTS_PER_READING - 1 : 0;
    t->now = now;
    t->counts->now_ticks = now + clock_start_ticks;
    t->counts->clock_readings++;
    if (__builtin_expect(now >> clock_shift >= __atomic_load_n(&clock_due, __ATOMIC_RELAXED), 0))
        counters_due(now >> clock_shift);
}

/* To be called once per event, before its time is used. */
static inline void clock_tick(struct thread *t)
{
    if (t->clock_left == 0)
        clock_read(t);
    else
        t->clock_left--;
}

/* Now, in units since the start. */
static inline uint64_t clock_units(const struct thread *t)
{
    return t->now >> clock_shift;
}

#endif
