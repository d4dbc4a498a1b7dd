/* entry.c - what the program calls where blocks are sampled: nearly all calls go from here straight
 * to the real function, the others on to sampled_hooks.c.
 *
 * At first nothing passes: sample_thread.left is 0 in a new thread, so that its first allocation
 * starts the recorder and finds the real functions, and the first free of all goes by free_first.
 *
 * Each function begins on a cache line of its own, and what it needs fits there: where the first of
 * two lines were shared with something else, the same instructions took twice as long. malloc and
 * free are the processor's own: entry_x86_64.c.
 */
#include "preload/entry.h"

#include <stddef.h>

#include "preload/real.h"
#include "preload/sample.h"
#include "preload/sampled_hooks.h"

#define ENTRY __attribute__((visibility("default"), aligned(64)))

/* Declared here and not by <stdlib.h>, whose attributes (malloc, nonnull) would let the
 * compiler drop the checks that these functions are made of. */
#define DECLARE(type, name, params) ENTRY type name params;
HEAPCOACH_HOOKS(DECLARE)

/* Likely, so that the real function is the straight way. */
#define PASSES(condition) __builtin_expect((condition), 1)

static void free_first(void *block);
void (*entry_pass_free)(void *) = free_first;

static void free_first(void *block)
{
    real_resolve();
    __atomic_store_n(&entry_pass_free, real.free, __ATOMIC_RELAXED);
    sampled_free(block, END_HERE());
}

/* Every allocator takes any block by its free. */
#define FREE(block)                                                                                \
    do {                                                                                           \
        if (PASSES(sample_passes_free(block)))                                                     \
            entry_pass_free(block);                                                                \
        else                                                                                       \
            sampled_free(block, END_HERE());                                                       \
    } while (0)

void *calloc(size_t count, size_t size)
{
    size_t bytes;

    if (PASSES(!__builtin_mul_overflow(count, size, &bytes)) && PASSES(sample_passes(bytes)))
        return real.calloc(count, size);
    return sampled_calloc(count, size, END_HERE());
}

void *realloc(void *block, size_t size)
{
    if (PASSES(sample_passes(size)) && PASSES(sample_passes_free(block)))
        return real.realloc(block, size);
    return sampled_realloc(block, size, END_HERE());
}

void *reallocarray(void *block, size_t count, size_t size)
{
    size_t bytes;

    if (PASSES(!__builtin_mul_overflow(count, size, &bytes)) && PASSES(sample_passes(bytes)) &&
        PASSES(sample_passes_free(block)))
        return real.realloc(block, bytes);
    return sampled_reallocarray(block, count, size, END_HERE());
}

void cfree(void *block)
{
    FREE(block);
}

void free_sized(void *block, size_t size)
{
    (void)size;
    FREE(block);
}

void free_aligned_sized(void *block, size_t alignment, size_t size)
{
    (void)alignment;
    (void)size;
    FREE(block);
}

int posix_memalign(void **block, size_t alignment, size_t size)
{
    if (PASSES(sample_passes(size)))
        return real.posix_memalign(block, alignment, size);
    return sampled_posix_memalign(block, alignment, size, END_HERE());
}

void *aligned_alloc(size_t alignment, size_t size)
{
    if (PASSES(sample_passes(size)))
        return real.aligned_alloc(alignment, size);
    return sampled_aligned_alloc(alignment, size, END_HERE());
}

void *memalign(size_t alignment, size_t size)
{
    if (PASSES(sample_passes(size)))
        return real.memalign(alignment, size);
    return sampled_memalign(alignment, size, END_HERE());
}

void *valloc(size_t size)
{
    if (PASSES(sample_passes(size)))
        return real.valloc(size);
    return sampled_valloc(size, END_HERE());
}

void *pvalloc(size_t size)
{
    if (PASSES(sample_passes(size)))
        return real.pvalloc(size);
    return sampled_pvalloc(size, END_HERE());
}

size_t malloc_usable_size(void *block)
{
    real_resolve();
    return real.malloc_usable_size(block);
}
