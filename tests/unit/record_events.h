/* record_events.h - a record's births and deaths, as recorder.c counts them. */
#ifndef HEAPCOACH_TEST_RECORD_EVENTS_H
#define HEAPCOACH_TEST_RECORD_EVENTS_H

#include "preload/counters.h"

static inline void record_birth(struct rec_record *r, uint64_t size, uint64_t units)
{
    uint32_t *place = histogram_find(&r->size_hist, histogram_bucket(size));

    counters_touch(r);
    counters_add_birth(r, size, place, units);
}

static inline void record_death(struct rec_record *r, uint64_t size, uint64_t units)
{
    counters_before_fall(r);
    counters_add_death(r, size, units);
}

#endif
