// sources: analyzer/core/json_in.c analyzer/core/json_in_text.c analyzer/core/error.c
//
// The JSON reader: what it reads, what it refuses and in which words, and that no text of any kind
// makes it read out of bounds (the asan build decides). Files and folders are tested in tests/cli.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "analyzer/core/json_in.h"

/* The text lies at the very end of its memory, so that one byte too far is seen. */
struct document {
    char *memory;
    struct json_in in;
    struct error error;
};

static struct document *document(const char *text, size_t n)
{
    struct document *d = calloc(1, sizeof(*d));
    d->memory = malloc(n ? n : 1);
    memcpy(d->memory, text, n);
    json_in_memory(&d->in, d->memory, n, "file", "a test", &d->error);
    return d;
}

static struct document *open_text(const char *text)
{
    return document(text, strlen(text));
}

static void close_document(struct document *d)
{
    json_in_free(&d->in);
    free(d->memory);
    free(d);
}

static void check_text(const char *json, const char *expected)
{
    struct document *d = open_text(json);
    struct json_text text;
    assert_int_equal(json_in_string(&d->in, &text), 0);
    assert_int_equal(text.n, strlen(expected));
    assert_memory_equal(text.text, expected, text.n);
    assert_int_equal(json_in_end(&d->in), 0);
    close_document(d);
}

static void check_u64(const char *json, uint64_t expected)
{
    struct document *d = open_text(json);
    uint64_t value;
    assert_int_equal(json_in_u64(&d->in, &value), 0);
    assert_true(value == expected);
    assert_int_equal(json_in_end(&d->in), 0);
    close_document(d);
}

static void check_no_u64(const char *json)
{
    struct document *d = open_text(json);
    uint64_t value;
    assert_int_equal(json_in_u64(&d->in, &value) == 0 && json_in_end(&d->in) == 0, 0);
    close_document(d);
}

/* Passing over the text succeeds, and nothing may follow. */
static void check_value(const char *json, int valid)
{
    struct document *d = open_text(json);
    assert_int_equal(json_in_skip(&d->in) == 0 && json_in_end(&d->in) == 0, valid);
    close_document(d);
}

static void numbers_keep_all_64_bits(void **state)
{
    (void)state;
    check_u64("0", 0);
    check_u64(" 9007199254740993 ", UINT64_C(9007199254740993)); /* 2^53 + 1: no double */
    check_u64("18446744073709551615", UINT64_MAX);
}

static void other_numbers_are_refused(void **state)
{
    static const char *const bad[] = {
        /* ':' and '/' stand beside the digits */
        "18446744073709551616", "-1",  "1.5", "1e3",  "01", "\"1\"", "+1", "0x1", "", "null",
        "99999999999999999999", "1 1", ".5",  "true", "1:", ":",     "1/", "/"};
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        check_no_u64(bad[i]);
}

static void a_32_bit_number_has_32_bits(void **state)
{
    uint32_t value;
    (void)state;
    struct document *d = open_text("[4294967295,4294967296]");
    assert_int_equal(json_in_array(&d->in), 0);
    assert_int_equal(json_in_item(&d->in), 1);
    assert_int_equal(json_in_u32(&d->in, &value), 0);
    assert_true(value == UINT32_MAX);
    assert_int_equal(json_in_item(&d->in), 1);
    assert_int_equal(json_in_u32(&d->in, &value), -1);
    close_document(d);
}

static void strings_are_unescaped(void **state)
{
    (void)state;
    check_text("\"\"", "");
    check_text("\"plain\"", "plain");
    check_text("\"a\\\"b\\\\c\\/d\\b\\f\\n\\r\\t\"", "a\"b\\c/d\b\f\n\r\t");
    check_text("\"\\u0041\\u00e9\\u20ac\"", "A\xc3\xa9\xe2\x82\xac");
    check_text("\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80");
}

static void strings_never_hold_nul_or_lone_surrogates(void **state)
{
    (void)state;
    check_text("\"\\u0000\"", "\xef\xbf\xbd");
    check_text("\"\\ud83d\"", "\xef\xbf\xbd");
    check_text("\"\\ude00x\"", "\xef\xbf\xbdx");
    check_text("\"\\ud83d\\u0041\"", "\xef\xbf\xbd"
                                     "A");
}

static void bytes_that_are_not_utf8_pass(void **state)
{
    (void)state;
    check_text("\"\xff\xfe\"", "\xff\xfe");
}

static void values_are_passed_over_whole(void **state)
{
    (void)state;
    check_value("{\"a\":[1,-2.5e+3,true,false,null,\"x\"],\"b\":{}}", 1);
    check_value("[]", 1);
    check_value("[[],[[]]]", 1);
    check_value("\xef\xbb\xbf{}", 1); /* byte order mark */
}

static void wrong_grammar_is_refused(void **state)
{
    static const char *const bad[] = {
        "",        "{",       "[",          "[1",          "[1,",   "[1,]",
        "{\"a\"}", "{\"a\":", "{\"a\":1,}", "{a:1}",       "[1 2]", "{\"a\":1 \"b\":2}",
        "nul",     "tru",     "-",          "1.",          "1e",    "\"",
        "\"\\",    "\"\\u12", "\"\\x\"",    "\"\n\"",      "[}",    "{]",
        "[1]x",    "{} {}",   "NaN",        "\"\\u12g4\"", ",",     ":",
        "[,1]",    "{,}",     "00",         "-01",         "\"\\"};
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        check_value(bad[i], 0);
}

static void nesting_is_bounded(void **state)
{
    char text[2 * JSON_IN_DEPTH + 4];
    (void)state;
    for (int extra = 0; extra < 2; extra++) {
        size_t n = JSON_IN_DEPTH + (size_t)extra;
        memset(text, '[', n);
        memset(text + n, ']', n);
        struct document *d = document(text, 2 * n);
        assert_int_equal(json_in_skip(&d->in), extra ? -1 : 0);
        close_document(d);
    }
}

static void messages_say_what_was_found_and_where(void **state)
{
    uint64_t value;
    (void)state;
    struct document *d = open_text("  twelve");
    assert_int_equal(json_in_u64(&d->in, &value), -1);
    assert_string_equal(d->error.text, "file: not a test: expected a non-negative integer below "
                                       "2^64, found `twelve` at byte 2");
    close_document(d);
    d = open_text("[1");
    assert_int_equal(json_in_skip(&d->in), -1);
    assert_string_equal(d->error.text,
                        "file: not a test: expected `,` or `]`, found the end of the "
                        "file at byte 2 (truncated?)");
    close_document(d);
}

/* Every beginning of a text is refused or read, and nothing is read behind it. */
static void every_truncation_ends_cleanly(void **state)
{
    static const char text[] =
        "{\"a\":[1,-2.5e+3,true,null,\"\\ud83d\\ude00\\n\"],\"b\":{\"c\":0}}";
    (void)state;
    for (size_t n = 0; n < sizeof(text) - 1; n++) {
        struct document *d = document(text, n);
        assert_int_equal(json_in_skip(&d->in) == 0 && json_in_end(&d->in) == 0, 0);
        close_document(d);
    }
    check_value(text, 1);
}

/* One byte changed to each other value: refused or read, as it may. */
static void no_changed_byte_leads_out_of_bounds(void **state)
{
    static const char text[] = "{\"a\":[1,-2.5e+3,true,\"\\ud83d\\ude00\"]}";
    char changed[sizeof(text)];
    (void)state;
    for (size_t at = 0; at < sizeof(text) - 1; at++) {
        for (int byte = 0; byte < 256; byte++) {
            memcpy(changed, text, sizeof(text));
            changed[at] = (char)byte;
            struct document *d = document(changed, sizeof(text) - 1);
            if (json_in_skip(&d->in) == 0)
                json_in_end(&d->in);
            close_document(d);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_keep_all_64_bits),
        cmocka_unit_test(other_numbers_are_refused),
        cmocka_unit_test(a_32_bit_number_has_32_bits),
        cmocka_unit_test(strings_are_unescaped),
        cmocka_unit_test(strings_never_hold_nul_or_lone_surrogates),
        cmocka_unit_test(bytes_that_are_not_utf8_pass),
        cmocka_unit_test(values_are_passed_over_whole),
        cmocka_unit_test(wrong_grammar_is_refused),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(messages_say_what_was_found_and_where),
        cmocka_unit_test(every_truncation_ends_cleanly),
        cmocka_unit_test(no_changed_byte_leads_out_of_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
