/* walk.h - the call stack of a hook's caller, as a node of the stack tree.
 *
 * A stack that came before is known by its fingerprint (fingerprint.h); walk_stack walks any other
 * by simple rules until it meets a frame of the last one, or hands over to libunwind. All give the
 * same stack: HEAPCOACH_CHECK_UNWIND compares each with libunwind's.
 *
 * Called with the thread's set, not ready for others, from a hook, whose caller is described by
 * struct caller. errno untouched, nothing allocated.
 */
#ifndef HEAPCOACH_WALK_H
#define HEAPCOACH_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "preload/hidden.h"
#include "preload/table.h"
#include "preload/thread.h"

/* Who called the hook: the registers as they will be when the hook has returned. */
struct caller {
    uintptr_t pc, sp, rbp;
    bool unseen; /* the stack has no fingerprint: hot.h has looked */
};

/* The frame of the function that this is used in: the caller's rbp, then the return address.
 * Makes the compiler keep that function's frame pointer. */
#define FRAME_HERE() ((const uintptr_t *)__builtin_frame_address(0))

static inline struct caller caller_of(const uintptr_t *frame)
{
    return (struct caller){.pc = frame[1], .sp = (uintptr_t)(frame + 2), .rbp = frame[0]};
}

#define CALLER_HERE() caller_of(FRAME_HERE())

/* The same for the rare part of a hook, a function with a frame of its own. A compiler that makes a
 * jump of the hook's last call gives it the hook's place; else the hook is its caller. `end`:
 * END_HERE in the hook, which needs no frame pointer for that. */
#define END_HERE() ((const uintptr_t *)__builtin_dwarf_cfa())

static inline struct caller caller_below(const uintptr_t *frame, const uintptr_t *end)
{
    if (frame + 2 != end)
        frame = (const uintptr_t *)frame[0];
    if (frame + 2 != end) /* a hook without a frame: its caller's rbp is not known */
        return (struct caller){.pc = end[-1], .sp = (uintptr_t)end};
    return caller_of(frame);
}

#define CALLER_BELOW(end) caller_below(FRAME_HERE(), end)

/* How walks are done, set once at the start. */
struct walk_options {
    uint32_t depth; /* 1 to WALK_FRAMES_MAX */
    bool check;
};
HIDDEN extern struct walk_options walk_options;

/* Allocates a thread's memories. False without memory. `stack_high`: the end of its stack. */
bool walk_start(struct walk_memory *m, uintptr_t stack_high);

/* Forgets all that a thread remembers, since it has another stack or a library was closed. */
void walk_forget(struct walk_memory *m, uintptr_t stack_high);

/* Whether the stack that the memories are for ends there. */
static inline bool walk_ends_at(const struct walk_memory *m, uintptr_t stack_high)
{
    return m->stack_high == (stack_high & ~(uintptr_t)7);
}

/* The set has a new owner. Where its stack ends at the same place as the last one's, and all of
 * that can be read, what is known of whole stacks stays: where a stack is known by what stands in
 * its slots, it does not matter whose they are. */
void walk_hand_over(struct walk_memory *m, uintptr_t stack_high);

/* Walks. Returns the node of the site: never 0; REC_ROOT_UNRECORDED's child at worst. */
uint32_t walk_stack(struct thread *t, unsigned function, const struct caller *caller);

/* The slots that the latest walk_stack read or joined, for its fingerprint, outermost first: how
 * many; 0: that stack can have none. They stay until the next walk. *uses_rbp: the caller's rbp is
 * one more. */
uint32_t walk_slots(const struct walk_memory *m, const struct base_slot **slots, bool *uses_rbp);

/* HEAPCOACH_CHECK_UNWIND: compares the stack of `node` with libunwind's and counts. */
void walk_check(struct thread *t, const struct caller *caller, uint32_t node);

#endif
