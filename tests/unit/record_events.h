/* record_events.h - a record's births and deaths, as recorder.c counts them, from nothing on. */
#ifndef HEAPCOACH_TEST_RECORD_EVENTS_H
#define HEAPCOACH_TEST_RECORD_EVENTS_H

#include "preload/counters.h"

/* A record that is not in the recording. */
#define NEW_RECORD                                                                                 \
    {                                                                                              \
        .size_min = UINT32_MAX, .size_hist.place = REC_NO_WINDOW                                   \
    }

/* Nothing is live and nothing has been, and no period of four units has ended. */
static inline void begin_totals(struct rec_header *header)
{
    header->live_bytes = header->max_bytes = header->max_ticks = 0;
    header->stamp = header->fall_stamp = REC_STAMP_FIRST;
    header->series_shift = 2;
    header->period_end = 4;
}

static inline void record_birth(struct rec_record *r, uint64_t size, uint64_t units)
{
    counters_birth(r, size, units);
}

static inline void record_death(struct thread *t, struct rec_record *r, uint64_t size)
{
    counters_before_fall(t, r);
    counters_of_one_size(r, size);
    counters_add_deaths(r, size, 1, t->units);
}

/* A record with all that follows from the one size it may be of. */
static inline struct rec_record record_spelled_out(const struct rec_record *r)
{
    struct rec_record copy = *r;

    if (!counters_is_mixed(&copy))
        counters_mix_sizes(&copy);
    return copy;
}

#endif
