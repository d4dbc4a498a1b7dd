/* histogram_counts.h - what a histogram of the recorder has counted, for tests. */
#ifndef HEAPCOACH_TESTS_HISTOGRAM_COUNTS_H
#define HEAPCOACH_TESTS_HISTOGRAM_COUNTS_H

#include "preload/recording.h"

/* Of one bucket, by the format: in the window and in the row of outliers together. */
static inline uint64_t counts_of(const struct rec_histogram *h, unsigned bucket)
{
    uint32_t first = h->place & REC_PLACE_FIRST, row = h->place >> REC_PLACE_ROW_SHIFT;
    uint64_t n = row ? recording_outliers(row)->counts[bucket] : 0;

    return bucket - first < REC_WINDOW ? n + h->window[bucket - first] : n;
}

#endif
