/* cutting.c - preloaded into the command by test_cut_short.py: another program that cuts a file
 * short at the worst moment, as soon as it has been mapped.
 *
 * CUT_FILE: which file, by the end of its name. CUT_TO: how many bytes it keeps.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static void cut_if_named(int fd)
{
    const char *name = getenv("CUT_FILE"), *to = getenv("CUT_TO");
    char link[64], path[4096];
    ssize_t n;

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    n = name && to ? readlink(link, path, sizeof path - 1) : -1;
    if (n <= 0)
        return;
    path[n] = '\0';
    if ((size_t)n < strlen(name) || strcmp(path + n - strlen(name), name) != 0)
        return;
    if (truncate(path, atol(to)) != 0)
        abort();
}

void *mmap(void *at, size_t bytes, int prot, int flags, int fd, off_t offset)
{
    long got = syscall(SYS_mmap, at, bytes, prot, flags, fd, offset);

    if (got != -1 && fd >= 0)
        cut_if_named(fd);
    return (void *)got;
}

void *mmap64(void *at, size_t bytes, int prot, int flags, int fd, off64_t offset)
{
    return mmap(at, bytes, prot, flags, fd, offset);
}
