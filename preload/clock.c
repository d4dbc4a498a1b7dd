/* clock.c - the start of time, and what a tick is worth.
 *
 * Called at the start, when a thread is registered, and at the end. Ticks are compared with
 * CLOCK_MONOTONIC at two moments far apart; the analyzer divides.
 */
#include "preload/clock.h"

#include <time.h>

#include "preload/calls.h"
#include "preload/recording.h"

uint64_t clock_start_ticks;
unsigned clock_shift;

/* How many ticks a microsecond has, from a short measurement: only the unit's power of two
 * hangs on it, so a few percent do not matter. */
static uint64_t ticks_per_us(void)
{
    uint64_t ns = sys_clock_ns(CLOCK_MONOTONIC), ticks = arch_ticks(), ns_later;

    do
        ns_later = sys_clock_ns(CLOCK_MONOTONIC);
    while (ns_later - ns < 20000);
    return (arch_ticks() - ticks) * 1000 / (ns_later - ns);
}

void clock_start(void)
{
    struct rec_header *h = recording.header;
    uint64_t us = ticks_per_us();

    while (((uint64_t)2 << clock_shift) <= us)
        clock_shift++;
    h->start_unix_ns = sys_clock_ns(CLOCK_REALTIME);
    h->start_mono_ns = sys_clock_ns(CLOCK_MONOTONIC);
    h->start_ticks = clock_start_ticks = arch_ticks();
    h->tick_shift = clock_shift;
    h->latest_ticks = h->start_ticks;
    h->latest_mono_ns = h->start_mono_ns;
}

void clock_calibrate(void)
{
    recording.header->latest_mono_ns = sys_clock_ns(CLOCK_MONOTONIC);
    recording.header->latest_ticks = arch_ticks();
}
