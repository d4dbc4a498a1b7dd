/* fact_ends.h - where the blocks of a program point are freed, from the sampled free stacks.
 * Private to the facts.
 */
#ifndef HEAPCOACH_FACT_ENDS_H
#define HEAPCOACH_FACT_ENDS_H

#include "analyzer/rules/facts.h"

/* Adds the samples of one link of kind PROFILE_FREED to those of its point. by_frame: the facts of
 * each frame (frame_facts). most: the samples of the link whose texts are kept, updated. */
void fact_ends_add(struct fact_ends *ends, const struct profile *profile,
                   const struct profile_link *link, const struct user_frame *user,
                   const uint64_t *by_frame, uint64_t *most, struct arena *arena);

#endif
