// sources: tests/unit/profile_builder.c tests/unit/rust_stacks.c
// libs: analyzer
//
// Which program points make a case, and when a line's callers are judged one by one.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

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

#define CASES_MOST 8

struct found {
    struct case_of_line list[CASES_MOST];
    uint32_t count;
};

static struct found find(struct case_filter filter)
{
    struct found found = {.count = 0};
    struct cases *cases = cases_find(pb_evidence(b), &filter, &findings);
    const struct case_of_line *one;
    while ((one = cases_next(cases))) {
        assert_true(found.count < CASES_MOST);
        found.list[found.count++] = *one;
    }
    assert_false(findings.failed);
    return found;
}

/* n Vecs that grow to `final` bytes in "app::helper" line 12, called from `caller`. */
static uint32_t vecs_from(const char *caller, uint32_t line, uint64_t n, uint32_t steps)
{
    uint32_t outer = pb_user_frame(b, caller, line);
    uint32_t point = pb_point_in(b, "malloc", stack_push, "app::helper", 12, &outer, 1);
    pb_births(b, point, n, 32);
    pb_freed_all(b, point, 8);
    pb_growth(b, point, n, steps, 32);
    return point;
}

/* ---- filters ---- */

static void points_of_one_line_are_one_case(void **state)
{
    uint32_t first = pb_point(b, "malloc", stack_push, "app::load", 12);
    uint32_t second = pb_point(b, "malloc", stack_push, "app::load", 12);
    uint32_t other = pb_point(b, "malloc", stack_push, "app::load", 13);
    (void)state;
    pb_births(b, first, 10, 32);
    pb_births(b, second, 20, 32);
    pb_births(b, other, 5, 32);
    struct found cases = find((struct case_filter){.leaf_any = FACT_GROW});
    assert_int_equal(cases.count, 2);
    uint32_t big = cases.list[0].count == 2 ? 0 : 1;
    assert_int_equal(cases.list[big].tally.births, 30);
    assert_int_equal(cases.list[big].top, second);
    assert_int_equal(cases.list[1 - big].tally.births, 5);
}

static void a_line_with_less_than_the_least_is_passed_over(void **state)
{
    (void)state;
    pb_births(b, pb_point(b, "malloc", stack_push, "app::load", 12), 6, 32);
    pb_births(b, pb_point(b, "malloc", stack_push, "app::load", 12), 4, 32);
    pb_births(b, pb_point(b, "malloc", stack_push, "app::load", 13), 9, 32);
    struct case_filter filter = {.leaf_any = FACT_GROW, .amount = case_births, .least = 10};
    struct found cases = find(filter);
    assert_int_equal(cases.count, 1);
    assert_int_equal(cases.list[0].tally.births, 10);
    filter.least = 9;
    assert_int_equal(find(filter).count, 2);
    filter.least = 11;
    assert_int_equal(find(filter).count, 0);
}

static void the_filter_decides_by_the_leaf(void **state)
{
    (void)state;
    pb_births(b, pb_point(b, "malloc", stack_push, "app::load", 12), 1, 32);
    pb_births(b, pb_point(b, "malloc", stack_lines, "app::load", 13), 1, 32);
    assert_int_equal(find((struct case_filter){.leaf_any = FACT_GROW}).count, 2);
    assert_int_equal(
        find((struct case_filter){.leaf_any = FACT_GROW, .leaf_none = FACT_LINES}).count, 1);
    assert_int_equal(find((struct case_filter){.leaf_all = FACT_GROW | FACT_LINES}).count, 1);
    assert_int_equal(find((struct case_filter){.around_any = FACT_RAYON}).count, 0);
    assert_int_equal(find((struct case_filter){0}).count, 2);
}

static void the_runtimes_own_is_left_out(void **state)
{
    uint32_t start =
        pb_frame(b, &(struct stack_frame){OWNER_RT, "std::rt::init", "", "", 0, "std", false});
    (void)state;
    pb_births(b, pb_point_of(b, "malloc", &start, 1), 1, 8);
    assert_int_equal(find((struct case_filter){0}).count, 0);
    struct found cases = find((struct case_filter){.runtime = true});
    assert_int_equal(cases.count, 1);
    static const struct rule rule = {.id = "test", .title = "test"};
    struct finding *finding = case_finding(pb_evidence(b), &rule, &cases.list[0], &findings);
    assert_int_equal(finding->scope, FINDING_RUNTIME);
}

/* ---- callers ---- */

static void callers_with_different_sizes_are_split(void **state)
{
    (void)state;
    vecs_from("app::short", 20, 1000, 1);
    vecs_from("app::long", 30, 500, 8);
    struct found cases = find((struct case_filter){.leaf_any = FACT_GROW});
    assert_int_equal(cases.count, 2);
    assert_int_equal(cases.list[0].tally.births, 1000);
    assert_int_equal(cases.list[1].tally.births, 500);
    assert_string_equal(case_name(pb_evidence(b), &cases.list[1], &findings),
                        "app::helper (called from app::long)");
    assert_int_equal(find((struct case_filter){.leaf_any = FACT_GROW, .no_split = true}).count, 1);
}

static void callers_with_the_same_need_stay_together(void **state)
{
    (void)state;
    vecs_from("app::one", 20, 1000, 3);
    vecs_from("app::two", 30, 1000, 4);
    struct found cases = find((struct case_filter){.leaf_any = FACT_GROW});
    assert_int_equal(cases.count, 1);
    assert_int_equal(cases.list[0].caller_frame, PROFILE_NONE);
    assert_string_equal(case_name(pb_evidence(b), &cases.list[0], &findings), "app::helper");
}

static void a_caller_with_few_blocks_and_bytes_does_not_split(void **state)
{
    (void)state;
    vecs_from("app::most", 20, 100000, 3);
    vecs_from("app::few", 30, 10, 8);
    assert_int_equal(find((struct case_filter){.leaf_any = FACT_GROW}).count, 1);
}

static void callers_that_keep_and_that_drop_are_split(void **state)
{
    uint32_t drop = pb_user_frame(b, "app::drops", 20), keep = pb_user_frame(b, "app::keeps", 30);
    (void)state;
    uint32_t dropped = pb_point_in(b, "malloc", stack_to_owned, "app::name", 12, &drop, 1);
    uint32_t kept = pb_point_in(b, "malloc", stack_to_owned, "app::name", 12, &keep, 1);
    pb_births(b, dropped, 1000, 8);
    pb_freed_all(b, dropped, 0);
    pb_births(b, kept, 1000, 8);
    assert_int_equal(find((struct case_filter){.leaf_any = FACT_TO_OWNED}).count, 2);
}

/* All are freed in the end, but only one's die where they are made. */
static void callers_whose_blocks_die_near_and_far_are_split(void **state)
{
    static const char text[] = "alloc::string::String";
    (void)state;
    for (uint64_t samples = 63; samples <= 64; samples++) {
        pb_free(b);
        pb_init(b);
        uint32_t uses = pb_user_frame(b, "app::uses", 20),
                 keeps = pb_user_frame(b, "app::keeps", 30);
        uint32_t used = pb_point_in(b, "malloc", stack_to_owned, "app::name", 12, &uses, 1);
        uint32_t kept = pb_point_in(b, "malloc", stack_to_owned, "app::name", 12, &keeps, 1);
        pb_births(b, used, 10000, 8);
        pb_freed_all(b, used, 0);
        pb_freed_at(b, used, samples, PB_CALLER, text);
        pb_births(b, kept, 10000, 8);
        pb_freed_all(b, kept, 0);
        pb_freed_at(b, kept, samples, PB_FAR, text);
        assert_int_equal(find((struct case_filter){.leaf_any = FACT_TO_OWNED}).count,
                         samples < 64 ? 1 : 2);
    }
}

/* Who only hands a value on tells nothing of what becomes of it. */
static void who_left_by_a_jump_is_not_the_caller(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t outer[] = {pb_user_frame(b, "app::passes_on", 20),
                            pb_user_frame(b, i ? "app::long" : "app::short", 30 + i)};
        b->frames[outer[0]].jumped = true;
        uint32_t point = pb_point_in(b, "malloc", stack_push, "app::helper", 12, outer, 2);
        pb_births(b, point, 1000, 32);
        pb_growth(b, point, 1000, i ? 8 : 1, 32);
    }
    assert_int_equal(find((struct case_filter){.leaf_any = FACT_GROW}).count, 2);
}

static void one_callers_different_addresses_are_one_caller(void **state)
{
    uint32_t frames[2];
    (void)state;
    for (int i = 0; i < 2; i++)
        frames[i] = pb_frame(b, &(struct stack_frame){OWNER_USER, "app::caller", "", "/a/main.rs",
                                                      20, "app", false});
    for (int i = 0; i < 2; i++) {
        uint32_t point = pb_point_in(b, "malloc", stack_push, "app::helper", 12, &frames[i], 1);
        pb_births(b, point, 1000, 32);
        pb_growth(b, point, 1000, i ? 8 : 1, 32);
    }
    assert_int_equal(find((struct case_filter){.leaf_any = FACT_GROW}).count, 1);
}

/* ---- dependencies ---- */

static uint32_t in_dependency(const char *function, uint32_t line)
{
    const struct stack_frame dep = {OWNER_DEP, function, "",   "/registry/csv-1.3/src/lib.rs",
                                    line,      "csv",    false};
    uint32_t frames[PB_STACK], n = 0;
    for (const struct stack_frame *f = stack_push; f->function; f++)
        frames[n++] = pb_frame(b, f);
    frames[n++] = pb_frame(b, &dep);
    frames[n++] = pb_user_frame(b, "app::load", 12);
    return pb_point_of(b, "malloc", frames, n);
}

static void each_line_of_a_dependency_is_a_case(void **state)
{
    (void)state;
    pb_births(b, in_dependency("csv::read_record", 5), 10, 32);
    pb_births(b, in_dependency("csv::read_record", 5), 10, 32);
    pb_births(b, in_dependency("csv::headers", 9), 10, 32);
    pb_births(b, pb_point(b, "malloc", stack_push, "app::load", 12), 10, 32);
    struct found cases = find((struct case_filter){.leaf_any = FACT_GROW});
    assert_int_equal(cases.count, 3);
    assert_int_equal(cases.list[0].count, 1); /* the user's own comes first */
    assert_int_equal(cases.list[1].count + cases.list[2].count, 3);
}

static void a_finding_in_a_dependency_names_both_lines(void **state)
{
    static const struct rule rule = {.id = "test", .title = "a title", .precedence = 7};
    (void)state;
    pb_births(b, in_dependency("csv::read_record", 5), 10, 32);
    struct found cases = find((struct case_filter){.leaf_any = FACT_GROW});
    struct finding *finding = case_finding(pb_evidence(b), &rule, &cases.list[0], &findings);
    assert_int_equal(finding->scope, FINDING_DEPENDENCY);
    assert_string_equal(finding->location.function, "csv::read_record");
    assert_string_equal(finding->location.crate, "csv");
    assert_int_equal(finding->location.line, 5);
    assert_string_equal(finding->caller.function, "app::load");
    assert_int_equal(finding->caller.line, 12);
    assert_int_equal(finding->precedence, 7);
    assert_int_equal(finding->point_count, 1);
}

static void a_tail_called_line_has_the_closures_name(void **state)
{
    static const struct rule rule = {.id = "test", .title = "a title"};
    static const struct stack_frame via[] = {
        {OWNER_STD,
         "<alloc::vec::Vec<T> as core::iter::traits::collect::FromIterator<T>>::from_iter",
         "from_iter<u64, core::iter::adapters::map::Map<X, app::squares::{closure_env#0}>>",
         "/rustc/1.95.0/library/alloc/src/vec/mod.rs", 1, "alloc", false},
        {0},
    };
    (void)state;
    pb_births(b, pb_point(b, "malloc", via, "app::load", 12), 10, 32);
    struct found cases = find((struct case_filter){.leaf_any = FACT_COLLECT});
    struct finding *finding = case_finding(pb_evidence(b), &rule, &cases.list[0], &findings);
    assert_string_equal(finding->location.function, "app::squares");
    assert_string_equal(finding->caller.function, "app::load");
    assert_int_equal(finding->caller.line, 12);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(points_of_one_line_are_one_case),
        TEST(a_line_with_less_than_the_least_is_passed_over),
        TEST(the_filter_decides_by_the_leaf),
        TEST(the_runtimes_own_is_left_out),
        TEST(callers_with_different_sizes_are_split),
        TEST(callers_with_the_same_need_stay_together),
        TEST(a_caller_with_few_blocks_and_bytes_does_not_split),
        TEST(callers_that_keep_and_that_drop_are_split),
        TEST(callers_whose_blocks_die_near_and_far_are_split),
        TEST(who_left_by_a_jump_is_not_the_caller),
        TEST(one_callers_different_addresses_are_one_caller),
        TEST(each_line_of_a_dependency_is_a_case),
        TEST(a_finding_in_a_dependency_names_both_lines),
        TEST(a_tail_called_line_has_the_closures_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
