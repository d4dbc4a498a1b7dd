/* straight.c - says where the jumps at the ends of malloc and free lead, straight to the C
 * library's or by way of a pointer; then allocates and frees 1000 blocks of 100 bytes.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOOKED_AT = 64 };

/* Where the first conditional jump of the long form leads. */
static uintptr_t jump_of(const unsigned char *code)
{
    for (int i = 0; i < LOOKED_AT; i++)
        if (code[i] == 0x0f && (code[i + 1] & 0xf0) == 0x80) {
            int32_t distance;
            memcpy(&distance, code + i + 2, sizeof distance);
            return (uintptr_t)code + (uintptr_t)i + 6 + (uintptr_t)(intptr_t)distance;
        }
    return 0;
}

static void show(const char *name)
{
    void *libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
    uintptr_t jump = jump_of(dlsym(RTLD_DEFAULT, name));

    printf("%s: %s\n", name,
           !jump                                  ? "no jump"
           : jump == (uintptr_t)dlsym(libc, name) ? "straight"
                                                  : "by way of a pointer");
}

static __attribute__((noinline)) void short_lived(void)
{
    void *volatile block = malloc(100);
    free(block);
}

int main(void)
{
    show("malloc");
    show("free");
    for (volatile int i = 0; i < 1000; i++)
        short_lived();
    return 3;
}
