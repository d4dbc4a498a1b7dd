/* carried_sampled.c - the hooks of the functions of allocators that programs carry, where blocks
 * are sampled: nearly all calls go straight on, as in entry.c. The program's table of addresses
 * leads to them (carried.h).
 */
#include <stddef.h>
#include <stdint.h>

#include "preload/carried_own.h"
#include "preload/sampled_parts.h"

/* Likely, so that the function itself is the straight way. */
#define PASSES(condition) __builtin_expect((condition), 1)
#define RARELY static __attribute__((noinline))

#define GIVES_HOOK(allocator, name, as, params, args, size)                                        \
    RARELY void *name##_sampled(CARRIED_THESE params, const uintptr_t *end)                        \
    {                                                                                              \
        return SAMPLED((as), (size), own.name args, end);                                          \
    }                                                                                              \
    static void *name##_hook params                                                                \
    {                                                                                              \
        if (PASSES(sample_passes(size)))                                                           \
            return own.name args;                                                                  \
        return name##_sampled(CARRIED_THESE args, END_HERE());                                     \
    }

#define RESIZES_HOOK(allocator, name, params, args, block, size)                                   \
    RARELY void *name##_sampled(CARRIED_THESE params, const uintptr_t *end)                        \
    {                                                                                              \
        return SAMPLED_RESIZE(REC_FN_realloc, block, size, own.name args, end);                    \
    }                                                                                              \
    static void *name##_hook params                                                                \
    {                                                                                              \
        if (PASSES(sample_passes(size)) && PASSES(sample_passes_free(block)))                      \
            return own.name args;                                                                  \
        return name##_sampled(CARRIED_THESE args, END_HERE());                                     \
    }

#define FREES_HOOK(allocator, name, params, args, block)                                           \
    RARELY void name##_sampled(CARRIED_THESE params, const uintptr_t *end)                         \
    {                                                                                              \
        SAMPLED_FREE(block, own.name args, end);                                                   \
    }                                                                                              \
    static void name##_hook params                                                                 \
    {                                                                                              \
        if (PASSES(sample_passes_free(block)))                                                     \
            own.name args;                                                                         \
        else                                                                                       \
            name##_sampled(CARRIED_THESE args, END_HERE());                                        \
    }

HEAPCOACH_CARRIED(GIVES_HOOK, RESIZES_HOOK, FREES_HOOK)

const struct carried_hook carried_hooks[] = {
    HEAPCOACH_CARRIED(CARRIED_ROW, CARRIED_ROW, CARRIED_ROW)};
