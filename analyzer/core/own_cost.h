/* own_cost.h - what the recorder itself took of a program's CPU time, estimated.
 *
 * So that a saving can be told as a share of the time that the program takes without it.
 */
#ifndef HEAPCOACH_OWN_COST_H
#define HEAPCOACH_OWN_COST_H

#include "analyzer/core/recording.h"

#include <stdint.h>

/* Nanoseconds; never more than nine tenths of cpu_ns. */
uint64_t own_cost_ns(const struct recording *recording, uint64_t cpu_ns);

#endif
