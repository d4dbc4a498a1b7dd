/* seed.c - the program whose recording, profile and file are seeds: it allocates in two functions,
 * one of them inlined, grows a block and frees some. With -DNO_LIBC it is never run. */
#ifdef NO_LIBC
void *malloc(unsigned long n);
void *realloc(void *p, unsigned long n);
void free(void *p);
void *malloc(unsigned long n)
{
    return (void *)n;
}
void *realloc(void *p, unsigned long n)
{
    return (char *)p + n;
}
void free(void *p)
{
    (void)p;
}
#else
#include <stdlib.h>
#endif

static inline __attribute__((always_inline)) void *make(unsigned long n)
{
    return malloc(n);
}

__attribute__((noinline)) static void *grow(unsigned long n)
{
    void *block = make(n);
    for (int i = 0; i < 3; i++)
        block = realloc(block, n *= 2);
    return block;
}

int main(void)
{
    for (int i = 0; i < 100; i++)
        free(make(10 + (unsigned long)i));
    free(grow(64));
    return grow(16) == (void *)0;
}

#ifdef NO_LIBC
void _start(void);
void _start(void)
{
    main();
}
#endif
