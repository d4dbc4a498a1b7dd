/* sample_edges.c - what is easily got wrong where only some blocks are recorded: the first call of
 * all is a free, there are requests that no allocator can fulfil, blocks of no bytes, and a handler
 * that allocates. Then `in_kept` keeps 1000 blocks of 100 bytes and `in_dropped` frees as many.
 */
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>

static void *volatile sink;

static __attribute__((noinline)) void in_kept(void)
{
    for (int i = 0; i < 1000; i++)
        sink = malloc(100);
}

static __attribute__((noinline)) void in_dropped(void)
{
    for (int i = 0; i < 1000; i++) {
        sink = malloc(100);
        free(sink);
    }
}

static __attribute__((noinline)) void in_empty(void)
{
    for (int i = 0; i < 1000; i++)
        sink = malloc(0);
}

static void handle(int signal)
{
    (void)signal;
    sink = malloc(200);
    free(sink);
}

int main(void)
{
    volatile size_t all = SIZE_MAX, half = SIZE_MAX / 4 * 3, much = (size_t)1 << 46;
    void *volatile nothing = NULL;

    free(nothing);
    if (malloc(all) || malloc(half) || malloc(much) || calloc(half, 3) || realloc(nothing, half))
        return 1;
    signal(SIGUSR1, handle);
    for (int i = 0; i < 1000; i++)
        raise(SIGUSR1);
    in_empty();
    in_kept();
    in_dropped();
    return 0;
}
