/* carried_hooks.c - the hooks of the functions of allocators that programs carry: as those of
 * hooks.c, but for names, parameters, and that the program's table of addresses leads to them
 * (carried.h).
 *
 * A call is passed through when the recorder does not stand, or is itself at work in this thread.
 */
#include <stddef.h>
#include <stdint.h>

#include "preload/carried_own.h"
#include "preload/hook_parts.h"

/* The end of the recorder's part in a free: the thread has entered and, when this says true, left.
 * False: all is to be done. */
static HOT bool settle(struct thread *t, void *block, struct hot_death death)
{
    if (__builtin_expect(!death.record, 0))
        return death.more && free_once_more(t, block);
    if (__builtin_expect(death.more, 0))
        hot_rest(t, &death);
    recorder_leave(t);
    return true;
}

/* Of another block than the latest, as in hooks.c. */
RARELY bool settle_earlier(struct thread *t, void *block)
{
    return settle(t, block, hot_death(t, (uintptr_t)block, false));
}

/* The clock is to be read. */
RARELY bool settle_at_reading(struct thread *t, void *block)
{
    return !t->timed && !recorder_is_free_due(t) && free_once_more(t, block);
}

/* Frees, `call` being the real call, as free in hooks.c does; but that nothing is a jump, as there
 * may be arguments that are to be kept until then. */
#define FREE_QUICKLY(block, call)                                                                  \
    do {                                                                                           \
        bool is_due_, is_settled_ = false;                                                         \
        struct thread *acting_ = recorder_enter_calm(&is_due_);                                    \
        if (__builtin_expect(!acting_, 0)) {                                                       \
            FREE(block, call);                                                                     \
            break;                                                                                 \
        }                                                                                          \
        if (__builtin_expect(is_due_, 0)) {                                                        \
            if (!recorder_tick(acting_)) {                                                         \
                recorder_turn_back(acting_);                                                       \
                acting_ = NULL;                                                                    \
            }                                                                                      \
            is_settled_ = acting_ && settle_at_reading(acting_, (block));                          \
        } else if (hot_is_latest(acting_, (uintptr_t)(block))) {                                   \
            is_settled_ = settle(acting_, (block), hot_death_of_latest(acting_));                  \
        } else {                                                                                   \
            is_settled_ = settle_earlier(acting_, (block));                                        \
        }                                                                                          \
        if (__builtin_expect(is_settled_, 1)) {                                                    \
            call;                                                                                  \
        } else {                                                                                   \
            struct caller caller_ = CALLER_HERE();                                                 \
            FREE_ENTERED(acting_, block, call, &caller_);                                          \
        }                                                                                          \
    } while (0)

#define GIVES_HOOK(allocator, name, as, params, args, size)                                        \
    RARELY void *name##_slowly(CARRIED_THESE params, const uintptr_t *end)                         \
    {                                                                                              \
        struct caller caller = CALLER_BELOW(end);                                                  \
        struct thread *t = recorder_enter();                                                       \
        return given(t, (as), GIVE(t, size, own.name args), size, caller);                         \
    }                                                                                              \
    static void *name##_hook params                                                                \
    {                                                                                              \
        GIVE_QUICKLY((as), (size), own.name args, name##_slowly(CARRIED_THESE args, END_HERE()));  \
    }

#define RESIZES_HOOK(allocator, name, params, args, block, size)                                   \
    static void *name##_hook params                                                                \
    {                                                                                              \
        return RESIZE(REC_FN_realloc, block, size, own.name args);                                 \
    }

#define FREES_HOOK(allocator, name, params, args, block)                                           \
    static void name##_hook params                                                                 \
    {                                                                                              \
        FREE_QUICKLY(block, own.name args);                                                        \
    }

HEAPCOACH_CARRIED(GIVES_HOOK, RESIZES_HOOK, FREES_HOOK)

const struct carried_hook carried_hooks[] = {
    HEAPCOACH_CARRIED(CARRIED_ROW, CARRIED_ROW, CARRIED_ROW)};
