/* rule_checks.h - what the tests of single rules share: a made profile per test, and asking a rule.
 *
 * Include it once, in a test of cmocka whose tests use `b`.
 */
#ifndef HEAPCOACH_RULE_CHECKS_H
#define HEAPCOACH_RULE_CHECKS_H

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

/* A new profile within a test. */
static inline void again(void)
{
    pb_free(b);
    pb_init(b);
}

#define RULE_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

/* The one finding of the rule. */
static inline const struct finding *only(const struct rule *rule)
{
    struct findings *found = pb_judge(b, rule);
    assert_int_equal(found->count, 1);
    assert_string_equal(found->list[0]->rule, rule->id);
    return found->list[0];
}

/* A single mistake of a rule's text is a mistake of all its findings. */
static inline void assert_told(const struct finding *finding)
{
    assert_true(finding->title[0] && finding->what[0] && finding->advice[0]);
    assert_null(strstr(finding->what, "%"
                                      "s"));
    assert_null(strstr(finding->what, "(null)"));
}

static inline void assert_quiet(const struct rule *rule)
{
    assert_int_equal(pb_judge(b, rule)->count, 0);
}

static inline uint64_t evidence_of(const struct finding *finding, const char *key)
{
    const struct finding_fact *fact = finding_evidence(finding, key);
    assert_non_null(fact);
    assert_int_equal(fact->kind, FINDING_FACT_U64);
    return fact->number;
}

#endif
