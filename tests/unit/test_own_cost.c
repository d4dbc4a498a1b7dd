// sources: tests/unit/recording_builder.c
// libs: analyzer
//
// What the recorder itself took: how the estimate follows what was counted, and what the timed
// calls say of the machine. Not covered: how near it comes (tests/bench/own_cost.py).
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "analyzer/core/own_cost.h"
#include "analyzer/core/recording.h"
#include "tests/unit/recording_builder.h"

enum { SECOND = 1000000000, BLOCKS = 1000000, TIMING_TICKS = 7 };

static struct recording_builder builder;
static struct rec_thread *thread;

static int set_up(void **state)
{
    (void)state;
    builder_init(&builder);
    builder.header.timing_ticks = TIMING_TICKS;
    thread = builder_get(&builder, REC_THREADS, builder_thread(&builder, "main"));
    thread->owners = 1;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    builder_free(&builder);
    return 0;
}

static double cost_of(uint64_t cpu_ns)
{
    char path[] = "/tmp/heapcoach-test-XXXXXX";
    struct recording recording;
    struct error e;

    close(mkstemp(path));
    builder_write(&builder, path);
    assert_int_equal(recording_open(&recording, path, &e), 0);
    double ns = (double)own_cost_ns(&recording, cpu_ns);
    recording_close(&recording);
    unlink(path);
    return ns;
}

/* The cost of blocks alone, which is what the machine's pace changes. */
static double cost_of_blocks(void)
{
    thread->allocs = 0;
    double start = cost_of(SECOND);
    thread->allocs = BLOCKS;
    return cost_of(SECOND) - start;
}

/* The builder's clock has a tick for each ns. */
static void time_calls(enum rec_cost kind, int bucket, uint64_t calls, double ns)
{
    struct rec_cost_bucket *b = &thread->costs[kind][bucket];
    b->calls += calls;
    b->ticks += (uint64_t)((double)calls * (ns + TIMING_TICKS));
}

static void each_kind_of_work_adds_to_it(void **state)
{
    (void)state;
    uint64_t *counts[] = {&thread->owners, &thread->allocs, &thread->walks_joined,
                          &thread->walks_full, &thread->walks_slow};
    double before = cost_of(SECOND);
    assert_true(before > 0);
    for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
        *counts[i] += 1000;
        double now = cost_of(SECOND);
        assert_true(now > before);
        before = now;
    }
    thread->reallocs += 1000; /* of the allocs */
    assert_true(cost_of(SECOND) > before);
}

static void the_frames_of_stacks_add_to_it(void **state)
{
    (void)state;
    uint32_t shallow = builder_node(&builder, REC_ROOT_WHOLE, REC_FN_malloc), node = REC_ROOT_WHOLE;
    builder_record(&builder, shallow, 1)->total_blocks = 1000;
    double near = cost_of(SECOND);
    for (int i = 0; i < 100; i++)
        node = builder_node(&builder, node, builder_location(&builder, 4096 + (uint64_t)i, 0));
    builder_record(&builder, node, 1)->total_blocks = 1000;
    assert_true(cost_of(SECOND) - near > 90 * 1000 * 0.4);
}

static void where_malloc_is_dear_so_is_the_recorder(void **state)
{
    (void)state;
    double usual = cost_of_blocks();
    time_calls(REC_COST_ALLOC, 4, 1000, 9);
    time_calls(REC_COST_FREE, 4, 1000, 20);
    double dear = cost_of_blocks();
    assert_true(dear > usual * 1.5 && dear < usual * 2);
    time_calls(REC_COST_ALLOC, 4, 1000000, 1000000);
    assert_true(fabs(cost_of_blocks() - 8 * usual) < 2); /* there is an end to it */
}

static void where_malloc_is_cheap_so_is_the_recorder(void **state)
{
    (void)state;
    double usual = cost_of_blocks();
    time_calls(REC_COST_ALLOC, 4, 1000, 3);
    time_calls(REC_COST_FREE, 4, 1000, 6);
    double cheap = cost_of_blocks();
    assert_true(cheap > usual * 0.5 && cheap < usual * 0.8);
}

static void big_blocks_slow_calls_and_few_calls_say_nothing_of_the_machine(void **state)
{
    (void)state;
    double usual = cost_of_blocks();
    time_calls(REC_COST_ALLOC, 12, 1000, 500); /* 4 KiB */
    time_calls(REC_COST_FREE, 4, 29, 500);
    assert_true(fabs(cost_of_blocks() - usual) < 2);
    time_calls(REC_COST_ALLOC, 4, 1000, 4.5);
    struct rec_cost_bucket *b = &thread->costs[REC_COST_ALLOC][4];
    b->calls += 100; /* interrupted, or waiting for the system */
    b->slow_calls += 100;
    b->ticks += 100 * 50000;
    b->slow_ticks += 100 * 50000;
    assert_true(fabs(cost_of_blocks() - usual) < usual / 50);
}

static void a_tenth_of_the_time_is_always_the_programs(void **state)
{
    (void)state;
    thread->allocs = BLOCKS;
    assert_true(cost_of(1000000) == 900000);
    assert_true(cost_of(0) == 0);
}

static void of_a_sample_it_is_not_told(void **state)
{
    (void)state;
    thread->allocs = BLOCKS;
    builder.header.sample_bytes = 524288;
    assert_true(cost_of(SECOND) == 0);
}

#define COST_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        COST_TEST(each_kind_of_work_adds_to_it),
        COST_TEST(the_frames_of_stacks_add_to_it),
        COST_TEST(where_malloc_is_dear_so_is_the_recorder),
        COST_TEST(where_malloc_is_cheap_so_is_the_recorder),
        COST_TEST(big_blocks_slow_calls_and_few_calls_say_nothing_of_the_machine),
        COST_TEST(a_tenth_of_the_time_is_always_the_programs),
        COST_TEST(of_a_sample_it_is_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
