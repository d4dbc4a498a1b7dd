// libs: analyzer
//
// Whatever profile loads can be judged: the files of others, our own, and ours with bytes changed
// so that numbers, names and stacks make no sense. The asan build decides. What rules find is
// tested with each rule.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "analyzer/core/profile.h"
#include "analyzer/core/sites.h"
#include "analyzer/rules/rules.h"

#define DATA "tests/cli/data/"
#define STEP 3 /* every third byte is changed: all of them take too long under asan */

static char *read_file(const char *path, size_t *n)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = malloc(1 << 20);
    *n = fread(text, 1, 1 << 20, file);
    fclose(file);
    return text;
}

static void judge(const struct profile *profile)
{
    struct sites sites;
    struct findings findings;
    struct error error;
    assert_int_equal(sites_build(&sites, profile, &error), 0);
    if (rules_judge(&sites, COSTS_MEASURED, &findings, &error) != 0)
        fail_msg("%s", error.text);
    assert_non_null(findings.not_judged);
    for (size_t i = 0; i < findings.count; i++) {
        assert_true(*findings.list[i]->id && *findings.list[i]->rule && *findings.list[i]->what);
        assert_true(findings.list[i]->saving.share >= 0);
    }
    findings_free(&findings);
    sites_free(&sites);
}

static void judge_text(const char *text, size_t n, bool must_load)
{
    struct profile profile;
    struct error error;
    if (profile_load_memory(&profile, text, n, "test", &error) != 0) {
        assert_false(must_load);
        return;
    }
    judge(&profile);
    profile_free(&profile);
}

static void files_of_each_kind_are_judged(void **state)
{
    static const char *const files[] = {DATA "own.json", DATA "valgrind.json", DATA "dhat-rs.json"};
    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        size_t n;
        char *text = read_file(files[i], &n);
        judge_text(text, n, true);
        free(text);
    }
}

static void any_profile_that_loads_is_judged(void **state)
{
    static const char changes[] = "9<>:{}\"01-[]\xff";
    size_t n;
    char *whole = read_file(DATA "own.json", &n), *text = malloc(n);
    (void)state;
    for (size_t at = 0; at < n; at += STEP) {
        memcpy(text, whole, n);
        text[at] = changes[at / STEP % (sizeof(changes) - 1)];
        judge_text(text, n, false);
    }
    free(text);
    free(whole);
}

/* Numbers are replaced by the greatest there are, one after the other. */
static void huge_numbers_are_judged(void **state)
{
    static const char most[] = "18446744073709551615";
    size_t n;
    char *whole = read_file(DATA "own.json", &n), *text = malloc(n + sizeof(most));
    (void)state;
    for (size_t at = 1; at < n; at++) {
        size_t digits = strspn(whole + at, "0123456789");
        if (!digits || strchr(": ,[", whole[at - 1]) == NULL)
            continue;
        memcpy(text, whole, at);
        memcpy(text + at, most, sizeof(most) - 1);
        memcpy(text + at + sizeof(most) - 1, whole + at + digits, n - at - digits);
        judge_text(text, n - digits + sizeof(most) - 1, false);
        at += digits;
    }
    free(text);
    free(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_of_each_kind_are_judged),
        cmocka_unit_test(any_profile_that_loads_is_judged),
        cmocka_unit_test(huge_numbers_are_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
