/* histogram.h - counts values in a histogram of the recording; what lies where is told at struct
 * rec_histogram.
 *
 * Called by the only thread that writes the histogram. The inline functions are for the hot path:
 * no call, no lock. A value for which there is no place yet - one of each histogram, mostly, which
 * sets the window, and at most one more, which needs a row of REC_OUTLIERS - takes
 * histogram_make_place.
 */
#ifndef HEAPCOACH_HISTOGRAM_H
#define HEAPCOACH_HISTOGRAM_H

#include "preload/hidden.h"
#include "preload/recording.h"
#include "preload/sys.h"

/* A histogram's place before anything is counted. */
static inline void histogram_start(struct rec_histogram *h)
{
    h->place = REC_NO_WINDOW;
}

/* The bucket of a value; above REC_BUCKETS - 1 for big ones, which belong into the last. */
static HOT unsigned histogram_bucket(uint64_t value)
{
    return 63u - (unsigned)__builtin_clzll(value | 1);
}

/* Where a bucket's counter is, NULL: nowhere yet. */
static HOT uint32_t *histogram_place(struct rec_histogram *h, unsigned bucket)
{
    uint32_t place = h->place, from_first = bucket - (uint8_t)place;

    if (__builtin_expect(from_first < REC_WINDOW, 1))
        return &h->window[from_first];
    uint32_t row = place >> REC_PLACE_ROW_SHIFT;
    return row ? &recording_outliers(row)->counts[bucket < REC_BUCKETS ? bucket : REC_BUCKETS - 1]
               : NULL;
}

/* The same, never NULL: makes the place; without room for it the window's nearest. histogram_find
 * tries the short way first. */
uint32_t *histogram_make_place(struct rec_histogram *h, unsigned bucket);

/* Gives it a row of outliers before there is one: where something from outside makes an outlier now
 * and then, the recording shall not grow with the length of the run. */
void histogram_make_row(struct rec_histogram *h);

/* Counts one at a place. Counters stop at their maximum rather than wrap. */
static HOT void histogram_count_at(uint32_t *place)
{
    arch_count_up(place);
}

static inline uint32_t *histogram_find(struct rec_histogram *h, unsigned bucket)
{
    uint32_t *place = histogram_place(h, bucket);

    return place ? place : histogram_make_place(h, bucket);
}

/* Counts a value by its power of two. */
static inline void histogram_count(struct rec_histogram *h, uint64_t value)
{
    histogram_count_at(histogram_find(h, histogram_bucket(value)));
}

#endif
