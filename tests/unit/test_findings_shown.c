// sources: tests/unit/made_findings.c
// libs: analyzer
//
// How findings are shown, in every format, against files in tests/cli/golden (HEAPCOACH_BLESS=1
// renews them), and that names of strangers stay inert. The findings are made by hand. That the
// SARIF is valid is tested in tests/cli/test_sarif.py, on the golden file.
#include <ctype.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "analyzer/core/utf8.h"
#include "analyzer/render/formats.h"
#include "tests/unit/made_findings.h"

#define GOLDEN "tests/cli/golden/"

static char *shown_as(const char *format, const struct report *report)
{
    char *text = NULL;
    size_t n = 0;
    FILE *stream = open_memstream(&text, &n);
    assert_int_equal(report_format_find(format)->write(report, stream), 0);
    assert_int_equal(fclose(stream), 0);
    return text;
}

/* ---- golden files ---- */

static char *read_golden(const char *path)
{
    char *text = NULL;
    size_t n = 0;
    FILE *file = fopen(path, "r");
    if (!file || getdelim(&text, &n, 0, file) < 0)
        fail_msg("%s: cannot be read; HEAPCOACH_BLESS=1 makes it", path);
    fclose(file);
    return text;
}

static void assert_golden(const char *name, const char *text)
{
    char path[200];
    const char *bless = getenv("HEAPCOACH_BLESS");
    snprintf(path, sizeof(path), GOLDEN "%s", name);
    if (bless && strcmp(bless, "1") == 0) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs(text, file);
        assert_int_equal(fclose(file), 0);
    }
    char *wanted = read_golden(path);
    assert_string_equal(text, wanted);
    free(wanted);
}

static void assert_shown(const char *format, const char *name, const struct report *report)
{
    char *text = shown_as(format, report);
    assert_golden(name, text);
    free(text);
}

static void findings_are_as_they_were(void **state)
{
    struct made made;
    (void)state;
    made_start(&made, NULL);
    struct report report = made_report(&made);
    assert_shown("text", "findings.txt", &report);
    assert_shown("json", "findings.json", &report);
    assert_shown("markdown", "findings.md", &report);
    assert_shown("github", "findings.github", &report);
    report.all = report.how = report.stacks = true;
    assert_shown("text", "findings-all.txt", &report);
    assert_shown("markdown", "findings-all.md", &report);
    assert_shown("sarif", "findings.sarif", &report);
    report.page = true; /* points for stacks, source, lines of points */
    assert_shown("json", "findings-page.json", &report);
    made_end(&made);
}

static void nothing_worth_changing_comes_with_the_nearest_misses(void **state)
{
    struct made made;
    (void)state;
    made_start_quiet(&made);
    struct report report = made_report(&made);
    assert_shown("text", "nothing.txt", &report);
    assert_shown("markdown", "nothing.md", &report);
    assert_shown("github", "nothing.github", &report);
    made_end(&made);
}

static void the_brief_report_has_two_lines_for_each_of_three(void **state)
{
    struct made made;
    char *text = NULL;
    size_t n = 0;
    (void)state;
    made_start(&made, NULL);
    struct report report = made_report(&made);
    FILE *stream = open_memstream(&text, &n);
    struct screen screen = screen_of(stream);
    report_brief(&report, &screen);
    fclose(stream);
    assert_golden("brief.txt", text);
    free(text);
    made_end(&made);
}

/* A finding's own saving stays its own, also where it leads others. */
static void what_is_told_together_is_saved_together(void **state)
{
    struct made made;
    (void)state;
    made_start(&made, NULL);
    made.findings.list[0]->together = (struct finding_saving){.ns = 7700000, .share = 0.25};
    struct report report = made_report(&made);
    char *text = shown_as("json", &report);
    assert_non_null(strstr(text, "\"together\": {\"ns\": 7700000,\"share\": 0.25}"));
    assert_non_null(strstr(text, "\"together\": null"));
    free(text);
    made_end(&made);
}

/* ---- which are shown ---- */

static struct report_counts counts(const struct made *made, bool all, bool mine, const char *crate)
{
    struct report report = made_report(made);
    report.all = all;
    report.mine = mine;
    report.crate = crate;
    return report_count(&report);
}

static void low_and_info_are_shown_on_demand(void **state)
{
    struct made made;
    (void)state;
    made_start(&made, NULL);
    assert_int_equal(counts(&made, false, false, NULL).shown, 3);
    assert_int_equal(counts(&made, false, false, NULL).low, 1);
    assert_int_equal(counts(&made, false, false, NULL).info, 1);
    assert_int_equal(counts(&made, true, false, NULL).shown, 5);
    assert_int_equal(counts(&made, true, false, NULL).low, 0);
    assert_int_equal(counts(&made, false, false, NULL).ns, 1380000 + 1100000);
    made_end(&made);
}

/* 1.38 ms and 1.1 ms, each in itself less than a run of 2 ms. */
static void no_more_than_the_run_is_saved_in_all(void **state)
{
    struct made made;
    (void)state;
    made_start(&made, NULL);
    for (size_t i = 0; i < made.findings.count; i++)
        made.findings.list[i]->saving.share = (double)made.findings.list[i]->saving.ns / 2e6;
    assert_int_equal(counts(&made, false, false, NULL).ns, 2000000);
    assert_true(counts(&made, false, false, NULL).share == 1);
    /* 1 ms is what is left of the run by estimate: shares were cut, times were not */
    for (size_t i = 0; i < made.findings.count; i++)
        made.findings.list[i]->saving.share = 1;
    assert_int_equal(counts(&made, false, false, NULL).ns, made.findings.list[0]->saving.ns);
    made_end(&made);
}

static void mine_and_crate_choose_by_whose_line_it_is(void **state)
{
    struct made made;
    (void)state;
    made_start(&made, NULL);
    assert_int_equal(counts(&made, false, true, NULL).shown, 1);
    assert_int_equal(counts(&made, false, true, NULL).elsewhere, 2);
    assert_int_equal(counts(&made, false, false, "serde-json").shown, 1);
    assert_int_equal(counts(&made, false, false, "tiny").shown, 1);
    assert_int_equal(counts(&made, false, false, "nobody").shown, 0);
    made_end(&made);
}

static void what_leads_softly_is_shown_for_what_comes_with_it(void **state)
{
    struct made made;
    (void)state;
    made_start(&made, NULL);
    made.findings.list[0]->severity = FINDING_LOW; /* its `also` is medium */
    assert_int_equal(counts(&made, false, false, NULL).shown, 3);
    made_end(&made);
}

static void an_edit_is_written_once(void **state)
{
    struct made made;
    (void)state;
    made_start(&made, NULL);
    made.findings.list[1]->advice = made.findings.list[0]->advice;
    made.findings.list[1]->code = made.findings.list[0]->code;
    struct report report = made_report(&made);
    char *text = shown_as("text", &report);
    assert_non_null(strstr(text, "→ The same edit as in 1.\n"));
    char *first = strstr(text, "with_capacity(1024)");
    assert_non_null(first);
    assert_null(strstr(first + 1, "with_capacity(1024)"));
    free(text);
    made_end(&made);
}

static size_t times(const char *text, const char *word)
{
    size_t n = 0;
    for (text = strstr(text, word); text; text = strstr(text + 1, word))
        n++;
    return n;
}

/* One edit is for all that a crate does below a line: in full it would be told for each. */
static void what_a_crate_does_more_in_a_call_is_told_in_a_line_each(void **state)
{
    static const char *const formats[] = {"text", "markdown", "github", "sarif"};
    struct made made;
    (void)state;
    made_start(&made, NULL);
    made_add_others(&made, NULL, 6);
    struct report report = made_report(&made);
    for (size_t i = 0; i < 4; i++) {
        char *text = shown_as(formats[i], &report);
        assert_int_equal(times(text, "Pass a reference, or"), 1);
        assert_non_null(strstr(text, "rs:103"));
        assert_null(strstr(text, "rs:104"));
        free(text);
    }
    char *text = shown_as("text", &report);
    assert_non_null(strstr(text,
                           "\n    Crate serde_json does more in this call; --all tells all of "
                           "it:\n    - saves 6 us: clone is dropped unread, "));
    assert_non_null(strstr(text, "\n    - and 2 more\n"));
    free(text);
    report.all = true;
    text = shown_as("text", &report);
    assert_int_equal(times(text, "Pass a reference, or"), 7);
    free(text);
    made_end(&made);
}

/* ---- hostile names ---- */

#define EVIL                                                                                       \
    "\033[31m\r\n::error file=x::boo\n##[error]x\n# h\n</summary><script>alert(1)</script>```\n"   \
    "`` [l](http://x.y) ![i](u) @all \\ \"},{\"a\":1 %0A%25 \xe2\x80\xae \xff | *b* $(x)"

/* UTF-8 without control characters but line ends. */
static void assert_clean_bytes(const char *text)
{
    for (size_t i = 0; text[i];) {
        size_t n = utf8_sequence(text + i, strnlen(text + i, 4));
        assert_true(n > 0);
        assert_true(text[i] == '\n' || !iscntrl((unsigned char)text[i]));
        i += n;
    }
}

/* And without marks that turn the direction. */
static void assert_inert_bytes(const char *text)
{
    assert_clean_bytes(text);
    assert_null(strstr(text, "\xe2\x80\xae"));
}

static void hostile_names_stay_data_in_text(void **state)
{
    struct made made;
    (void)state;
    made_start(&made, EVIL);
    made_add_others(&made, EVIL, 6);
    struct report report = made_report(&made);
    report.how = report.stacks = true;
    for (int i = 0; i < 2; i++, report.all = true) {
        char *text = shown_as("text", &report);
        assert_inert_bytes(text);
        free(text);
    }
    made_end(&made);
}

static void hostile_names_stay_data_in_markdown(void **state)
{
    struct made made;
    (void)state;
    made_start(&made, EVIL);
    struct report report = made_report(&made);
    report.all = report.how = report.stacks = true;
    char *text = shown_as("markdown", &report);
    assert_inert_bytes(text);
    assert_golden("hostile.md", text); /* to be looked at where it is rendered */
    free(text);
    made_end(&made);
}

/* Each line is one command, and only ours. */
static void hostile_names_make_no_commands_of_github(void **state)
{
    struct made made;
    (void)state;
    made_start(&made, EVIL);
    made_add_others(&made, EVIL, 6);
    struct report report = made_report(&made);
    report.all = true;
    char *text = shown_as("github", &report);
    report.all = false;
    char *in_few_lines = shown_as("github", &report);
    size_t lines = 0;
    assert_inert_bytes(text);
    assert_inert_bytes(in_few_lines);
    assert_int_equal(times(in_few_lines, "\n"), 3 + 1);
    free(in_few_lines);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), lines++) {
        assert_true(strncmp(line, "::warning ", 10) == 0 || strncmp(line, "::notice ", 9) == 0);
        const char *message = strstr(line + 2, "::");
        const char *error = strstr(line, "error file");
        assert_non_null(message);
        assert_true(!error || error > message || strstr(line, "%3A%3Aerror file"));
    }
    assert_int_equal(lines, 5 + 1);
    free(text);
    made_end(&made);
}

static void hostile_names_stay_data_in_json(void **state)
{
    static const char *const formats[] = {"json", "sarif"};
    struct made made;
    (void)state;
    made_start(&made, EVIL);
    struct report report = made_report(&made);
    report.all = report.how = report.stacks = true;
    for (size_t i = 0; i < 2; i++) {
        char *text = shown_as(formats[i], &report);
        assert_clean_bytes(text);
        assert_null(strstr(text, "\"},{\"a\":1"));
        free(text);
    }
    made_end(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(findings_are_as_they_were),
        cmocka_unit_test(nothing_worth_changing_comes_with_the_nearest_misses),
        cmocka_unit_test(the_brief_report_has_two_lines_for_each_of_three),
        cmocka_unit_test(what_is_told_together_is_saved_together),
        cmocka_unit_test(no_more_than_the_run_is_saved_in_all),
        cmocka_unit_test(low_and_info_are_shown_on_demand),
        cmocka_unit_test(mine_and_crate_choose_by_whose_line_it_is),
        cmocka_unit_test(what_leads_softly_is_shown_for_what_comes_with_it),
        cmocka_unit_test(an_edit_is_written_once),
        cmocka_unit_test(what_a_crate_does_more_in_a_call_is_told_in_a_line_each),
        cmocka_unit_test(hostile_names_stay_data_in_text),
        cmocka_unit_test(hostile_names_stay_data_in_markdown),
        cmocka_unit_test(hostile_names_make_no_commands_of_github),
        cmocka_unit_test(hostile_names_stay_data_in_json),
    };
    setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
