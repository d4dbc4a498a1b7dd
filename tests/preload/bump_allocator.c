/* bump_allocator.c - a malloc that a signal handler may call at any moment: blocks come one after
 * the other from one big mapping, nothing is ever used again, there is no lock. Built as a library
 * and preloaded behind the recorder, so that test_threads.py can interrupt the recorder anywhere
 * without interrupting an allocator that must not be.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

void *malloc(size_t bytes);
void free(void *block);
void *calloc(size_t count, size_t bytes);
void *realloc(void *block, size_t bytes);
void *aligned_alloc(size_t alignment, size_t bytes);
int posix_memalign(void **block, size_t alignment, size_t bytes);
size_t malloc_usable_size(void *block);

enum { HEAD = 16 };
static const size_t ROOM = (size_t)16 << 30;
static char *arena;
static size_t used;

static void *take(size_t alignment, size_t bytes)
{
    if (!__atomic_load_n(&arena, __ATOMIC_ACQUIRE)) {
        int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
        char *none = NULL, *fresh = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, flags, -1, 0);
        if (!__atomic_compare_exchange_n(&arena, &none, fresh, 0, __ATOMIC_SEQ_CST,
                                         __ATOMIC_SEQ_CST))
            munmap(fresh, ROOM);
    }
    size_t whole = bytes + HEAD + alignment;
    if (bytes > ROOM / 2 || used + whole > ROOM) {
        errno = ENOMEM;
        return NULL;
    }
    size_t at = __atomic_fetch_add(&used, (whole + 15) & ~(size_t)15, __ATOMIC_RELAXED);
    uintptr_t block = ((uintptr_t)arena + at + HEAD + alignment - 1) & ~(alignment - 1);
    ((size_t *)block)[-1] = bytes;
    return (void *)block;
}

void *malloc(size_t bytes)
{
    return take(16, bytes);
}

void free(void *block)
{
    (void)block;
}

void *calloc(size_t count, size_t bytes)
{
    return take(16, count * bytes);
}

size_t malloc_usable_size(void *block)
{
    return block ? ((size_t *)block)[-1] : 0;
}

void *realloc(void *block, size_t bytes)
{
    size_t old = malloc_usable_size(block);
    void *fresh = take(16, bytes);

    if (block && fresh)
        memcpy(fresh, block, old < bytes ? old : bytes);
    return fresh;
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    return take(alignment < 16 ? 16 : alignment, bytes);
}

int posix_memalign(void **block, size_t alignment, size_t bytes)
{
    *block = aligned_alloc(alignment, bytes);
    return *block ? 0 : ENOMEM;
}
