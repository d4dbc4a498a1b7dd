/* first_frees.c - from each of 20 stacks as many blocks as the function's name says are allocated
 * and freed: at once, or when all are there; `resized` ones have grown in between.
 */
#include <stdlib.h>

enum { STACKS = 20, MOST = 30 };

static void *volatile kept[MOST];

static __attribute__((noinline)) void at_once(int blocks)
{
    for (int i = 0; i < blocks; i++) {
        void *volatile block = malloc(24);
        free(block);
    }
}

static __attribute__((noinline)) void later(int blocks)
{
    for (int i = 0; i < blocks; i++)
        kept[i] = malloc(24);
    for (int i = 0; i < blocks; i++)
        free(kept[i]);
}

static __attribute__((noinline)) void resized(int blocks)
{
    for (int i = 0; i < blocks; i++) {
        kept[i] = malloc(24);
        kept[i] = realloc(kept[i], 40);
    }
    for (int i = 0; i < blocks; i++)
        free(kept[i]);
}

/* A stack of its own for each depth, by recursion. */
#define NAMED(blocks)                                                                              \
    static __attribute__((noinline)) int blocks_##blocks(void (*run)(int), int depth)              \
    {                                                                                              \
        if (depth > 0)                                                                             \
            return blocks_##blocks(run, depth - 1) + 1;                                            \
        run(blocks);                                                                               \
        return 0;                                                                                  \
    }
NAMED(8)
NAMED(9)
NAMED(12)
NAMED(30)

static __attribute__((noinline)) int all(void (*run)(int))
{
    int sum = 0;

    for (int depth = 0; depth < STACKS; depth++)
        sum += blocks_8(run, depth) + blocks_9(run, depth) + blocks_12(run, depth) +
               blocks_30(run, depth);
    return sum;
}

int main(void)
{
    return all(at_once) + all(later) + all(resized) == 0;
}
