// libs: analyzer
//
// What becomes of findings when all rules have spoken: those of one line together, the order, the
// names, the near misses. And the texts and figures that rules make.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "analyzer/core/finding.h"
#include "analyzer/rules/evidence.h"
#include "analyzer/rules/merge.h"
#include "analyzer/rules/sums.h"

static struct findings all;

static int tear_down(void **state)
{
    (void)state;
    findings_free(&all);
    return 0;
}

static struct finding *add(const char *rule, const char *function, uint32_t line, uint64_t ns,
                           int precedence)
{
    struct finding *f = finding_start(&all);
    f->rule = rule;
    f->location.function = function;
    f->location.file = "/home/me/app/src/main.rs";
    f->location.line = line;
    f->saving.ns = ns;
    f->severity = ns >= 1000000 ? FINDING_MEDIUM : FINDING_LOW;
    f->precedence = precedence;
    findings_add(&all, f);
    return f;
}

/* ---- merging ---- */

static void what_saves_most_tells_the_story(void **state)
{
    (void)state;
    struct finding *small = add("growth", "app::load", 12, 1000000, 90);
    struct finding *big = add("buffer-reuse", "app::load", 12, 5000000, 10);
    merge_findings(&all);
    assert_int_equal(all.count, 1);
    assert_ptr_equal(all.list[0], big);
    assert_int_equal(big->also_count, 1);
    assert_ptr_equal(big->also[0], small);
}

static void of_equal_savings_the_precedence_decides(void **state)
{
    (void)state;
    struct finding *leads = add("buffer-reuse", "app::load", 12, 3000000, 60);
    add("growth", "app::load", 12, 5000000, 50); /* 3 is more than half of it */
    merge_findings(&all);
    assert_int_equal(all.count, 1);
    assert_ptr_equal(all.list[0], leads);
}

static void a_remark_never_leads(void **state)
{
    (void)state;
    add("hasher", "app::load", 12, 0, 99)->severity = FINDING_INFO;
    struct finding *leads = add("hash-growth", "app::load", 12, 500, 1);
    merge_findings(&all);
    assert_ptr_equal(all.list[0], leads);
}

static void other_lines_and_callers_stay_apart(void **state)
{
    (void)state;
    add("growth", "app::load", 12, 1, 0);
    add("growth", "app::load", 13, 1, 0);
    struct finding *called = add("growth", "app::load", 12, 1, 0);
    called->caller.function = "app::main";
    add("peak", "", 0, 1, 0)->scope = FINDING_PROGRAM;
    add("allocator", "", 0, 1, 0)->scope = FINDING_PROGRAM;
    merge_findings(&all);
    assert_int_equal(all.count, 5);
}

static void the_most_important_comes_first(void **state)
{
    (void)state;
    add("a", "app::low", 1, 900000, 0);
    add("b", "app::more", 2, 7000000, 0);
    add("c", "app::high", 3, 2000000, 0)->severity = FINDING_HIGH;
    add("d", "app::less", 4, 6000000, 0);
    merge_findings(&all);
    assert_string_equal(all.list[0]->rule, "c");
    assert_string_equal(all.list[1]->rule, "b");
    assert_string_equal(all.list[2]->rule, "d");
    assert_string_equal(all.list[3]->rule, "a");
}

static void a_story_is_as_severe_as_its_worst_part(void **state)
{
    (void)state;
    add("a", "app::f", 1, 10, 5)->severity = FINDING_MEDIUM;
    add("b", "app::f", 1, 9, 1)->severity = FINDING_HIGH;
    merge_findings(&all);
    assert_string_equal(all.list[0]->rule, "a");
    assert_int_equal(all.list[0]->severity, FINDING_HIGH);
}

static void what_is_not_advice_by_itself_does_not_lead_advice(void **state)
{
    (void)state;
    add("a", "app::f", 1, 10, 5)->severity = FINDING_LOW;
    add("b", "app::f", 1, 9, 1)->severity = FINDING_MEDIUM;
    merge_findings(&all);
    assert_string_equal(all.list[0]->rule, "b");
    assert_int_equal(all.list[0]->severity, FINDING_MEDIUM);
}

/* ---- what one call of another crate's comes to ---- */

static const struct evidence of_100_ms = {.cpu_ns = 1e8};

static struct finding *below_records(const char *rule, uint32_t line, uint64_t ns)
{
    struct finding *f = add(rule, "csv::clone", line, ns, 0);
    f->scope = FINDING_DEPENDENCY;
    f->location.crate = "csv";
    f->caller = (struct finding_place){
        .function = "app::load", .file = "/app/src/main.rs", .crate = "app", .line = 22};
    f->saving.calls = 10000;
    gate_severity(&of_100_ms, f);
    return f;
}

static void what_passes_only_together_is_told_together(void **state)
{
    (void)state;
    struct finding *big = below_records("clone", 511, 800000);
    struct finding *small = below_records("box-churn", 140, 700000);
    struct finding *same_blocks = below_records("string-temp", 511, 400000);
    sums_raise(&of_100_ms, &all);
    merge_findings(&all);
    assert_int_equal(all.count, 1);
    assert_ptr_equal(all.list[0], big);
    assert_int_equal(big->severity, FINDING_MEDIUM);
    assert_int_equal(small->severity, FINDING_MEDIUM);
    assert_int_equal(same_blocks->severity, FINDING_LOW);
    assert_int_equal(big->also_count, 2);
    assert_non_null(strstr(big->what, "it is 1.5 ms"));
    assert_int_equal(finding_saving_in_all(big)->ns, 1500000);
    assert_int_equal(finding_saving_in_all(small)->ns, 700000);
}

/* Two edits at one line, each of blocks of its own: a copy, and the groups of a match. */
static void of_a_line_other_blocks_are_added(void **state)
{
    (void)state;
    static const uint32_t copies[] = {1, 2, 3}, copies_too[] = {3}, groups[] = {4, 5};
    struct finding *big = below_records("clone", 511, 800000);
    struct finding *same = below_records("string-temp", 511, 750000);
    struct finding *other = below_records("regex-captures", 511, 700000);
    big->points = copies, big->point_count = 3, big->stack = 1;
    same->points = copies_too, same->point_count = 1, same->stack = 3;
    other->points = groups, other->point_count = 2, other->stack = 5;
    sums_raise(&of_100_ms, &all);
    merge_findings(&all);
    assert_int_equal(all.count, 1);
    assert_int_equal(other->severity, FINDING_MEDIUM);
    assert_int_equal(same->severity, FINDING_LOW);
    assert_int_equal(finding_saving_in_all(big)->ns, 1500000);
}

static void what_comes_with_it_is_in_the_order_of_what_it_saves(void **state)
{
    (void)state;
    struct finding *big = below_records("clone", 140, 9000000);
    below_records("growth", 200, 2000000);
    below_records("growth", 300, 4000000);
    below_records("growth", 400, 3000000);
    merge_findings(&all);
    assert_int_equal(all.count, 1);
    assert_int_equal(big->also_count, 3);
    for (size_t i = 1; i < 3; i++)
        assert_true(big->also[i - 1]->saving.ns > big->also[i]->saving.ns);
}

static void no_more_than_the_run_is_saved_together(void **state)
{
    (void)state;
    struct finding *one = below_records("clone", 511, 60000000);
    struct finding *other = below_records("box-churn", 140, 90000000);
    one->saving.share = 0.6;
    other->saving.share = 0.9;
    sums_raise(&of_100_ms, &all);
    merge_findings(&all);
    assert_int_equal(all.count, 1);
    assert_int_equal(all.list[0]->together.ns, 100000000);
    assert_true(all.list[0]->together.share == 1);
    assert_non_null(strstr(all.list[0]->what, "it is 100 ms"));
    one->saving = (struct finding_saving){.ns = 120000000, .share = 1}; /* more than that is left */
    sums_tell(&all, all.list[0]);
    assert_int_equal(all.list[0]->together.ns, 120000000);
}

static void too_little_together_is_not_raised(void **state)
{
    (void)state;
    struct finding *one = below_records("clone", 511, 500000);
    below_records("box-churn", 140, 400000);
    below_records("buffer-reuse", 511, 450000); /* the same blocks, so no more is saved */
    sums_raise(&of_100_ms, &all);
    merge_findings(&all);
    assert_int_equal(all.count, 1);
    assert_int_equal(one->severity, FINDING_LOW);
}

static void other_calls_are_not_added(void **state)
{
    (void)state;
    struct finding *one = below_records("clone", 511, 800000);
    below_records("box-churn", 140, 700000)->caller.line = 23;
    sums_raise(&of_100_ms, &all);
    merge_findings(&all);
    assert_int_equal(all.count, 2);
    assert_int_equal(one->severity, FINDING_LOW);
}

static void what_a_rule_lowered_stays_low(void **state)
{
    (void)state;
    struct finding *minor = below_records("cross-thread-free", 5, 3000000);
    minor->severity = FINDING_LOW;
    below_records("clone", 7, 500000);
    sums_raise(&of_100_ms, &all);
    merge_findings(&all);
    assert_int_equal(all.list[0]->severity, FINDING_LOW);
    assert_int_equal(minor->severity, FINDING_LOW);
}

/* ---- what the user's own edits save ---- */

static void own_edits_save_once_at_each_line(void **state)
{
    (void)state;
    add("clone", "app::f", 1, 2000000, 0);
    add("growth", "app::f", 1, 5000000, 0); /* about the same blocks */
    add("growth", "app::f", 2, 1000000, 0);
    add("growth", "app::f", 3, 900000, 0); /* not worth it */
    below_records("clone", 511, 8000000);  /* not to be edited */
    assert_int_equal(sums_of_own_edits(&all), 6000000);
    static const uint32_t one[] = {1}, two[] = {2}, both[] = {1, 2};
    struct finding *big = add("clone", "app::f", 4, 5000000, 0);
    struct finding *apart = add("format-temp", "app::f", 4, 3000000, 0);
    struct finding *within = add("growth", "app::f", 4, 2000000, 0);
    big->points = one, apart->points = two, within->points = both;
    big->point_count = apart->point_count = 1, within->point_count = 2;
    big->stack = within->stack = 1, apart->stack = 2;
    assert_int_equal(sums_of_own_edits(&all), 14000000);
}

/* ---- names ---- */

static void names_do_not_depend_on_lines_and_folders(void **state)
{
    char name[64];
    (void)state;
    add("growth", "app::load", 12, 5, 0);
    merge_findings(&all);
    strcpy(name, all.list[0]->id);
    assert_memory_equal(name, "growth-", 7);
    findings_free(&all);
    add("growth", "app::load", 99, 7000000, 3)->location.file = "/elsewhere/src/main.rs";
    merge_findings(&all);
    assert_string_equal(all.list[0]->id, name);
}

static void names_are_distinct(void **state)
{
    (void)state;
    struct finding *second = add("growth", "app::load", 13, 9, 0);
    struct finding *first = add("growth", "app::load", 12, 1, 0);
    struct finding *other = add("clone", "app::load", 12, 1, 0);
    merge_findings(&all);
    assert_string_not_equal(first->id, second->id);
    assert_string_equal(second->id + strlen(first->id), "-2"); /* by line */
    assert_string_not_equal(other->id, first->id);
    assert_true(*other->id); /* those in `also` have names, too */
}

/* ---- near misses ---- */

static void miss(const char *rule, uint32_t line, double closeness)
{
    struct finding_miss one = {.rule = rule,
                               .location = {.function = "app::f", .file = "f.rs", .line = line},
                               .what = "",
                               .lacks = "",
                               .closeness = closeness};
    findings_miss(&all, &one);
}

static void the_nearest_misses_are_kept(void **state)
{
    (void)state;
    miss("a", 1, 0.2);
    miss("b", 2, 0.5);
    miss("c", 3, 0.1);
    miss("d", 4, 0.4);
    miss("b", 2, 0.3); /* worse than what is known of it */
    miss("a", 1, 0.9); /* better */
    assert_int_equal(all.miss_count, 3);
    assert_string_equal(all.miss[0].rule, "a");
    assert_string_equal(all.miss[1].rule, "b");
    assert_string_equal(all.miss[2].rule, "d");
}

static void findings_below_the_gate_are_near_misses(void **state)
{
    (void)state;
    add("growth", "app::load", 12, 300000, 0)->closeness = 0.3;
    add("clone", "app::load", 50, 2000000, 0)->closeness = 2;
    add("lines", "app::read", 60, 1000, 0)->scope = FINDING_RUNTIME;
    merge_findings(&all);
    assert_int_equal(all.miss_count, 1);
    assert_string_equal(all.miss[0].rule, "growth");
}

/* ---- evidence, texts, figures ---- */

static void evidence_keeps_its_order(void **state)
{
    static const char *const keys[] = {"a", "b", "c", "d", "e", "f", "g"};
    struct finding *f = finding_start(&all);
    (void)state;
    for (size_t i = 0; i < 7; i++)
        finding_evidence_u64(&all, f, keys[i], i);
    finding_evidence_real(&all, f, "share", 0.5);
    finding_evidence_text(&all, f, "type", "u64");
    assert_int_equal(f->evidence_count, 9);
    for (size_t i = 0; i < 7; i++)
        assert_string_equal(f->evidence[i].key, keys[i]);
    assert_true(finding_evidence(f, "share")->real == 0.5);
    assert_string_equal(finding_evidence(f, "type")->text, "u64");
    assert_null(finding_evidence(f, "nothing"));
}

static void texts_grow(void **state)
{
    const char *text = finding_text(&all, "%d", 7);
    (void)state;
    finding_more(&all, &text, ", %s", "more");
    assert_string_equal(text, "7, more");
}

static void figures_are_short(void **state)
{
    (void)state;
    assert_string_equal(figure_count(0), "0");
    assert_string_equal(figure_count(1234567), "1,234,567");
    assert_string_equal(figure_count(UINT64_MAX), "18,446,744,073,709,551,615");
    assert_string_equal(figure_of(0, "block"), "0 blocks");
    assert_string_equal(figure_of(1, "block"), "1 block");
    assert_string_equal(figure_of(1234, "Vec"), "1,234 Vecs");
    assert_string_equal(figure_ns(12), "12 ns");
    assert_string_equal(figure_ns(0.015), "0.015 ns");
    assert_string_equal(figure_ns(0.1), "0.1 ns");
    assert_string_equal(figure_ns(0), "0 ns");
    assert_string_equal(figure_ns(1380000), "1.4 ms");
    assert_string_equal(figure_ns(-5), "0 ns");
    assert_string_equal(figure_percent(0.123), "12 %");
    assert_string_equal(figure_percent(0.004), "0.4 %");
    assert_string_equal(figure_percent(0.0001), "below 0.1 %");
    assert_string_equal(figure_percent(0), "0 %");
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_saves_most_tells_the_story),
        TEST(of_equal_savings_the_precedence_decides),
        TEST(a_remark_never_leads),
        TEST(other_lines_and_callers_stay_apart),
        TEST(the_most_important_comes_first),
        TEST(a_story_is_as_severe_as_its_worst_part),
        TEST(what_is_not_advice_by_itself_does_not_lead_advice),
        TEST(what_passes_only_together_is_told_together),
        TEST(of_a_line_other_blocks_are_added),
        TEST(what_comes_with_it_is_in_the_order_of_what_it_saves),
        TEST(own_edits_save_once_at_each_line),
        TEST(no_more_than_the_run_is_saved_together),
        TEST(too_little_together_is_not_raised),
        TEST(other_calls_are_not_added),
        TEST(what_a_rule_lowered_stays_low),
        TEST(names_do_not_depend_on_lines_and_folders),
        TEST(names_are_distinct),
        TEST(the_nearest_misses_are_kept),
        TEST(findings_below_the_gate_are_near_misses),
        TEST(evidence_keeps_its_order),
        TEST(texts_grow),
        TEST(figures_are_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
