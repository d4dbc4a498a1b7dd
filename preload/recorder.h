/* recorder.h - events: a block is born, resized, dies.
 *
 * The one place that knows the order of stacks, counters, blocks and growth. The hooks call
 * it between recorder_enter and recorder_leave, before or after the real function:
 *
 *     birth   after the real call           take    before the real free or realloc
 *     resized after the real call           death   after take, before the real free
 *
 * So a block's entry is gone before its address can be given to another thread.
 */
#ifndef HEAPCOACH_RECORDER_H
#define HEAPCOACH_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "preload/blocks.h"
#include "preload/gate.h"
#include "preload/recording.h"
#include "preload/walk.h"

/* A block whose entry has been taken out of the table. */
struct taken {
    struct block block;
    struct block_entry *entry; /* NULL: no such block */
    struct block_entry was;    /* to put it back */
};

/* What is done now and then: looks at the gate, reads the clock, decides whether a call is to be
 * timed. False: the thread is not to record. */
bool recorder_tick(struct thread *t);

/* The calling thread's set, no more ready for others: a signal's handler may call the hooks. NULL:
 * it is not ready, and nothing has changed. */
static inline struct thread *recorder_take_turn(struct gate_thread *g)
{
    struct thread *t = g->ready;

    if (__builtin_expect(!t, 0))
        return NULL;
    g->ready = NULL;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    return t;
}

/* The calling thread's set, if it may enter and the next call is nothing special; else NULL, and
 * nothing has changed. */
static inline struct thread *recorder_enter_quick(void)
{
    struct gate_thread *g = &gate_thread;
    struct thread *t = recorder_take_turn(g);

    if (t && __builtin_expect(--*g->countdown < 0, 0) && (!recorder_tick(t) || t->timed)) {
        g->ready = t;
        return NULL;
    }
    return t;
}

/* The calling thread's set, if it may enter; *due: recorder_tick is to be called first. */
static inline struct thread *recorder_enter_calm(bool *due)
{
    struct gate_thread *g = &gate_thread;
    struct thread *t = recorder_take_turn(g);

    *due = t && --*g->countdown < 0;
    return t;
}

/* For a thread that has entered while the gate was closed: it has not. */
void recorder_turn_back(struct thread *t);

/* Whether the event under way meets a reading of the clock and, if it is a free, is to be looked
 * at: see REC_FREE_SAMPLE. */
static inline bool recorder_is_free_due(const struct thread *t)
{
    return *t->countdown == (int32_t)t->interval - 1 && t->counts->frees >= t->next_sample;
}

/* The calling thread's set, not ready for others until recorder_leave; NULL: this call is not to
 * be recorded. Either way the real functions are known. */
struct thread *recorder_enter(void);

static inline void recorder_leave(struct thread *t)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    gate_thread.ready = t;
}

/* A block of `size` bytes was given out at `address` by a REC_FN_* function. */
void recorder_birth(struct thread *t, unsigned function, uintptr_t address, uint64_t size,
                    const struct caller *caller);

/* Takes out the entry of the block at `address`; false: it was not recorded. */
bool recorder_take(struct thread *t, uintptr_t address, struct taken *taken);

/* Undoes a take, when the real realloc has failed. */
void recorder_put_back(const struct taken *taken);

/* The block taken is being freed by `caller`; NULL: not known by whom. */
void recorder_death(struct thread *t, const struct taken *taken, const struct caller *caller);

/* The block taken from `old` is now at `address`, of `size` bytes. */
void recorder_resized(struct thread *t, unsigned function, const struct taken *taken, uintptr_t old,
                      uintptr_t address, uint64_t size, const struct caller *caller);

/* ---- the parts of these, for sampled blocks (sample.c), too ---- */

/* The acting thread's record for a block's birth site; NULL: no room. */
static inline struct rec_record *recorder_own(struct thread *t, struct rec_record *birth)
{
    return __builtin_expect(thread_owns(t, birth), 1) ? birth : thread_record(t, birth->node);
}

/* Where a block is freed, for a sample of them: what dropped it, and how far from its birth. */
void recorder_note_free(struct thread *t, struct rec_record *birth, uint64_t size,
                        const struct caller *caller);

/* Takes out the block in an entry that has one. */
static inline void recorder_take_entry(struct block_entry *entry, struct taken *taken)
{
    taken->entry = entry;
    taken->was = *entry;
    taken->block = blocks_read(entry);
    if (__builtin_expect(taken->block.chain && taken->block.size > BLOCKS_SIZE_MAX, 0))
        taken->block.size = recording_chain(taken->block.chain)->size;
    blocks_clear(entry);
}

/* When a block was born, in units and in its thread's allocation clock: whole where it has a chain,
 * else the lower bits that its entry keeps. */
struct birth {
    uint64_t units, clock;
};

static inline struct birth recorder_born(const struct block *b)
{
    if (__builtin_expect(b->chain != 0, 0)) {
        const struct rec_chain *chain = recording_chain(b->chain);
        return (struct birth){chain->birth_units, chain->birth_clock};
    }
    return (struct birth){b->units, b->clock};
}

#endif
