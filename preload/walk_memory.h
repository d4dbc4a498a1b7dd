/* walk_memory.h - what a thread remembers of the stacks that it has walked.
 *
 * Unwinding is a function of (pc, sp, rbp) and of the stack slots that it reads, and each
 * slot's address follows from what the slots before it held. So two things are remembered:
 *
 * - `whole`: the stacks that came again, by the hash of their slots (fingerprint.h). Nearly all
 * events find theirs there.
 * - The base, which is the last stack that was walked: its frames from the outermost, and in one
 * array the slots that lead from each to the next outer one. A new stack mostly shares its outer
 * frames with it: a walk ends at the first frame whose state (pc, sp, and rbp where it matters) and
 * slots outward are as they were.
 *
 * A tree of the inner parts of stacks, to be joined with the base at a frame in between, was
 * dropped: told of each new stack, it took longer than walking them, and stacks that come again
 * have fingerprints.
 *
 * rbp counts only where a frame's rule reads it; elsewhere it is an ordinary register that
 * differs on every call.
 */
#ifndef HEAPCOACH_WALK_MEMORY_H
#define HEAPCOACH_WALK_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "preload/recording_format.h"
#include "preload/slow_walk.h"

enum {
    WALK_FRAMES_MAX = 512, /* the deepest limit */
    WALK_SLOTS_MAX = 3 * WALK_FRAMES_MAX
};

/* What stands in a stack slot now. Not instrumented: a slot of a frame that has returned may lie
 * in what a sanitizer has since fenced off. */
static inline __attribute__((no_sanitize("address"))) uintptr_t walk_slot(const uintptr_t *at)
{
    return *at;
}

/* A stack slot and what a walk read there. */
struct base_slot {
    const uintptr_t *at;
    uintptr_t value;
};

/* A frame of the base. */
struct walk_state {
    uintptr_t pc, sp, rbp;
    uint32_t slot_end; /* the slots of the frames from the outermost to this one: [0, slot_end) */
    bool needs_rbp;    /* the walk from here outward depends on rbp */
};

/* A frame of a walk under way. */
struct rule;
struct walk_step {
    uintptr_t pc, sp, rbp;
    const struct rule *rule;
};

/* What a stack leads to: this thread's counters where blocks are born, else the node alone. */
struct fingerprint_site {
    union {
        struct rec_record *record; /* NULL: not known */
        uint64_t node;             /* 0: not known */
    };
};

/* Which slots a walk from a place reads, or which slot says so; see fingerprint.h. */
struct fingerprint_shape {
    uintptr_t key, sp;       /* key: function << 48 | pc, or fingerprint_branch; 0: empty */
    const uint32_t *offsets; /* of the slots, from sp; of a fork: those that all its stacks have */
    uint64_t seed;           /* stands for all of this in the hash */
    uintptr_t rbp_mask;      /* all ones: the caller's rbp is one of the slots */
    uint32_t fork_at;        /* of a fork: the offset of its slot, the last of its `common` ones */
    uint16_t count;          /* of the slots, a multiple of 4; 0: a fork */
    union {
        uint16_t changes; /* times that this place has had another shape */
        uint16_t common;
    };
    uint64_t last_hash; /* the latest answer: mostly the next one, too, and where it is the */
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
    uint32_t shapes_mask; /* of offsets in bytes */
    uint32_t answers_shift, answers_mask;
    uint32_t shape_count, answer_count, offset_count, offsets_room;
    uint32_t scale;
};

struct walk_memory {
    struct fingerprints whole;
    struct walk_state *frames; /* the base, outermost first; WALK_FRAMES_MAX */
    struct base_slot *slots;   /* of the base, outermost first; WALK_SLOTS_MAX */
    uint32_t frame_count;      /* 0: no base */
    uint32_t root;             /* enum rec_root of the base */
    bool is_base; /* the stack that was walked last is the base, to its innermost frame */
    uint32_t modules_version;       /* what modules_version was when this thread last looked */
    uint32_t times_gone;            /* what modules_check returned then */
    struct walk_step *fresh;        /* a walk under way, innermost first; WALK_FRAMES_MAX + 1 */
    struct walk_frame *slow_frames; /* WALK_FRAMES_MAX, for libunwind */
    uint32_t *path;  /* locations of the fresh frames, outermost first, and of the function, and */
    uint32_t *nodes; /* the nodes of the base and of the function; WALK_FRAMES_MAX + 1 each */
    struct slow_walk_space *space;
    uintptr_t stack_low, stack_high; /* of the thread's own stack, [low, high) proven mapped */
};

#endif
