// libs: analyzer
//
// A source line with its neighbours: which ones, without the common indentation, at the edges of
// a file. Where files are looked for, and what is no source file, is tested in
// tests/cli/test_report.py.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "analyzer/core/source_line.h"

static char path[] = "/tmp/source_lines_XXXXXX";
static struct profile profile;

static int make_file(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    close(fd);
    profile.program.cwd = "";
    return fd < 0 ? -1 : 0;
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static void write_file(const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* "3: a|b|>c" : the number of the first line, the lines, the one asked for marked. */
static void assert_lines(uint32_t line, const char *wanted)
{
    struct source_lines lines;
    char got[2000] = "none";
    source_lines_find(&lines, &profile, path, line);
    if (lines.state != SOURCE_LINE_NONE)
        snprintf(got, sizeof(got), "%u: ", lines.first);
    for (uint32_t i = 0; i < lines.count; i++)
        snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s%s", i ? "|" : "",
                 i == lines.at ? ">" : "", lines.line[i]);
    source_lines_free(&lines);
    assert_string_equal(got, wanted);
}

static void two_lines_on_each_side(void **state)
{
    (void)state;
    write_file("a\nb\nc\nd\ne\nf\ng\n");
    assert_lines(4, "2: b|c|>d|e|f");
}

static void fewer_at_the_edges_of_the_file(void **state)
{
    (void)state;
    write_file("a\nb\nc\nd");
    assert_lines(1, "1: >a|b|c");
    assert_lines(4, "2: b|c|>d");
}

static void common_indentation_goes_and_tabs_are_blanks(void **state)
{
    (void)state;
    write_file("        for x in y {\n\t\t\tpush(x);  \r\n\t\t}\n");
    assert_lines(2, "1: for x in y {|>    push(x);|}");
}

static void empty_lines_at_the_edges_are_left_out(void **state)
{
    (void)state;
    write_file("\n\n  let a;\n\n\n");
    assert_lines(3, "3: >let a;");
    write_file("  x\n\n  let a;\n");
    assert_lines(3, "1: x||>let a;");
}

static void no_such_line_or_an_empty_one_is_none(void **state)
{
    (void)state;
    write_file("a\n\nb\n");
    assert_lines(2, "none");
    assert_lines(4, "none");
    assert_lines(0, "none");
    assert_lines(UINT32_MAX, "none");
    write_file("");
    assert_lines(1, "none");
}

static void a_file_of_one_long_line_is_cut(void **state)
{
    struct source_lines lines;
    (void)state;
    FILE *file = fopen(path, "w");
    for (int i = 0; i < 100000; i++)
        fputc('x', file);
    fclose(file);
    source_lines_find(&lines, &profile, path, 1);
    assert_int_equal(lines.count, 1);
    assert_int_equal(strlen(lines.line[0]), 4096);
    source_lines_free(&lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_lines_on_each_side),
        cmocka_unit_test(fewer_at_the_edges_of_the_file),
        cmocka_unit_test(common_indentation_goes_and_tabs_are_blanks),
        cmocka_unit_test(empty_lines_at_the_edges_are_left_out),
        cmocka_unit_test(no_such_line_or_an_empty_one_is_none),
        cmocka_unit_test(a_file_of_one_long_line_is_cut),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
