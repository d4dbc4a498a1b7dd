/* lowers.c HOW MIB - limits its own address space by the function HOW to so many MiB, and then
 * allocates 50 blocks of 1 MiB and 1,000 of 1,000 bytes from `after`. Prints how many it was given.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { LARGE = 50, SMALL = 1000 };

static void *volatile sink;

static int lower(const char *how, rlim_t bytes)
{
    const struct rlimit limit = {bytes, bytes};
    const struct rlimit64 limit64 = {bytes, bytes};

    if (strcmp(how, "setrlimit") == 0)
        return setrlimit(RLIMIT_AS, &limit);
    if (strcmp(how, "setrlimit64") == 0)
        return setrlimit64(RLIMIT_AS, &limit64);
    if (strcmp(how, "prlimit") == 0)
        return prlimit(getpid(), RLIMIT_AS, &limit, NULL);
    return prlimit64(0, RLIMIT_AS, &limit64, NULL);
}

static __attribute__((noinline)) int after(int n, size_t size)
{
    int given = 0;

    for (volatile int i = 0; i < n; i++) {
        char *block = sink = malloc(size);
        if (block) {
            memset(block, 1, size);
            given++;
        }
    }
    return given;
}

int main(int argc, char **argv)
{
    if (argc != 3 || lower(argv[1], (rlim_t)atoi(argv[2]) << 20) != 0)
        return 3;
    int given = after(LARGE, 1 << 20) + after(SMALL, 1000);
    printf("%d\n", given);
    return 0;
}
