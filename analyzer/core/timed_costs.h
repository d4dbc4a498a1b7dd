/* timed_costs.h - what timed calls cost: adding up the recording's, and a row of the profile's.
 *
 * Pure functions but for what they write.
 */
#ifndef HEAPCOACH_TIMED_COSTS_H
#define HEAPCOACH_TIMED_COSTS_H

#include "analyzer/core/json_out.h"
#include "analyzer/core/recording.h"

#include <stdint.h>

/* Adds to *sum; afterwards it has no more slow calls than calls. */
void timed_costs_add(struct rec_cost_bucket *sum, const struct rec_cost_bucket *one);

/* What so many timed calls took in ns, without what timing added. */
uint64_t timed_costs_ns(const struct recording *recording, uint64_t calls, uint64_t ticks);

/* Writes [number, calls, ns, slow calls, their ns], without what timing added; nothing if no call
 * was timed. */
void timed_costs_write(struct json_out *j, const struct recording *recording, uint64_t number,
                       const struct rec_cost_bucket *sum);

#endif
