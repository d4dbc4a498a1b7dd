/* walk_memory.h - what a thread remembers of the stacks that it has walked.
 *
 * Unwinding is a function of (pc, sp, rbp) and of the stack slots that it reads, and each
 * slot's address follows from what the slots before it held. Stacks that follow one another
 * share their outer frames, and the same inner ones come again and again under different
 * outer ones. So two things are remembered, and joined at a frame called the hinge:
 *
 *   inner  a tree of slots and the values found there, from the hook's caller outward to the
 *          hinge. Independent of what is outside of it.
 *   base   the last stack that was walked: its frames from the outermost, and in one array
 *          the slots that lead from each to the next outer one.
 *
 *     hook's caller   f   g   hinge   h   i   ...   main   _start
 *     |------- inner tree ------||----------- base -------------|
 *
 * If all slots of the inner path hold, the base has the hinge's state (pc, sp, and rbp where
 * it matters) at its place, and all slots of the base from there outward hold, then the stack
 * is known without walking: it is that inner path under that base frame's node.
 *
 * Before all that, a whole stack is looked up by the hash of its slots (fingerprint.h); inner tree
 * and base are what it learns from, and what finds new stacks that share parts with old ones.
 *
 * rbp counts only where a frame's rule reads it; elsewhere it is an ordinary register that
 * differs on every call.
 */
#ifndef HEAPCOACH_WALK_MEMORY_H
#define HEAPCOACH_WALK_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "preload/recording_format.h"
#include "preload/slow_walk.h"

enum {
    WALK_FRAMES_MAX = 512, /* the deepest limit */
    WALK_SLOTS_MAX = 3 * WALK_FRAMES_MAX,
    /* Sizes of the memo tables at first; doubled twice at a time, up to MEMO_SCALE_MAX. */
    MEMO_SCALE_MAX = 4,
    MEMO_SLOTS_FIRST = 1 << 12,
    MEMO_RUNS_FIRST = 1 << 10,
    MEMO_LEAVES_FIRST = 1 << 9,
    MEMO_LOCATIONS_FIRST = 1 << 12,
    MEMO_EDGES_FIRST_BITS = 11, /* at most half full */
    MEMO_PAIRS_FIRST_BITS = 12
};

/* What stands in a stack slot now. Not instrumented: a slot of a frame that has returned may lie
 * in what a sanitizer has since fenced off. */
static inline __attribute__((no_sanitize("address"))) uintptr_t walk_slot(const uintptr_t *at)
{
    return *at;
}

/* A stack slot and what a walk read there. */
struct memo_slot {
    const uintptr_t *at;
    uintptr_t value;
};

/* A frame of the base, or of a walk under way. */
struct walk_state {
    uintptr_t pc, sp, rbp;
    const uintptr_t *ra_slot;  /* where the outer frame's pc was read; NULL: outermost */
    const uintptr_t *rbp_slot; /* where the outer frame's rbp was read; NULL: not saved */
    const uintptr_t *cfa_slot; /* where the outer frame's sp was read (realigned frames) */
    uint32_t node;
    uint32_t location;
    uint32_t slot_end; /* the slots of the frames from the outermost to this one: [0, slot_end) */
    uint8_t uses_rbp;  /* this frame's own rule reads rbp */
    uint8_t needs_rbp; /* the walk from here outward depends on rbp */
};

/* Where an inner path ends, and what it is. */
struct memo_leaf {
    uintptr_t pc, sp;        /* of the hinge */
    const uintptr_t *rbp_at; /* where the hinge's rbp is found */
    uint32_t index;          /* of the hinge in the base */
    uint32_t function;
    uint32_t location_start, location_count; /* of the frames inside the hinge, innermost first */
    /* the latest answer */
    uint32_t outer; /* node of the hinge */
    uint32_t node;  /* the site */
    struct rec_record *record;
};

enum memo_end { MEMO_LEAF, MEMO_BRANCH, MEMO_NEXT };

/* Slots to compare, and what comes after them. */
struct memo_run {
    const struct memo_slot *slots;
    uint32_t count;
    uint16_t end; /* enum memo_end */
    uint16_t reserved;
    uint64_t branch; /* MEMO_BRANCH: number of the branch. The branch goes with the end of a run
                      * when that is split, so the run's address would not do for it */
    union {
        const uintptr_t *branch_at; /* MEMO_BRANCH: go on by what stands here */
        struct memo_run *next;      /* MEMO_NEXT */
        struct memo_leaf *leaf;     /* MEMO_LEAF */
    };
};

/* From a branch (or, for a root, from function << 48 | pc) by a value (a root: sp) to a run. */
struct memo_edge {
    uintptr_t from, value;
    struct memo_run *to; /* NULL: empty */
    uintptr_t reserved;
};

/* An inner path under a hinge's node: the site, and this thread's counters for it. */
struct memo_pair {
    uint64_t key; /* index of the leaf << 32 | node of the hinge; 0: empty */
    struct rec_record *record;
    uint32_t node, reserved;
};

/* What a stack leads to: this thread's counters where blocks are born, else the node alone. */
struct fingerprint_site {
    union {
        struct rec_record *record; /* NULL: not known */
        uint64_t node;             /* 0: not known */
    };
};

/* Which slots a walk from a place reads; see fingerprint.h. */
struct fingerprint_shape {
    uintptr_t key, sp;       /* key: function << 48 | pc; 0: empty */
    const uint32_t *offsets; /* of the slots, from sp */
    uint64_t seed;           /* stands for all of this in the hash */
    uintptr_t rbp_mask;      /* all ones: the caller's rbp is one of the slots */
    uint32_t list;           /* the list of slots that was learnt last, by a sum over it */
    uint16_t count;          /* of the slots, a multiple of 4 */
    uint16_t changes;        /* times that this place has had another shape */
    uint64_t last_hash;      /* the latest answer: mostly the next one, too, and where it is the */
    struct fingerprint_site last_site; /* processor need not wait for the hash */
};

struct fingerprint_answer {
    uint64_t hash;
    struct fingerprint_site site; /* not known: empty */
};

struct fingerprints {
    struct fingerprint_shape *shapes;
    struct fingerprint_answer *answers;
    uint32_t *offsets;
    uint32_t shapes_shift, shapes_mask, answers_shift, answers_mask;
    uint32_t shape_count, answer_count, offset_count, offsets_room;
    uint32_t scale;
};

struct walk_memory {
    struct fingerprints whole;
    uintptr_t entry_rbp; /* rbp of the caller looked up: a slot like any other */
    struct memo_edge *edges;
    struct walk_state *frames; /* the base, outermost first; WALK_FRAMES_MAX */
    struct memo_slot *slots;   /* of the base, outermost first; WALK_SLOTS_MAX */
    struct memo_pair *pairs;
    struct memo_leaf *leaves; /* leaf 0 is not used */
    uint32_t frame_count;     /* 0: no base */
    uint32_t root;            /* enum rec_root of the base */
    uint32_t memo_scale;      /* the memo tables are 2^memo_scale times their first size */
    uint32_t edges_bits, pairs_bits;
    uint32_t times_forgotten; /* a leaf from before the latest time is gone */
    struct memo_run *runs;
    struct memo_slot *inner_slots;
    uint32_t *locations;
    uint32_t run_count, slot_count, leaf_count, location_count, pair_count, branch_count;
    uint32_t modules_version;       /* what modules_version was when this thread last looked */
    uint32_t times_gone;            /* what modules_check returned then */
    struct walk_state *fresh;       /* a walk under way, innermost first; WALK_FRAMES_MAX */
    struct walk_frame *slow_frames; /* WALK_FRAMES_MAX, for libunwind */
    const uintptr_t **slot_list;    /* WALK_SLOTS_MAX, for what is learnt */
    struct slow_walk_space *space;
    uintptr_t stack_low, stack_high; /* of the thread's own stack, [low, high) proven mapped */
};

#endif
