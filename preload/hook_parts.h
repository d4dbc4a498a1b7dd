/* hook_parts.h - what the hooks are made of: see hooks.c, whose functions the loader finds, and
 * carried_hooks.c, for functions of the program's own.
 */
#ifndef HEAPCOACH_HOOK_PARTS_H
#define HEAPCOACH_HOOK_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "preload/cost.h"
#include "preload/hot.h"
#include "preload/modules.h"
#include "preload/recorder.h"

/* The end of every function that gives out a block. */
static inline void *given(struct thread *t, unsigned function, void *block, size_t size,
                          struct caller caller)
{
    if (t) {
        if (block)
            recorder_birth(t, function, (uintptr_t)block, size, &caller);
        cost_charge(t);
        recorder_leave(t);
    }
    return block;
}

/* A real call that gives out a block of `size` bytes; timed now and then. */
#define GIVE(t, size, call)                                                                        \
    ({                                                                                             \
        void *block_;                                                                              \
        if (__builtin_expect(cost_due(t), 0)) {                                                    \
            uint64_t before_ = arch_ticks();                                                       \
            block_ = (call);                                                                       \
            uint64_t ticks_ = arch_ticks() - before_;                                              \
            if (block_)                                                                            \
                cost_note((t), REC_COST_ALLOC, (size), ticks_);                                    \
        } else {                                                                                   \
            block_ = (call);                                                                       \
        }                                                                                          \
        block_;                                                                                    \
    })

/* The rare parts of hooks are functions of their own, so that the common ones need few registers;
 * `end`: as for CALLER_BELOW. */
#define RARELY static __attribute__((noinline))

/* Like `given`, for a thread that has entered. */
RARELY void *give_slowly(struct thread *t, unsigned function, void *block, size_t size,
                         const uintptr_t *end, bool unseen)
{
    struct caller caller = CALLER_BELOW(end);

    caller.unseen = unseen;
    return given(t, function, block, size, caller);
}

RARELY void *give_rest(struct thread *t, struct rec_record *record, struct block_entry *entry,
                       void *block, size_t size)
{
    hot_count_birth(t, record, entry, (uintptr_t)block, size);
    recorder_leave(t);
    return block;
}

/* The whole of a function that gives out a block: `call` is the real one, `slowly` the way of the
 * rare cases. */
#define GIVE_QUICKLY(function, size, call, slowly)                                                 \
    do {                                                                                           \
        struct thread *t_ = recorder_enter_quick();                                                \
        if (__builtin_expect(!t_, 0))                                                              \
            return (slowly);                                                                       \
        void *block_ = (call);                                                                     \
        struct hot_birth birth_ =                                                                  \
            hot_birth(t_, (function), (uintptr_t)block_, (size), FRAME_HERE());                    \
        if (__builtin_expect(!birth_.record, 0))                                                   \
            return give_slowly(t_, (function), block_, (size), END_HERE(), birth_.unseen);         \
        if (__builtin_expect(!birth_.done, 0))                                                     \
            return give_rest(t_, birth_.record, birth_.entry, block_, (size));                     \
        recorder_leave(t_);                                                                        \
        return block_;                                                                             \
    } while (0)

/* After a real realloc of a known block. The C library frees a block resized to 0 and gives
 * NULL; any other NULL is a failure, and the block is as it was. */
static inline void resized(struct thread *t, unsigned function, const struct taken *taken,
                           uintptr_t old, uintptr_t address, size_t size,
                           const struct caller *caller)
{
    if (address)
        recorder_resized(t, function, taken, old, address, size, caller);
    else if (size == 0)
        recorder_death(t, taken, caller);
    else
        recorder_put_back(taken);
}

/* The whole of a function that resizes a block: `again` is the real call. */
#define RESIZE(function, block, size, again)                                                       \
    ({                                                                                             \
        struct caller caller_ = CALLER_HERE();                                                     \
        struct thread *t_ = recorder_enter();                                                      \
        struct taken taken_ = {0};                                                                 \
        bool known_ = t_ && (block) && recorder_take(t_, (uintptr_t)(block), &taken_);             \
        bool timed_ = cost_due(t_);                                                                \
        uint64_t before_ = timed_ ? arch_ticks() : 0;                                              \
        void *result_ = (again);                                                                   \
        if (__builtin_expect(timed_ && result_, 0))                                                \
            cost_note(t_,                                                                          \
                      !(block)             ? REC_COST_ALLOC                                        \
                      : result_ == (block) ? REC_COST_GROW_IN_PLACE                                \
                                           : REC_COST_GROW_MOVED,                                  \
                      (size), arch_ticks() - before_);                                             \
        if (t_) {                                                                                  \
            if (known_)                                                                            \
                resized(t_, (function), &taken_, (uintptr_t)(block), (uintptr_t)result_, (size),   \
                        &caller_);                                                                 \
            else if (result_)                                                                      \
                recorder_birth(t_, (function), (uintptr_t)result_, (size), &caller_);              \
            cost_charge(t_);                                                                       \
            recorder_leave(t_);                                                                    \
        }                                                                                          \
        result_;                                                                                   \
    })

/* Before a real free. `t` has entered, or is NULL. Returns the block's size, 0: not known. */
RARELY uint64_t dying(struct thread *t, void *block, const struct caller *caller)
{
    struct taken taken;

    if (__builtin_expect(modules_is_loader(caller->pc), 0))
        __atomic_fetch_add(&modules_version, 1, __ATOMIC_RELEASE);
    if (!t || !block || !recorder_take(t, (uintptr_t)block, &taken))
        return 0;
    recorder_death(t, &taken, caller);
    return taken.block.size;
}

/* The whole of a function that frees, for a thread that has entered, or NULL: `call` is the real
 * one. */
#define FREE_ENTERED(t, block, call, caller)                                                       \
    do {                                                                                           \
        uint64_t size_ = dying((t), (block), (caller));                                            \
        if (size_ && cost_due(t)) {                                                                \
            uint64_t before_ = arch_ticks();                                                       \
            call;                                                                                  \
            cost_note((t), REC_COST_FREE, size_, arch_ticks() - before_);                          \
            cost_charge(t);                                                                        \
        } else {                                                                                   \
            call;                                                                                  \
        }                                                                                          \
        if (t)                                                                                     \
            recorder_leave(t);                                                                     \
    } while (0)

#define FREE(block, call)                                                                          \
    do {                                                                                           \
        struct caller caller_ = CALLER_HERE();                                                     \
        struct thread *t_ = recorder_enter();                                                      \
        FREE_ENTERED(t_, block, call, &caller_);                                                   \
    } while (0)

/* The thread has entered. The rest of the common way; false: all is to be done. */
static inline bool free_once_more(struct thread *t, void *block)
{
    struct hot_death death =
        hot_is_latest(t, (uintptr_t)block) ? hot_death_of_latest_held(t) : (struct hot_death){0};

    if (!death.record)
        death = hot_death(t, (uintptr_t)block, true);
    if (!death.record)
        return false;
    hot_rest(t, &death);
    recorder_leave(t);
    return true;
}

#endif
