/* handover_pairs.c - blocks that take over from others, DEPTHS * DEPTHS times, each time at another
 * pair of sites: allocations in a recursion have a site for each depth.
 */
#include <stdlib.h>

static void *volatile block;

static __attribute__((noinline)) void at_depth(int depth, size_t bytes)
{
    if (depth)
        at_depth(depth - 1, bytes);
    else
        block = malloc(bytes);
    __asm__ volatile("" ::: "memory"); /* no tail call */
}

int main(int argc, char **argv)
{
    int depths = argc > 1 ? atoi(argv[1]) : 1;

    for (int from = 0; from < depths; from++)
        for (int to = 0; to < depths; to++) {
            at_depth(from, 40);
            void *old = block;
            at_depth(to, 96);
            free(old);
            free(block);
        }
    return 0;
}
