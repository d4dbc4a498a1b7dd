// sources: preload/gate.c preload/memory.c
// threads
/* test_gate.c - the gate: seen by all threads, closed in a forked child at once, open in one that
 * shares our memory.
 *
 * Not covered: kernels that do not wipe the page (test_hard_places.py), and who opens the gate. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "preload/gate.h"

enum { THREADS = 4, FORKS = 50 };

/* As the hooks read it. */
static bool is_open(void)
{
    return __atomic_load_n(gate_open, __ATOMIC_ACQUIRE) != 0;
}

static int exit_status(pid_t child)
{
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void it_is_closed_until_it_is_opened(void **state)
{
    (void)state;
    assert_false(is_open());
    gate_set(true);
    assert_true(is_open());
    gate_set(false);
    assert_false(is_open());
}

static void before_the_start_it_cannot_be_opened(void **state)
{
    (void)state;
    gate_forget();
    gate_set(true);
    assert_false(is_open());
    assert_true(gate_start(64));
}

/* What a thread publishes before it opens the gate is there for who sees it open. */
static uint64_t published;

static void *wait_for_it(void *argument)
{
    while (!is_open())
        sched_yield();
    *(uint64_t *)argument = published;
    return NULL;
}

static void what_was_made_before_is_seen_by_all_threads(void **state)
{
    (void)state;
    gate_set(false);
    pthread_t threads[THREADS];
    uint64_t seen[THREADS] = {0};

    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, wait_for_it, &seen[i]), 0);
    published = 4711;
    gate_set(true);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(seen[i], 4711);
    }
}

static void *open_and_close(void *stop)
{
    for (bool open = false; !__atomic_load_n((bool *)stop, __ATOMIC_RELAXED); open = !open)
        gate_set(open);
    return NULL;
}

/* While another thread works the gate. */
static void a_forked_child_finds_it_closed(void **state)
{
    (void)state;
    pthread_t thread;
    bool stop = false;

    assert_int_equal(pthread_create(&thread, NULL, open_and_close, &stop), 0);
    for (int i = 0; i < FORKS; i++) {
        pid_t child = fork();
        if (child == 0)
            _exit(is_open());
        assert_int_equal(exit_status(child), 0);
    }
    __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
    pthread_join(thread, NULL);
    gate_set(true);
    assert_true(is_open()); /* and ours is as it was */
}

static void a_child_that_shares_our_memory_finds_it_open(void **state)
{
    (void)state;
#if defined(__SANITIZE_THREAD__)
    skip(); /* the sanitizer makes a fork of it */
#endif
    gate_set(true);
    pid_t child = vfork();
    if (child == 0)
        _exit(is_open());
    assert_int_equal(exit_status(child), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_the_start_it_cannot_be_opened),
        cmocka_unit_test(it_is_closed_until_it_is_opened),
        cmocka_unit_test(what_was_made_before_is_seen_by_all_threads),
        cmocka_unit_test(a_forked_child_finds_it_closed),
        cmocka_unit_test(a_child_that_shares_our_memory_finds_it_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
