// sources: tests/unit/profile_builder.c tests/unit/rust_stacks.c
// libs: analyzer
//
// The lines over time, and the rules about what stays and what peaks, which judge by them:
// live-at-exit, peak; on made profiles.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "analyzer/rules/over_time.h"
#include "tests/unit/rule_checks.h"

/* ---- lines over time ---- */

static const struct over_time_steady steady = {0.625, 0.15};

static struct over_time_rise rise_of(const uint64_t values[PROFILE_SERIES])
{
    return over_time_rise(values, PROFILE_SERIES, &steady);
}
#define RISE(...) rise_of((const uint64_t[PROFILE_SERIES]){__VA_ARGS__})

static void a_straight_line_rises_over_all_of_the_run(void **state)
{
    (void)state;
    struct over_time_rise r = RISE(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
    assert_true(r.rises && r.to_end && r.of_run == 1.0);
    assert_int_equal(r.final, 16);
}

static void a_rise_may_begin_late_and_stand_still_at_times(void **state)
{
    (void)state;
    struct over_time_rise r = RISE(0, 0, 0, 0, 1, 2, 3, 3, 3, 3, 4, 5, 6, 7, 8, 9);
    assert_true(r.rises && r.to_end);
    assert_true(r.of_run == 12 / 16.0);
}

static void what_is_built_at_the_start_does_not_rise(void **state)
{
    (void)state;
    assert_true(
        RISE(90, 95, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100).of_run <
        0.2);
    /* and a little on and off, so that it seems to go on */
    assert_false(RISE(90, 91, 91, 92, 92, 93, 93, 94, 94, 95, 95, 96, 96, 97, 97, 98).rises);
}

static void what_falls_again_does_not_rise(void **state)
{
    (void)state;
    assert_false(RISE(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 3).rises);
    assert_false(RISE(0).rises);
    assert_false(over_time_rise(NULL, 0, &steady).rises);
}

static void how_long_a_level_is_held(void **state)
{
    (void)state;
    const uint64_t values[4] = {1, 8, 9, 2};
    assert_true(over_time_above(values, 4, 8) == 0.5);
    assert_int_equal(over_time_median(values, 4), 2);
    assert_true(over_time_above(NULL, 0, 8) == 0);
    assert_true(over_time_stays(values, 4, 8) == 0.5);
    assert_true(over_time_stays(values, 4, 2) == 0.75);
    assert_true(over_time_stays(values, 4, 10) == 0);
    assert_true(over_time_stays((const uint64_t[]){3, 1, 3}, 3, 2) == 0);
    assert_true(over_time_stays(NULL, 0, 8) == 0);
}

/* ---- live-at-exit ---- */

static uint32_t leak(uint64_t n, uint64_t bytes)
{
    uint32_t p = pb_point(b, "malloc", stack_box_new, "app::remember", 30);
    pb_births(b, p, n, bytes);
    pb_live(b, p, n);
    return p;
}

static void rising(uint32_t point, uint64_t n)
{
    uint64_t blocks[PROFILE_SERIES];
    for (uint64_t i = 0; i < PROFILE_SERIES; i++)
        blocks[i] = n * (i + 1) / PROFILE_SERIES;
    pb_series(b, point, blocks);
}

static void built_at_once(uint32_t point, uint64_t n)
{
    uint64_t blocks[PROFILE_SERIES];
    for (int i = 0; i < PROFILE_SERIES; i++)
        blocks[i] = n;
    pb_series(b, point, blocks);
}

static void what_grows_to_the_end_is_told(void **state)
{
    (void)state;
    rising(leak(10000, 100), 10000);
    const struct finding *f = only(&rule_live_at_exit);
    assert_told(f);
    assert_string_equal(f->variant, "");
    assert_int_equal(f->severity, FINDING_MEDIUM);
    assert_int_equal(evidence_of(f, "end_blocks"), 10000);
}

static void a_big_one_is_high(void **state)
{
    (void)state;
    rising(leak(1000, 100000), 1000); /* 100 MB, all there is */
    assert_int_equal(only(&rule_live_at_exit)->severity, FINDING_HIGH);
}

static void a_table_built_once_is_not_told(void **state)
{
    (void)state;
    built_at_once(leak(10000, 100), 10000);
    assert_quiet(&rule_live_at_exit);
}

static void a_cache_that_is_emptied_is_not_told(void **state)
{
    (void)state;
    uint32_t p = leak(10000, 100);
    pb_freed(b, p, 5100, 50);
    rising(p, 4900);
    assert_quiet(&rule_live_at_exit);
}

static void few_blocks_are_told_only_if_they_are_big(void **state)
{
    (void)state;
    rising(leak(999, 100), 999);
    assert_quiet(&rule_live_at_exit);
    again();
    rising(leak(999, 1050), 999); /* 1 MiB */
    assert_int_equal(only(&rule_live_at_exit)->severity, FINDING_MEDIUM);
    again();
    rising(leak(15, 1 << 20), 15); /* too few for a line */
    assert_quiet(&rule_live_at_exit);
}

static void what_rises_in_a_phase_is_minor(void **state)
{
    (void)state;
    uint64_t blocks[PROFILE_SERIES] = {0, 0, 0, 0, 2500, 5000, 7500};
    for (int i = 7; i < PROFILE_SERIES; i++)
        blocks[i] = 10000;
    pb_series(b, leak(10000, 100), blocks);
    const struct finding *f = only(&rule_live_at_exit);
    assert_told(f);
    assert_string_equal(f->variant, "phase");
    assert_int_equal(f->severity, FINDING_LOW);
}

/* The machine was busy with something else for six periods: then nothing changes anywhere. */
static void a_program_that_is_kept_waiting_has_not_ended_to_rise(void **state)
{
    (void)state;
    uint64_t blocks[PROFILE_SERIES] = {1500, 3000, 4500, 6000, 7500, 9000, 9000, 9000,
                                       9000, 9000, 9000, 9000, 9250, 9500, 9750, 10000};
    pb_series(b, leak(10000, 100), blocks);
    const struct finding *f = only(&rule_live_at_exit);
    assert_told(f);
    assert_string_equal(f->variant, "");
}

static void a_line_that_rests_while_others_change_is_not_steady(void **state)
{
    (void)state;
    uint64_t blocks[PROFILE_SERIES] = {1500, 3000, 4500, 6000, 7500, 9000, 9000, 9000,
                                       9000, 9000, 9000, 9000, 9250, 9500, 9750, 10000};
    uint32_t other = pb_point(b, "malloc", stack_push, "app::work", 50);
    pb_births(b, other, 10, 100);
    rising(other, 160);
    pb_series(b, leak(10000, 100), blocks);
    assert_quiet(&rule_live_at_exit);
}

static void a_run_too_short_for_a_line_is_minor(void **state)
{
    (void)state;
    built_at_once(leak(10000, 100), 10000);
    b->profile.program.duration_ns = 2000000;
    const struct finding *f = only(&rule_live_at_exit);
    assert_told(f);
    assert_int_equal(f->severity, FINDING_LOW);
}

/* ---- peak ---- */

static uint32_t base_and_spike(uint64_t spike_periods)
{
    uint64_t line[PROFILE_SERIES] = {0}, base[PROFILE_SERIES];
    for (uint64_t i = 0; i < PROFILE_SERIES; i++) {
        base[i] = 10;
        line[i] = i >= 4 && i < 4 + spike_periods ? 100 : 0;
    }
    uint32_t kept = pb_point(b, "malloc", stack_with_capacity, "app::base", 5);
    pb_births(b, kept, 10, 1 << 20);
    pb_live(b, kept, 10);
    pb_series(b, kept, base);
    uint32_t p = pb_point(b, "malloc", stack_with_capacity, "app::spike", 6);
    pb_births(b, p, 100, 1 << 20);
    pb_live(b, p, 100);
    pb_freed_all(b, p, 100);
    pb_series(b, p, line);
    return p;
}

static void a_spike_is_advice(void **state)
{
    (void)state;
    base_and_spike(2);
    const struct finding *f = only(&rule_peak); /* base has 9 % */
    assert_told(f);
    assert_string_equal(f->variant, "spike");
    assert_int_equal(f->location.line, 6);
    assert_int_equal(f->severity, FINDING_MEDIUM);
    assert_int_equal(f->saving.peak_bytes, 100 << 20);
}

static void a_spike_between_two_periods_is_one_too(void **state)
{
    (void)state;
    base_and_spike(0);
    assert_string_equal(only(&rule_peak)->variant, "spike");
}

static void what_is_built_up_to_the_end_is_no_spike(void **state)
{
    (void)state;
    base_and_spike(2);
    b->profile.peak_time = b->profile.end_time - 5;
    assert_int_equal(only(&rule_peak)->severity, FINDING_INFO);
}

static void what_stays_until_the_end_is_no_spike(void **state)
{
    uint64_t line[PROFILE_SERIES] = {0};
    (void)state;
    uint32_t p = base_and_spike(0);
    line[PROFILE_SERIES - 4] = line[PROFILE_SERIES - 3] = line[PROFILE_SERIES - 2] = 100;
    pb_series(b, p, line);
    assert_int_equal(only(&rule_peak)->severity, FINDING_INFO);
}

static void what_is_there_for_long_is_a_remark(void **state)
{
    (void)state;
    base_and_spike(5);
    const struct finding *f = only(&rule_peak);
    assert_told(f);
    assert_string_equal(f->variant, "");
    assert_int_equal(f->severity, FINDING_INFO);
    assert_non_null(strstr(f->what, "in 100 blocks."));
}

static void one_block_is_no_blocks(void **state)
{
    (void)state;
    uint32_t p = pb_point(b, "malloc", stack_with_capacity, "app::canvas", 5);
    pb_births(b, p, 1, 20 << 20);
    pb_live(b, p, 1);
    assert_non_null(strstr(only(&rule_peak)->what, "21.0 MB in 1 block."));
}

static void a_program_without_much_memory_has_no_peak(void **state)
{
    (void)state;
    uint32_t p = pb_point(b, "malloc", stack_with_capacity, "app::base", 5);
    pb_births(b, p, 1, 60000);
    pb_live(b, p, 1);
    assert_quiet(&rule_peak);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_straight_line_rises_over_all_of_the_run),
        cmocka_unit_test(a_rise_may_begin_late_and_stand_still_at_times),
        cmocka_unit_test(what_is_built_at_the_start_does_not_rise),
        cmocka_unit_test(what_falls_again_does_not_rise),
        cmocka_unit_test(how_long_a_level_is_held),
        RULE_TEST(what_grows_to_the_end_is_told),
        RULE_TEST(a_big_one_is_high),
        RULE_TEST(a_table_built_once_is_not_told),
        RULE_TEST(a_cache_that_is_emptied_is_not_told),
        RULE_TEST(few_blocks_are_told_only_if_they_are_big),
        RULE_TEST(what_rises_in_a_phase_is_minor),
        RULE_TEST(a_program_that_is_kept_waiting_has_not_ended_to_rise),
        RULE_TEST(a_line_that_rests_while_others_change_is_not_steady),
        RULE_TEST(a_run_too_short_for_a_line_is_minor),
        RULE_TEST(a_spike_is_advice),
        RULE_TEST(a_spike_between_two_periods_is_one_too),
        RULE_TEST(what_is_built_up_to_the_end_is_no_spike),
        RULE_TEST(what_stays_until_the_end_is_no_spike),
        RULE_TEST(what_is_there_for_long_is_a_remark),
        RULE_TEST(one_block_is_no_blocks),
        RULE_TEST(a_program_without_much_memory_has_no_peak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
