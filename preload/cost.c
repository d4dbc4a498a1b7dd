/* cost.c - charges a timed call to the record of its block; see cost.h.
 *
 * Called by the hooks through cost_charge, once in REC_COST_SAMPLE calls, by the thread that owns
 * the record. Where there is no room the call stands in the thread's sums only.
 */
#include "preload/cost.h"

void __attribute__((noinline)) cost_charge_record(struct thread *t)
{
    struct rec_record *r = t->acted;
    uint64_t ticks = t->paid_ticks;
    void *element;

    t->paid_ticks = 0;
    if (!r)
        return;
    if (!r->timed)
        r->timed = recording_add(REC_TIMED, &element);
    if (r->timed)
        cost_add(&recording_timed(r->timed)->costs[t->paid_kind], ticks, t->paid_slow);
}
