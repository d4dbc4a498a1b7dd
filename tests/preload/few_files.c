/* few_files.c - opens files until it may open no more, says how many, and then allocates 40 blocks
 * of 100 bytes from each of 12 depths of recursion, so that a recording has to grow.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

static void *volatile sink;

static __attribute__((noinline)) void before(void)
{
    for (volatile int i = 0; i < 40; i++)
        sink = malloc(100);
}

static __attribute__((noinline)) void at_depth(int depth)
{
    for (volatile int i = 0; i < 40; i++)
        sink = malloc(100);
    if (depth > 0)
        at_depth(depth - 1);
    sink = NULL;
}

int main(void)
{
    int files = 0;

    before();
    while (open("/dev/null", O_RDONLY) >= 0)
        files++;
    at_depth(600);
    printf("%d\n", files);
    return 7;
}
