/* stress.c - loads of the kind that allocators are tested with; the first argument says which:
 *
 * - churn: 8 threads, blocks of 1 byte to 64 KiB, freed in any order, half of them by whoever finds
 *   them in a shared table
 * - storm: 4 threads grow and shrink blocks by realloc, across the size where the C library maps a
 *   block of its own, 10 to 4,000,000 bytes
 * - ring: producers and consumers: each block is freed by another thread
 * - fleeting: 400 threads, one after the other and 4 at a time, each leaves blocks for the next to
 *   free
 *
 * Every block is filled with its own number and checked before it is given back. Prints what was
 * done and a sum of what was seen, the same in each run. Counted: every call, by its own function.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS_MAX = 8, SLOTS = 512 };

static unsigned long given, resized, returned, wrong;
static __thread unsigned long my_given, my_resized, my_returned, my_wrong;

struct block {
    size_t bytes;
    unsigned char mark;
    unsigned char body[];
};

static uint64_t next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

static void fill(struct block *block, size_t bytes, unsigned char mark)
{
    block->bytes = bytes;
    block->mark = mark;
    memset(block->body, mark, bytes);
}

static void check(const struct block *block, size_t bytes)
{
    for (size_t i = 0; i < bytes; i += 61)
        my_wrong += block->body[i] != block->mark;
}

static __attribute__((noinline)) struct block *make(size_t bytes, unsigned char mark)
{
    struct block *block = malloc(sizeof *block + bytes);

    fill(block, bytes, mark);
    my_given++;
    return block;
}

static __attribute__((noinline)) struct block *resize(struct block *block, size_t bytes)
{
    size_t kept = block->bytes < bytes ? block->bytes : bytes;

    block = realloc(block, sizeof *block + bytes);
    check(block, kept);
    fill(block, bytes, (unsigned char)(block->mark + 1));
    my_resized++;
    return block;
}

static void give_back(struct block *block)
{
    if (!block)
        return;
    check(block, block->bytes);
    free(block);
    my_returned++;
}

static void add_up(void)
{
    __atomic_fetch_add(&given, my_given, __ATOMIC_RELAXED);
    __atomic_fetch_add(&resized, my_resized, __ATOMIC_RELAXED);
    __atomic_fetch_add(&returned, my_returned, __ATOMIC_RELAXED);
    __atomic_fetch_add(&wrong, my_wrong, __ATOMIC_RELAXED);
}

static void in_threads(int threads, void *(*body)(void *))
{
    static int numbers[THREADS_MAX];
    pthread_t ids[THREADS_MAX];

    for (int i = 0; i < threads; i++) {
        numbers[i] = i;
        pthread_create(&ids[i], NULL, body, &numbers[i]);
    }
    for (int i = 0; i < threads; i++)
        pthread_join(ids[i], NULL);
}

/* ---- churn ---- */

static struct block *table[SLOTS];

static void *churn(void *number)
{
    uint64_t random = (uint64_t) * (int *)number + 1;

    for (int i = 0; i < 20000; i++) {
        size_t bytes = next(&random) % 10 ? next(&random) % 1000 : next(&random) % 65536;
        struct block *block = make(bytes + 1, (unsigned char)i);
        if (next(&random) % 2)
            block = __atomic_exchange_n(&table[next(&random) % SLOTS], block, __ATOMIC_ACQ_REL);
        give_back(block);
    }
    add_up();
    return NULL;
}

/* ---- storm ---- */

static void *storm(void *number)
{
    static const size_t sizes[] = {10,     100,     24,      1000,    130000, 140000,
                                   90,     4000000, 1000000, 2000000, 200000, 131072,
                                   131000, 70,      262144,  10};
    uint64_t random = (uint64_t) * (int *)number + 1;

    for (int i = 0; i < 40; i++) {
        struct block *block = make(1, (unsigned char)i);
        for (unsigned s = 0; s < sizeof sizes / sizeof *sizes; s++)
            block = resize(block, sizes[s] + next(&random) % 3);
        give_back(block);
    }
    add_up();
    return NULL;
}

/* ---- ring ---- */

enum { PAIRS = 4, PASSED = 40000, PLACES = 16 };

/* Who waits sleeps: beside other work on the machine, asking over and over takes for ever. */
static struct ring {
    struct block *places[PLACES];
    sem_t empty, filled;
} rings[PAIRS];

static void make_rings(void)
{
    for (int i = 0; i < PAIRS; i++) {
        sem_init(&rings[i].empty, 0, PLACES);
        sem_init(&rings[i].filled, 0, 0);
    }
}

static void *pass_on(void *number)
{
    int me = *(int *)number;
    struct ring *ring = &rings[me / 2];

    for (int i = 0; i < PASSED; i++) {
        if (me % 2 == 0) {
            struct block *block = make(1 + (size_t)i % 300, (unsigned char)i);
            sem_wait(&ring->empty);
            ring->places[i % PLACES] = block;
            sem_post(&ring->filled);
        } else {
            sem_wait(&ring->filled);
            struct block *block = ring->places[i % PLACES];
            sem_post(&ring->empty);
            give_back(block);
        }
    }
    add_up();
    return NULL;
}

/* ---- fleeting ---- */

static void *fleet(void *number)
{
    for (int i = 0; i < 50; i++) {
        struct block **place = &table[*(int *)number * 50 + i];
        give_back(
            __atomic_exchange_n(place, make(1 + (size_t)i, (unsigned char)i), __ATOMIC_ACQ_REL));
    }
    add_up();
    return NULL;
}

int main(int argc, char **argv)
{
    const char *kind = argc > 1 ? argv[1] : "";

    if (!strcmp(kind, "churn"))
        in_threads(8, churn);
    else if (!strcmp(kind, "storm"))
        in_threads(4, storm);
    else if (!strcmp(kind, "ring")) {
        make_rings();
        in_threads(2 * PAIRS, pass_on);
    } else if (!strcmp(kind, "fleeting"))
        for (int i = 0; i < 100; i++)
            in_threads(4, fleet);
    else
        return 2;
    unsigned long left = given - returned;
    for (int i = 0; i < SLOTS; i++)
        give_back(table[i]);
    printf("given %lu resized %lu left %lu wrong %lu\n", given, resized, left - my_returned,
           wrong + my_wrong);
    return 0;
}
