/* json_out.c - a JSON writer that keeps nothing but its nesting.
 *
 * Used for the profile and for every JSON output. What always holds: whatever bytes it is
 * given, the text that comes out is valid JSON in valid UTF-8. It must not allocate and must
 * not stop at a failed write: the caller learns of it once, at the end.
 */
#include "analyzer/core/json_out.h"
#include "analyzer/core/utf8.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

static void note_failure(struct json_out *j)
{
    if (!j->failed)
        j->failed = errno ? errno : EIO;
}

static void put(struct json_out *j, const char *text, size_t length)
{
    if (fwrite_unlocked(text, 1, length, j->stream) != length)
        note_failure(j);
}

static void put_char(struct json_out *j, char c)
{
    if (putc_unlocked(c, j->stream) == EOF)
        note_failure(j);
}

static bool on_one_line(const struct json_out *j)
{
    return !j->indent || (j->depth > 0 && j->level[j->depth - 1].compact);
}

static void newline(struct json_out *j)
{
    put_char(j, '\n');
    for (int i = 0; i < j->depth * j->indent; i++)
        put_char(j, ' ');
}

/* What stands before a new element or key of the innermost container. */
static void separate(struct json_out *j)
{
    if (j->depth == 0)
        return;
    if (j->level[j->depth - 1].any)
        put_char(j, ',');
    j->level[j->depth - 1].any = true;
    if (!on_one_line(j))
        newline(j);
}

static void before_value(struct json_out *j)
{
    bool in_object = j->depth > 0 && j->level[j->depth - 1].closer == '}';
    assert(in_object == j->keyed && "in an object every value has a key, elsewhere none");
    if (j->keyed)
        j->keyed = false;
    else
        separate(j);
}

static void open_level(struct json_out *j, char opener, char closer, bool compact)
{
    before_value(j);
    assert(j->depth < JSON_OUT_DEPTH && "nested deeper than JSON_OUT_DEPTH");
    compact |= on_one_line(j);
    put_char(j, opener);
    j->level[j->depth].closer = closer;
    j->level[j->depth].compact = compact;
    j->level[j->depth].any = false;
    j->depth++;
}

void json_out_init(struct json_out *j, FILE *stream, int indent)
{
    *j = (struct json_out){.stream = stream, .indent = indent};
    errno = 0;
}

void json_out_object(struct json_out *j)
{
    open_level(j, '{', '}', false);
}

void json_out_array(struct json_out *j)
{
    open_level(j, '[', ']', false);
}

void json_out_object_line(struct json_out *j)
{
    open_level(j, '{', '}', true);
}

void json_out_array_line(struct json_out *j)
{
    open_level(j, '[', ']', true);
}

void json_out_end(struct json_out *j)
{
    assert(j->depth > 0 && !j->keyed && "nothing to close, or a key without a value");
    bool one_line = on_one_line(j);
    j->depth--;
    if (j->level[j->depth].any && !one_line)
        newline(j);
    put_char(j, j->level[j->depth].closer);
}

static void put_escape(struct json_out *j, unsigned char c)
{
    static const char names[][2] = {{'"', '"'},  {'\\', '\\'}, {'\n', 'n'}, {'\t', 't'},
                                    {'\r', 'r'}, {'\b', 'b'},  {'\f', 'f'}};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if ((unsigned char)names[i][0] == c) {
            put_char(j, '\\');
            put_char(j, names[i][1]);
            return;
        }
    }
    char text[8];
    int length = snprintf(text, sizeof(text), "\\u%04x", c);
    put(j, text, (size_t)length);
}

/* Plain runs go out in one piece: most strings are one run. */
static void put_string(struct json_out *j, const char *text, size_t length)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t run = 0, i = 0;
    put_char(j, '"');
    while (i < length) {
        size_t width = 1;
        bool plain = s[i] >= 0x20 && s[i] != '"' && s[i] != '\\' && s[i] != 0x7f;
        if (s[i] >= 0x80) {
            width = utf8_sequence(text + i, length - i);
            plain = width != 0;
        }
        if (plain) {
            i += width;
            continue;
        }
        put(j, text + run, i - run);
        if (s[i] >= 0x80)
            put(j, UTF8_REPLACEMENT, 3);
        else
            put_escape(j, s[i]);
        run = ++i;
    }
    put(j, text + run, i - run);
    put_char(j, '"');
}

void json_out_key(struct json_out *j, const char *key)
{
    assert(j->depth > 0 && j->level[j->depth - 1].closer == '}' && !j->keyed);
    separate(j);
    put_string(j, key, strlen(key));
    put_char(j, ':');
    if (j->indent)
        put_char(j, ' ');
    j->keyed = true;
}

/* Profiles are mostly numbers; printf would take most of the time. */
static void put_u64(struct json_out *j, uint64_t value)
{
    char digits[20];
    size_t at = sizeof(digits);
    do
        digits[--at] = (char)('0' + value % 10);
    while (value /= 10);
    put(j, digits + at, sizeof(digits) - at);
}

void json_out_u64(struct json_out *j, uint64_t value)
{
    before_value(j);
    put_u64(j, value);
}

void json_out_i64(struct json_out *j, int64_t value)
{
    before_value(j);
    if (value < 0)
        put_char(j, '-');
    put_u64(j, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void json_out_double(struct json_out *j, double value)
{
    before_value(j);
    if (!isfinite(value))
        value = 0;
    char text[40];
    int length = snprintf(text, sizeof(text), "%.15g", value);
    /* A locale of the program that uses the library may write the point otherwise. */
    for (int i = 0; i < length; i++)
        if (text[i] == ',')
            text[i] = '.';
    put(j, text, (size_t)length);
}

void json_out_bool(struct json_out *j, bool value)
{
    before_value(j);
    put(j, value ? "true" : "false", value ? 4 : 5);
}

void json_out_null(struct json_out *j)
{
    before_value(j);
    put(j, "null", 4);
}

void json_out_bytes(struct json_out *j, const char *text, size_t length)
{
    before_value(j);
    put_string(j, text, length);
}

void json_out_string(struct json_out *j, const char *text)
{
    json_out_bytes(j, text ? text : "", text ? strlen(text) : 0);
}

void json_out_key_u64(struct json_out *j, const char *key, uint64_t value)
{
    json_out_key(j, key);
    json_out_u64(j, value);
}

void json_out_key_i64(struct json_out *j, const char *key, int64_t value)
{
    json_out_key(j, key);
    json_out_i64(j, value);
}

void json_out_key_double(struct json_out *j, const char *key, double value)
{
    json_out_key(j, key);
    json_out_double(j, value);
}

void json_out_key_bool(struct json_out *j, const char *key, bool value)
{
    json_out_key(j, key);
    json_out_bool(j, value);
}

void json_out_key_string(struct json_out *j, const char *key, const char *text)
{
    json_out_key(j, key);
    json_out_string(j, text);
}

int json_out_finish(struct json_out *j)
{
    assert(j->depth == 0 && !j->keyed && "the document is not complete");
    put_char(j, '\n');
    if (fflush(j->stream) != 0)
        note_failure(j);
    return j->failed ? -1 : 0;
}

int json_out_close(struct json_out *j)
{
    int result = json_out_finish(j);
    if (result != 0)
        errno = j->failed;
    return result;
}
