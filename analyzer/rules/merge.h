/* merge.h - from what the rules found one by one to what is told: findings at one line together,
 * the most important first, each with its name. Private to rules.c.
 */
#ifndef HEAPCOACH_MERGE_H
#define HEAPCOACH_MERGE_H

#include "analyzer/core/finding.h"

/* Merges, orders, names, and fills up the near misses. Remembers failed memory in *findings. */
void merge_findings(struct findings *findings);

#endif
