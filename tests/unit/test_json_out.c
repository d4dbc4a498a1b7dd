// sources: analyzer/core/json_out.c analyzer/core/utf8.c
//
// The JSON writer: its text byte by byte, strings of any bytes, and failed writes. A wrong
// sequence of calls stops by assert, which is not tested.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "analyzer/core/json_out.h"
#include "analyzer/core/utf8.h"

static char *text;
static size_t length;
static FILE *stream;
static struct json_out j;

static void begin(int indent)
{
    stream = open_memstream(&text, &length);
    json_out_init(&j, stream, indent);
}

static void end(const char *expected)
{
    assert_int_equal(json_out_finish(&j), 0);
    fclose(stream);
    assert_string_equal(text, expected);
    free(text);
}

static void writes_compact(void **state)
{
    (void)state;
    begin(0);
    json_out_object(&j);
    json_out_key_u64(&j, "n", UINT64_MAX);
    json_out_key_i64(&j, "i", INT64_MIN);
    json_out_key_bool(&j, "b", true);
    json_out_key_double(&j, "d", 0.5);
    json_out_key_string(&j, "s", "x");
    json_out_key(&j, "a");
    json_out_array(&j);
    json_out_null(&j);
    json_out_u64(&j, 0);
    json_out_array(&j);
    json_out_end(&j);
    json_out_end(&j);
    json_out_end(&j);
    end("{\"n\":18446744073709551615,\"i\":-9223372036854775808,\"b\":true,\"d\":0.5,\"s\":\"x\","
        "\"a\":[null,0,[]]}\n");
}

static void indents_but_for_lines(void **state)
{
    (void)state;
    begin(1);
    json_out_object(&j);
    json_out_key(&j, "a");
    json_out_array(&j);
    json_out_object_line(&j);
    json_out_key_u64(&j, "x", 1);
    json_out_key(&j, "y");
    json_out_array(&j);
    json_out_u64(&j, 2);
    json_out_u64(&j, 3);
    json_out_end(&j);
    json_out_end(&j);
    json_out_end(&j);
    json_out_end(&j);
    end("{\n \"a\": [\n  {\"x\": 1,\"y\": [2,3]}\n ]\n}\n");
}

static void writes_only_numbers_that_json_has(void **state)
{
    (void)state;
    begin(0);
    json_out_array(&j);
    json_out_double(&j, NAN);
    json_out_double(&j, -INFINITY);
    json_out_double(&j, 1e300);
    json_out_double(&j, 1.0 / 3);
    json_out_end(&j);
    end("[0,0,1e+300,0.333333333333333]\n");
}

static void string_becomes(const char *from, size_t n, const char *expected)
{
    begin(0);
    json_out_bytes(&j, from, n);
    end(expected);
}

static void escapes_what_json_forbids(void **state)
{
    (void)state;
    string_becomes("a\"b\\c\nd\te\r\b\f", 12, "\"a\\\"b\\\\c\\nd\\te\\r\\b\\f\"\n");
    string_becomes("\0\x1f\x7f", 3, "\"\\u0000\\u001f\\u007f\"\n");
    string_becomes("", 0, "\"\"\n");
}

static void keeps_good_utf8_and_replaces_the_rest(void **state)
{
    (void)state;
    string_becomes("\xc2\xb5\xe2\x82\xac\xf0\x9f\x98\x80", 9,
                   "\"\xc2\xb5\xe2\x82\xac\xf0\x9f\x98\x80\"\n");
    string_becomes("a\xff"
                   "b",
                   3,
                   "\"a\xef\xbf\xbd"
                   "b\"\n");
    string_becomes("\xe2\x82", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\"\n"); /* cut off */
    string_becomes("\xc0\xaf", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\"\n"); /* overlong '/' */
    string_becomes("\xed\xa0\x80", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"\n"); /* surrogate */
    string_becomes("\xf4\x90\x80\x80", 4, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"\n");
}

static void cleans_texts_for_a_line(void **state)
{
    (void)state;
    char clean[64];
    assert_int_equal(utf8_clean(clean, "a\nb\xff\xc2\xb5\x7f", 7), 9);
    assert_string_equal(clean, "a?b\xef\xbf\xbd\xc2\xb5?");
    assert_int_equal(utf8_clean(clean, "", 0), 0);
    assert_string_equal(clean, "");
}

static void a_null_string_is_empty(void **state)
{
    (void)state;
    begin(0);
    json_out_string(&j, NULL);
    end("\"\"\n");
}

static void tells_of_a_failed_write_at_the_end(void **state)
{
    (void)state;
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    json_out_init(&j, full, 0);
    json_out_array(&j);
    for (int i = 0; i < 100000; i++)
        json_out_u64(&j, 123456789);
    json_out_end(&j);
    assert_int_equal(json_out_finish(&j), -1);
    assert_string_equal(strerror(j.failed), "No space left on device");
    fclose(full);
}

static void tells_of_a_write_that_fails_in_the_last_flush(void **state)
{
    (void)state;
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    json_out_init(&j, full, 0);
    json_out_u64(&j, 1);
    assert_int_equal(json_out_finish(&j), -1);
    fclose(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_compact),
        cmocka_unit_test(indents_but_for_lines),
        cmocka_unit_test(writes_only_numbers_that_json_has),
        cmocka_unit_test(escapes_what_json_forbids),
        cmocka_unit_test(keeps_good_utf8_and_replaces_the_rest),
        cmocka_unit_test(cleans_texts_for_a_line),
        cmocka_unit_test(a_null_string_is_empty),
        cmocka_unit_test(tells_of_a_failed_write_at_the_end),
        cmocka_unit_test(tells_of_a_write_that_fails_in_the_last_flush),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
