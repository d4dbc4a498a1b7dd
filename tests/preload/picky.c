/* picky.c - a library that somebody preloads into a program of theirs, and that bears no other: it
 * ends our command.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <unistd.h>

static void __attribute__((constructor)) look(void)
{
    if (!strcmp(program_invocation_short_name, "heapcoach"))
        _exit(99);
}
