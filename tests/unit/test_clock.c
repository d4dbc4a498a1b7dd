/* test_clock.c - what a tick is worth, however the thread that measures it is held up.
 *
 * Both clocks are made up: each reading takes a while, and one of them, each in turn, meets a
 * pause.
 *
 * Not covered: counters that differ between processors.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "preload/calls.h"
#include "preload/recording.h"

enum { TICKS_PER_US = 2900, READING_NS = 60, PAUSE_NS = 2000000, FIRST_CALL_NS = 500 };

static uint64_t now_ns, readings, paused_reading, pause_ns;
static bool stands;

static void take_time(void)
{
    now_ns += readings++ == paused_reading ? pause_ns : READING_NS;
}

static uint64_t made_up_ticks(void)
{
    take_time();
    return now_ns * TICKS_PER_US / 1000;
}

static uint64_t made_up_ns(int clock)
{
    (void)clock;
    take_time();
    return stands ? 0 : now_ns;
}

struct recording recording;
#define arch_ticks made_up_ticks
#define sys_clock_ns made_up_ns
#include "preload/clock.c"

static struct rec_header header;

static int setup(void **state)
{
    (void)state;
    header = (struct rec_header){0};
    recording.header = &header;
    now_ns = 1000000000;
    readings = 0;
    paused_reading = UINT64_MAX;
    pause_ns = PAUSE_NS;
    stands = false;
    return 0;
}

static void assert_near(uint64_t value, uint64_t right, uint64_t percent)
{
    assert_in_range(value, right - right * percent / 100, right + right * percent / 100);
}

static void start_with_a_pause_at(uint64_t reading)
{
    setup(NULL);
    paused_reading = reading;
    clock_start();
    assert_near(header.us_ticks, TICKS_PER_US, 10);
    assert_int_equal(header.tick_shift, 11);
}

static void a_microsecond_is_measured_through_any_pause(void **state)
{
    (void)state;
    start_with_a_pause_at(UINT64_MAX);
    uint64_t all = readings;
    assert_true(all > 20);
    for (uint64_t i = 0; i < all; i++)
        start_with_a_pause_at(i);
}

/* Too short a pause to be seen as one; it was the same in each run. */
static void the_first_system_call_may_take_longer(void **state)
{
    (void)state;
    paused_reading = 1; /* after that of the ticks */
    pause_ns = FIRST_CALL_NS;
    clock_start();
    assert_near(header.us_ticks, TICKS_PER_US, 1);
}

/* Of a short pause between one clock and the other half at most is taken for time. */
static void a_short_pause_counts_half(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 100; i++) {
        setup(NULL);
        paused_reading = i;
        pause_ns = FIRST_CALL_NS;
        clock_start();
        assert_near(header.us_ticks, TICKS_PER_US, 100 * FIRST_CALL_NS / 2 / SHORT_NS);
    }
}

/* Ticks and nanoseconds of start and end, which the analyzer divides. */
static void a_run_is_measured_through_any_pause(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 100; i++) {
        setup(NULL);
        clock_start();
        now_ns += 10000000;
        paused_reading = readings + i;
        clock_calibrate();
        uint64_t ticks = header.latest_ticks - header.start_ticks;
        uint64_t ns = header.latest_mono_ns - header.start_mono_ns;
        assert_near(ticks * 1000000 / ns, TICKS_PER_US * 1000, 1);
    }
}

static void a_clock_that_stands_is_taken_for_a_usual_one(void **state)
{
    (void)state;
    stands = true;
    clock_start();
    assert_int_equal(header.us_ticks, USUAL_TICKS_PER_US);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_microsecond_is_measured_through_any_pause, setup),
        cmocka_unit_test_setup(the_first_system_call_may_take_longer, setup),
        cmocka_unit_test_setup(a_short_pause_counts_half, setup),
        cmocka_unit_test_setup(a_run_is_measured_through_any_pause, setup),
        cmocka_unit_test_setup(a_clock_that_stands_is_taken_for_a_usual_one, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
