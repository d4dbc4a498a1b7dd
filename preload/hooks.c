/* hooks.c - the interposed functions, and no logic: enter, real call, record, leave.
 *
 * Each keeps a frame pointer (CALLER_HERE needs it), so the caller's registers are read and
 * not guessed. The recorder's own part changes no errno, since it makes no library calls.
 * A call is passed through when the recorder does not stand, is not for this process, or is
 * itself at work in this thread. recorder_enter has found the real functions in any case; those
 * that need one before, or do not enter, ask for it themselves.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include "preload/hook_parts.h"
#include "preload/real.h"
#include "preload/start.h"

#define EXPORT __attribute__((visibility("default")))

/* Declared here and not by <stdlib.h>, whose attributes (malloc, nonnull) would let the
 * compiler drop the checks that these functions are made of. */
#define DECLARE(type, name, params) EXPORT type name params;
HEAPCOACH_HOOKS(DECLARE)

RARELY void *malloc_slowly(size_t size, const uintptr_t *end)
{
    struct caller caller = CALLER_BELOW(end);
    struct thread *t = recorder_enter();

    return given(t, REC_FN_malloc, GIVE(t, size, real.malloc(size)), size, caller);
}

RARELY void *calloc_slowly(size_t count, size_t size, const uintptr_t *end)
{
    struct caller caller = CALLER_BELOW(end);
    struct thread *t = recorder_enter();
    size_t bytes = count * size; /* when this overflows, there will be no block */

    return given(t, REC_FN_calloc, GIVE(t, bytes, real.calloc(count, size)), bytes, caller);
}

void *malloc(size_t size)
{
    GIVE_QUICKLY(REC_FN_malloc, size, real.malloc(size), malloc_slowly(size, END_HERE()));
}

void *calloc(size_t count, size_t size)
{
    /* when the product overflows, there will be no block */
    GIVE_QUICKLY(REC_FN_calloc, count * size, real.calloc(count, size),
                 calloc_slowly(count, size, END_HERE()));
}

void *realloc(void *block, size_t size)
{
    return RESIZE(REC_FN_realloc, block, size, real.realloc(block, size));
}

void *reallocarray(void *block, size_t count, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return RESIZE(REC_FN_reallocarray, block, bytes, real.realloc(block, bytes));
}

/* The thread is not ready, or enters for the first time. */
RARELY void free_slowly(void *block, const uintptr_t *end)
{
    struct caller caller = CALLER_BELOW(end);
    struct thread *t = recorder_enter();

    FREE_ENTERED(t, block, real.free(block), &caller);
}

/* The thread has entered, or is NULL. */
RARELY void free_entered(struct thread *t, void *block, bool once_more, const uintptr_t *end)
{
    struct caller caller = CALLER_BELOW(end);

    if (once_more && free_once_more(t, block))
        real.free(block);
    else
        FREE_ENTERED(t, block, real.free(block), &caller);
}

/* The clock is to be read: the free may have to be looked at, or timed. Mostly not. */
RARELY void free_at_reading(void *block, struct thread *t, const uintptr_t *end)
{
    if (__builtin_expect(!recorder_tick(t), 0)) {
        recorder_turn_back(t);
        t = NULL;
    }
    if (__builtin_expect(t && !t->timed && !recorder_is_free_due(t) && free_once_more(t, block),
                         1)) {
        real.free(block);
    } else {
        free_entered(t, block, false, end);
    }
}

RARELY void free_rest(struct thread *t, void *block, struct rec_record *record, uint64_t size)
{
    hot_rest(t, &(struct hot_death){record, size, true});
    recorder_leave(t);
    real.free(block);
}

/* The end of a free. The real call comes last, when the recorder is left, so that it is a jump. */
static HOT void free_dead(struct thread *t, void *block, struct hot_death death,
                          const uintptr_t *end)
{
    if (__builtin_expect(!death.record, 0)) {
        free_entered(t, block, death.more, end);
    } else if (__builtin_expect(death.more, 0)) {
        free_rest(t, block, death.record, death.size);
    } else {
        recorder_leave(t);
        real.free(block);
    }
}

/* Of another block than the latest: a function of its own, as it needs more registers, which are to
 * be saved. The block comes first, where the real free expects it. */
RARELY void free_earlier(void *block, struct thread *t, const uintptr_t *end)
{
    free_dead(t, block, hot_death(t, (uintptr_t)block, false), end);
}

void free(void *block)
{
    bool due;
    struct thread *t = recorder_enter_calm(&due);

    if (__builtin_expect(!t, 0))
        free_slowly(block, END_HERE());
    else if (__builtin_expect(due, 0))
        free_at_reading(block, t, END_HERE());
    else if (hot_is_latest(t, (uintptr_t)block))
        free_dead(t, block, hot_death_of_latest(t), END_HERE());
    else
        free_earlier(block, t, END_HERE());
}

void cfree(void *block)
{
    FREE(block, real.free(block));
}

void free_sized(void *block, size_t size)
{
    real_resolve();
    if (real.free_sized)
        FREE(block, real.free_sized(block, size));
    else
        FREE(block, real.free(block));
}

void free_aligned_sized(void *block, size_t alignment, size_t size)
{
    real_resolve();
    if (real.free_aligned_sized)
        FREE(block, real.free_aligned_sized(block, alignment, size));
    else
        FREE(block, real.free(block));
}

int posix_memalign(void **block, size_t alignment, size_t size)
{
    struct thread *t = recorder_enter();

    int error = real.posix_memalign(block, alignment, size);
    given(t, REC_FN_posix_memalign, error ? NULL : *block, size, CALLER_HERE());
    return error;
}

void *aligned_alloc(size_t alignment, size_t size)
{
    struct thread *t = recorder_enter();

    return given(t, REC_FN_aligned_alloc, GIVE(t, size, real.aligned_alloc(alignment, size)), size,
                 CALLER_HERE());
}

void *memalign(size_t alignment, size_t size)
{
    struct thread *t = recorder_enter();

    return given(t, REC_FN_memalign, GIVE(t, size, real.memalign(alignment, size)), size,
                 CALLER_HERE());
}

void *valloc(size_t size)
{
    struct thread *t = recorder_enter();

    return given(t, REC_FN_valloc, GIVE(t, size, real.valloc(size)), size, CALLER_HERE());
}

void *pvalloc(size_t size)
{
    struct thread *t = recorder_enter();

    return given(t, REC_FN_pvalloc, GIVE(t, size, real.pvalloc(size)), size, CALLER_HERE());
}

size_t malloc_usable_size(void *block)
{
    real_resolve();
    return real.malloc_usable_size(block);
}
