/* stacks.h - the tree of call stacks: (parent node, location) -> node, each once.
 *
 * One tree for all threads, in the recording. Looking up takes no lock.
 */
#ifndef HEAPCOACH_STACKS_H
#define HEAPCOACH_STACKS_H

#include <stdbool.h>
#include <stdint.h>

/* Allocates the table. Returns false without memory. */
bool stacks_start(void);

/* The node for `location` called from `parent`, made if it is new. Returns 0 when there is no
 * room for it. A few ns when it is known. */
uint32_t stacks_intern(uint32_t parent, uint32_t location);

/* The same for `count` locations, each called from the one before, the first one from `parent`:
 * fills nodes[0 .. count). Returns how many there was room for. The lock is taken once. */
uint32_t stacks_intern_path(uint32_t parent, const uint32_t *locations, uint32_t count,
                            uint32_t *nodes);

/* Has the processor fetch what a look-up of a child reads if it is not the first one: the table's
 * slot, far from all else. */
void stacks_expect(uint32_t parent, uint32_t location);

/* A word of a site's own, 0 at first, for thread.c: beside what an interning of its stack reads.
 * NULL: it has none, as a root, which is the site of stacks without room for one. */
uint64_t *stacks_word(uint32_t site);

#endif
