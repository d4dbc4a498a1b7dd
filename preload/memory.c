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

/* ThreadSanitizer sees no system calls of ours: who is given an address next would seem to share
 * it with who had it before. */
#if defined(__SANITIZE_THREAD__)
#define UNDER_TSAN 1
#elif defined(__has_feature)
#define UNDER_TSAN __has_feature(thread_sanitizer)
#else
#define UNDER_TSAN 0
#endif

enum { LISTED_MAX = 4096 };

#define PLACE_LOW ((uintptr_t)0x200000000000)
#define PLACE_RANDOM ((uintptr_t)0x0ffffff00000)

extern void *__libc_stack_end;

static size_t mapped, limit = SIZE_MAX;

/* What is mapped, for a forked child to give back; what is too much for the list, stays there. A
 * row whose `at` is NULL is free. */
static struct {
    void *at;
    size_t bytes;
} listed[LISTED_MAX];
static uint32_t list_end; /* rows from here on have never been used */

static void list(void *at, size_t bytes)
{
    uint32_t row = __atomic_fetch_add(&list_end, 1, __ATOMIC_RELAXED);

    if (row >= LISTED_MAX) {
        __atomic_store_n(&list_end, LISTED_MAX, __ATOMIC_RELAXED);
        return;
    }
    listed[row].bytes = bytes;
    __atomic_store_n(&listed[row].at, at, __ATOMIC_RELEASE);
}

static void unlist(const void *at)
{
    uint32_t end = __atomic_load_n(&list_end, __ATOMIC_RELAXED);

    for (uint32_t row = end < LISTED_MAX ? end : LISTED_MAX; row-- > 0;)
        if (__atomic_load_n(&listed[row].at, __ATOMIC_RELAXED) == at) {
            __atomic_store_n(&listed[row].at, NULL, __ATOMIC_RELAXED);
            return;
        }
}

/* Ours lie together, far from where the kernel puts the program's mappings: between those they
 * would keep one from growing where it is, and spread the program's blocks over more of the block
 * table. A wish: what is taken, the kernel replaces by a place of its own. The stack's place, which
 * is random, makes ours so. */
void *memory_place(size_t bytes)
{
    static uintptr_t used;
    uintptr_t room = (bytes + PAGE - 1) & ~(uintptr_t)(PAGE - 1);
    uintptr_t base = PLACE_LOW + ((uintptr_t)__libc_stack_end & PLACE_RANDOM);

    return (void *)(base + __atomic_fetch_add(&used, room, __ATOMIC_RELAXED));
}

void memory_limit(size_t bytes)
{
    __atomic_store_n(&limit, bytes, __ATOMIC_RELAXED);
}

static void *map(size_t bytes, int more_flags)
{
    size_t most = __atomic_load_n(&limit, __ATOMIC_RELAXED);

    if (bytes > most || memory_mapped() > most - bytes)
        return NULL;
    /* NORESERVE: the big tables are address space first, memory only where touched. */
    long at = sys_mmap_wish(memory_place(bytes), bytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, MAP_NORESERVE | more_flags, -1, 0);
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

/* `at` may be NULL: there was no memory. */
static void *count(void *at, size_t bytes)
{
    if (!at)
        return NULL;
    __atomic_fetch_add(&mapped, bytes, __ATOMIC_RELAXED);
    list(at, bytes);
    return at;
}

void *memory_map(size_t bytes)
{
    return count(map(bytes, 0), bytes);
}

void *memory_map_sparse(size_t bytes)
{
    if (bytes < HUGE_PAGE)
        return memory_map(bytes);
    void *at = map_aligned(bytes);
    if (at)
        sys_madvise(at, bytes, USE_HUGE_PAGES);
    return count(at, bytes);
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

void memory_fill(void *at, size_t bytes)
{
    sys_madvise(at, bytes, POPULATE);
}

void memory_unmap(void *at, size_t bytes)
{
    unlist(at); /* first: another thread may be given the address at once */
    if (!UNDER_TSAN)
        sys_munmap(at, bytes);
    __atomic_fetch_sub(&mapped, bytes, __ATOMIC_RELAXED);
}

void memory_unmap_all(void)
{
    for (uint32_t row = 0; row < LISTED_MAX && row < list_end; row++)
        if (listed[row].at) {
            sys_munmap(listed[row].at, listed[row].bytes);
            listed[row].at = NULL;
        }
    list_end = 0;
    mapped = 0;
}

size_t memory_mapped(void)
{
    return __atomic_load_n(&mapped, __ATOMIC_RELAXED);
}
