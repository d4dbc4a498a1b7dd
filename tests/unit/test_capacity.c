// sources: tests/unit/profile_builder.c tests/unit/rust_stacks.c
// libs: analyzer
//
// From sizes to `with_capacity(N)`, and what calls cost. Expected numbers follow from doubling:
// a Vec<u64> that starts at 4 elements (32 B) has 32 << k bytes after k reallocs.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "analyzer/rules/tables.h"
#include "analyzer/rules/temporary.h"
#include "tests/unit/profile_builder.h"

static struct profile_builder *b;
static struct findings findings;

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
    findings_free(&findings);
    pb_free(b);
    test_free(b);
    return 0;
}

static uint32_t vecs(const struct stack_frame *via, uint64_t n, uint64_t first)
{
    uint32_t point = pb_point(b, "malloc", via, "app::fill", 12);
    pb_births(b, point, n, first);
    pb_freed_all(b, point, 8);
    return point;
}

static struct case_of_line the_case(void)
{
    return pb_case(b, &(struct case_filter){0});
}

/* ---- capacities ---- */

static void one_size_is_exact(void **state)
{
    uint32_t point = vecs(stack_push, 10000, 32);
    (void)state;
    pb_growth(b, point, 10000, 8, 32);
    struct case_of_line one = the_case();
    struct capacity_plan plan = capacity_plan(&one);
    assert_true(plan.exact && plan.minimal_first && plan.element_known);
    assert_int_equal(plan.element_bytes, 8);
    assert_int_equal(plan.capacity_p50, 1024);
    assert_int_equal(plan.capacity_max, 1024);
    assert_int_equal(plan.length_low, 513);
    assert_false(plan.wide);
    assert_int_equal(plan.choice_count, 1);
    assert_int_equal(plan.choice[0].elements, 1024);
    assert_int_equal(plan.choice[0].calls_saved, 80000);
    assert_int_equal(plan.choice[0].calls_left, 0);
    assert_int_equal(plan.choice[0].bytes_wasted, 0);
    assert_string_equal(capacity_code(&one, 1024, &findings), "Vec::<u64>::with_capacity(1024)");
    assert_string_equal(capacity_bracket(1024), "513..1,024");
}

static void entries_of_an_index_map_are_made_by_the_map(void **state)
{
    (void)state;
    vecs(stack_push, 10000, 32);
    struct case_of_line one = the_case();
    struct facts facts = *one.facts;
    one.facts = &facts;
    facts.leaf |= FACT_INDEX_MAP;
    facts.types.element = "Bucket<u16, u32>";
    assert_string_equal(capacity_code(&one, 299, &findings), "IndexMap::with_capacity(299)");
    facts.types.element = ""; /* symbols alone */
    assert_string_equal(capacity_code(&one, 299, &findings), "IndexMap::with_capacity(299)");
    facts.types.element = "Bucket<u16, ()>";
    assert_string_equal(capacity_code(&one, 299, &findings), "IndexSet::with_capacity(299)");
}

/* 9 of 10 end at 16 elements (2 reallocs), the others at 8192 (11): one size for all would waste.
 */
static void a_long_tail_gets_no_size_for_all(void **state)
{
    uint32_t point = vecs(stack_push, 1000, 32);
    (void)state;
    pb_growth(b, point, 900, 2, 32);
    pb_growth(b, point, 100, 11, 32);
    struct case_of_line one = the_case();
    struct capacity_plan plan = capacity_plan(&one);
    assert_true(plan.exact && plan.wide);
    assert_int_equal(plan.choice_count, 2);
    assert_int_equal(plan.choice[0].elements, 16);
    assert_true(plan.choice[0].of == 0.9);
    /* 2 of 2 and 2 of 11 */
    assert_int_equal(plan.choice[0].calls_saved, 900 * 2 + 100 * 2);
    assert_int_equal(plan.choice[0].calls_left, 100 * 9);
    assert_int_equal(plan.choice[0].bytes_wasted, 0);
    assert_int_equal(plan.choice[1].elements, 8192);
    assert_int_equal(plan.choice[1].calls_left, 0);
    assert_int_equal(plan.choice[1].bytes_wasted, 900ull * (65536 - 128));
    assert_int_equal(plan.best, 0);
}

/* 100 at 4, 100 at 8, 100 at 16 elements: 16 for all costs 12 * 8 and 8 * 8 bytes. */
static void a_little_waste_is_nothing(void **state)
{
    uint32_t point = vecs(stack_push, 300, 32);
    (void)state;
    pb_growth(b, point, 100, 1, 32);
    pb_growth(b, point, 100, 2, 32);
    struct case_of_line one = the_case();
    struct capacity_plan plan = capacity_plan(&one);
    assert_true(plan.exact);
    assert_int_equal(plan.choice[plan.best].elements, 16);
    assert_int_equal(plan.choice[plan.best].calls_left, 0);
    assert_int_equal(plan.choice[plan.best].bytes_wasted, 100 * 96 + 100 * 64);
}

static void first_sizes_tell_the_element(void **state)
{
    static const struct stack_frame nameless[] = {
        {OWNER_STD, "alloc::raw_vec::RawVec<T,A>::grow_one", "", "", 0, "alloc", false},
        {0},
    };
    (void)state;
    uint32_t point = vecs(nameless, 100, 96); /* 4 of 24 bytes */
    pb_growth(b, point, 100, 3, 96);
    struct case_of_line one = the_case();
    struct capacity_plan plan = capacity_plan(&one);
    assert_true(plan.element_known && plan.minimal_first);
    assert_int_equal(plan.element_bytes, 24);
    assert_int_equal(plan.capacity_p50, 32);
    assert_string_equal(capacity_code(&one, 32, &findings), "Vec::with_capacity(32)");
}

static void eight_bytes_may_be_of_one_or_of_two(void **state)
{
    static const struct stack_frame nameless[] = {
        {OWNER_STD, "alloc::raw_vec::RawVec<T,A>::grow_one", "", "", 0, "alloc", false},
        {0},
    };
    (void)state;
    uint32_t point = vecs(nameless, 100, 8);
    pb_growth(b, point, 100, 3, 8);
    struct case_of_line one = the_case();
    assert_false(capacity_plan(&one).element_known);
}

static void a_capacity_that_was_given_is_not_minimal(void **state)
{
    uint32_t point = vecs(stack_with_capacity, 100, 400);
    (void)state;
    pb_growth(b, point, 100, 3, 400);
    struct case_of_line one = the_case();
    struct capacity_plan plan = capacity_plan(&one);
    assert_false(plan.minimal_first);
    assert_int_equal(plan.capacity_p50, 800); /* of 4 bytes */
}

static void sizes_that_vary_are_known_by_powers_of_two(void **state)
{
    uint32_t point = vecs(stack_push_str, 500, 8);
    (void)state;
    pb_births(b, point, 500, 13);
    pb_freed_all(b, point, 8);
    pb_growth(b, point, 500, 2, 8);
    pb_growth(b, point, 500, 2, 13);
    struct case_of_line one = the_case();
    struct capacity_plan plan = capacity_plan(&one);
    assert_false(plan.exact);
    assert_in_range(plan.capacity_p50, 32, 63);
    assert_int_equal(plan.choice[plan.choice_count - 1].calls_left, 0);
    assert_string_equal(capacity_code(&one, 64, &findings), "String::with_capacity(64)");
}

/* ---- hash tables ---- */

static void pairs_by_type_and_by_size(void **state)
{
    uint32_t point = pb_point(b, "malloc", stack_hash_insert, "app::fill", 12);
    (void)state;
    pb_births(b, point, 10, 84);
    struct case_of_line one = the_case();
    assert_int_equal(tables_pair(&one).bytes, 16);
    pb_free(b);
    pb_init(b);
    pb_births(b, pb_point(b, "malloc", symbols_hash_insert, "app::fill", 12), 10, 84);
    one = the_case();
    assert_int_equal(tables_pair(&one).bytes, 16);
    /* An IndexMap's table has indices, whatever its keys and values are. */
    struct facts facts = *one.facts;
    facts.leaf |= FACT_INDEX_MAP;
    one.facts = &facts;
    assert_int_equal(tables_pair(&one).bytes, 8);
}

/* ---- costs ---- */

static void without_timing_the_usual_cost_stands(void **state)
{
    struct cost pair = cost_pair(pb_evidence(b), 64);
    (void)state;
    assert_false(pair.measured);
    assert_true(pair.ns == cost_constant(COST_PAIR));
}

static void timed_calls_are_taken_by_size(void **state)
{
    static const struct profile_cost_bar alloc[] = {
        {6, 100, 2000, 0, 0}, {7, 4, 100, 0, 0}, {12, 50, 1500, 0, 0}};
    static const struct profile_cost_bar release[] = {{6, 100, 1000, 0, 0}};
    const struct evidence *e = pb_evidence(b);
    (void)state;
    b->profile.costs[PROFILE_COST_ALLOC] = (struct profile_cost_hist){alloc, 3};
    b->profile.costs[PROFILE_COST_FREE] = (struct profile_cost_hist){release, 1};
    /* Some of each is what a call costs more when it is timed alone. */
    double alone = 20 - cost_alloc(e, 64).ns;
    assert_true(alone >= 0 && alone < 10);
    assert_true(cost_pair(e, 64).ns == 30 - 2 * alone && cost_pair(e, 64).measured);
    /* 4 calls are not enough: with the neighbours */
    assert_true(cost_alloc(e, 128).ns == 2100.0 / 104 - alone);
    /* nor does a large block cost what a small one does */
    assert_true(cost_alloc(e, 2048).ns == 30 - alone);
    assert_false(cost_free(e, 4096).measured);
}

/* The run's mallocs of 64 bytes take 20 ns; those of the line 40, but for one that met a fresh
 * page. */
static void the_calls_for_the_blocks_themselves_tell_more_than_the_runs(void **state)
{
    static const struct profile_cost_bar run[] = {{6, 1000, 20000, 0, 0}};
    static const struct profile_cost_bar here[] = {{PROFILE_COST_ALLOC, 101, 5000, 1, 1000},
                                                   {PROFILE_COST_FREE, 100, 3000, 0, 0},
                                                   {PROFILE_COSTS, 500, 9, 0, 0}};
    static const struct profile_cost_bar few[] = {{PROFILE_COST_ALLOC, 20, 800, 0, 0}};
    uint32_t point = vecs(stack_box_new, 10000, 64);
    const struct evidence *e = pb_evidence(b);
    struct tally tally = {0};
    (void)state;
    b->profile.costs[PROFILE_COST_ALLOC] = (struct profile_cost_hist){run, 1};
    b->profile.costs[PROFILE_COST_FREE] = (struct profile_cost_hist){run, 1};
    double alone = 20 - cost_alloc(e, 64).ns;
    pb_own(b, point)->timed = (struct profile_cost_hist){here, 3};
    tally_points(&tally, e, &point, 1);
    assert_true(cost_pair_of(e, &tally).ns == 40 + 30 - 2 * alone);
    assert_true(cost_pair_of(e, &tally).here);
    tally = (struct tally){0};
    pb_own(b, point)->timed = (struct profile_cost_hist){few, 1};
    tally_points(&tally, e, &point, 1);
    assert_true(cost_pair_of(e, &tally).ns == 20 + 20 - 2 * alone);
    assert_false(cost_pair_of(e, &tally).here);
}

/* A quarter of the reallocs moved. */
static void reallocs_of_a_line_cost_what_they_were_seen_to(void **state)
{
    static const struct profile_cost_bar here[] = {{PROFILE_COST_GROW_IN_PLACE, 300, 3000, 0, 0},
                                                   {PROFILE_COST_GROW_MOVED, 100, 5000, 0, 0}};
    uint32_t point = vecs(stack_push, 1000, 32);
    pb_growth(b, point, 1000, 4, 512);
    pb_moved(b, point, 1000, 32000);
    const struct evidence *e = pb_evidence(b);
    struct tally tally = {0};
    (void)state;
    pb_own(b, point)->timed = (struct profile_cost_hist){here, 2};
    tally_points(&tally, e, &point, 1);
    struct cost one = cost_growth_of(e, &tally, COST_FAST_CALLS);
    assert_true(one.here && one.calls == 400);
    assert_true(one.ns < 0.75 * 10 + 0.25 * 50 && one.ns > 0.75 * 10 + 0.25 * 50 - 5);
}

/* 10 of 110 calls met a fresh page. */
static void slow_calls_are_no_part_of_what_is_saved(void **state)
{
    static const struct profile_cost_bar alloc[] = {{6, 110, 12000, 10, 10000}};
    static const struct profile_cost_bar all[] = {{6, 100, 2000, 0, 0}};
    const struct evidence *e = pb_evidence(b);
    (void)state;
    b->profile.costs[PROFILE_COST_ALLOC] = (struct profile_cost_hist){alloc, 1};
    double without = cost_alloc(e, 64).ns;
    b->profile.costs[PROFILE_COST_ALLOC] = (struct profile_cost_hist){all, 1};
    assert_true(without == cost_alloc(e, 64).ns && without > 0);
}

/* Neither what was timed nor the time that the run took. */
static void the_usual_costs_are_the_same_anywhere(void **state)
{
    static const struct profile_cost_bar alloc[] = {{6, 100, 9000, 0, 0}};
    uint32_t point = vecs(stack_box_new, 1000000, 64);
    pb_freed_all(b, point, 1);
    b->costs = COSTS_USUAL;
    b->profile.program.cpu_ns = 1;
    const struct evidence *e = pb_evidence(b);
    (void)state;
    b->profile.costs[PROFILE_COST_ALLOC] = (struct profile_cost_hist){alloc, 1};
    assert_false(cost_pair(e, 64).measured);
    assert_true(cost_pair(e, 64).ns == cost_constant(COST_PAIR));
    assert_true(e->cpu_ns == 5 * 1e6 * cost_constant(COST_PAIR));
    /* facts are the same whatever costs */
    assert_int_equal(temporary_of(&e->facts[point]), TEMPORARY_BOX);
}

/* A megabyte that the system is asked for each time is 244 pages; one that the heap has, none. */
static void blocks_of_the_system_are_pages(void **state)
{
    static const struct profile_cost_bar maps[] = {{19, 20, 100000, 19, 99000}};
    static const struct profile_cost_bar heap[] = {{19, 20, 9000, 2, 7000}};
    static const struct profile_cost_bar few[] = {{19, 7, 70000, 7, 70000}};
    uint32_t point = vecs(stack_with_capacity, 100, 1000000);
    struct tally tally = {0};
    (void)state;
    tally_points(&tally, pb_evidence(b), &point, 1);
    struct profile_cost_hist *alloc = &b->profile.costs[PROFILE_COST_ALLOC];
    *alloc = (struct profile_cost_hist){maps, 1};
    assert_int_equal(cost_fresh_pages(pb_evidence(b), &tally), 100 * 244);
    *alloc = (struct profile_cost_hist){heap, 1};
    assert_int_equal(cost_fresh_pages(pb_evidence(b), &tally), 0);
    *alloc = (struct profile_cost_hist){few, 1};
    assert_int_equal(cost_fresh_pages(pb_evidence(b), &tally), 0);
}

static void a_reckoning_tells_its_terms(void **state)
{
    uint32_t point = vecs(stack_box_new, 1000000, 32);
    struct finding *finding = finding_start(&findings);
    struct tally tally = {0};
    (void)state;
    tally_points(&tally, pb_evidence(b), &point, 1);
    struct reckoning r = reckoning_start(pb_evidence(b), &findings);
    reckoning_pairs(&r, &tally, 0.5);
    reckoning_term(&r, -500000, "%d buffers kept", 3);
    reckoning_finish(&r, finding);
    assert_int_equal(finding->saving.ns, 500000 * 13 - 500000);
    assert_true(finding->saving.share == finding->saving.ns / 1e8);
    assert_non_null(strstr(finding->how, "500,000 pairs of malloc and free at 13 ns"));
    assert_non_null(strstr(finding->how, "3 buffers kept"));
}

static void a_saving_is_never_negative(void **state)
{
    struct finding *finding = finding_start(&findings);
    struct reckoning r = reckoning_start(pb_evidence(b), &findings);
    (void)state;
    reckoning_term(&r, -1e9, "much more work");
    reckoning_finish(&r, finding);
    assert_int_equal(finding->saving.ns, 0);
}

/* ---- time ---- */

static void the_recorders_time_is_not_the_programs(void **state)
{
    (void)state;
    b->profile.program.cpu_ns = 100000000;
    b->profile.program.recorder_ns = 40000000;
    assert_true(pb_evidence(b)->cpu_ns == 6e7);
}

static void a_share_beyond_belief_leaves_a_tenth(void **state)
{
    (void)state;
    b->profile.program.recorder_ns = 2 * b->profile.program.cpu_ns;
    assert_true(pb_evidence(b)->cpu_ns == 1e7);
}

static void without_cpu_time_the_duration_stands_in(void **state)
{
    (void)state;
    b->profile.program.cpu_ns = 0;
    b->profile.program.duration_ns = 5000000;
    assert_true(pb_evidence(b)->cpu_ns == 5e6);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_size_is_exact),
        TEST(entries_of_an_index_map_are_made_by_the_map),
        TEST(a_long_tail_gets_no_size_for_all),
        TEST(a_little_waste_is_nothing),
        TEST(first_sizes_tell_the_element),
        TEST(eight_bytes_may_be_of_one_or_of_two),
        TEST(a_capacity_that_was_given_is_not_minimal),
        TEST(sizes_that_vary_are_known_by_powers_of_two),
        TEST(pairs_by_type_and_by_size),
        TEST(without_timing_the_usual_cost_stands),
        TEST(timed_calls_are_taken_by_size),
        TEST(the_calls_for_the_blocks_themselves_tell_more_than_the_runs),
        TEST(reallocs_of_a_line_cost_what_they_were_seen_to),
        TEST(slow_calls_are_no_part_of_what_is_saved),
        TEST(blocks_of_the_system_are_pages),
        TEST(the_usual_costs_are_the_same_anywhere),
        TEST(a_reckoning_tells_its_terms),
        TEST(a_saving_is_never_negative),
        TEST(the_recorders_time_is_not_the_programs),
        TEST(a_share_beyond_belief_leaves_a_tenth),
        TEST(without_cpu_time_the_duration_stands_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
