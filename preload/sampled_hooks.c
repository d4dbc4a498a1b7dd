/* sampled_hooks.c - the interposed functions for what may be sampled, and no logic: enter, real
 * call, count if it is due, leave.
 *
 * Here comes about one call in a thousand and more (sample.h), and a thread's first one. The
 * recorder's own part changes no errno, since it makes no library calls.
 */
#include "preload/sampled_hooks.h"

#include <errno.h>

#include "preload/cost.h"
#include "preload/real.h"
#include "preload/sample.h"

/* The calling thread's set, entered, if an allocation of that size is to be counted; else NULL.
 * Either way the real functions are known. */
static struct thread *enter_if_due(size_t size)
{
    struct thread *t = recorder_enter();

    if (!t)
        sample_miss();
    else if (!sample_due(t, size))
        recorder_leave(t);
    else
        return t;
    return NULL;
}

/* The end of every function that gives out a block. */
static void *given(struct thread *t, unsigned function, void *block, size_t size, uint64_t ticks,
                   const struct caller *caller)
{
    if (t && block) {
        cost_note(t, REC_COST_ALLOC, size, ticks);
        sample_birth(t, function, (uintptr_t)block, size, false, caller);
        cost_charge(t);
    }
    if (t)
        recorder_leave(t);
    return block;
}

/* The whole of a function that gives out a block: `call` is the real one. */
#define SAMPLED(function, size, call, end)                                                         \
    ({                                                                                             \
        struct caller caller_ = CALLER_BELOW(end);                                                 \
        struct thread *t_ = enter_if_due(size);                                                    \
        uint64_t before_ = arch_ticks();                                                           \
        void *block_ = (call);                                                                     \
        given(t_, (function), block_, (size), arch_ticks() - before_, &caller_);                   \
    })

void *sampled_malloc(size_t size, const uintptr_t *end)
{
    return SAMPLED(REC_FN_malloc, size, real.malloc(size), end);
}

void *sampled_calloc(size_t count, size_t size, const uintptr_t *end)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes)) { /* there will be no block */
        real_resolve();
        return real.calloc(count, size);
    }
    return SAMPLED(REC_FN_calloc, bytes, real.calloc(count, size), end);
}

int sampled_posix_memalign(void **block, size_t alignment, size_t size, const uintptr_t *end)
{
    int error;
    void *result =
        SAMPLED(REC_FN_posix_memalign, size,
                (error = real.posix_memalign(block, alignment, size)) ? NULL : *block, end);

    (void)result;
    return error;
}

void *sampled_aligned_alloc(size_t alignment, size_t size, const uintptr_t *end)
{
    return SAMPLED(REC_FN_aligned_alloc, size, real.aligned_alloc(alignment, size), end);
}

void *sampled_memalign(size_t alignment, size_t size, const uintptr_t *end)
{
    return SAMPLED(REC_FN_memalign, size, real.memalign(alignment, size), end);
}

void *sampled_valloc(size_t size, const uintptr_t *end)
{
    return SAMPLED(REC_FN_valloc, size, real.valloc(size), end);
}

void *sampled_pvalloc(size_t size, const uintptr_t *end)
{
    return SAMPLED(REC_FN_pvalloc, size, real.pvalloc(size), end);
}

/* A realloc is a free and an allocation. A failed one is neither. */
static void *resize(unsigned function, void *block, size_t size, const struct caller *caller)
{
    struct thread *t = enter_if_due(size);
    bool due = t != NULL;
    struct taken taken;

    if (!t && block && !sample_passes_free(block))
        t = recorder_enter();
    bool known = t && block && sample_take((uintptr_t)block, &taken);
    uint64_t before = arch_ticks();
    void *result = real.realloc(block, size);
    uint64_t ticks = arch_ticks() - before;
    if (known && !result && size != 0)
        recorder_put_back(&taken);
    else if (known)
        sample_death(t, (uintptr_t)block, &taken, caller);
    if (due && result) {
        cost_note(t,
                  !block            ? REC_COST_ALLOC
                  : result == block ? REC_COST_GROW_IN_PLACE
                                    : REC_COST_GROW_MOVED,
                  size, ticks);
        sample_birth(t, function, (uintptr_t)result, size, block != NULL, caller);
        cost_charge(t);
    }
    if (t)
        recorder_leave(t);
    return result;
}

void *sampled_realloc(void *block, size_t size, const uintptr_t *end)
{
    struct caller caller = CALLER_BELOW(end);

    return resize(REC_FN_realloc, block, size, &caller);
}

void *sampled_reallocarray(void *block, size_t count, size_t size, const uintptr_t *end)
{
    struct caller caller = CALLER_BELOW(end);
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return resize(REC_FN_reallocarray, block, bytes, &caller);
}

void sampled_free(void *block, const uintptr_t *end)
{
    struct caller caller = CALLER_BELOW(end);
    struct thread *t = recorder_enter();
    struct taken taken;
    bool known = t && block && sample_take((uintptr_t)block, &taken);

    if (known)
        sample_death(t, (uintptr_t)block, &taken, &caller);
    uint64_t before = arch_ticks();
    real.free(block);
    if (known) {
        cost_note(t, REC_COST_FREE, taken.block.size, arch_ticks() - before);
        cost_charge(t);
    }
    if (t)
        recorder_leave(t);
}
