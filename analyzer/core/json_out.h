/* json_out.h - writes JSON as it goes along, to a stream, without building a tree.
 *
 * A profile may have a million program points: it is written piece by piece. Numbers are
 * written raw in 64 bits. Strings are bytes of any kind and come out as valid UTF-8 with
 * the escapes that JSON wants.
 *
 *     struct json_out j;
 *     json_out_init(&j, stream, 0);
 *     json_out_object(&j);
 *     json_out_key(&j, "bytes");
 *     json_out_u64(&j, 17);
 *     json_out_end(&j);
 *     if (json_out_finish(&j) != 0) ... the stream failed; errno-like reason in j.failed
 *
 * A wrong sequence of calls (a value without a key in an object, an end too many) is a bug
 * of the caller and stops by assert. Errors of the stream are kept and told once, by
 * json_out_finish. Nothing is allocated. One thread at a time per json_out.
 */
#ifndef HEAPCOACH_JSON_OUT_H
#define HEAPCOACH_JSON_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_OUT_DEPTH 32 /* objects and arrays open at once */

struct json_out {
    FILE *stream; /* not owned */
    int failed;   /* errno of the first failed write, 0: none */
    int indent;   /* spaces per level, 0: compact */
    int depth;    /* objects and arrays open now */
    bool keyed;   /* a key was written and waits for its value */
    struct {
        char closer;  /* '}' or ']' */
        bool compact; /* its content stays on one line */
        bool any;     /* it has content */
    } level[JSON_OUT_DEPTH];
};

/* Starts a document on `stream`. indent: spaces per level, or 0 for one line. */
void json_out_init(struct json_out *j, FILE *stream, int indent);

/* Opens an object or an array: as the document, as the value of the latest key, or as the
 * next element. The _line kinds keep all their content on one line, whatever the indent. */
void json_out_object(struct json_out *j);
void json_out_array(struct json_out *j);
void json_out_object_line(struct json_out *j);
void json_out_array_line(struct json_out *j);

/* Closes the innermost open object or array. */
void json_out_end(struct json_out *j);

/* The key of the next value; only in an object. Escaped like a string. */
void json_out_key(struct json_out *j, const char *key);

/* Values. A NULL string is written as "". A double is written with up to 15 digits; JSON knows no
 * infinity and no NaN, and they come out as 0. */
void json_out_u64(struct json_out *j, uint64_t value);
void json_out_i64(struct json_out *j, int64_t value);
void json_out_double(struct json_out *j, double value);
void json_out_bool(struct json_out *j, bool value);
void json_out_null(struct json_out *j);
void json_out_string(struct json_out *j, const char *text);
void json_out_bytes(struct json_out *j, const char *text, size_t length);

/* Key and value in one call. */
void json_out_key_u64(struct json_out *j, const char *key, uint64_t value);
void json_out_key_i64(struct json_out *j, const char *key, int64_t value);
void json_out_key_double(struct json_out *j, const char *key, double value);
void json_out_key_bool(struct json_out *j, const char *key, bool value);
void json_out_key_string(struct json_out *j, const char *key, const char *text);

/* Ends the document, which must be complete, with a newline, and flushes. 0, or -1 when any
 * write since json_out_init failed; the first reason is in j->failed. */
int json_out_finish(struct json_out *j);

/* The same with the reason in errno, for callers whose own j ends here. */
int json_out_close(struct json_out *j);

#endif
