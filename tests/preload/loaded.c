/* loaded.c - a library for loader.c. Built four times, with another LETTER each: its functions are
 * named by it, and it allocates LETTER + 10 bytes when called, 21 when it is loaded and 22 when it
 * is closed, and gives all back. Threads load it at the same place again and again, in turn with
 * the others.
 */
#include <stdlib.h>

#ifndef LETTER
#define LETTER a
#define SIZE 107
#endif
#define JOINED2(a, b) a##b
#define JOINED(a, b) JOINED2(a, b)
#define NAMED(name) JOINED(name, LETTER)

void called(void);

__attribute__((noinline)) static void NAMED(work_)(void)
{
    void *volatile block = malloc(SIZE);
    free(block);
}

__attribute__((constructor, noinline)) static void NAMED(loading_)(void)
{
    void *volatile block = malloc(21);
    free(block);
}

__attribute__((destructor, noinline)) static void NAMED(closing_)(void)
{
    void *volatile block = malloc(22);
    free(block);
}

void called(void)
{
    NAMED(work_)();
}
