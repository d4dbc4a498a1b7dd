/* long_life.c - a block of 24 bytes that lives while 1,000 others are made, grows to 48 by realloc,
 * and is given back at once: it is as old as its birth, not as its last realloc.
 */
#include <stdlib.h>

static void *volatile sink;

static __attribute__((noinline)) void others(void)
{
    for (volatile int i = 0; i < 1000; i++) {
        sink = malloc(16);
        free(sink);
    }
}

static __attribute__((noinline)) void *old(void)
{
    void *volatile block = malloc(24);
    return block;
}

int main(void)
{
    void *block = old();

    others();
    block = realloc(block, 48);
    free(block);
    return 0;
}
