/* in_threads.h - runs a function in several threads that begin together. */
#ifndef HEAPCOACH_TEST_IN_THREADS_H
#define HEAPCOACH_TEST_IN_THREADS_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { IN_THREADS_MOST = 16 };

/* For `work` to wait at: for as many as there are threads. */
static pthread_barrier_t barrier;

/* Runs `work` in `n` threads, each with its number, until all have ended. */
static inline void in_threads(unsigned n, void *(*work)(void *))
{
    pthread_t threads[IN_THREADS_MOST];

    assert_int_equal(pthread_barrier_init(&barrier, NULL, n), 0);
    for (uintptr_t i = 0; i < n; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, (void *)i), 0);
    for (uintptr_t i = 0; i < n; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    pthread_barrier_destroy(&barrier);
}

#endif
