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

/* Frees, `call` being the real call, as free in hooks.c does; but that nothing is a jump, as there
 * may be arguments that are to be kept until then. */
#define FREE_QUICKLY(block, call)                                                                  \
    do {                                                                                           \
        bool is_due_;                                                                              \
        struct thread *acting_ = recorder_enter_calm(&is_due_);                                    \
        if (acting_ && is_due_ && !recorder_tick(acting_)) {                                       \
            recorder_turn_back(acting_);                                                           \
            acting_ = NULL;                                                                        \
        }                                                                                          \
        if (__builtin_expect(!acting_, 0)) {                                                       \
            FREE(block, call);                                                                     \
        } else if (__builtin_expect(                                                               \
                       !(is_due_ && (acting_->timed || recorder_is_free_due(acting_))), 1) &&      \
                   __builtin_expect(free_once_more(acting_, (block)), 1)) {                        \
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
