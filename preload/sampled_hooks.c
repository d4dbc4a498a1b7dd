/* sampled_hooks.c - the interposed functions for what may be sampled, and no logic: enter, real
 * call, count if it is due, leave.
 *
 * Here comes about one call in a thousand and more (sample.h), and a thread's first one. The
 * recorder's own part changes no errno, since it makes no library calls.
 */
#include "preload/sampled_hooks.h"

#include <errno.h>

#include "preload/real.h"
#include "preload/sampled_parts.h"

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

void *sampled_realloc(void *block, size_t size, const uintptr_t *end)
{
    return SAMPLED_RESIZE(REC_FN_realloc, block, size, real.realloc(block, size), end);
}

void *sampled_reallocarray(void *block, size_t count, size_t size, const uintptr_t *end)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return SAMPLED_RESIZE(REC_FN_reallocarray, block, bytes, real.realloc(block, bytes), end);
}

void sampled_free(void *block, const uintptr_t *end)
{
    SAMPLED_FREE(block, real.free(block), end);
}
