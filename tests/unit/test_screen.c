// libs: analyzer
//
// Paragraphs for a person: width, and code between backticks. What is done to names of strangers is
// tested with the findings (test_findings_shown).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/render/screen.h"

static void assert_paragraph(const char *text, int width, bool colour, const char *expected)
{
    char *shown = NULL;
    size_t n = 0;
    struct screen screen = {open_memstream(&shown, &n), width, colour};
    assert_non_null(screen.stream);
    screen_hanging(&screen, SCREEN_PLAIN, 1, "- ", text);
    fclose(screen.stream);
    assert_string_equal(shown, expected);
    free(shown);
}

static void code_loses_its_backticks(void **state)
{
    (void)state;
    assert_paragraph("as a `&mut` parameter", 80, false, " - as a &mut parameter\n");
    assert_paragraph("`a b`, (`c`)``.", 80, false, " - a b, (c).\n");
}

static void a_backtick_alone_stays(void **state)
{
    (void)state;
    assert_paragraph("a ` b", 80, false, " - a ` b\n");
    assert_paragraph("`a` ` b", 80, false, " - a ` b\n");
}

static void code_stands_out_where_there_is_colour(void **state)
{
    (void)state;
    assert_paragraph("a (`b`)", 80, true, " - a (\033[1mb\033[0m)\n");
}

static void marks_take_no_columns(void **state)
{
    (void)state;
    assert_paragraph("`aaa` `bbb` ccc", 10, false, " - aaa bbb\n   ccc\n");
}

static void code_is_wrapped_and_goes_on(void **state)
{
    (void)state;
    assert_paragraph("x `aaa bbb` y", 8, true, " - x \033[1maaa\033[0m\n   \033[1mbbb\033[0m y\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(code_loses_its_backticks),
        cmocka_unit_test(a_backtick_alone_stays),
        cmocka_unit_test(code_stands_out_where_there_is_colour),
        cmocka_unit_test(marks_take_no_columns),
        cmocka_unit_test(code_is_wrapped_and_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
