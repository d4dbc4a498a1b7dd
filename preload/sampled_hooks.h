/* sampled_hooks.h - the long form of each interposed function, for what sample_passes or
 * sample_passes_free did not let by: entry.c ends in them. `end`: END_HERE in the function that the
 * program called, from which they know its caller (walk.h).
 */
#ifndef HEAPCOACH_SAMPLED_HOOKS_H
#define HEAPCOACH_SAMPLED_HOOKS_H

#include <stddef.h>
#include <stdint.h>

void *sampled_malloc(size_t size, const uintptr_t *end);
void *sampled_calloc(size_t count, size_t size, const uintptr_t *end);
void *sampled_realloc(void *block, size_t size, const uintptr_t *end);
void *sampled_reallocarray(void *block, size_t count, size_t size, const uintptr_t *end);
int sampled_posix_memalign(void **block, size_t alignment, size_t size, const uintptr_t *end);
void *sampled_aligned_alloc(size_t alignment, size_t size, const uintptr_t *end);
void *sampled_memalign(size_t alignment, size_t size, const uintptr_t *end);
void *sampled_valloc(size_t size, const uintptr_t *end);
void *sampled_pvalloc(size_t size, const uintptr_t *end);
void sampled_free(void *block, const uintptr_t *end);

#endif
