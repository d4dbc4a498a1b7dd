/* failing_malloc.c - preloaded into the command by test_no_memory.py: makes one allocation fail.
 *
 * FAILING_MALLOC_AT=N: the Nth call that gives out memory gives none, ENOMEM; calls are counted
 * from 1 in the order in which they are made, the C library's own and those of other libraries too.
 * FAILING_MALLOC_LIST=FILE: none fails; the numbers of those calls go to FILE that come from a
 * stack (the nearest callers) that was not met before, each with the file whose code made the call.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <unwind.h>

/* The C library's own, under names that nobody else defines. */
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

enum { NEAREST = 7, SEEN_BITS = 18 };

static unsigned long calls, fails_at;
static int list = -1, busy;
static uint64_t seen[1 << SEEN_BITS];

struct walk {
    uint64_t hash;
    uintptr_t caller;
    int frames;
};

static _Unwind_Reason_Code add_frame(struct _Unwind_Context *context, void *data)
{
    struct walk *walk = data;

    if (walk->frames == 3)
        walk->caller = _Unwind_GetIP(context);
    if (walk->frames++ >= 3) /* past note, fails and malloc */
        walk->hash = (walk->hash ^ _Unwind_GetIP(context)) * 0x9e3779b97f4a7c15u;
    return walk->frames < NEAREST + 3 ? _URC_NO_REASON : _URC_END_OF_STACK;
}

static int is_new(uint64_t hash)
{
    uint64_t i = hash >> (64 - SEEN_BITS);

    while (seen[i] && seen[i] != hash)
        i = (i + 1) & ((1u << SEEN_BITS) - 1);
    int fresh = seen[i] == 0;
    seen[i] = hash;
    return fresh;
}

static __attribute__((noinline)) void note(void)
{
    struct walk walk = {.hash = 1};
    char line[300];
    Dl_info info;

    busy = 1;
    _Unwind_Backtrace(add_frame, &walk);
    if (is_new(walk.hash | 1)) {
        const char *file = dladdr((void *)walk.caller, &info) ? info.dli_fname : "?";
        int n = snprintf(line, sizeof line, "%lu %s\n", calls, file);
        if (write(list, line, (size_t)n) != n)
            abort();
    }
    busy = 0;
}

static void __attribute__((constructor)) start(void)
{
    const char *at = getenv("FAILING_MALLOC_AT"), *file = getenv("FAILING_MALLOC_LIST");

    if (at)
        fails_at = strtoul(at, NULL, 10);
    if (file) {
        struct walk walk = {.hash = 1};
        _Unwind_Backtrace(add_frame, &walk); /* loads what it needs now */
        list = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    }
    calls = 0;
}

/* Whether the call that is made now is to fail. */
static __attribute__((noinline)) int fails(void)
{
    if (busy)
        return 0;
    calls++;
    if (list >= 0)
        note();
    if (calls != fails_at)
        return 0;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t bytes)
{
    return fails() ? NULL : __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
    return fails() ? NULL : __libc_calloc(count, bytes);
}

void *realloc(void *block, size_t bytes)
{
    return fails() ? NULL : __libc_realloc(block, bytes);
}

void *reallocarray(void *block, size_t count, size_t bytes)
{
    return fails() ? NULL : __libc_realloc(block, count * bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    return fails() ? NULL : __libc_memalign(alignment, bytes);
}

int posix_memalign(void **block, size_t alignment, size_t bytes)
{
    *block = fails() ? NULL : __libc_memalign(alignment, bytes);
    return *block ? 0 : ENOMEM;
}
