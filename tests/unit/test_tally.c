// sources: tests/unit/profile_builder.c tests/unit/rust_stacks.c
// libs: analyzer
//
// Sums over program points, percentiles of their histograms, and the gates that judge by them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/profile_builder.h"

static struct profile_builder *b;

static int set_up(void **state)
{
    (void)state;
    b = test_malloc(sizeof(*b));
    pb_init(b);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pb_free(b);
    test_free(b);
    return 0;
}

static struct tally tally_of(const uint32_t *points, uint32_t count)
{
    struct tally tally = {0};
    tally_points(&tally, pb_evidence(b), points, count);
    return tally;
}

static uint32_t boxes(const char *function, uint32_t line, uint64_t n)
{
    uint32_t point = pb_point(b, "malloc", stack_box_new, function, line);
    pb_births(b, point, n, 32);
    return point;
}

/* ---- sums ---- */

static void points_add_up(void **state)
{
    uint32_t points[2] = {boxes("app::a", 1, 100), boxes("app::b", 2, 50)};
    (void)state;
    pb_births(b, points[1], 10, 200);
    pb_freed(b, points[0], 90, 3);
    pb_freed_elsewhere(b, points[1], 5);
    struct tally t = tally_of(points, 2);
    assert_int_equal(t.points, 2);
    assert_int_equal(t.births, 160);
    assert_int_equal(t.bytes, 150 * 32 + 10 * 200);
    assert_int_equal(t.freed, 95);
    assert_int_equal(t.elsewhere, 5);
    assert_int_equal(t.end_blocks, 65);
    assert_int_equal(t.size_min, 32);
    assert_int_equal(t.size_max, 200);
    assert_int_equal(t.sizes.count[5], 150);
    assert_int_equal(t.sizes.count[7], 10);
    assert_int_equal(t.most_blocks, 2);
    assert_true(t.leaf_all & FACT_BOX);
}

static void facts_of_all_and_of_any_differ(void **state)
{
    uint32_t points[2] = {boxes("app::a", 1, 1), pb_point(b, "malloc", stack_push, "app::a", 1)};
    (void)state;
    pb_births(b, points[1], 1, 32);
    struct tally t = tally_of(points, 2);
    assert_true((t.leaf_any & FACT_BOX) && (t.leaf_any & FACT_GROW));
    assert_false((t.leaf_all & FACT_BOX) || (t.leaf_all & FACT_GROW));
}

static void growth_and_its_links_add_up(void **state)
{
    uint32_t point = pb_point(b, "malloc", stack_push, "app::a", 1);
    (void)state;
    pb_births(b, point, 10, 32);
    pb_growth(b, point, 10, 3, 32); /* 32, 64, 128, 256 */
    pb_moved(b, point, 4, 500);
    struct tally t = tally_of(&point, 1);
    assert_int_equal(t.chains, 10);
    assert_int_equal(t.steps, 30);
    assert_int_equal(t.reallocs, 30);
    assert_int_equal(t.moved, 4);
    assert_int_equal(t.copied, 500);
    assert_int_equal(t.chain_peak_bytes, 2560);
    assert_int_equal(t.grew_to.count[8], 10);
    assert_int_equal(t.birth_bytes, 320); /* not what reallocs added */
    assert_int_equal(tally_percentile_exact(&t.steps_hist, 0.5), 3);
}

static void handovers_have_two_ends(void **state)
{
    uint32_t points[2] = {pb_point(b, "malloc", stack_hash_insert, "app::a", 1),
                          pb_point(b, "malloc", stack_hash_insert, "app::b", 2)};
    (void)state;
    pb_births(b, points[0], 20, 84);
    pb_births(b, points[1], 10, 152);
    pb_handover(b, points[0], points[0], 7, 84, 152);
    pb_handover(b, points[0], points[1], 3, 84, 152);
    struct tally first = tally_of(points, 1), both = tally_of(points, 2);
    assert_int_equal(first.handovers_out, 10);
    assert_int_equal(first.handovers_in, 7);
    assert_int_equal(first.handovers_inside, 7);
    assert_int_equal(both.handovers_in, 10);
    assert_int_equal(both.handovers_inside, 10);
    assert_int_equal(both.handovers_in_bytes, 840);
    assert_int_equal(both.handovers_in_to_bytes, 1520);
    assert_int_equal(both.handover_final.count[7], 10);
}

static void a_foreign_file_gives_what_it_has(void **state)
{
    uint32_t point = boxes("app::a", 1, 100);
    (void)state;
    pb_freed(b, point, 60, 1);
    b->profile.has_own = false;
    b->points[point].own = NULL;
    struct tally t = tally_of(&point, 1);
    assert_int_equal(t.births, 100);
    assert_int_equal(t.freed, 60);
    assert_int_equal(tally_mean_size(&t), 32);
    assert_int_equal(t.chains, 0);
}

static void sums_saturate(void **state)
{
    uint32_t points[2] = {boxes("app::a", 1, 1), boxes("app::b", 1, 1)};
    (void)state;
    pb_own(b, points[0])->births = UINT64_MAX - 1;
    pb_own(b, points[1])->births = 5;
    assert_true(tally_of(points, 2).births == UINT64_MAX);
}

/* ---- percentiles ---- */

static void percentiles_are_ranges(void **state)
{
    struct tally_hist hist = {{0}, 0};
    (void)state;
    assert_int_equal(tally_percentile(&hist, 0.5).high, 0);
    tally_hist_add(&hist, 0, 1);
    tally_hist_add(&hist, 3, 8);
    tally_hist_add(&hist, 10, 1);
    assert_int_equal(tally_percentile(&hist, 0.1).high, 1);
    assert_int_equal(tally_percentile(&hist, 0.5).low, 8);
    assert_int_equal(tally_percentile(&hist, 0.9).high, 15);
    assert_int_equal(tally_percentile(&hist, 1).low, 1024);
    assert_int_equal(tally_percentile(&hist, 0).low, 0);
}

static void parts_of_a_bucket_are_shared_out(void **state)
{
    struct tally_hist hist = {{0}, 0};
    (void)state;
    tally_hist_add(&hist, 4, 16); /* 16..31 */
    assert_true(tally_below(&hist, 15) == 0);
    assert_true(tally_below(&hist, 23) == 8);
    assert_true(tally_below(&hist, 31) == 16);
    assert_true(tally_below(&hist, UINT64_MAX / 2) == 16);
}

/* ---- over time ---- */

static struct tally with_series(const uint64_t *blocks)
{
    uint32_t point = boxes("app::a", 1, blocks[PROFILE_SERIES - 1] + 1);
    pb_series(b, point, blocks);
    return tally_of(&point, 1);
}

static void what_rises_in_each_quarter(void **state)
{
    const uint64_t rising[PROFILE_SERIES] = {5,  10, 15, 20, 25, 30, 35, 40,
                                             45, 50, 55, 60, 65, 70, 75, 80};
    struct tally t = with_series(rising);
    (void)state;
    assert_true(tally_rises(&t));
}

static void what_is_built_at_the_start_does_not_rise(void **state)
{
    const uint64_t built[PROFILE_SERIES] = {80, 80, 80, 80, 80, 80, 80, 80,
                                            80, 80, 80, 80, 80, 80, 80, 81};
    struct tally t = with_series(built);
    (void)state;
    assert_false(tally_rises(&t));
}

static void what_falls_again_does_not_rise(void **state)
{
    const uint64_t fallen[PROFILE_SERIES] = {5,  10, 15, 20, 25, 30, 35, 40,
                                             45, 50, 55, 60, 90, 95, 99, 80};
    struct tally t = with_series(fallen);
    (void)state;
    assert_false(tally_rises(&t));
}

/* ---- gates ---- */

static struct tally temporary(uint64_t n, uint64_t freed, enum pb_place place)
{
    uint32_t point = boxes("app::a", 1, n);
    pb_freed(b, point, freed, 0);
    pb_freed_at(b, point, 100, place, NULL);
    return tally_of(&point, 1);
}

static void what_dies_where_it_is_born_is_local(void **state)
{
    struct tally t = temporary(10000, 9999, PB_SAME_FUNCTION);
    (void)state;
    assert_true(gate_local(&t));
}

static void what_dies_in_the_caller_is_local(void **state)
{
    struct tally t = temporary(10000, 10000, PB_CALLER);
    (void)state;
    assert_true(gate_local(&t));
}

static void what_dies_elsewhere_is_not_local(void **state)
{
    struct tally t = temporary(10000, 10000, PB_FAR);
    (void)state;
    assert_false(gate_local(&t));
}

static void what_is_kept_is_not_local(void **state)
{
    struct tally t = temporary(10000, 8900, PB_SAME_FUNCTION);
    (void)state;
    assert_false(gate_local(&t));
}

static void many_at_once_are_not_local(void **state)
{
    struct tally t = temporary(10000, 10000, PB_SAME_FUNCTION);
    (void)state;
    t.most_blocks = t.most_of_path = 100; /* 1 % */
    assert_true(gate_local(&t));
    t.most_blocks = t.most_of_path = 101;
    assert_false(gate_local(&t));
    t.births = 500, t.freed = 500;
    t.most_blocks = t.most_of_path = 8;
    assert_true(gate_local(&t));
    t.most_blocks = t.most_of_path = 9;
    assert_false(gate_local(&t));
}

/* As a recursion makes them: one each, of many call paths that do not meet. */
static void one_at_once_of_many_paths_is_local(void **state)
{
    const uint64_t at_once[] = {1, 8, 9}, gone_after[] = {2, 2, 2, 100};
    (void)state;
    for (int i = 0; i < 4; i++) {
        uint32_t point = boxes("app::a", 1, 100000);
        pb_freed(b, point, 100000, gone_after[i]);
        pb_freed_at(b, point, 100, PB_CALLER, NULL);
        pb_live(b, point, i < 3 ? at_once[i] : 1);
        struct tally t = tally_of(&point, 1);
        t.most_blocks = 40000; /* the sum */
        assert_int_equal(gate_local(&t), i < 2);
        pb_free(b);
        pb_init(b);
    }
}

/* 400 live at once among 100,000 blocks, each freed after `allocs` others. */
static struct tally many_live(uint64_t allocs, enum pb_place place)
{
    uint32_t point = boxes("app::a", 1, 100000);
    pb_freed(b, point, 100000, allocs);
    pb_freed_at(b, point, 100, place, NULL);
    pb_live(b, point, 400);
    return tally_of(&point, 1);
}

/* A queue of 400: each waits until 399 others have come, though its caller frees it. */
static void what_queues_is_not_local(void **state)
{
    struct tally t = many_live(400, PB_CALLER);
    (void)state;
    assert_true(gate_passing_share(&t) < 0.01);
    assert_false(gate_local(&t));
    /* of each alone, but for a recursion */
    pb_free(b);
    pb_init(b);
    t = many_live(2, PB_CALLER);
    assert_true(gate_passing_share(&t) > 0.99);
    assert_true(gate_local(&t));
}

/* Elements die with their Vec: they are together as long as that is. */
static void elements_do_not_queue(void **state)
{
    struct tally t = many_live(400, PB_IN_VEC);
    (void)state;
    assert_true(gate_passing_share(&t) == 1);
    assert_true(gate_local(&t));
}

/* Two reallocs of its own in the meantime do not make a buffer's life longer. */
static void its_own_growth_does_not_make_it_wait(void **state)
{
    struct tally t = many_live(200, PB_CALLER);
    (void)state;
    assert_true(gate_passing_share(&t) < 0.01);
    t.steps = 2 * t.births; /* a quarter of 400, thrice */
    assert_true(gate_passing_share(&t) > 0.99);
}

static void what_other_threads_free_is_not_local(void **state)
{
    struct tally t = temporary(10000, 10000, PB_SAME_FUNCTION);
    (void)state;
    t.elsewhere = 999;
    assert_true(gate_local(&t));
    t.elsewhere = 1000;
    assert_false(gate_local(&t));
}

static void without_samples_lifetimes_stand_in(void **state)
{
    uint32_t point = boxes("app::a", 1, 1000);
    (void)state;
    pb_freed(b, point, 600, 2);
    pb_freed(b, point, 400, 1000);
    struct tally t = tally_of(&point, 1);
    assert_true(gate_local(&t));
    memset(&t.life_allocs_hist, 0, sizeof(t.life_allocs_hist));
    tally_hist_add(&t.life_allocs_hist, 12, 1000);
    assert_false(gate_local(&t));
}

/* The program ran 100 ms: half a percent of it is half a millisecond. */
static void what_is_worth_it(void **state)
{
    const struct evidence *e = pb_evidence(b);
    (void)state;
    assert_true(gate_worth(e, 1e6, 1000));
    assert_false(gate_worth(e, 0.99e6, 1000));
    assert_false(gate_worth(e, 1e6, 999));
    b->evidence.cpu_ns = 1e9;
    assert_false(gate_worth(e, 4.9e6, 1000));
    assert_true(gate_worth(e, 5e6, 1000));
}

static enum finding_severity severity_of(uint64_t ns, uint64_t events, enum finding_scope scope)
{
    struct finding finding = {.scope = scope, .events = events, .saving = {.ns = ns}};
    gate_severity(pb_evidence(b), &finding);
    return finding.severity;
}

static void severity_follows_the_share(void **state)
{
    (void)state;
    assert_int_equal(severity_of(5000000, 1000, FINDING_OWN), FINDING_HIGH);
    assert_int_equal(severity_of(4999999, 1000, FINDING_OWN), FINDING_MEDIUM);
    assert_int_equal(severity_of(999999, 1000, FINDING_OWN), FINDING_LOW);
    assert_int_equal(severity_of(50000000, 10, FINDING_OWN), FINDING_LOW);
    assert_int_equal(severity_of(50000000, 1000, FINDING_RUNTIME), FINDING_LOW);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(points_add_up),
        TEST(facts_of_all_and_of_any_differ),
        TEST(growth_and_its_links_add_up),
        TEST(handovers_have_two_ends),
        TEST(a_foreign_file_gives_what_it_has),
        TEST(sums_saturate),
        TEST(percentiles_are_ranges),
        TEST(parts_of_a_bucket_are_shared_out),
        TEST(what_rises_in_each_quarter),
        TEST(what_is_built_at_the_start_does_not_rise),
        TEST(what_falls_again_does_not_rise),
        TEST(what_dies_where_it_is_born_is_local),
        TEST(what_dies_in_the_caller_is_local),
        TEST(what_dies_elsewhere_is_not_local),
        TEST(what_is_kept_is_not_local),
        TEST(many_at_once_are_not_local),
        TEST(one_at_once_of_many_paths_is_local),
        TEST(what_queues_is_not_local),
        TEST(elements_do_not_queue),
        TEST(its_own_growth_does_not_make_it_wait),
        TEST(what_other_threads_free_is_not_local),
        TEST(without_samples_lifetimes_stand_in),
        TEST(what_is_worth_it),
        TEST(severity_follows_the_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
