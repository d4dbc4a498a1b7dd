/* malloc_api.c - the whole malloc API with its edge cases, as one listing that does not depend on
 * addresses. test_unchanged.py runs it with and without the recorder and wants the same bytes.
 * Each line says what was called, what came back (in a form that is the same in each run), errno
 * after it (set to 77 before), and what malloc_usable_size says.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* C23 and older than C89: NULL where neither libc nor the recorder has them. */
extern void free_sized(void *block, size_t bytes) __attribute__((weak));
extern void free_aligned_sized(void *block, size_t alignment, size_t bytes) __attribute__((weak));
extern void cfree(void *block) __attribute__((weak));

static void *volatile sink; /* so that no call is optimized away */

static size_t alignment_of(const void *block)
{
    size_t bits = (uintptr_t)block;
    return bits & -bits;
}

/* The alignment that was promised, so that luck does not show. How much of an aligned block is
 * usable depends on where its neighbours happen to lie, so that is not shown. */
static void show(const char *call, void *block, size_t promised)
{
    int error = errno;
    sink = block;
    if (!block) {
        printf("%-40s NULL errno %d\n", call, error);
        return;
    }
    const char *aligned = alignment_of(block) >= promised ? "" : " MISALIGNED";
    printf("%-40s block%s errno %d", call, aligned, error);
    if (promised <= 16)
        printf(" usable %zu", malloc_usable_size(block));
    printf("\n");
}

#define SHOW(promised, call)                                                                       \
    (__extension__({                                                                               \
        errno = 77;                                                                                \
        void *block_ = (call);                                                                     \
        show(#call, block_, promised);                                                             \
        block_;                                                                                    \
    }))

static void release(void *block)
{
    errno = 77;
    free(block);
    if (errno != 77)
        printf("free changed errno to %d\n", errno);
}

static volatile size_t huge = SIZE_MAX; /* not known to the compiler */
static volatile size_t half = SIZE_MAX / 2 + 2;

static void plain(void)
{
    release(NULL);
    release(SHOW(16, malloc(0)));
    release(SHOW(16, malloc(1)));
    release(SHOW(16, malloc(24)));
    release(SHOW(16, malloc(25)));
    release(SHOW(16, malloc(100000)));
    release(SHOW(16, malloc(10 << 20)));
    release(SHOW(16, malloc(huge)));
    release(SHOW(16, malloc(huge / 2)));
    for (size_t bytes = 0; bytes < 5000; bytes = bytes * 9 / 8 + 1) {
        void *block = malloc(bytes);
        printf("usable %zu of %zu\n", malloc_usable_size(block), bytes);
        memset(block, 0x5a, malloc_usable_size(block));
        release(block);
    }
    printf("usable of NULL %zu\n", malloc_usable_size(NULL));
}

static int all_zero(const unsigned char *block, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        if (block[i])
            return 0;
    return 1;
}

static void zeroed(void)
{
    release(SHOW(16, calloc(0, 5)));
    release(SHOW(16, calloc(5, 0)));
    release(SHOW(16, calloc(half, 2)));
    release(SHOW(16, calloc(huge, huge)));
    for (size_t bytes = 1; bytes < 300000; bytes *= 3) {
        unsigned char *dirty = malloc(bytes);
        memset(dirty, 0xff, bytes);
        release(dirty);
        unsigned char *block = calloc(1, bytes);
        printf("calloc of %zu all zero: %d\n", bytes, all_zero(block, bytes));
        release(block);
    }
}

static void resized(void)
{
    /* volatile, or the compiler takes a block whose realloc failed for gone */
    char *volatile block = SHOW(16, realloc(NULL, 10));
    strcpy(block, "nine char");
    block = SHOW(16, realloc(block, 100000));
    printf("kept: %s\n", block);
    block = SHOW(16, realloc(block, 10));
    printf("kept: %s\n", block);
    /* a realloc that fails leaves the block as it was, to be used and freed */
    SHOW(16, realloc(block, huge));
    printf("kept: %s\n", block);
    SHOW(16, reallocarray(block, half, 2));
    printf("kept: %s\n", block);
    block = SHOW(16, reallocarray(block, 100, 100));
    printf("kept: %s\n", block);
    SHOW(16, realloc(block, 0));
    block = SHOW(16, reallocarray(NULL, 3, 7));
    SHOW(16, reallocarray(block, 0, 7));
    block = SHOW(16, malloc(1 << 20));
    memset(block, 7, 1 << 20);
    block = SHOW(16, realloc(block, 64 << 20));
    printf("kept: %d %d\n", block[0], block[(1 << 20) - 1]);
    release(block);
}

static void aligned(void)
{
    for (size_t alignment = 1; alignment <= 1 << 21; alignment *= 4) {
        void *block = (void *)0x77;
        errno = 77;
        int result = posix_memalign(&block, alignment, 100);
        printf("posix_memalign %zu: %d errno %d\n", alignment, result, errno);
        if (result == 0) {
            show("    of 100", block, alignment);
            release(block);
        } else {
            printf("    pointer untouched: %d\n", block == (void *)0x77);
        }
    }
    void *block = (void *)0x77;
    errno = 77;
    int result = posix_memalign(&block, 24, 100);
    printf("posix_memalign 24: %d errno %d %d\n", result, errno, block == (void *)0x77);
    result = posix_memalign(&block, 64, huge);
    printf("posix_memalign huge: %d errno %d %d\n", result, errno, block == (void *)0x77);
    result = posix_memalign(&block, 64, 0);
    printf("posix_memalign of 0: %d errno %d\n", result, errno);
    release(block);
    release(SHOW(64, aligned_alloc(64, 128)));
    release(SHOW(64, aligned_alloc(64, 100)));
    release(SHOW(1, aligned_alloc(0, 100)));
    release(SHOW(64, aligned_alloc(64, huge)));
    release(SHOW(16, memalign(16, 100)));
    release(SHOW(4096, memalign(4096, 1)));
    release(SHOW(4096, memalign(3000, 1)));
    release(SHOW(16, memalign(16, huge)));
    release(SHOW(4096, valloc(1)));
    release(SHOW(4096, valloc(0)));
    char *grown = SHOW(256, aligned_alloc(256, 256));
    strcpy(grown, "aligned");
    grown = SHOW(16, realloc(grown, 300000));
    printf("kept: %s\n", grown);
    release(grown);
}

static void pages(void)
{
    release(SHOW(4096, pvalloc(1)));
    release(SHOW(4096, pvalloc(4097)));
    release(SHOW(4096, pvalloc(huge)));
}

static void newer_names(void)
{
    errno = 77;
    if (free_sized)
        free_sized(malloc(100), 100);
    if (free_aligned_sized)
        free_aligned_sized(aligned_alloc(64, 128), 64, 128);
    if (cfree)
        cfree(malloc(100));
    printf("newer and older names: errno %d\n", errno);
}

/* Blocks of pseudo-random sizes, resized and freed in any order, each full of its own number. */
static void *churn(void *seed)
{
    enum { SLOTS = 200, STEPS = 20000 };
    unsigned char *blocks[SLOTS] = {0};
    size_t sizes[SLOTS] = {0};
    uint64_t random = (uintptr_t)seed, wrong = 0, sum = 0;
    for (int step = 0; step < STEPS; step++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        size_t slot = (random >> 33) % SLOTS, bytes = 1 + (random >> 45) % 3000;
        for (size_t i = 0; i < sizes[slot]; i += 97)
            wrong += blocks[slot][i] != (unsigned char)slot;
        switch ((random >> 60) & 3) {
        case 0:
            free(blocks[slot]);
            blocks[slot] = malloc(bytes);
            break;
        case 1:
            free(blocks[slot]);
            blocks[slot] = calloc(bytes, 1);
            break;
        case 2:
            free(blocks[slot]);
            blocks[slot] = aligned_alloc(64, bytes);
            break;
        default:
            blocks[slot] = realloc(blocks[slot], bytes);
        }
        sizes[slot] = bytes;
        sum += bytes;
        memset(blocks[slot], (int)slot, bytes);
    }
    for (int i = 0; i < SLOTS; i++)
        free(blocks[i]);
    return (void *)(uintptr_t)(sum + (wrong << 40));
}

static void churn_in_threads(void)
{
    pthread_t threads[4];
    for (uintptr_t i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, churn, (void *)(i + 1));
    for (int i = 0; i < 4; i++) {
        void *sum;
        pthread_join(threads[i], &sum);
        printf("churn %d: %zu\n", i, (size_t)(uintptr_t)sum);
    }
}

/* With an argument, only what allocators that come as a library all define. */
int main(int argc, char **argv)
{
    (void)argv;
    plain();
    zeroed();
    resized();
    aligned();
    if (argc == 1) {
        pages();
        newer_names();
    }
    churn_in_threads();
    fprintf(stderr, "done\n");
    return 7;
}
