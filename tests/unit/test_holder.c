// sources: preload/holder.c preload/counters.c preload/clock.c preload/timeline.c
// sources: preload/recording.c preload/memory.c preload/histogram.c
// threads
/* test_holder.c - who has what all threads change to himself, and that no change is lost for it.
 *
 * Sets are played by one thread where only their order matters. Built with ThreadSanitizer, too.
 *
 * Not covered: the fence itself, without which a change would be lost once in a blue moon; and a
 * sandbox that comes while somebody holds (tests/preload/test_machine.py forbids the system call
 * from the start). */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "preload/holder.h"
#include "tests/unit/open_recording.h"
#include "tests/unit/record_events.h"

enum { SETS = 4, SITES = 3, ENOUGH = 5000 };

static struct thread sets[SETS];
static struct rec_thread counts[SETS];
static struct rec_record records[SETS][SITES];
static struct rec_header *header;

struct thread *threads_at(uint32_t i)
{
    return i < SETS ? &sets[i] : NULL;
}

static int reset(void **state)
{
    (void)state;
    header = recording.header;
    begin_totals(header);
    header->count[REC_THREADS] = SETS + 1;
    for (int s = 0; s < SETS; s++) {
        sets[s] = (struct thread){.counts = &counts[s], .single = single_never};
        counts[s] = (struct rec_thread){0};
        for (int r = 0; r < SITES; r++)
            records[s][r] = (struct rec_record)NEW_RECORD;
    }
    single_threaded = single_never;
    holder_start();
    return 0;
}

static void allocate(int set, int site, uint64_t size)
{
    counts[set].allocs++;
    record_birth(&records[set][site], size, sets[set].units);
    counters_total_up(&sets[set], size);
}

static void release(int set, int site, uint64_t size)
{
    counts[set].frees++;
    record_death(&sets[set], &records[set][site], size);
    counters_total_down(&sets[set], size);
}

static void work(int set, int times)
{
    for (int i = 0; i < times; i++) {
        allocate(set, 0, 24);
        release(set, 0, 24);
    }
}

static bool holds(int set)
{
    return __atomic_load_n(&sets[set].holds, __ATOMIC_RELAXED);
}

/* ---- who holds ---- */

static void who_meets_nobody_holds(void **state)
{
    (void)state;
    work(0, 100);
    assert_false(holds(0));
    work(0, ENOUGH);
    assert_true(holds(0));
    assert_ptr_equal(holder.now, &sets[0]);
    assert_false(sets[0].changing);
    assert_int_equal(header->live_bytes, 0);
    assert_int_equal(header->max_bytes, 24);
}

static void who_is_met_does_not(void **state)
{
    (void)state;
    for (int i = 0; i < ENOUGH; i++) {
        work(0, 100);
        assert_false(holds(0));
        work(1, 1); /* nothing of which is left in the total */
    }
    assert_false(holds(1));
    assert_null(holder.now);
}

static void anothers_change_ends_it(void **state)
{
    (void)state;
    work(0, ENOUGH);
    allocate(1, 0, 10);
    assert_false(holds(0));
    assert_false(holds(1));
    assert_null(holder.now);
    assert_int_equal(header->live_bytes, 10);
    allocate(0, 0, 24);
    assert_int_equal(header->live_bytes, 34);
    work(1, ENOUGH);
    assert_true(holds(1));
}

static void anothers_fall_or_period_ends_it_too(void **state)
{
    (void)state;
    allocate(1, 0, 10);
    work(0, ENOUGH);
    assert_true(holds(0));
    counters_fall_first(&sets[1], &records[1][0]);
    assert_null(holder.now);
    work(0, 4 * ENOUGH);
    assert_true(holds(0));
    sets[1].units = header->period_end;
    counters_new_period(&sets[1]);
    assert_null(holder.now);
}

static void its_own_period_does_not(void **state)
{
    (void)state;
    work(0, ENOUGH);
    uint64_t stamp = header->stamp;
    sets[0].units = header->period_end;
    counters_new_period(&sets[0]);
    assert_true(holds(0));
    assert_int_equal(REC_STAMP_PERIOD(header->stamp),
                     REC_STAMP_PERIOD(stamp + REC_STAMP_NEW_PERIOD));
    assert_int_equal(header->fall_stamp, header->stamp);
}

/* Those who lose it soon wait twice as long each time; after a long holding it is as at first. */
static void who_loses_it_soon_waits_longer(void **state)
{
    (void)state;
    int32_t first = holder.wish;
    for (int32_t wish = first; wish < 1 << 20; wish *= 2) {
        assert_int_equal(holder.wish, wish);
        work(0, wish + 64 * SETS);
        assert_true(holds(0));
        work(1, 1);
    }
    work(0, 2 << 20);
    work(1, 1);
    assert_int_equal(holder.wish, 1 << 20);
    work(0, 2 << 20);
    assert_true(holds(0));
    sets[1].now = sets[0].now + (1 << 24);
    work(1, 1);
    assert_int_equal(holder.wish, first);
}

static void an_exact_peak_may_be_held(void **state)
{
    (void)state;
    counters_exact_peak = true;
    work(0, ENOUGH);
    counters_exact_peak = false;
    assert_true(holds(0));
}

/* ---- the same totals and peaks as without ---- */

static uint64_t random_state;

static uint32_t random_below(uint32_t n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % n;
}

static struct {
    int64_t blocks[SETS][SITES], at_peak[SETS][SITES];
    uint64_t total, peak;
} ledger;

static uint64_t size_of(int set, int site)
{
    return 16 + (uint64_t)set * 5 + (uint64_t)site * 40;
}

static void random_event(int set)
{
    int site = (int)random_below(SITES);
    uint64_t size = size_of(set, site);

    if (ledger.blocks[set][site] && random_below(2)) {
        ledger.blocks[set][site]--;
        ledger.total -= size;
        release(set, site, size);
        return;
    }
    ledger.blocks[set][site]++;
    ledger.total += size;
    allocate(set, site, size);
    if (ledger.total >= ledger.peak) {
        ledger.peak = ledger.total;
        memcpy(ledger.at_peak, ledger.blocks, sizeof ledger.blocks);
    }
}

static void assert_all_is_the_ledgers(void)
{
    assert_int_equal(header->live_bytes, ledger.total);
    assert_int_equal(header->max_bytes, ledger.peak);
    for (int set = 0; set < SETS; set++)
        for (int site = 0; site < SITES; site++) {
            const struct rec_record *r = &records[set][site];
            bool saved = header->fall_stamp < REC_AT_PEAK &&
                         REC_STAMP_EPOCH(r->stamp) == REC_STAMP_EPOCH(header->stamp);
            assert_int_equal(saved ? r->peak_blocks : r->live_blocks, ledger.at_peak[set][site]);
        }
}

static void whoever_holds_the_peak_is_the_ledgers(void **state)
{
    (void)state;
    int times_held = 0;

    counters_exact_peak = true; /* nobody keeps changes to himself */
    for (uint64_t seed = 0; seed < 60; seed++) {
        random_state = seed;
        reset(state);
        memset(&ledger, 0, sizeof ledger);
        for (int burst = 0; burst < 60; burst++) {
            int set = (int)random_below(SETS);
            holder.wish = 20;
            for (uint32_t i = random_below(3) ? 0 : random_below(400); i < 400; i++) {
                if (random_below(100) == 0) {
                    sets[set].units = header->period_end;
                    counters_new_period(&sets[set]);
                }
                random_event(set);
                if (i % 16 == 0)
                    assert_all_is_the_ledgers();
            }
            times_held += holds(set);
        }
        assert_all_is_the_ledgers();
    }
    counters_exact_peak = false;
    assert_true(times_held > 1000);
}

/* ---- several threads ---- */

enum { ROUNDS = 400, BURST = 300, ROUNDS_BETWEEN_TURNS = 50 };

static uint32_t times_held;
static pthread_barrier_t turn;

/* One after the other works while the rest wait: however the system schedules them, each holds once
 * before they have met. */
static void take_turns(int set)
{
    for (int whose = 0; whose < SETS; whose++) {
        pthread_barrier_wait(&turn);
        if (whose == set) {
            __atomic_store_n(&holder.wish, 16, __ATOMIC_RELAXED);
            work(set, ENOUGH);
            __atomic_fetch_add(&times_held, holds(set), __ATOMIC_RELAXED);
        }
        pthread_barrier_wait(&turn);
    }
}

/* Bursts, and pauses in which others hold. Keeps one block in 16. */
static void *work_in_bursts(void *data)
{
    int set = (int)(intptr_t)data;

    for (int round = 0; round < ROUNDS; round++) {
        if (round % ROUNDS_BETWEEN_TURNS == 0)
            take_turns(set);
        __atomic_store_n(&holder.wish, 16, __ATOMIC_RELAXED);
        for (int i = 0; i < BURST; i++) {
            allocate(set, 0, 24);
            if (i % 16)
                release(set, 0, 24);
        }
        __atomic_fetch_add(&times_held, holds(set), __ATOMIC_RELAXED);
        for (int i = round % 5; i > 0; i--)
            sched_yield();
    }
    return NULL;
}

static void no_change_is_lost(void **state)
{
    (void)state;
    pthread_t threads[SETS];
    int64_t unpublished = 0, kept = 0;

    times_held = 0;
    pthread_barrier_init(&turn, NULL, SETS);
    for (intptr_t i = 0; i < SETS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work_in_bursts, (void *)i), 0);
    for (int i = 0; i < SETS; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&turn);
    for (int i = 0; i < SETS; i++) {
        unpublished += sets[i].unpublished;
        kept += records[i][0].live_blocks;
    }
    assert_int_equal(kept, SETS * ROUNDS * ((BURST + 15) / 16));
    assert_int_equal((int64_t)header->live_bytes + unpublished, kept * 24);
    assert_true(times_held >= SETS);
}

static bool in_the_middle, claimed;

static void *hold_and_wait(void *data)
{
    (void)data;
    work(0, ENOUGH);
    bool held = holder_begin(&sets[0]);
    __atomic_store_n(&in_the_middle, true, __ATOMIC_RELEASE);
    nanosleep(&(struct timespec){.tv_nsec = 30000000}, NULL);
    bool early = __atomic_load_n(&claimed, __ATOMIC_ACQUIRE);
    holder_end(&sets[0]);
    return (void *)(intptr_t)(held && !early);
}

static void who_is_changing_something_is_waited_for(void **state)
{
    (void)state;
    pthread_t thread;
    void *well;

    in_the_middle = claimed = false;
    assert_int_equal(pthread_create(&thread, NULL, hold_and_wait, NULL), 0);
    while (!__atomic_load_n(&in_the_middle, __ATOMIC_ACQUIRE))
        sched_yield();
    assert_true(holds(0));
    holder_claim(&sets[1]);
    __atomic_store_n(&claimed, true, __ATOMIC_RELEASE);
    pthread_join(thread, &well);
    assert_true(well != NULL);
    assert_null(holder.now);
}

static void *change_for_long(void *data)
{
    (void)data;
    bool held = holder_begin(&sets[1]);
    __atomic_store_n(&in_the_middle, true, __ATOMIC_RELEASE);
    nanosleep(&(struct timespec){.tv_nsec = 30000000}, NULL);
    bool early = holds(0);
    holder_end(&sets[1]);
    return (void *)(intptr_t)(!held && !early);
}

static void nobody_holds_before_others_have_made_their_change(void **state)
{
    (void)state;
    pthread_t thread;
    void *well;

    in_the_middle = false;
    assert_int_equal(pthread_create(&thread, NULL, change_for_long, NULL), 0);
    while (!__atomic_load_n(&in_the_middle, __ATOMIC_ACQUIRE))
        sched_yield();
    work(0, ENOUGH);
    assert_true(holds(0));
    pthread_join(thread, &well);
    assert_true(well != NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(who_meets_nobody_holds, reset),
        cmocka_unit_test_setup(who_is_met_does_not, reset),
        cmocka_unit_test_setup(anothers_change_ends_it, reset),
        cmocka_unit_test_setup(anothers_fall_or_period_ends_it_too, reset),
        cmocka_unit_test_setup(its_own_period_does_not, reset),
        cmocka_unit_test_setup(who_loses_it_soon_waits_longer, reset),
        cmocka_unit_test_setup(an_exact_peak_may_be_held, reset),
        cmocka_unit_test_setup(whoever_holds_the_peak_is_the_ledgers, reset),
        cmocka_unit_test_setup(no_change_is_lost, reset),
        cmocka_unit_test_setup(who_is_changing_something_is_waited_for, reset),
        cmocka_unit_test_setup(nobody_holds_before_others_have_made_their_change, reset),
    };

    open_recording();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
