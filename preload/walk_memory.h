/* walk_memory.h - the stacks that a thread remembers, so that it need not walk them again.
 *
 * Unwinding is a function of (pc, sp, rbp) and of the stack slots that it reads. Two things
 * are remembered:
 *
 *   memos  whole stacks, found by (function, pc, sp): the slots that the walk read and what
 *          stood there. If all still stand there, the stack is the same, and its node and
 *          counter record are known: about 0.5 ns per frame.
 *   frames the last stack that was walked, frame by frame from the outermost. A walk that
 *          arrives at the state of a remembered frame whose outer slots still hold takes
 *          its node over.
 *
 * rbp belongs to the state only where an outer frame's rule needs it; elsewhere it is an
 * ordinary register that differs on every call.
 */
#ifndef HEAPCOACH_WALK_MEMORY_H
#define HEAPCOACH_WALK_MEMORY_H

#include <stdint.h>

#include "preload/slow_walk.h"

enum {
    WALK_FRAMES_MAX = 512, /* the deepest limit */
    MEMO_SLOTS = 59,       /* slots of a shallow memo; makes it 1 KiB */
    MEMO_COUNT = 64,
    DEEP_SLOTS = WALK_FRAMES_MAX * 2 + 16,
    DEEP_COUNT = 8
};

/* A stack slot and what a walk read there. */
struct walk_slot {
    const uintptr_t *at;
    uintptr_t value;
};

struct memo {
    uint64_t key; /* function << 48 | pc of the caller; 0: empty */
    uintptr_t sp; /* of the caller, after the call returns */
    uintptr_t rbp, rbp_mask; /* the caller's rbp counts only where the mask is all ones */
    uint32_t node;           /* the site */
    uint32_t slot_count;
    struct rec_record *record; /* this thread's counters for the site; NULL: not asked for yet */
    uint64_t reserved[2];
    struct walk_slot slots[];
};

/* A frame of the last stack walked. The frame outside of it is the one before in the array. */
struct walk_state {
    uintptr_t pc, sp, rbp;
    const uintptr_t *ra_slot;  /* where the outer frame's pc was read; NULL: outermost */
    const uintptr_t *rbp_slot; /* where the outer frame's rbp was read; NULL: not saved */
    const uintptr_t *cfa_slot; /* where the outer frame's sp was read (realigned frames) */
    uint32_t node;
    uint32_t location;
    uint8_t needs_rbp; /* the walk from here outward depends on rbp */
    uint8_t reads_rbp; /* and rbp_slot's value with it */
};

struct walk_memory {
    uintptr_t stack_low, stack_high; /* of the thread's own stack, [low, high) proven mapped */
    struct memo *memos;              /* MEMO_COUNT of MEMO_BYTES */
    struct memo *deep;               /* DEEP_COUNT of DEEP_BYTES */
    struct walk_state *frames;       /* WALK_FRAMES_MAX, outermost first */
    struct walk_state *fresh;        /* WALK_FRAMES_MAX, innermost first: a walk under way */
    struct walk_frame *slow_frames;  /* WALK_FRAMES_MAX, for libunwind */
    struct slow_walk_space *space;
    uint32_t frame_count; /* 0: no stack remembered */
    uint32_t root;        /* enum rec_root of the remembered stack */

    uint32_t modules_version; /* what modules_version was when this thread last looked */
    uint32_t times_gone;      /* what modules_check returned then */
};

#define MEMO_BYTES (sizeof(struct memo) + MEMO_SLOTS * sizeof(struct walk_slot))
#define DEEP_BYTES (sizeof(struct memo) + DEEP_SLOTS * sizeof(struct walk_slot))

#endif
