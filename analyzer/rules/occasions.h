/* occasions.h - how often a line ran, where each run makes a handful of blocks.
 *
 * A spawned thread or a panic is several allocations at as many program points with one outer
 * stack. So of the allocations with the same frames from the user's outwards the one with the most
 * blocks counts, and the outer stacks are added up. A line that was unrolled has several points for
 * each allocation: they are one.
 */
#ifndef HEAPCOACH_OCCASIONS_H
#define HEAPCOACH_OCCASIONS_H

#include "analyzer/core/finding.h"
#include "analyzer/rules/cases.h"

#include <stdint.h>

struct evidence;

/* 0, and findings->failed, when memory ran out. */
uint64_t occasions_of(const struct evidence *evidence, const struct case_of_line *one,
                      struct findings *findings);

#endif
