/* timeline.h - the whole program's line over time: live and allocated bytes and blocks at the ends
 * of equal periods, kept in the recording (struct rec_timeline).
 *
 * Whoever reads the clock first after a period has ended takes the point, before its own event is
 * counted: nothing has happened since the period's end, so the point is exact with one thread.
 * With several it may miss or share the events that are under way meanwhile. A period is so long
 * that taking points stays below a hundredth of the run (timeline.c).
 */
#ifndef HEAPCOACH_TIMELINE_H
#define HEAPCOACH_TIMELINE_H

#include <stdint.h>

/* When the present period ends, in units since the start; UINT64_MAX: no timeline is kept. */
extern uint64_t timeline_due;

/* Makes the recording's timeline and starts its first period. Without room for it, the recording
 * has none. Before the first event, and again in a child that begins its own recording. */
void timeline_start(void);

/* Sets the points of the periods that have ended by `units` since the start. Returns at once when
 * another thread is doing that. No system call, no lock. */
void timeline_take(uint64_t units);

#endif
