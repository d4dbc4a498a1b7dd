/* timeline.h - the program's line over time as a profile has it: moments in microseconds, from the
 * start of the run to its end.
 */
#ifndef HEAPCOACH_TIMELINE_H
#define HEAPCOACH_TIMELINE_H

#include "analyzer/core/recording.h"

/* The start, the recorded moments, the last change, the end. */
#define TIMELINE_ROOM (REC_MOMENTS + 3)

struct timeline_moment {
    uint64_t us; /* since the start; rising, the last is the end of the run */
    struct rec_moment had;
};

/* Fills `to`, with room for TIMELINE_ROOM, and returns how many there are: at least the start and
 * the end, which has what `end` says. Moments between two equal ones are left out. Totals never
 * fall, and nothing lies above the peak or `end`'s totals, whatever the recording says. */
uint32_t timeline_of(const struct recording *recording, const struct rec_moment *end,
                     struct timeline_moment *to);

#endif
