/* series.h - a program point's live bytes and blocks over the run: the lines of its records, each
 * with periods of its own length, added up on one grid for the whole profile.
 */
#ifndef HEAPCOACH_SERIES_H
#define HEAPCOACH_SERIES_H

#include "analyzer/core/points.h"

#include <stdbool.h>
#include <stdint.h>

/* Point i is at the end of the i-th period; the last one at the end of the run. */
struct series {
    uint64_t unit_us; /* length of a period */
    uint32_t count;   /* 1 to REC_POINTS */
    uint64_t bytes[REC_POINTS], blocks[REC_POINTS];
};

/* Adds up the records of a point. False: none of its blocks was live at the end of any period, so
 * that the line is 0 all along. */
bool series_of_point(const struct points *points, uint32_t point, struct series *series);

#endif
