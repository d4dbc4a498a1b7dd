/* large_block.c - a block of 4 MiB that is held over a pause of 20 ms, among events so quick that
 * they share readings of the clock.
 */
#include <stdlib.h>
#include <unistd.h>

static void *volatile sink;

static __attribute__((noinline)) void quick_events(void)
{
    for (volatile int i = 0; i < 100000; i++) {
        sink = malloc(16);
        free(sink);
    }
}

static __attribute__((noinline)) void *large(void)
{
    void *volatile block = malloc(4 << 20);
    return block;
}

int main(void)
{
    quick_events();
    void *block = large();
    usleep(20000);
    free(block);
    quick_events();
    return 0;
}
