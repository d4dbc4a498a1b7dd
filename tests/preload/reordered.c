/* reordered.c - three call paths to one malloc whose frames are the same but for their order, or
 * for a function of the same size in the place of another. So the return addresses of the first and
 * the second stand in other slots, the sum of whose addresses is the same; and the third differs
 * from the second in slots alone that are none of the first.
 */
#include <stdlib.h>

enum { EACH = 1000 };

/* `how`: which function is next, by two bits for each; 0: leaf */
typedef void call(unsigned how, int bytes);
static call leaf, small, large, as_large;
static volatile long sink;
static call *volatile table[] = {leaf, small, large, as_large};

#define FRAME(bytes)                                                                               \
    do {                                                                                           \
        volatile long room[(bytes) / 8];                                                           \
        for (unsigned i = 0; i < (bytes) / 8; i++)                                                 \
            room[i] = 0;                                                                           \
        table[how & 3](how >> 2, n);                                                               \
        sink = room[0];                                                                            \
    } while (0)

static __attribute__((noinline)) void leaf(unsigned how, int n)
{
    (void)how;
    void *volatile block = malloc((size_t)n);
    free(block);
}

static __attribute__((noinline)) void small(unsigned how, int n)
{
    FRAME(48);
}

static __attribute__((noinline)) void large(unsigned how, int n)
{
    FRAME(112);
}

static __attribute__((noinline)) void as_large(unsigned how, int n)
{
    FRAME(112);
}

#define PATH(a, b, c, d) ((a) | (b) << 2 | (c) << 4 | (d) << 6)

int main(void)
{
    static const unsigned paths[] = {PATH(1, 2, 2, 1), PATH(2, 1, 1, 2), PATH(3, 1, 1, 2)};

    for (int p = 0; p < 3; p++)
        for (int i = 0; i < EACH; i++)
            table[paths[p] & 3](paths[p] >> 2, 10 * (p + 1));
    return 0;
}
