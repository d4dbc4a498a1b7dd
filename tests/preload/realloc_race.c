/* realloc_race.c - the memory that a realloc has left is another thread's before the realloc
 * returns. Over handing_allocator.c, 100 times; prints how often it was so.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 100 };
static void **slot; /* what realloc has left, and waits to be taken */
static void *was;
static int met;

static __attribute__((noinline)) void *taking(void *unused)
{
    for (int i = 0; i < ROUNDS; i++) {
        while (!__atomic_load_n(slot, __ATOMIC_ACQUIRE))
            sched_yield();
        void *left = was; /* the other thread goes on as soon as it is taken */
        void *volatile block = malloc(2000);
        met += block == left;
        free(block);
    }
    return unused;
}

static __attribute__((noinline)) void moving(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        was = malloc(2000);
        void *volatile block = realloc(was, 3000);
        free(block);
    }
}

int main(void)
{
    pthread_t taker;

    slot = dlsym(RTLD_DEFAULT, "handing_slot");
    if (!slot || pthread_create(&taker, NULL, taking, NULL) != 0)
        return 3;
    moving();
    pthread_join(taker, NULL);
    printf("%d\n", met);
    return 0;
}
