/* timed_costs.c - see timed_costs.h. Called by the writers of the profile, for the whole program
 * and for single points.
 */
#include "analyzer/core/timed_costs.h"

void timed_costs_add(struct rec_cost_bucket *sum, const struct rec_cost_bucket *one)
{
    sum->calls += one->calls;
    sum->ticks += one->ticks;
    sum->slow_calls += one->slow_calls;
    sum->slow_ticks += one->slow_ticks;
    /* The program may have ended between the two counts, and a reader wants a part of all. */
    if (sum->slow_calls > sum->calls)
        sum->slow_calls = sum->calls;
}

uint64_t timed_costs_ns(const struct recording *r, uint64_t calls, uint64_t ticks)
{
    double timing = (double)calls * r->header->timing_ticks;
    double ns = ((double)ticks - timing) * r->ns_per_tick;
    return ns > 0 && ns < 0x1p63 ? (uint64_t)ns : 0;
}

void timed_costs_write(struct json_out *j, const struct recording *r, uint64_t number,
                       const struct rec_cost_bucket *sum)
{
    if (!sum->calls)
        return;
    json_out_array_line(j);
    json_out_u64(j, number);
    json_out_u64(j, sum->calls);
    json_out_u64(j, timed_costs_ns(r, sum->calls, sum->ticks));
    json_out_u64(j, sum->slow_calls);
    json_out_u64(j, timed_costs_ns(r, sum->slow_calls, sum->slow_ticks));
    json_out_end(j);
}
