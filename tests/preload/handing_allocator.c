/* handing_allocator.c - a preloaded allocator, for realloc_race.c: what a realloc of 2,000 bytes
 * has left is given to the next who asks for 2,000 bytes, and it returns only when somebody has.
 * Otherwise nothing is ever used again.
 */
#include <sched.h>
#include <stdint.h>
#include <string.h>

void *malloc(size_t bytes);
void free(void *block);
void *calloc(size_t n, size_t bytes);
void *realloc(void *block, size_t bytes);

enum { HANDED = 2000, ROOM = 64 << 20 };
void *handing_slot; /* what is to be given away */
static _Alignas(4096) char room[ROOM];
static uint64_t used;

/* In front of each block lies its size. */
void *malloc(size_t bytes)
{
    if (bytes == HANDED) {
        void *handed = __atomic_exchange_n(&handing_slot, (void *)0, __ATOMIC_ACQ_REL);
        if (handed)
            return handed;
    }
    uint64_t at = __atomic_fetch_add(&used, ((bytes + 15) & ~(size_t)15) + 16, __ATOMIC_RELAXED);
    if (at + bytes + 16 > ROOM)
        return (void *)0;
    memcpy(&room[at + 8], &bytes, 8);
    return &room[at + 16];
}

void free(void *block)
{
    (void)block;
}

void *calloc(size_t n, size_t bytes)
{
    return malloc(n * bytes);
}

void *realloc(void *block, size_t bytes)
{
    void *moved = malloc(bytes);
    size_t had = 0;

    if (!block || !moved)
        return moved;
    memcpy(&had, (char *)block - 8, 8);
    memcpy(moved, block, had < bytes ? had : bytes);
    if (had == HANDED) {
        __atomic_store_n(&handing_slot, block, __ATOMIC_RELEASE);
        while (__atomic_load_n(&handing_slot, __ATOMIC_ACQUIRE))
            sched_yield();
    }
    return moved;
}
