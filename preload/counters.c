/* counters.c - the rare and the shared part of counting; see counters.h. */
#include "preload/counters.h"

void counters_total_up_shared(uint64_t bytes, uint64_t ticks)
{
    struct rec_header *h = recording.header;
    uint64_t live = __atomic_add_fetch(&h->live_bytes, bytes, __ATOMIC_RELAXED);
    uint64_t max = __atomic_load_n(&h->max_bytes, __ATOMIC_RELAXED);

    while (live >= max) {
        if (!__atomic_compare_exchange_n(&h->max_bytes, &max, live, true, __ATOMIC_RELAXED,
                                         __ATOMIC_RELAXED))
            continue;
        __atomic_store_n(&h->max_ticks, clock_start_ticks + ticks, __ATOMIC_RELAXED);
        __atomic_store_n(&h->at_peak, 1, __ATOMIC_RELAXED);
        return;
    }
}

void counters_new_epoch(void)
{
    struct rec_header *h = recording.header;

    if (!counters_shared()) {
        h->epoch++;
        h->at_peak = 0;
    } else if (__atomic_exchange_n(&h->at_peak, 0, __ATOMIC_RELAXED)) {
        __atomic_fetch_add(&h->epoch, 1, __ATOMIC_RELAXED);
    }
}
