/* json_in.c - see json_in.h: the grammar but for texts, which are in json_in_text.c, and for
 * files, in json_in_file.c. Used by the profile reader; fuzzed.
 *
 * The text is untrusted. What always holds: at <= bytes, depth <= JSON_IN_DEPTH, and every
 * read of text[at] is behind a check of at < bytes. Nothing recurses: json_in_skip keeps
 * its place in the same bounded stack that the caller's objects and arrays use.
 */
#include "analyzer/core/json_in.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOUND_BYTES 24 /* of the text, shown in messages */

void json_in_memory(struct json_in *in, const void *text, size_t n, const char *name,
                    const char *what, struct error *error)
{
    memset(in, 0, sizeof(*in));
    in->text = text;
    in->bytes = n;
    in->name = name;
    in->what = what;
    in->error = error;
    if (n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        in->at = 3;
}

void json_in_free(struct json_in *in)
{
    free(in->scratch);
    free(in->owned);
    memset(in, 0, sizeof(*in));
}

/* ---- the next character, and what to say when it is another ---- */

static void skip_space(struct json_in *in)
{
    while (in->at < in->bytes) {
        unsigned char c = in->text[in->at];
        if (c != ' ' && c != '\n' && c != '\t' && c != '\r')
            return;
        in->at++;
    }
}

/* Mostly there is no space. */
static inline int peek(struct json_in *in)
{
    if (in->at < in->bytes && in->text[in->at] > ' ')
        return in->text[in->at];
    skip_space(in);
    return in->at < in->bytes ? in->text[in->at] : -1;
}

int json_in_peek(struct json_in *in)
{
    return peek(in);
}

/* What stands at the reader's place, for a message. */
static void describe_found(const struct json_in *in, char *found, size_t n)
{
    if (in->bytes == 0) {
        snprintf(found, n, "an empty file");
        return;
    }
    if (in->at >= in->bytes) {
        snprintf(found, n, "the end of the file at byte %zu (truncated?)", in->bytes);
        return;
    }
    char piece[FOUND_BYTES + 1];
    size_t length = 0;
    for (size_t i = in->at; i < in->bytes && length < FOUND_BYTES; i++) {
        unsigned char c = in->text[i];
        if (length && (c == ',' || c == '\n' || c == '}' || c == ']'))
            break;
        piece[length++] = isprint(c) ? (char)c : '?';
    }
    piece[length] = 0;
    snprintf(found, n, "`%s` at byte %zu", piece, in->at);
}

int json_in_fail(struct json_in *in, const char *expected)
{
    char found[FOUND_BYTES + 64];
    describe_found(in, found, sizeof(found));
    return error_set(in->error, "%s: not %s: expected %s, found %s", in->name, in->what, expected,
                     found);
}

/* ---- objects and arrays ---- */

static int enter(struct json_in *in, int opener, const char *expected)
{
    if (peek(in) != opener)
        return json_in_fail(in, expected);
    if (in->depth == JSON_IN_DEPTH)
        return error_set(in->error,
                         "%s: not %s: expected at most %d nested values, found more at "
                         "byte %zu",
                         in->name, in->what, JSON_IN_DEPTH, in->at);
    in->any[in->depth++] = false;
    in->at++;
    return 0;
}

int json_in_object(struct json_in *in)
{
    return enter(in, '{', "an object `{`");
}

int json_in_array(struct json_in *in)
{
    return enter(in, '[', "an array `[`");
}

/* To the next member of the innermost container: 1, 0 at its end, -1. */
static int next_member(struct json_in *in, int closer, const char *expected)
{
    int c = peek(in);
    bool *any = &in->any[in->depth - 1];
    if (c == closer) {
        in->at++;
        in->depth--;
        return 0;
    }
    if (*any) {
        if (c != ',')
            return json_in_fail(in, expected);
        in->at++;
        if (peek(in) == closer)
            return json_in_fail(in, "another value after `,`");
    }
    *any = true;
    return 1;
}

int json_in_key(struct json_in *in, struct json_text *key)
{
    int more = next_member(in, '}', "`,` or `}`");
    if (more != 1)
        return more;
    if (peek(in) != '"')
        return json_in_fail(in, "a key in quotes");
    if (json_in_string(in, key) != 0)
        return -1;
    if (peek(in) != ':')
        return json_in_fail(in, "`:` after the key");
    in->at++;
    return 1;
}

int json_in_item(struct json_in *in)
{
    return next_member(in, ']', "`,` or `]`");
}

bool json_text_is(struct json_text text, const char *word)
{
    return strlen(word) == text.n && memcmp(text.text, word, text.n) == 0;
}

/* ---- numbers and words ---- */

static bool digit_at(const struct json_in *in, size_t at)
{
    return at < in->bytes && (unsigned)in->text[at] - '0' < 10; /* isdigit asks the locale */
}

int json_in_u64(struct json_in *in, uint64_t *value)
{
    static const char expected[] = "a non-negative integer below 2^64";
    peek(in);
    size_t i = in->at;
    if (!digit_at(in, i) || (in->text[i] == '0' && digit_at(in, i + 1)))
        return json_in_fail(in, expected);
    uint64_t sum = 0;
    for (; digit_at(in, i); i++) {
        unsigned digit = in->text[i] - '0';
        /* the second is all that is asked; the first spares a division for nearly all digits */
        if (sum > UINT64_MAX / 10 - 1 && sum > (UINT64_MAX - digit) / 10)
            return json_in_fail(in, expected);
        sum = sum * 10 + digit;
    }
    if (i < in->bytes && (in->text[i] == '.' || (in->text[i] | 32) == 'e'))
        return json_in_fail(in, expected);
    in->at = i;
    *value = sum;
    return 0;
}

int json_in_u32(struct json_in *in, uint32_t *value)
{
    peek(in);
    size_t start = in->at;
    uint64_t wide;
    if (json_in_u64(in, &wide) != 0)
        return -1;
    if (wide > UINT32_MAX) {
        in->at = start;
        return json_in_fail(in, "a non-negative integer below 2^32");
    }
    *value = (uint32_t)wide;
    return 0;
}

/* Passes over digits, at least one. */
static int skip_digits(struct json_in *in)
{
    if (!digit_at(in, in->at))
        return json_in_fail(in, "a digit");
    while (digit_at(in, in->at))
        in->at++;
    return 0;
}

static int skip_number(struct json_in *in)
{
    if (in->text[in->at] == '-')
        in->at++;
    if (digit_at(in, in->at) && in->text[in->at] == '0')
        in->at++; /* no digit may follow a leading zero; what comes next will say so */
    else if (skip_digits(in) != 0)
        return -1;
    if (in->at < in->bytes && in->text[in->at] == '.') {
        in->at++;
        if (skip_digits(in) != 0)
            return -1;
    }
    if (in->at < in->bytes && (in->text[in->at] | 32) == 'e') {
        in->at++;
        if (in->at < in->bytes && (in->text[in->at] == '+' || in->text[in->at] == '-'))
            in->at++;
        return skip_digits(in);
    }
    return 0;
}

int json_in_real(struct json_in *in, double *value)
{
    int c = peek(in);
    if (c != '-' && !(c >= '0' && c <= '9'))
        return json_in_fail(in, "a number");
    size_t start = in->at;
    if (skip_number(in) != 0)
        return -1;
    char copy[64]; /* strtod wants an end; no honest number has more digits than this */
    size_t n = in->at - start < sizeof(copy) ? in->at - start : sizeof(copy) - 1;
    memcpy(copy, in->text + start, n);
    copy[n] = 0;
    *value = strtod(copy, NULL);
    return 0;
}

static bool take_word(struct json_in *in, const char *word)
{
    size_t n = strlen(word);
    if (in->bytes - in->at < n || memcmp(in->text + in->at, word, n) != 0)
        return false;
    in->at += n;
    return true;
}

int json_in_bool(struct json_in *in, bool *value)
{
    peek(in);
    if (take_word(in, "true"))
        *value = true;
    else if (take_word(in, "false"))
        *value = false;
    else
        return json_in_fail(in, "true or false");
    return 0;
}

int json_in_null(struct json_in *in)
{
    peek(in);
    return take_word(in, "null") ? 1 : 0;
}

/* ---- the rest ---- */

static int skip_scalar(struct json_in *in)
{
    int c = peek(in);
    struct json_text text;
    bool word;
    if (c == '"')
        return json_in_string(in, &text);
    if (c == '-' || (c >= '0' && c <= '9'))
        return skip_number(in);
    if (json_in_null(in) == 1)
        return 0;
    if (c == 't' || c == 'f')
        return json_in_bool(in, &word);
    return json_in_fail(in, "a value");
}

/* One value, entered if it is a container. */
static int skip_one(struct json_in *in, char *closers)
{
    int c = peek(in);
    if (c != '{' && c != '[')
        return skip_scalar(in);
    closers[in->depth < JSON_IN_DEPTH ? in->depth : 0] = c == '{' ? '}' : ']';
    return c == '{' ? json_in_object(in) : json_in_array(in);
}

int json_in_skip(struct json_in *in)
{
    char closers[JSON_IN_DEPTH]; /* of the containers that this call has entered */
    struct json_text key;
    unsigned outside = in->depth;
    if (skip_one(in, closers) != 0)
        return -1;
    while (in->depth > outside) {
        int more = closers[in->depth - 1] == '}' ? json_in_key(in, &key) : json_in_item(in);
        if (more < 0 || (more == 1 && skip_one(in, closers) != 0))
            return -1;
    }
    return 0;
}

int json_in_end(struct json_in *in)
{
    return peek(in) < 0 ? 0 : json_in_fail(in, "nothing more after the last `}`");
}
