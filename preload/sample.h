/* sample.h - production mode: some blocks instead of all, estimates instead of counts.
 *
 * A block is sampled when it is given out, at random by its bytes (sampler.h); only sampled blocks
 * have an entry in the block table, and each counts as the number of blocks that it stands for, its
 * weight. So all counters are estimates. Beside them struct rec_sample keeps how good they are.
 *
 * A realloc counts as a free and an allocation, at the site that reallocs: a block is then sampled
 * by what it is big, not by what it once was (a Vec that grows to a gigabyte from 16 bytes would
 * mostly be missed, and count for 30,000 of them if not). So there are no growth chains and no
 * birth sites of grown blocks here.
 *
 * THE HOT PATH is entry.c's and entry_x86_64.c's: an allocation subtracts its size from a counter
 * in thread-local storage and is looked at when that has reached zero; a free looks at one byte of
 * a filter. Nothing else is done for the others: no guard, no stack, no clock.
 */
#ifndef HEAPCOACH_SAMPLE_H
#define HEAPCOACH_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "preload/address_filter.h"
#include "preload/hidden.h"
#include "preload/recorder.h"
#include "preload/sys.h"

/* Which addresses may be sampled blocks. */
HIDDEN extern struct address_filter sample_filter;

/* Of each thread: initial-exec, see gate.h. Zero at first: then the first call is looked at. */
struct sample_thread {
    uint64_t left;   /* the number of the byte that is hit next, from 1; 0: none is known */
    uint64_t random; /* state; 0: not seeded yet */
};
HIDDEN extern __thread struct sample_thread sample_thread
    __attribute__((tls_model("initial-exec")));

/* Before the gate opens. `mean`: bytes per sample, 1 to SAMPLER_MEAN_MAX; `seed`: not 0. */
void sample_start(uint64_t mean, uint64_t seed);

/* In a forked child: nothing is sampled yet. */
void sample_forget(void);

/* Whether an allocation of that size needs nothing; counts its bytes, in one instruction: a
 * signal's handler may allocate at any time. */
static HOT bool sample_passes(size_t size)
{
    return size != 0 && !arch_count_down(&sample_thread.left, size);
}

/* Whether a free of that block needs nothing. */
static HOT bool sample_passes_free(const void *block)
{
    return __builtin_expect(!address_filter_has(&sample_filter, (uintptr_t)block), 1);
}

/* After sample_passes has said no: whether a point lies in the allocation; then the next point is
 * drawn. `t` has entered. */
bool sample_due(const struct thread *t, size_t size);

/* The same where the thread could not enter. */
void sample_miss(void);

/* As recorder_birth, for a sampled block. `again`: it was another one before a realloc. */
void sample_birth(struct thread *t, unsigned function, uintptr_t address, uint64_t size, bool again,
                  const struct caller *caller);

/* As recorder_take; that there is no block is what filters do. */
bool sample_take(uintptr_t address, struct taken *taken);

/* As recorder_death, for a sampled block. */
void sample_death(struct thread *t, uintptr_t address, const struct taken *taken,
                  const struct caller *caller);

#endif
