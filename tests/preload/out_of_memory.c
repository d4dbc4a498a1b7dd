/* out_of_memory.c - allocates 40 blocks of 1,000 bytes from `before`, then blocks of 1 MiB from
 * `until`, until malloc says no or somebody ends the program. After each of those it writes a byte
 * to standard output, so that how many there were is known however it ends. When malloc has said
 * no, it gives back half of them and allocates 10 blocks of 500 bytes from `after`. With an
 * argument it touches all of each block.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ENOUGH = 4096 };
static void *volatile sink;
static void *blocks[ENOUGH];

static __attribute__((noinline)) void before(void)
{
    for (volatile int i = 0; i < 40; i++)
        sink = malloc(1000);
}

static __attribute__((noinline)) int until(size_t touched)
{
    int n = 0;

    while (n < ENOUGH && (blocks[n] = malloc(1 << 20))) {
        memset(blocks[n++], 1, touched);
        if (write(1, ".", 1) != 1)
            _exit(4);
    }
    return n;
}

static __attribute__((noinline)) void after(void)
{
    for (volatile int i = 0; i < 10; i++)
        sink = malloc(500);
}

int main(int argc, char **argv)
{
    (void)argv;
    before();
    int n = until(argc > 1 ? 1 << 20 : 1);
    for (int i = 0; i < n / 2; i++)
        free(blocks[i]);
    after();
    return sink ? 9 : 3;
}
