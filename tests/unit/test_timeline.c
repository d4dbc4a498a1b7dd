// sources: preload/timeline.c preload/recording.c preload/memory.c
// threads
/* test_timeline.c - the program's line over time is what a ledger says that copies every unit.
 *
 * The counters of two thread sets are written by hand; events come at random, and the line is taken
 * as the clock would: before the first event after a period. Several threads race for the points,
 * too. Not covered: the clock that calls it (test_hooks_threads.c). */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "preload/timeline.h"
#include "tests/unit/open_recording.h"

enum { UNITS = 200000 };

static struct rec_thread *sets[2];
static struct rec_moment after[UNITS]; /* each unit */

static struct rec_timeline *the_timeline(void)
{
    uint32_t latest = (uint32_t)recording.header->count[REC_TIMELINES] - 1;

    return recording_element(REC_TIMELINES, latest, sizeof(struct rec_timeline));
}

static const struct rec_line *the_line(void)
{
    return &the_timeline()->line[the_timeline()->current];
}

static int reset(void **state)
{
    (void)state;
    for (int s = 0; s < 2; s++)
        sets[s]->allocs = sets[s]->frees = sets[s]->bytes = sets[s]->reallocs = 0;
    recording.header->live_bytes = 0;
    timeline_start();
    return 0;
}

/* As when the clock is read. */
static void tick(uint64_t units)
{
    if (units >= __atomic_load_n(&timeline_due, __ATOMIC_RELAXED))
        timeline_take(units);
}

static uint64_t random_state = 1;

static uint32_t random_below(uint32_t n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % n;
}

/* An event of one of the sets, and what the ledger makes of it. */
static void random_event(struct rec_moment *now)
{
    struct rec_thread *t = sets[random_below(2)];
    uint32_t kind = random_below(5), size = 1 + random_below(1000);

    if (kind <= 1) {
        t->allocs++;
        now->live_blocks++;
    } else if (kind == 2 && now->live_blocks) {
        t->allocs++;
        t->reallocs++;
    } else if (now->live_blocks) {
        t->frees++;
        now->live_blocks--;
        now->live_bytes = now->live_blocks ? now->live_bytes / 2 : 0;
        recording.header->live_bytes = now->live_bytes;
        return;
    } else {
        return;
    }
    t->bytes += size;
    recording.header->live_bytes += size;
    now->live_bytes += size;
    now->total_bytes += size;
    now->total_blocks++;
}

static void assert_the_line_is_the_ledgers(uint64_t ended_units, const struct rec_moment *now)
{
    const struct rec_line *line = the_line();

    assert_true(line->count <= REC_MOMENTS);
    for (uint64_t i = 0; (i + 1) << line->shift <= ended_units; i++) {
        const struct rec_moment *is = i < line->count ? &line->moments[i] : now;
        assert_memory_equal(is, &after[((i + 1) << line->shift) - 1], sizeof *is);
    }
}

static void the_line_is_the_ledgers(void **state)
{
    for (uint32_t busy = 1; busy <= 1000; busy *= 10) { /* of a thousand units */
        struct rec_moment now = {0};
        reset(state);
        for (uint64_t unit = 0; unit < UNITS; unit++) {
            if (random_below(1000) < busy) {
                tick(unit);
                random_event(&now);
            }
            after[unit] = now;
            if (random_below(20000) == 0)
                assert_the_line_is_the_ledgers(unit, &now);
        }
        assert_the_line_is_the_ledgers(UNITS, &now);
    }
}

static void a_long_run_keeps_at_least_half_of_the_points(void **state)
{
    (void)state;
    for (uint64_t unit = 0; unit < (uint64_t)1 << 40; unit += 1 + unit / 1000)
        tick(unit);
    assert_in_range(the_line()->count, REC_MOMENTS / 2 - 1, REC_MOMENTS);
}

static void a_long_silence_is_a_level(void **state)
{
    (void)state;
    struct rec_moment now = {0};
    for (int i = 0; i < 20; i++)
        random_event(&now);
    tick((uint64_t)1 << 50);
    assert_in_range(the_line()->count, REC_MOMENTS / 2, REC_MOMENTS);
    for (uint32_t i = 0; i < the_line()->count; i++)
        assert_memory_equal(&the_line()->moments[i], &now, sizeof now);
}

/* What a block's death shows before its birth does is not below nothing. */
static void sums_caught_in_the_middle_are_not_negative(void **state)
{
    (void)state;
    sets[0]->frees = 3;
    sets[1]->allocs = 2;
    recording.header->live_bytes = (uint64_t)-5;
    tick(2 * timeline_due); /* the first period of two sets */
    assert_int_equal(the_line()->moments[0].live_blocks, 0);
    assert_int_equal(the_line()->moments[0].live_bytes, 0);
    assert_int_equal(the_line()->moments[0].total_blocks, 2);
}

/* As at any instruction of another thread's: the line named is whole. */
static void each_line_is_whole_when_it_is_named(void **state)
{
    (void)state;
    uint64_t units = 0;
    while (the_line()->shift < 9) {
        const struct rec_line *before = the_line();
        uint32_t count = before->count, shift = before->shift;
        sets[0]->allocs = units += 1 + random_below(50);
        tick(units);
        if (before != the_line()) { /* thinned: the old one is still as it was named last */
            assert_int_equal(before->count, count);
            assert_int_equal(before->shift, shift);
        }
    }
}

static void *tick_along(void *set)
{
    struct rec_thread *t = set;
    for (uint64_t unit = 0; unit < UNITS; unit++) {
        __atomic_fetch_add(&t->allocs, 1, __ATOMIC_RELAXED);
        tick(unit);
    }
    return NULL;
}

static void threads_that_race_for_points_keep_totals_rising(void **state)
{
    (void)state;
    pthread_t threads[2];
    for (int s = 0; s < 2; s++)
        assert_int_equal(pthread_create(&threads[s], NULL, tick_along, sets[s]), 0);
    for (int s = 0; s < 2; s++)
        pthread_join(threads[s], NULL);
    assert_in_range(the_line()->count, REC_MOMENTS / 2 - 1, REC_MOMENTS);
    for (uint32_t i = 1; i < the_line()->count; i++)
        assert_true(the_line()->moments[i].total_blocks >= the_line()->moments[i - 1].total_blocks);
}

/* More sets take longer to add up, so they are added up less often. Last: it adds sets. */
static void many_threads_have_longer_periods(void **state)
{
    (void)state;
    void *element;
    tick(timeline_due);
    uint32_t before = the_line()->shift;
    for (int i = 0; i < 62; i++)
        assert_int_not_equal(recording_add(REC_THREADS, &element), 0);
    tick(timeline_due);
    assert_int_equal((uint64_t)1 << the_line()->shift, 64 * 32);
    assert_true(before < the_line()->shift);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_line_is_the_ledgers, reset),
        cmocka_unit_test_setup(a_long_run_keeps_at_least_half_of_the_points, reset),
        cmocka_unit_test_setup(a_long_silence_is_a_level, reset),
        cmocka_unit_test_setup(sums_caught_in_the_middle_are_not_negative, reset),
        cmocka_unit_test_setup(each_line_is_whole_when_it_is_named, reset),
        cmocka_unit_test_setup(threads_that_race_for_points_keep_totals_rising, reset),
        cmocka_unit_test_setup(many_threads_have_longer_periods, reset),
    };
    void *element;

    open_recording();
    for (int s = 0; s < 2; s++) {
        if (!recording_add(REC_THREADS, &element))
            return 1;
        sets[s] = element;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
