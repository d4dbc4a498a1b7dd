/* walk.h - the call stack of a hook's caller, as a node of the stack tree.
 *
 * The fast way (walk_find) verifies a remembered stack; the slow ones (walk_stack) walk by
 * simple rules until they meet a remembered frame, or hand over to libunwind. All give the
 * same stack: HEAPCOACH_CHECK_UNWIND compares each with libunwind's.
 *
 * Called with the thread's busy flag set, from a hook, whose caller is described by struct
 * caller. No lock on the way of walk_find. errno untouched, nothing allocated.
 */
#ifndef HEAPCOACH_WALK_H
#define HEAPCOACH_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "preload/table.h"
#include "preload/thread.h"

/* Who called the hook: the registers as they will be when the hook has returned. */
struct caller {
    uintptr_t pc, sp, rbp;
};

/* The caller of the function that this is used in. Needs that function's frame pointer, which
 * __builtin_frame_address makes the compiler keep. */
#define CALLER_HERE()                                                                              \
    ({                                                                                             \
        const uintptr_t *frame_ = __builtin_frame_address(0);                                      \
        (struct caller){.pc = frame_[1], .sp = (uintptr_t)(frame_ + 2), .rbp = frame_[0]};         \
    })

/* How walks are done, set once at the start. */
struct walk_options {
    uint32_t depth; /* 1 to WALK_FRAMES_MAX */
    bool check;
};
extern struct walk_options walk_options;

/* Allocates a thread's memories. False without memory. `stack_high`: the end of its stack. */
bool walk_start(struct walk_memory *m, uintptr_t stack_high);

/* Forgets all that a thread remembers, for a new owner of the set or after a library was
 * closed. */
void walk_forget(struct walk_memory *m, uintptr_t stack_high);

/* The slow ways. Returns the memo that now holds the stack, or NULL if it could not be
 * remembered; the node is in *node either way (never 0; REC_ROOT_UNRECORDED's child at worst). */
struct memo *walk_stack(struct thread *t, unsigned function, const struct caller *caller,
                        uint32_t *node);

/* HEAPCOACH_CHECK_UNWIND: compares the stack of `node` with libunwind's and counts. */
void walk_check(struct thread *t, const struct caller *caller, uint32_t node);

static inline uint64_t walk_key(unsigned function, uintptr_t pc)
{
    return (uint64_t)function << 48 | pc;
}

static inline uint64_t walk_place(uint64_t key, uintptr_t sp)
{
    return (key * 31 + sp) * 0x9e3779b97f4a7c15u;
}

static inline struct memo *walk_memo(const struct walk_memory *m, uint64_t place)
{
    return (struct memo *)((char *)m->memos + (place >> 58) * MEMO_BYTES);
}

static inline struct memo *walk_deep_memo(const struct walk_memory *m, uint64_t place)
{
    return (struct memo *)((char *)m->deep + (place >> 61) * DEEP_BYTES);
}

/* Whether all slots of a memo still hold what was read there. Their number is a multiple of
 * four: memos are padded with slots that always hold. */
static inline bool walk_slots_hold(const struct memo *m)
{
    const struct walk_slot *s = m->slots, *end = s + m->slot_count;

    for (; s < end; s += 4)
        if (((*s[0].at ^ s[0].value) | (*s[1].at ^ s[1].value) | (*s[2].at ^ s[2].value) |
             (*s[3].at ^ s[3].value)) != 0)
            return false;
    return true;
}

static inline bool walk_holds(const struct memo *m, uint64_t key, const struct caller *caller)
{
    return m->key == key && m->sp == caller->sp &&
           ((m->rbp ^ caller->rbp) & m->rbp_mask) == 0 && walk_slots_hold(m);
}

/* The memo of the caller's stack if it is remembered and still true, else NULL. */
static inline struct memo *walk_find(const struct walk_memory *memory, unsigned function,
                                     const struct caller *caller)
{
    uint64_t key = walk_key(function, caller->pc), place = walk_place(key, caller->sp);
    struct memo *m = walk_memo(memory, place);

    if (__builtin_expect(walk_holds(m, key, caller), 1))
        return m;
    m = walk_deep_memo(memory, place);
    return walk_holds(m, key, caller) ? m : NULL;
}

#endif
