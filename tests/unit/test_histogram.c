// sources: preload/histogram.c preload/recording.c preload/memory.c
/* test_histogram.c - a histogram's window and its row of outliers count what 32 counters would. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "preload/histogram.h"
#include "tests/unit/histogram_counts.h"
#include "tests/unit/open_recording.h"

static struct rec_histogram h;

static int reset(void **state)
{
    (void)state;
    h = (struct rec_histogram){0};
    histogram_start(&h);
    return 0;
}

static uint64_t rows(void)
{
    return recording.header->count[REC_OUTLIERS];
}

static void a_bucket_is_the_power_of_two(void **state)
{
    (void)state;
    assert_int_equal(histogram_bucket(0), 0);
    for (unsigned b = 0; b < 64; b++) {
        assert_int_equal(histogram_bucket((uint64_t)1 << b), b);
        assert_int_equal(histogram_bucket(((uint64_t)2 << b) - 1), b);
    }
}

static void the_last_bucket_takes_all_above(void **state)
{
    (void)state;
    histogram_count(&h, 0);
    histogram_count(&h, 1);
    histogram_count(&h, (uint64_t)1 << 31);
    histogram_count(&h, (uint64_t)1 << 32);
    histogram_count(&h, UINT64_MAX);
    assert_int_equal(counts_of(&h, 0), 2);
    assert_int_equal(counts_of(&h, 31), 3);
    reset(state);
    histogram_count(&h, UINT64_MAX);
    histogram_count(&h, (uint64_t)1 << 30);
    assert_int_equal(counts_of(&h, 31), 1);
    assert_int_equal(counts_of(&h, 30), 1);
}

static void neighbours_need_no_row(void **state)
{
    uint64_t before = rows();

    for (unsigned bucket = 0; bucket < REC_BUCKETS; bucket++) {
        reset(state);
        histogram_count(&h, (uint64_t)1 << bucket);
        histogram_count(&h, (uint64_t)1 << bucket);
        assert_int_equal(counts_of(&h, bucket), 2);
        if (bucket > 0)
            histogram_count(&h, (uint64_t)1 << (bucket - 1));
        if (bucket < REC_BUCKETS - 1)
            histogram_count(&h, (uint64_t)1 << (bucket + 1));
    }
    assert_int_equal(rows(), before);
}

static void nothing_has_a_place_before_it_is_counted(void **state)
{
    (void)state;
    for (unsigned bucket = 0; bucket < 64; bucket++)
        assert_null(histogram_place(&h, bucket));
}

/* Any values in any order: what 32 plain counters say, in the window and one row at most. */
static void window_and_row_are_one_histogram(void **state)
{
    uint64_t random = 1;

    for (int round = 0; round < 500; round++) {
        uint64_t counts[REC_BUCKETS] = {0}, before = rows();
        unsigned spread = 1 + (unsigned)round % 64;
        reset(state);
        for (int i = 0; i < 50; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            unsigned bucket = (unsigned)(random >> 33) % spread;
            histogram_count(&h, (uint64_t)1 << bucket);
            counts[bucket < REC_BUCKETS ? bucket : REC_BUCKETS - 1]++;
        }
        for (unsigned b = 0; b < REC_BUCKETS; b++)
            assert_int_equal(counts_of(&h, b), counts[b]);
        assert_true(rows() <= before + 1);
    }
}

static void a_row_made_early_is_the_only_one(void **state)
{
    uint64_t before = rows();

    histogram_make_row(&h); /* nothing is counted yet */
    assert_int_equal(rows(), before);
    histogram_count(&h, 40);
    histogram_make_row(&h);
    histogram_make_row(&h);
    assert_int_equal(rows(), before + 1);
    histogram_count(&h, 1 << 30);
    histogram_count(&h, 40);
    assert_int_equal(rows(), before + 1);
    assert_int_equal(counts_of(&h, 5), 2);
    assert_int_equal(counts_of(&h, 30), 1);
    (void)state;
}

static void a_counter_stops_when_it_is_full(void **state)
{
    (void)state;
    histogram_count(&h, 40);
    histogram_count(&h, 1 << 30);
    *histogram_place(&h, 5) = *histogram_place(&h, 30) = UINT32_MAX - 1;
    for (int i = 0; i < 3; i++) {
        histogram_count(&h, 40);
        histogram_count(&h, 1 << 30);
        assert_int_equal(counts_of(&h, 5), UINT32_MAX);
        assert_int_equal(counts_of(&h, 30), UINT32_MAX);
    }
    assert_int_equal(counts_of(&h, 4) + counts_of(&h, 6) + counts_of(&h, 29), 0);
}

/* Comes last: there is no room from here on. */
static void without_room_the_nearest_bucket_counts(void **state)
{
    struct rlimit none = {0, RLIM_INFINITY};

    (void)state;
    while (rows() % REC_PER_CHUNK(sizeof(struct rec_outliers)) != 0) {
        void *element;
        recording_add(REC_OUTLIERS, &element);
    }
    setrlimit(RLIMIT_FSIZE, &none);
    histogram_count(&h, 1 << 10);
    histogram_count(&h, 1);
    histogram_count(&h, 1 << 30);
    histogram_count(&h, UINT64_MAX);
    uint64_t sum = 0;
    for (unsigned b = 0; b < REC_BUCKETS; b++)
        sum += counts_of(&h, b);
    assert_int_equal(sum, 4);
    assert_int_equal(h.window[0], 1);
    assert_int_equal(h.window[REC_WINDOW - 1], 2);
    assert_int_equal(h.place >> REC_PLACE_ROW_SHIFT, 0);
    assert_int_not_equal(recording.header->out_of_room, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_bucket_is_the_power_of_two, reset),
        cmocka_unit_test_setup(the_last_bucket_takes_all_above, reset),
        cmocka_unit_test_setup(neighbours_need_no_row, reset),
        cmocka_unit_test_setup(nothing_has_a_place_before_it_is_counted, reset),
        cmocka_unit_test_setup(window_and_row_are_one_histogram, reset),
        cmocka_unit_test_setup(a_row_made_early_is_the_only_one, reset),
        cmocka_unit_test_setup(a_counter_stops_when_it_is_full, reset),
        cmocka_unit_test_setup(without_room_the_nearest_bucket_counts, reset),
    };

    open_recording();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
