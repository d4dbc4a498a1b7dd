// sources: preload/stacks.c preload/rules.c preload/modules.c preload/cfi.c preload/proven.c
// sources: preload/recording.c preload/memory.c preload/blocks.c preload/counters.c preload/holder.c
// sources: preload/clock.c preload/timeline.c preload/growth.c preload/thread.c preload/walk.c
// sources: preload/fingerprint.c preload/slow_walk.c preload/environment.c
// sources: preload/gate.c preload/histogram.c
// sources: preload/cfi_memo.c preload/rows.c
// libs: libunwind
// threads
/* test_recorder_threads.c - several threads in the recorder's shared tables at once.
 *
 * Threads intern the same stacks and rules at the same time, and come and go. Built with
 * ThreadSanitizer, too, which says whether all would be well on other processors.
 *
 * Not covered: events (test_hooks_threads.c). */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "preload/clock.h"
#include "preload/environment.h"
#include "preload/gate.h"
#include "preload/modules.h"
#include "preload/rules.h"
#include "preload/stacks.h"
#include "preload/thread.h"
#include "tests/unit/in_threads.h"
#include "tests/unit/open_recording.h"

enum { THREADS = 4 };

/* ---- stacks and rules ---- */

enum { NODES = 20000, RULES = 6000 };
static uint32_t nodes[THREADS][NODES];
static uint32_t locations[THREADS][RULES];

static void *intern_all(void *argument)
{
    uint32_t *made = nodes[(uintptr_t)argument];

    pthread_barrier_wait(&barrier);
    for (uint32_t i = 0; i < NODES; i++)
        made[i] = stacks_intern(i < 8 ? REC_ROOT_WHOLE : made[i / 8], 100 + i % 64);
    return NULL;
}

static void a_stack_is_one_node_for_all_threads(void **state)
{
    (void)state;
    uint64_t before = recording.header->count[REC_NODES];

    in_threads(THREADS, intern_all);
    assert_int_equal(recording.header->count[REC_NODES], before + NODES);
    for (int i = 0; i < THREADS; i++)
        assert_memory_equal(nodes[i], nodes[0], sizeof nodes[0]);
    for (uint32_t i = 0; i < NODES; i++) {
        assert_int_not_equal(nodes[0][i], 0);
        assert_int_equal(recording_node(nodes[0][i])->location, 100 + i % 64);
    }
}

static void *find_all_rules(void *argument)
{
    uint32_t *found = locations[(uintptr_t)argument];
    uintptr_t code = (uintptr_t)abort; /* somewhere in the C library */

    pthread_barrier_wait(&barrier);
    for (uintptr_t i = 0; i < RULES; i++)
        found[i] = rules_find(code + i)->location;
    return NULL;
}

static void a_return_address_is_one_location_for_all_threads(void **state)
{
    (void)state;
    uint64_t before = recording.header->count[REC_LOCATIONS];

    in_threads(THREADS, find_all_rules);
    assert_int_equal(recording.header->count[REC_LOCATIONS], before + RULES);
    for (int i = 0; i < THREADS; i++)
        assert_memory_equal(locations[i], locations[0], sizeof locations[0]);
    for (uintptr_t i = 0; i < RULES; i++) {
        const struct rec_location *l = recording_location(locations[0][i]);
        assert_int_equal(l->pc, (uintptr_t)abort + i);
        assert_int_equal(l->live, 1);
        assert_int_equal(l->module, recording_location(locations[0][0])->module);
    }
}

/* ---- sets ---- */

static uint32_t sets[THREADS];
static long tids[THREADS];

static void *only_register(void *argument)
{
    tids[(uintptr_t)argument] = syscall(SYS_gettid);
    pthread_barrier_wait(&barrier);
    struct thread *t = thread_register();
    if (t)
        sets[(uintptr_t)argument] = t->index;
    pthread_barrier_wait(&barrier);
    return NULL;
}

/* A thread that was joined has not quite ended for the kernel. */
static void await_the_ends(void)
{
    for (int i = 0; i < THREADS; i++)
        while (syscall(SYS_tgkill, getpid(), tids[i], 0) == 0)
            sched_yield();
}

static void a_set_is_one_threads_at_a_time(void **state)
{
    (void)state;
    for (int round = 0; round < 50; round++) {
        in_threads(THREADS, only_register);
        await_the_ends();
        for (int i = 0; i < THREADS; i++) {
            assert_int_not_equal(sets[i], 0);
            for (int other = 0; other < i; other++)
                assert_int_not_equal(sets[i], sets[other]);
        }
    }
    /* and those of ended threads are taken over; the first one is none's */
    assert_int_equal(recording.header->count[REC_THREADS], 1 + THREADS);
}

enum { STACK_BYTES = 2 << 20 };
static char stacks[THREADS][STACK_BYTES] __attribute__((aligned(4096)));

static pthread_t start_on_stack(uintptr_t number)
{
    pthread_attr_t attributes;
    pthread_t thread;

    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstack(&attributes, stacks[number], STACK_BYTES), 0);
    assert_int_equal(pthread_create(&thread, &attributes, only_register, (void *)number), 0);
    pthread_attr_destroy(&attributes);
    return thread;
}

/* What was learnt of the stacks on it stays good. */
static void a_set_goes_to_the_next_thread_on_the_same_stack(void **state)
{
    static const int order[] = {2, 0, 0, 3, 1, 2};
    uint32_t first[THREADS];
    pthread_t threads[THREADS];

    (void)state;
    assert_int_equal(pthread_barrier_init(&barrier, NULL, THREADS), 0);
    for (int i = 0; i < THREADS; i++)
        threads[i] = start_on_stack((uintptr_t)i);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    pthread_barrier_destroy(&barrier);
    for (int i = 0; i < THREADS; i++)
        first[i] = sets[i];

    assert_int_equal(pthread_barrier_init(&barrier, NULL, 1), 0);
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        assert_int_equal(pthread_join(start_on_stack((uintptr_t)order[i]), NULL), 0);
        assert_int_equal(sets[order[i]], first[order[i]]);
    }
    pthread_barrier_destroy(&barrier);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stack_is_one_node_for_all_threads),
        cmocka_unit_test(a_return_address_is_one_location_for_all_threads),
        cmocka_unit_test(a_set_is_one_threads_at_a_time),
        cmocka_unit_test(a_set_goes_to_the_next_thread_on_the_same_stack),
    };

    open_recording();
    clock_start();
    assert_true(gate_start(64));
    environment_start();
    modules_start();
    if (!rules_start() || !stacks_start())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
