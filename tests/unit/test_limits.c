// libs: analyzer
//
// Limit files: what each key becomes, that whatever is not understood is an error with its line,
// that no damaged file breaks the reader (the asan build decides), and which functions a name
// means. What becomes of a profile is tested in tests/cli/test_check.py.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "analyzer/core/limits.h"
#include "analyzer/core/limits_names.h"

static const char whole[] = "{ // limits of the whole run\n"
                            "  \"schema\": \"heapcoach-limits/1\",\n"
                            "  \"max_total_bytes\": 9007199254740992,\n"
                            "  /* \"max_end_bytes\": 1,\n"
                            "     two lines */ \"max_peak_bytes\": 5e3,\n"
                            "  \"fail_on\": [\"growth\",\n"
                            "    \"high\"],\n"
                            "  \"budgets\": [\n"
                            "    {\"function\": \"a::b // no comment\", \"max_blocks\": 0,\n"
                            "     \"max_reallocs\": 7},\n"
                            "    {\"max_bytes\": 8, \"crate\": \"serde_json\",\n"
                            "     \"may_be_absent\": true}],\n"
                            "  \"baseline\": \"old.json\",\n"
                            "  \"tolerance_percent\": 2.5\n"
                            "}\n";

static void assert_limit(const struct limits *limits, size_t i, enum limit_kind kind,
                         enum limit_metric metric, const char *subject, uint64_t most,
                         const char *where)
{
    const struct limit *limit = &limits->list[i];
    assert_true(i < limits->count);
    assert_int_equal(limit->kind, kind);
    if (kind != LIMIT_FINDINGS)
        assert_int_equal(limit->metric, metric);
    assert_string_equal(limit->subject, subject);
    assert_int_equal(limit->most, most);
    assert_string_equal(limit->where, where);
}

static void each_key_becomes_a_limit(void **state)
{
    struct limits limits = {0};
    struct error error = {""};
    (void)state;
    if (limits_read_memory(&limits, whole, strlen(whole), "ci/heapcoach.json", &error) != 0)
        fail_msg("%s", error.text);
    assert_int_equal(limits.count, 7);
    assert_limit(&limits, 0, LIMIT_TOTAL, LIMIT_BYTES, "", 9007199254740992u,
                 "ci/heapcoach.json:3");
    assert_limit(&limits, 1, LIMIT_TOTAL, LIMIT_PEAK_BYTES, "", 5000, "ci/heapcoach.json:5");
    assert_limit(&limits, 2, LIMIT_FINDINGS, 0, "growth", 0, "ci/heapcoach.json:6");
    assert_limit(&limits, 3, LIMIT_FINDINGS, 0, "high", 0, "ci/heapcoach.json:7");
    assert_limit(&limits, 4, LIMIT_FUNCTION, LIMIT_BLOCKS, "a::b // no comment", 0,
                 "ci/heapcoach.json:9");
    assert_limit(&limits, 5, LIMIT_FUNCTION, LIMIT_REALLOCS, "a::b // no comment", 7,
                 "ci/heapcoach.json:9");
    assert_limit(&limits, 6, LIMIT_CRATE, LIMIT_BYTES, "serde_json", 8, "ci/heapcoach.json:11");
    assert_false(limits.list[5].may_be_absent);
    assert_true(limits.list[6].may_be_absent);
    assert_string_equal(limits.baseline, "ci/old.json");
    assert_true(limits.tolerance_percent == 2.5);
    limits_free(&limits);
}

static void an_option_takes_the_place_of_the_files_total(void **state)
{
    struct limits limits = {0};
    struct error error;
    struct limit limit = {
        .kind = LIMIT_TOTAL, .metric = LIMIT_BYTES, .subject = "", .where = "--x", .most = 1};
    (void)state;
    assert_int_equal(limits_read_memory(&limits, whole, strlen(whole), "f", &error), 0);
    assert_int_equal(limits_add(&limits, &limit, &error), 0);
    assert_int_equal(limits.count, 7);
    assert_limit(&limits, 0, LIMIT_TOTAL, LIMIT_BYTES, "", 1, "--x");
    limits_free(&limits);
}

static void what_is_not_understood_is_an_error_with_its_line(void **state)
{
    static const struct {
        const char *text, *said;
    } cases[] = {
        {"", "f:1: expected a limit file (JSON with comments), found what is no JSON"},
        {"{\n\"max_reallocs\": 1,\n}", "f:3: expected a limit file"},
        {"{}\n{}", "f:2: expected a limit file"},
        {"{\n/* no end", "f:2: this comment has no end"},
        {"[]", "f:1: expected a limit file, an object"},
        {"{\n\"max_realloc\": 1}", "f:2: unknown key \"max_realloc\"; a limit file may have: "
                                   "schema, max_total_bytes, max_total_blocks,"},
        {"{\"max_reallocs\": 1,\n\n\"max_reallocs\": 1}", "f:3: the key \"max_reallocs\" stands"},
        {"{\"max_reallocs\":\n \"1\"}",
         "f:1: \"max_reallocs\": expected a whole number, found a text"},
        {"{\n\"max_reallocs\": 1.5}", "f:2: \"max_reallocs\": expected a whole number from 0 to "
                                      "9007199254740992, found 1.5"},
        {"{\n\"max_reallocs\": -1}", "found -1"},
        {"{\n\"max_reallocs\": 1e300}", "found 1.0"},
        {"{\"max_reallocs\": null}", "expected a whole number, found null"},
        {"{\"schema\": \"heapcoach-limits/2\"}", "expected the schema heapcoach-limits/1, found"},
        {"{\"fail_on\": \"growth\"}", "\"fail_on\": expected an array of rules, found a text"},
        {"{\"fail_on\": []}", "\"fail_on\": expected a rule at least, found none"},
        {"{\"fail_on\": [\n\"growth\",\n7]}", "f:3: expected a text, found a number"},
        {"{\"budgets\": {}}", "\"budgets\": expected an array of budgets, found an object"},
        {"{\"budgets\": [\n7]}", "f:2: expected a budget, an object"},
        {"{\"budgets\": [\n{\"function\": \"a::b\",\n \"max_block\": 0}]}",
         "f:3: unknown key \"max_block\"; a budget may have: function, crate, may_be_absent, "
         "max_bytes, max_blocks,"},
        {"{\"budgets\": [\n{\"max_blocks\": 0}]}", "f:2: expected a budget of one function or one "
                                                   "crate, found neither"},
        {"{\"budgets\": [{\"max_blocks\": 0, \"crate\": \"a\", \"function\": \"b\"}]}",
         "found both"},
        {"{\"budgets\": [\n\n{\"crate\": \"a\"}]}", "f:3: the budget of a limits nothing"},
        {"{\"budgets\": [{\"crate\": \"\", \"max_blocks\": 1}]}", "a text that is not empty"},
        {"{\"budgets\": [{\"crate\": \"a\", \"max_blocks\": 1, \"may_be_absent\": 1}]}",
         "\"may_be_absent\": expected true or false, found a number"},
        {"{\"tolerance_percent\": -1}", "f:1: expected percent, 0 or more, found `-1`"},
        {"{\"tolerance_percent\": \"2\"}",
         "\"tolerance_percent\": expected a number, found a text"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct limits limits = {0};
        struct error error = {""};
        if (limits_read_memory(&limits, cases[i].text, strlen(cases[i].text), "f", &error) == 0)
            fail_msg("accepted: %s", cases[i].text);
        if (!strstr(error.text, cases[i].said))
            fail_msg("%s\n  said: %s\n  expected: %s", cases[i].text, error.text, cases[i].said);
        limits_free(&limits);
    }
}

static void no_damaged_file_breaks_the_reader(void **state)
{
    char text[sizeof(whole)];
    struct error error;
    (void)state;
    for (size_t i = 0; i < sizeof(whole) - 1; i++) {
        static const char odd[] = {'"', '{', '[', '/', '*', '\n', '\\', 0, (char)0xff, '-'};
        struct limits limits = {0};
        limits_read_memory(&limits, whole, i, "f", &error); /* cut */
        limits_free(&limits);
        for (size_t o = 0; o < sizeof(odd); o++) {
            memcpy(text, whole, sizeof(whole));
            text[i] = odd[o];
            limits_read_memory(&limits, text, sizeof(whole) - 1, "f", &error);
            limits_free(&limits);
        }
    }
}

static bool means(const char *name, const char *function, const char *crate)
{
    struct limits_name limits_name = limits_name_of(name);
    struct profile_frame frame = {.function = function, .name = "", .file = "", .crate = crate};
    char named[256];
    limits_name_shorten(&frame, named, sizeof(named));
    return limits_name_matches(&limits_name, named, frame.crate);
}

static void a_name_means_a_function_and_its_closures(void **state)
{
    (void)state;
    assert_true(means("demo::parse", "demo::parse", "demo"));
    assert_true(means("demo::parse", "demo::parse::<alloc::string::String>", "demo"));
    assert_true(means("demo::parse", "demo::parse::{closure#0}", "demo"));
    assert_true(means("demo::parse", "demo::parse::{{closure}}", "demo"));
    assert_true(means("demo::Lexer::next", "<demo::Lexer as core::iter::Iterator>::next", "demo"));
    assert_false(means("demo::parse", "demo::parse_all", "demo"));
    assert_false(means("demo::parse", "demo::parse::inner", "demo"));
    assert_false(means("demo::parse", "other::demo::parse", "other"));
    assert_false(means("parse", "demo::parse", "demo"));
}

static void a_star_means_all_below(void **state)
{
    (void)state;
    assert_true(means("demo::codec::*", "demo::codec::read", "demo"));
    assert_true(means("demo::codec::*", "demo::codec::inner::read::{closure#1}", "demo"));
    assert_false(means("demo::codec::*", "demo::codec", "demo"));
    assert_false(means("demo::codec::*", "demo::codecs::read", "demo"));
}

static void an_inlined_function_without_its_path_is_known_by_crate_and_last_name(void **state)
{
    (void)state;
    assert_true(means("demo::model::parse", "parse", "demo"));
    assert_true(means("demo::model::parse", "parse<u64>", "demo"));
    assert_false(means("demo::model::parse", "parse", "serde"));
    assert_false(means("demo::model::parse", "parse", ""));
    assert_false(means("demo::model::parse", "pars", "demo"));
    assert_true(means("my-crate::parse", "parse", "my_crate"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_key_becomes_a_limit),
        cmocka_unit_test(an_option_takes_the_place_of_the_files_total),
        cmocka_unit_test(what_is_not_understood_is_an_error_with_its_line),
        cmocka_unit_test(no_damaged_file_breaks_the_reader),
        cmocka_unit_test(a_name_means_a_function_and_its_closures),
        cmocka_unit_test(a_star_means_all_below),
        cmocka_unit_test(an_inlined_function_without_its_path_is_known_by_crate_and_last_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
