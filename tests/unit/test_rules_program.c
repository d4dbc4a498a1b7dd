// sources: tests/unit/profile_builder.c tests/unit/rust_stacks.c
// libs: analyzer
//
// The rules about the whole program, on made profiles: allocator with its verdict, debug-build,
// no-lines; the roll-up by crate with costs; and what of a file of others cannot be judged.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/rule_checks.h"

/* ---- allocator ---- */

/* Ten lines that make n blocks each, freed after `allocs` further allocations. */
static void ten_lines(uint64_t n, uint64_t allocs, uint64_t live)
{
    for (uint32_t line = 1; line <= 10; line++) {
        uint32_t p = pb_point(b, "malloc", stack_box_new, "app::work", line);
        pb_births(b, p, n, 64);
        pb_live(b, p, live);
        pb_freed_all(b, p, allocs);
    }
}

static const struct allocator_verdict *verdict(void)
{
    const struct allocator_verdict *v = &pb_judge(b, &rule_allocator)->allocator;
    assert_string_equal(v->key, allocator_verdict_keys[v->kind]);
    assert_true(v->verdict[0] && v->figures[0]);
    return v;
}

static void many_lines_and_many_live_blocks_are_worth_a_trial(void **state)
{
    (void)state;
    ten_lines(200000, 5000, 2000); /* 26 of 100 ms, 20,000 live */
    const struct finding *f = only(&rule_allocator);
    assert_told(f);
    assert_int_equal(f->scope, FINDING_PROGRAM);
    assert_int_equal(f->severity, FINDING_MEDIUM);
    assert_int_equal(f->confidence, FINDING_DOUBTFUL);
    const struct allocator_verdict *v = verdict();
    assert_int_equal(v->kind, ALLOCATOR_TRY);
    assert_true(v->share > 0.25 && v->share < 0.27);
    assert_true(v->top_share > 0.09 && v->top_share < 0.11);
    assert_false(v->measured);
    assert_non_null(strstr(v->advice, "LD_PRELOAD"));
}

static void little_time_is_light(void **state)
{
    (void)state;
    ten_lines(70000, 5000, 2000); /* 9.1 of 100 ms */
    assert_int_equal(verdict()->kind, ALLOCATOR_LIGHT);
    assert_quiet(&rule_allocator);
}

/* A million Boxes of a line of the user's, and ten lines of as many together; freed at once, or
 * after so many others. */
static void a_hot_line(uint64_t allocs)
{
    ten_lines(100000, 5000, 2000);
    uint32_t p = pb_point(b, "malloc", stack_box_new, "app::hot", 50);
    pb_births(b, p, 1000000, 64);
    pb_freed_all(b, p, allocs);
}

static const struct allocator_verdict *verdict_after(const struct rule *rule)
{
    pb_judge(b, rule);
    return &pb_judge_more(b, &rule_allocator)->allocator;
}

static void one_line_with_most_that_an_edit_saves_comes_first(void **state)
{
    (void)state;
    a_hot_line(1);
    const struct allocator_verdict *v = verdict_after(&rule_box_churn);
    assert_int_equal(v->kind, ALLOCATOR_LINES_FIRST);
    assert_true((double)v->edits_ns > 0.3 * v->ns);
}

static void one_line_with_most_that_no_edit_saves_is_worth_a_trial(void **state)
{
    (void)state;
    a_hot_line(5000);
    const struct allocator_verdict *v = verdict_after(&rule_box_churn);
    assert_int_equal(v->kind, ALLOCATOR_TRY);
    assert_int_equal(v->edits_ns, 0);
    const struct finding *f = only(&rule_allocator);
    assert_non_null(strstr(f->advice, "One line makes 50 % of the calls"));
    assert_null(strstr(f->code, "override"));
    b->profile.program.lines = false;
    assert_int_equal(verdict()->kind, ALLOCATOR_NO_LINES);
    assert_quiet(&rule_allocator);
}

/* Of the calls a quarter are made by this function, below five lines. */
static void calls_of_a_quarter(const char *function, uint32_t at_line)
{
    struct stack_frame via[] = {
        {OWNER_DEP, function, "", "/registry/src/x/onig_sys-69/oniguruma/src/regexec.c", at_line,
         "onig_sys", false},
        {0},
    };
    again();
    ten_lines(150000, 5000, 2000);
    for (uint32_t line = 1; line <= 5; line++) {
        uint32_t p = pb_point(b, "malloc", via, "app::call", line);
        pb_births(b, p, 100000, 64);
        pb_freed_all(b, p, 5000);
    }
}

static void what_c_code_allocates_needs_more_than_a_global_allocator(void **state)
{
    (void)state;
    calls_of_a_quarter("onig_new_match_param", 9);
    const struct finding *f = only(&rule_allocator);
    assert_non_null(strstr(f->code, "override"));
    assert_non_null(strstr(f->advice, "override"));
    const struct allocator_verdict *v = verdict();
    assert_true(v->foreign_share > 0.24 && v->foreign_share < 0.26);
    assert_non_null(strstr(v->figures, "code in C 25 %"));
}

/* Its allocator's functions may be inlined unseen. */
static void rust_code_without_lines_is_not_taken_for_c(void **state)
{
    (void)state;
    calls_of_a_quarter("parser::parse", 9);
    assert_true(verdict()->foreign_share == 0);
    calls_of_a_quarter("parse", 0);
    assert_true(verdict()->foreign_share == 0);
    assert_null(strstr(verdict()->figures, "code in C"));
}

static void what_the_cache_serves_gains_nothing(void **state)
{
    (void)state;
    ten_lines(200000, 1, 2000);
    assert_int_equal(verdict()->kind, ALLOCATOR_CACHED);
    assert_true(verdict()->cached_share > 0.99);
}

static void a_small_heap_of_one_thread_gains_nothing(void **state)
{
    (void)state;
    ten_lines(200000, 5000, 10);
    assert_int_equal(verdict()->kind, ALLOCATOR_SMALL_HEAP);
}

static void two_threads_are_worth_a_trial(void **state)
{
    (void)state;
    ten_lines(200000, 5000, 10);
    b->threads[0].allocs = b->threads[1].allocs = 1000000;
    b->threads[1].owners = 1;
    b->threads[1].name = "worker";
    b->profile.thread_count = 2;
    assert_int_equal(verdict()->kind, ALLOCATOR_TRY);
}

static void many_short_threads_lose(void **state)
{
    (void)state;
    ten_lines(200000, 5000, 2000);
    b->threads[1] = (struct profile_thread){.name = "", .tid = 2, .owners = 1300, .allocs = 5000};
    b->profile.thread_count = 2;
    const struct allocator_verdict *v = verdict();
    assert_int_equal(v->kind, ALLOCATOR_SHORT_THREADS);
    assert_int_equal(v->spawned, 1300);
}

static void an_allocator_of_its_own_is_seen(void **state)
{
    (void)state;
    ten_lines(200000, 5000, 2000);
    pb_frame(b, &(struct stack_frame){OWNER_DEP, "mi_malloc", "", "", 0, "", false});
    assert_int_equal(verdict()->kind, ALLOCATOR_OTHER);
}

static void an_allocator_whose_calls_were_recorded_is_known(void **state)
{
    (void)state;
    ten_lines(200000, 5000, 2000);
    b->profile.program.allocator = "snmalloc";
    assert_int_equal(verdict()->kind, ALLOCATOR_OTHER);
}

/* ---- the build ---- */

static void a_debug_build_is_told(void **state)
{
    (void)state;
    assert_quiet(&rule_debug_build);
    again();
    b->profile.program.opt_level_0 = true;
    const struct finding *f = only(&rule_debug_build);
    assert_told(f);
    assert_int_equal(f->severity, FINDING_MEDIUM);
}

static void missing_lines_are_a_remark(void **state)
{
    (void)state;
    ten_lines(1, 1, 1);
    assert_quiet(&rule_no_lines);
    again();
    b->profile.program.lines = false;
    ten_lines(1, 1, 1);
    const struct finding *f = only(&rule_no_lines);
    assert_told(f);
    assert_int_equal(f->severity, FINDING_INFO);
}

/* ---- the roll-up ---- */

static void the_roll_up_has_the_costs_of_each_crate(void **state)
{
    (void)state;
    ten_lines(1000, 3, 1);
    struct stack_frame dependency = {
        OWNER_DEP, "parser::parse", "", "/registry/src/x/parser-1/src/l.rs", 3, "parser", false};
    uint32_t frames[] = {pb_frame(b, &dependency), pb_user_frame(b, "app::main", 100)};
    uint32_t p = pb_point_of(b, "malloc", frames, 2);
    pb_births(b, p, 2000, 64);
    pb_freed_all(b, p, 3);
    struct findings findings = {0};
    assert_int_equal(
        crates_build(&findings.crates, pb_evidence(b)->profile, pb_evidence(b)->heap_ns, NULL), 0);
    assert_int_equal(findings.crates.count, 2);
    const struct crate_sums *app = crates_find(&findings.crates, "app");
    const struct crate_sums *parser = crates_find(&findings.crates, "parser");
    assert_true(app->ns == 10000 * 13.0); /* the usual cost of a pair */
    assert_true(parser->ns == 2000 * 13.0);
    assert_int_equal(parser->blocks, 2000);
    assert_int_equal(app->under_blocks, 12000);
    findings_free(&findings);
}

/* ---- files of others ---- */

static void a_file_of_others_is_judged_by_what_it_has(void **state)
{
    (void)state;
    static const struct rule *const need_own[] = {&rule_cross_thread_free, &rule_live_at_exit,
                                                  &rule_allocator, &rule_debug_build};
    static const struct rule *const do_not[] = {
        &rule_thread_spawn, &rule_many_small, &rule_node_churn,  &rule_io_buffer,
        &rule_huge_churn,   &rule_peak,       &rule_panic_churn, &rule_no_lines};
    for (size_t i = 0; i < sizeof(need_own) / sizeof(need_own[0]); i++)
        assert_true(need_own[i]->needs & EVIDENCE_OWN);
    for (size_t i = 0; i < sizeof(do_not) / sizeof(do_not[0]); i++)
        assert_false(do_not[i]->needs & EVIDENCE_OWN);
}

/* 1000 threads, 20,000 list nodes, 20,000 small Vecs, as valgrind --tool=dhat would count them. */
static void foreign(const struct stack_frame *via, uint32_t line, uint64_t n, uint64_t bytes,
                    uint64_t peak)
{
    uint32_t p = pb_point(b, "malloc", via, "app::site", line);
    struct profile_point *point = pb_get(b, p);
    point->own = NULL;
    point->total_blocks = n;
    point->total_bytes = n * bytes;
    point->peak_blocks = peak;
    point->peak_bytes = peak * bytes;
}

static void counts_of_others_are_enough_for_some_rules(void **state)
{
    (void)state;
    b->profile.has_own = false;
    foreign(stack_thread_spawn, 1, 1000, 48, 1);
    foreign(stack_linked_list, 2, 20000, 24, 5);
    foreign(stack_push, 3, 20000, 32, 20000);
    foreign(stack_buf_reader, 4, 20000, 8192, 1);
    foreign(stack_with_capacity, 5, 6, 40 << 20, 1);
    assert_int_equal(evidence_of(only(&rule_thread_spawn), "spawns"), 1000);
    assert_int_equal(only(&rule_node_churn)->location.line, 2);
    assert_int_equal(only(&rule_many_small)->location.line, 3);
    assert_int_equal(only(&rule_io_buffer)->location.line, 4);
    assert_int_equal(only(&rule_huge_churn)->location.line, 5);
    assert_int_equal(only(&rule_peak)->location.line, 5);
    assert_int_equal(pb_judge(b, &rule_live_at_exit)->count, 0);
    assert_null(pb_judge(b, &rule_allocator)->allocator.key);
}

static void what_cannot_be_judged_is_listed(void **state)
{
    (void)state;
    b->profile.has_own = false;
    foreign(stack_push, 3, 20000, 32, 20000);
    pb_evidence(b);
    struct findings findings;
    assert_int_equal(rules_judge(&b->sites, COSTS_MEASURED, &findings, NULL), 0);
    bool leak = false, small = false;
    for (const char *const *id = findings.not_judged; *id; id++) {
        leak |= strcmp(*id, "live-at-exit") == 0;
        small |= strcmp(*id, "many-small") == 0;
    }
    assert_true(leak);
    assert_false(small);
    findings_free(&findings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE_TEST(many_lines_and_many_live_blocks_are_worth_a_trial),
        RULE_TEST(little_time_is_light),
        RULE_TEST(one_line_with_most_that_an_edit_saves_comes_first),
        RULE_TEST(one_line_with_most_that_no_edit_saves_is_worth_a_trial),
        RULE_TEST(what_c_code_allocates_needs_more_than_a_global_allocator),
        RULE_TEST(rust_code_without_lines_is_not_taken_for_c),
        RULE_TEST(what_the_cache_serves_gains_nothing),
        RULE_TEST(a_small_heap_of_one_thread_gains_nothing),
        RULE_TEST(two_threads_are_worth_a_trial),
        RULE_TEST(many_short_threads_lose),
        RULE_TEST(an_allocator_of_its_own_is_seen),
        RULE_TEST(an_allocator_whose_calls_were_recorded_is_known),
        RULE_TEST(a_debug_build_is_told),
        RULE_TEST(missing_lines_are_a_remark),
        RULE_TEST(the_roll_up_has_the_costs_of_each_crate),
        RULE_TEST(a_file_of_others_is_judged_by_what_it_has),
        RULE_TEST(counts_of_others_are_enough_for_some_rules),
        RULE_TEST(what_cannot_be_judged_is_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
