/* memory.c - anonymous mappings by raw system calls; see memory.h for why. */
#include "preload/memory.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>

#include "preload/calls.h"

static size_t mapped;

void *memory_map(size_t bytes)
{
    /* NORESERVE: the big tables are address space first, memory only where touched. */
    long at = sys_mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (sys_failed(at))
        return NULL;
    __atomic_fetch_add(&mapped, bytes, __ATOMIC_RELAXED);
    return (void *)at;
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
