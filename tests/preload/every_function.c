/* every_function.c - calls each interposed function that allocates a known number of times, each
 * from a function of its own. test_functions.py knows the numbers. Nothing is freed but where the
 * function is about freeing.
 */
#define _GNU_SOURCE
#include <malloc.h>
#include <stdlib.h>

static void *volatile sink;
#define CALLER static __attribute__((noinline)) void

CALLER call_malloc(void)
{
    for (volatile int i = 0; i < 3; i++)
        sink = malloc(11);
}

CALLER call_calloc(void)
{
    for (volatile int i = 0; i < 4; i++)
        sink = calloc(3, 7);
}

/* realloc of nothing is an allocation of its own */
CALLER call_realloc(void)
{
    sink = realloc(NULL, 31);
}

CALLER call_reallocarray(void)
{
    sink = reallocarray(NULL, 2, 41);
}

CALLER call_posix_memalign(void)
{
    void *block = NULL;
    if (posix_memalign(&block, 64, 51) == 0)
        sink = block;
}

CALLER call_aligned_alloc(void)
{
    sink = aligned_alloc(64, 61);
}

CALLER call_memalign(void)
{
    sink = memalign(64, 71);
}

CALLER call_valloc(void)
{
    sink = valloc(81);
}

CALLER call_pvalloc(void)
{
    sink = pvalloc(91);
}

/* 10 + 30 + 20 bytes in 3 events, one block, live at the end with 20 */
CALLER grow_and_shrink(void)
{
    void *block = malloc(10);
    sink = block;
    block = realloc(block, 30);
    sink = block;
    sink = reallocarray(block, 5, 4);
}

/* realloc to nothing is a free: 1 event of 100 bytes, none live */
CALLER realloc_to_nothing(void)
{
    sink = malloc(100);
    sink = realloc(sink, 0);
}

/* what fails is no event; the block stays: 1 event, 200 bytes live */
CALLER failing(void)
{
    volatile size_t huge = (size_t)-1;
    void *volatile block = malloc(200);
    sink = realloc(block, huge);
    sink = malloc(huge);
    sink = calloc(huge, 2);
    sink = block;
}

/* a block that is asked for with 0 bytes is a block: 2 events, one live */
CALLER of_size_zero(void)
{
    sink = malloc(0);
    free(sink);
    sink = malloc(0);
}

CALLER freed(void)
{
    for (volatile int i = 0; i < 50; i++) {
        sink = malloc(400);
        free(sink);
    }
}

int main(void)
{
    call_malloc();
    call_calloc();
    call_realloc();
    call_reallocarray();
    call_posix_memalign();
    call_aligned_alloc();
    call_memalign();
    call_valloc();
    call_pvalloc();
    grow_and_shrink();
    realloc_to_nothing();
    failing();
    of_size_zero();
    freed();
    return 0;
}
