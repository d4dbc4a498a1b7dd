/* first_event.c - the main thread's first event is on a coroutine's stack, which lies below the C
 * library's block of the thread. Then a page between that stack and the block goes, as stacks do,
 * and a coroutine whose outermost frame has no caller allocates below it; at last the main thread
 * does, on its own stack.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { STACK = 1 << 16, AREA = 4 * STACK, OWN = 1000 };

static void *volatile sink;
static jmp_buf back;

static __attribute__((noinline)) void finish(void)
{
    longjmp(back, 1);
}

static __attribute__((noinline)) void in_coroutine(void)
{
    sink = malloc(10);
    free(sink);
    sink = NULL;
}

/* `end`: of the stack. By the ABI rsp is 8 modulo 16 where a function begins, and there is where it
 * returns to. */
static void run_on(char *end)
{
    uintptr_t *top = (uintptr_t *)end - 1;

    *top = (uintptr_t)finish;
    if (!setjmp(back))
        __asm__ volatile("mov %0, %%rsp\n\tjmp *%1" : : "r"(top), "r"(in_coroutine) : "memory");
}

static __attribute__((noinline)) void on_own_stack(void)
{
    for (int i = 0; i < OWN; i++) {
        sink = malloc(20);
        free(sink);
    }
}

int main(void)
{
    char *area = mmap(NULL, AREA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (area == MAP_FAILED)
        return 77;
    run_on(area + STACK);
    munmap(area + 2 * STACK, 4096);
    run_on(area + 2 * STACK);
    on_own_stack();
    return 0;
}
