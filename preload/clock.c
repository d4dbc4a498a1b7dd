/* clock.c - the start of time, and what a tick is worth.
 *
 * Called at the start, when a thread is registered, and at the end. Ticks are compared with
 * CLOCK_MONOTONIC at two moments far apart; the analyzer divides.
 */
#include "preload/clock.h"

#include <time.h>

#include "preload/calls.h"
#include "preload/recording.h"
#include "preload/spin.h"

enum {
    FIRST_PERIOD_SHIFT = 7,       /* about 0.1 ms */
    CLOCK_STANDS_TICKS = 1 << 22, /* about 1 ms, in which any clock moves */
    USUAL_TICKS_PER_US = 2500,
    MOST_TICKS_PER_US = 20000, /* no processor's; of a clock that was set meanwhile */
    MOMENT_TRIES = 16,
    PROMPT_TICKS = 4096, /* to ask the system takes some hundred */
    SHORT_NS = 5000,     /* a reading is good to some ten */
    TIMINGS = 32
};

uint64_t clock_start_ticks;
uint64_t clock_pace_ticks;
unsigned clock_shift;
uint64_t clock_due;

/* Both clocks at one moment. */
struct moment {
    uint64_t ns, ticks;
};

/* A thread may be held up for milliseconds between one clock and the other: of some tries the one
 * in which least time passed. */
static struct moment this_moment(void)
{
    struct moment best = {0, 0};
    uint64_t least = UINT64_MAX;

    for (int i = 0; i < MOMENT_TRIES && least > PROMPT_TICKS; i++) {
        uint64_t before = arch_ticks(), ns = sys_clock_ns(CLOCK_MONOTONIC);
        uint64_t took = arch_ticks() - before;
        if (took < least) {
            least = took;
            best = (struct moment){ns, before + took / 2};
        }
    }
    return best;
}

/* How many ticks a microsecond has, from a short measurement: the unit's power of two hangs on it,
 * and the pace, so a few percent do not matter. The first system call of a process takes longer. */
static uint64_t ticks_per_us(void)
{
    struct moment start, end;

    this_moment();
    start = this_moment();
    do {
        end = this_moment();
        if (end.ns == start.ns && end.ticks - start.ticks > CLOCK_STANDS_TICKS)
            return USUAL_TICKS_PER_US; /* a sandbox forbids to ask */
    } while (end.ns - start.ns < SHORT_NS);
    uint64_t us = (end.ticks - start.ticks) * 1000 / (end.ns - start.ns);
    return us - 1 < MOST_TICKS_PER_US ? us : USUAL_TICKS_PER_US;
}

/* What timing a call adds: the usual of many, as a counter may go by steps. Where these are of 10
 * ns two readings are a step apart, and now and then 1 tick, which is nobody's time. */
static uint32_t timing_ticks(void)
{
    uint64_t took[TIMINGS];

    for (int i = 0; i < TIMINGS; i++) {
        uint64_t before = arch_ticks(), one = arch_ticks() - before;
        int at = i;
        for (; at > 0 && took[at - 1] > one; at--)
            took[at] = took[at - 1];
        took[at] = one;
    }
    return took[TIMINGS / 2] < UINT32_MAX ? (uint32_t)took[TIMINGS / 2] : 0;
}

void clock_start(void)
{
    struct rec_header *h = recording.header;
    uint64_t us = ticks_per_us();

    clock_shift = 0;
    while (((uint64_t)2 << clock_shift) <= us)
        clock_shift++;
    h->start_unix_ns = sys_clock_ns(CLOCK_REALTIME);
    struct moment start = this_moment();
    h->start_mono_ns = start.ns;
    h->start_ticks = clock_start_ticks = start.ticks;
    h->tick_shift = clock_shift;
    h->timing_ticks = timing_ticks();
    h->us_ticks = (uint32_t)us;
    h->series_shift = FIRST_PERIOD_SHIFT;
    h->period_end = (uint64_t)1 << FIRST_PERIOD_SHIFT;
    clock_due = 0; /* the first reading finds out */
    h->latest_ticks = h->start_ticks;
    h->latest_mono_ns = h->start_mono_ns;
}

void clock_set_pace(uint64_t ns)
{
    clock_pace_ticks = recording.header->us_ticks * ns / 1000;
}

void clock_calibrate(void)
{
    static struct spin lock; /* the two readings belong together */

    spin_lock(&lock);
    struct moment latest = this_moment();
    recording.header->latest_mono_ns = latest.ns;
    recording.header->latest_ticks = latest.ticks;
    spin_unlock(&lock);
}
