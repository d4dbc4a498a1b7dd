// sources: preload/stacks.c preload/rules.c preload/modules.c preload/cfi.c preload/proven.c
// sources: preload/recording.c preload/memory.c preload/blocks.c preload/counters.c preload/holder.c
// sources: preload/clock.c preload/timeline.c preload/growth.c preload/thread.c preload/walk.c
// sources: preload/fingerprint.c preload/slow_walk.c preload/environment.c
// sources: preload/gate.c preload/histogram.c
// sources: preload/cfi_memo.c preload/rows.c
// libs: libunwind
// threads
/* test_peak_threads.c - what was live at the peak of several threads, site by site.
 *
 * All threads allocate until all have done so, then all free: however the frees meet, what was live
 * between the two is the peak, of each record and in sum. Built with ThreadSanitizer, too.
 *
 * Not covered: allocations while others free; which of them the peak has is chance. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "preload/blocks.h"
#include "preload/counters.h"
#include "preload/environment.h"
#include "preload/gate.h"
#include "preload/modules.h"
#include "preload/rules.h"
#include "preload/stacks.h"
#include "preload/thread.h"
#include "tests/unit/open_recording.h"
#include "tests/unit/record_events.h"

enum { THREADS = 4, SITES = 16, ROUNDS = 400 };

static pthread_barrier_t barrier;
static uint32_t nodes[SITES];
static uint64_t peak_rounds_wrong;

/* How many bytes a site holds at the peak of a round, in each thread: more than in any before. */
static uint64_t bytes_of(int site, int round)
{
    return 100 + (uint64_t)site + (uint64_t)round * 64;
}

static uint64_t at_peak(const struct rec_record *r)
{
    uint64_t epoch = REC_STAMP_EPOCH(recording.header->stamp);

    struct rec_record spelled = record_spelled_out(r);

    return (uint64_t)(REC_STAMP_EPOCH(r->stamp) == epoch ? spelled.peak_bytes : spelled.live_bytes);
}

/* Each record's value at the peak is what the site held then. */
static bool peak_is_right(int round)
{
    uint64_t expected = 0, sum = 0;
    bool right = true;

    for (uint32_t i = 1; i < recording.header->count[REC_RECORDS]; i++) {
        const struct rec_record *r = recording_element(REC_RECORDS, i, sizeof(struct rec_record));
        for (int site = 0; site < SITES; site++)
            if (r->node == nodes[site])
                right = right && at_peak(r) == bytes_of(site, round);
        sum += at_peak(r);
    }
    for (int site = 0; site < SITES; site++)
        expected += THREADS * bytes_of(site, round);
    return right && sum == expected && recording.header->max_bytes == expected;
}

static void *rise_and_fall(void *first)
{
    struct thread *t = thread_register();

    for (int round = 0; t && round < ROUNDS; round++) {
        pthread_barrier_wait(&barrier);
        for (int site = 0; site < SITES; site++) {
            struct rec_record *r = thread_record(t, nodes[site]);
            record_birth(r, bytes_of(site, round), t->units);
            counters_total_up(t, bytes_of(site, round));
        }
        pthread_barrier_wait(&barrier);
        for (int site = 0; site < SITES; site++) {
            struct rec_record *r = thread_record(t, nodes[site]);
            record_death(t, r, bytes_of(site, round));
            counters_total_down(t, bytes_of(site, round));
        }
        pthread_barrier_wait(&barrier);
        if (first)
            peak_rounds_wrong += !peak_is_right(round);
    }
    return t;
}

static void what_was_live_at_the_peak_is_each_records(void **state)
{
    (void)state;
    pthread_t threads[THREADS];

    counters_exact_peak = true;
    for (int site = 0; site < SITES; site++)
        nodes[site] = stacks_intern(REC_ROOT_WHOLE, 100 + (uint32_t)site);
    assert_int_equal(pthread_barrier_init(&barrier, NULL, THREADS), 0);
    for (uintptr_t i = 0; i < THREADS; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL, rise_and_fall, i == 0 ? &threads[0] : NULL), 0);
    for (int i = 0; i < THREADS; i++) {
        void *set;
        assert_int_equal(pthread_join(threads[i], &set), 0);
        assert_non_null(set);
    }
    assert_int_equal(peak_rounds_wrong, 0);
    assert_int_equal(recording.header->live_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_live_at_the_peak_is_each_records),
    };

    open_recording();
    clock_start();
    assert_true(gate_start(64));
    environment_start();
    modules_start();
    if (!blocks_start(true) || !rules_start() || !stacks_start())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
