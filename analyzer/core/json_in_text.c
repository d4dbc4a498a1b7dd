/* json_in_text.c - the texts of JSON: escapes, surrogates, and where they end. Part of the
 * reader of json_in.h; holds to the same bounds.
 *
 * A text without escapes is given out where it lies in the file; another is put together in
 * the reader's scratch.
 */
#include "analyzer/core/json_in.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static int no_memory(struct json_in *in)
{
    return error_set(in->error, "%s: not enough memory to read it", in->name);
}

static int hex4(const struct json_in *in, size_t at)
{
    if (in->bytes - at < 4) /* at <= bytes */
        return -1;
    int value = 0;
    for (size_t i = at; i < at + 4; i++) {
        unsigned char c = in->text[i];
        if (!isxdigit(c))
            return -1;
        value = value * 16 + (isdigit(c) ? c - '0' : (c | 32) - 'a' + 10);
    }
    return value;
}

static size_t put_utf8(char *to, unsigned code)
{
    if (code < 0x80) {
        to[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        to[0] = (char)(0xC0 | code >> 6);
        to[1] = (char)(0x80 | (code & 63));
        return 2;
    }
    if (code < 0x10000) {
        to[0] = (char)(0xE0 | code >> 12);
        to[1] = (char)(0x80 | (code >> 6 & 63));
        to[2] = (char)(0x80 | (code & 63));
        return 3;
    }
    to[0] = (char)(0xF0 | code >> 18);
    to[1] = (char)(0x80 | (code >> 12 & 63));
    to[2] = (char)(0x80 | (code >> 6 & 63));
    to[3] = (char)(0x80 | (code & 63));
    return 4;
}

/* \uXXXX, perhaps a pair of them; at stands behind the `u`. */
static int unescape_code(struct json_in *in, char *to, size_t *n)
{
    int code = hex4(in, in->at);
    if (code < 0)
        return json_in_fail(in, "four hexadecimal digits after `\\u`");
    in->at += 4;
    if (code >= 0xD800 && code < 0xDC00 && in->bytes - in->at >= 6 && in->text[in->at] == '\\' &&
        in->text[in->at + 1] == 'u') {
        int low = hex4(in, in->at + 2);
        if (low >= 0xDC00 && low < 0xE000) {
            in->at += 6;
            *n += put_utf8(to + *n,
                           0x10000u + ((unsigned)(code - 0xD800) << 10) + (unsigned)(low - 0xDC00));
            return 0;
        }
    }
    if (code == 0 || (code >= 0xD800 && code < 0xE000))
        code = 0xFFFD;
    *n += put_utf8(to + *n, (unsigned)code);
    return 0;
}

static int unescape(struct json_in *in, char *to, size_t *n)
{
    static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
    unsigned char c = in->at < in->bytes ? in->text[in->at] : 0;
    if (c == 'u') {
        in->at++;
        return unescape_code(in, to, n);
    }
    const char *hit = c ? strchr(from, c) : NULL;
    if (!hit)
        return json_in_fail(in, "an escape such as `\\n`");
    in->at++;
    to[(*n)++] = into[hit - from];
    return 0;
}

/* The length of the raw text from the reader's place to its closing quote, or -1. */
static int raw_length(struct json_in *in, size_t *length, bool *escapes)
{
    *escapes = false;
    for (size_t i = in->at; i < in->bytes; i++) {
        unsigned char c = in->text[i];
        if (c == '"') {
            *length = i - in->at;
            return 0;
        }
        if (c < 0x20) {
            in->at = i;
            return json_in_fail(in, "no raw control character in a text");
        }
        if (c == '\\') {
            *escapes = true;
            i++;
        }
    }
    in->at = in->bytes;
    return json_in_fail(in, "the closing quote of a text");
}

int json_in_string(struct json_in *in, struct json_text *text)
{
    if (json_in_peek(in) != '"')
        return json_in_fail(in, "a text in quotes");
    in->at++;
    size_t length = 0;
    bool escapes;
    if (raw_length(in, &length, &escapes) != 0)
        return -1;
    if (!escapes) {
        text->text = (const char *)in->text + in->at;
        text->n = length;
        in->at += length + 1;
        return 0;
    }
    /* No escape comes out longer than it went in: 6 bytes for at most 3, 12 for 4. */
    if (length + 4 > in->scratch_room) {
        char *bigger = realloc(in->scratch, length * 2 + 64);
        if (!bigger)
            return no_memory(in);
        in->scratch = bigger;
        in->scratch_room = length * 2 + 64;
    }
    size_t n = 0;
    while (in->text[in->at] != '"') {
        unsigned char c = in->text[in->at++];
        if (c != '\\')
            in->scratch[n++] = (char)c;
        else if (unescape(in, in->scratch, &n) != 0)
            return -1;
    }
    in->at++;
    text->text = in->scratch;
    text->n = n;
    return 0;
}
