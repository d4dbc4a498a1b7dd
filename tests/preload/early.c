/* early.c - a preloaded library whose constructor allocates, before main and perhaps before ours: 5
 * blocks of 33 bytes.
 */
#include <stdlib.h>

static void *volatile sink;

static __attribute__((noinline)) void before_all_others(void)
{
    for (volatile int i = 0; i < 5; i++)
        sink = malloc(33);
}

static void __attribute__((constructor(101))) begin(void)
{
    before_all_others();
    sink = sink;
}
