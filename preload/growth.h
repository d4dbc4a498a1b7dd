/* growth.h - what a block goes through between birth and death when it is realloc'd.
 *
 * A chain is made at a block's first realloc and folded into the growth row of its birth
 * record when the block dies. Chains of living blocks lie in the recording too, so a program
 * that is killed loses none.
 */
#ifndef HEAPCOACH_GROWTH_H
#define HEAPCOACH_GROWTH_H

#include "preload/blocks.h"
#include "preload/thread.h"

/* A chain for a block that has none yet: its index, 0 without room. `birth_units` and
 * `birth_clock` as exact as the caller knows them. */
uint32_t growth_begin(struct thread *t, const struct block *b, uint64_t birth_units,
                      uint64_t birth_clock);

/* Where the reallocs of a record's blocks are counted, made if need be; NULL: no room. */
struct rec_growth *growth_row(struct thread *t, struct rec_record *r);

/* The block was realloc'd: moved or not, `copied` bytes by the allocator. */
void growth_step(struct rec_chain *chain, uint64_t new_size, bool moved, uint64_t copied);

/* The block died: folds the chain into `r`'s growth row and frees it for reuse. */
void growth_end(struct thread *t, struct rec_record *r, uint32_t index);

#endif
