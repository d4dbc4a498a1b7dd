/* signal_storm.c - three threads allocate while a fourth bombards them with a signal whose handler
 * allocates, too: it comes in the middle of the recorder's work as well. bump_allocator.c must be
 * underneath. Prints how many calls of malloc, realloc and free the threads made in all, and how
 * many handlers ran.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { THREADS = 3, ROUNDS = 60000 };

static __thread void *volatile sink;
static __thread unsigned long calls, handled;
static unsigned long all_calls, all_handled;
static pthread_barrier_t done;
static int ended;

static __attribute__((noinline)) void in_handler(int signal)
{
    (void)signal;
    void *block = malloc(48);
    sink = block;
    block = realloc(block, 96);
    free(block);
    calls += 3;
    handled++;
}

static __attribute__((noinline)) void at_depth(int depth)
{
    char frame[64];

    memset(frame, depth, sizeof frame);
    sink = frame;
    if (depth > 0) {
        at_depth(depth - 1);
    } else {
        void *block = malloc(100);
        sink = block;
        block = realloc(block, 200);
        sink = block;
        free(block);
        calls += 3;
    }
    sink = NULL;
}

static void *allocate(void *argument)
{
    for (int i = 0; i < ROUNDS; i++)
        at_depth(i % 17 + *(int *)argument);
    __atomic_fetch_add(&ended, 1, __ATOMIC_SEQ_CST);
    pthread_barrier_wait(&done); /* signals may come until all are here */
    __atomic_fetch_add(&all_calls, calls, __ATOMIC_SEQ_CST);
    __atomic_fetch_add(&all_handled, handled, __ATOMIC_SEQ_CST);
    return NULL;
}

int main(void)
{
    struct sigaction action = {.sa_handler = in_handler, .sa_flags = SA_RESTART};
    pthread_t threads[THREADS];
    int depths[THREADS];

    sigaction(SIGUSR1, &action, NULL);
    pthread_barrier_init(&done, NULL, THREADS + 1);
    for (int i = 0; i < THREADS; i++) {
        depths[i] = 5 * i;
        pthread_create(&threads[i], NULL, allocate, &depths[i]);
    }
    while (__atomic_load_n(&ended, __ATOMIC_SEQ_CST) < THREADS) {
        struct timespec little = {0, 2000};
        for (int i = 0; i < THREADS; i++)
            pthread_kill(threads[i], SIGUSR1);
        nanosleep(&little, NULL);
    }
    signal(SIGUSR1, SIG_IGN); /* what is pending is dropped before the threads count */
    pthread_barrier_wait(&done);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    printf("%lu %lu\n", all_calls, all_handled);
    return 0;
}
