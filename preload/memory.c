/* memory.c - anonymous mappings by raw system calls; see memory.h for why. */
#include "preload/memory.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>

#include "preload/calls.h"

enum {
    PAGE = 4096,
    HUGE_PAGE = 2 << 20,
    USE_HUGE_PAGES = 14, /* MADV_HUGEPAGE */
    POPULATE = 23        /* MADV_POPULATE_WRITE, Linux 5.14; older headers lack it */
};

static size_t mapped;

static void *map(size_t bytes, int more_flags)
{
    /* NORESERVE: the big tables are address space first, memory only where touched. */
    long at = sys_mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | more_flags, -1, 0);
    if (sys_failed(at))
        return NULL;
    return (void *)at;
}

/* `bytes` that begin at a whole huge page; what is cut off is given back. */
static void *map_aligned(size_t bytes)
{
    bytes = (bytes + PAGE - 1) & ~(size_t)(PAGE - 1);
    uint8_t *at = map(bytes + HUGE_PAGE, 0);

    if (!at)
        return NULL;
    size_t before = -(uintptr_t)at % HUGE_PAGE;
    if (before)
        sys_munmap(at, before);
    sys_munmap(at + before + bytes, HUGE_PAGE - before);
    return at + before;
}

static void *count(void *at, size_t bytes)
{
    if (at)
        __atomic_fetch_add(&mapped, bytes, __ATOMIC_RELAXED);
    return at;
}

void *memory_map(size_t bytes)
{
    return count(map(bytes, 0), bytes);
}

void *memory_map_filled(size_t bytes)
{
    if (bytes < HUGE_PAGE)
        return count(map(bytes, MAP_POPULATE), bytes);
    void *at = map_aligned(bytes);
    if (at) {
        sys_madvise(at, bytes, USE_HUGE_PAGES); /* a wish: without it, small pages do */
        sys_madvise(at, bytes, POPULATE);
    }
    return count(at, bytes);
}

void memory_unmap(void *at, size_t bytes)
{
    sys_munmap(at, bytes);
    __atomic_fetch_sub(&mapped, bytes, __ATOMIC_RELAXED);
}

size_t memory_mapped(void)
{
    return __atomic_load_n(&mapped, __ATOMIC_RELAXED);
}
