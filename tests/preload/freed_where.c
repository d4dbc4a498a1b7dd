/* freed_where.c - of the blocks that `make` gives out, a third is freed at once by `near`, and the
 * rest by `far`, after all others: nothing is allocated meanwhile.
 */
#include <stdlib.h>

enum { BLOCKS = 300000 };

static void *volatile kept[BLOCKS];

static __attribute__((noinline)) void *make(void)
{
    void *volatile block = malloc(24);
    return block;
}

static __attribute__((noinline)) void near(void *block)
{
    free(block);
    __asm__ volatile("");
}

static __attribute__((noinline)) void far(void *block)
{
    free(block);
    __asm__ volatile("");
}

int main(void)
{
    for (int i = 0; i < BLOCKS; i++) {
        void *block = make();
        if (i % 3 == 0)
            near(block);
        else
            kept[i] = block;
    }
    for (int i = 0; i < BLOCKS; i++)
        if (kept[i])
            far(kept[i]);
    return 0;
}
