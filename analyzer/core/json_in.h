/* json_in.h - reads JSON piece by piece, as the reader asks for it, without a tree.
 *
 * A profile may have a million program points in 300 MB, and counters of 64 bits: a tree
 * would need gigabytes, and a parser that keeps numbers as doubles would lose digits. So
 * the reader walks the text once and says what it expects next:
 *
 *     json_in_object(in);
 *     while ((more = json_in_key(in, &key)) == 1)
 *         if (json_text_is(key, "pid")) json_in_u64(in, &pid); else json_in_skip(in);
 *
 * The grammar is RFC 8259 with these bounds: JSON_IN_DEPTH open objects and arrays, numbers
 * that are read are non-negative integers below 2^64. A byte order mark is passed over.
 * Bytes that are not UTF-8 are passed on as they are (Valgrind writes file names raw);
 * \u0000 and lone surrogates become U+FFFD, so that a text never holds a NUL.
 *
 * Errors: every function returns -1 and fills the error given at the start: the file, what
 * was expected, what was found, and at which byte. After an error only json_in_free may
 * follow. One thread at a time per json_in.
 */
#ifndef HEAPCOACH_JSON_IN_H
#define HEAPCOACH_JSON_IN_H

#include "analyzer/core/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_IN_DEPTH 64 /* objects and arrays open at once */

struct json_in {
    const char *name; /* of the file, for messages; not owned */
    const char *what; /* "a DHAT profile": what the file should be, for messages; not owned */
    const unsigned char *text;
    size_t bytes, at;
    unsigned depth;
    bool any[JSON_IN_DEPTH]; /* the container at this depth has had an element */
    char *scratch;           /* owned: the latest text that had escapes */
    size_t scratch_room;
    void *owned; /* the file's content, if json_in_open read it */
    struct error *error;
};

/* A text as it is after its escapes; not NUL-terminated. Valid until the next call. */
struct json_text {
    const char *text;
    size_t n;
};

/* Reads the whole file into memory (not mapped: a file that shrinks while it is read would
 * kill us with SIGBUS) and starts before its first value. name, what and error must outlive
 * `in`. On -1 nothing needs freeing. */
int json_in_open(struct json_in *in, const char *path, const char *what, struct error *error);

/* The same on n bytes of memory, which must outlive `in`. */
void json_in_memory(struct json_in *in, const void *text, size_t n, const char *name,
                    const char *what, struct error *error);

/* Harmless on a zeroed json_in. */
void json_in_free(struct json_in *in);

/* Enters the object or array that must come next. */
int json_in_object(struct json_in *in);
int json_in_array(struct json_in *in);

/* 1: a key was read and its value comes next. 0: the object has ended and was left. */
int json_in_key(struct json_in *in, struct json_text *key);

/* 1: an element comes next. 0: the array has ended and was left. */
int json_in_item(struct json_in *in);

/* Values that must come next. */
int json_in_u64(struct json_in *in, uint64_t *value);
int json_in_u32(struct json_in *in, uint32_t *value); /* an error above 2^32-1 */
int json_in_real(struct json_in *in, double *value);  /* any JSON number */
int json_in_bool(struct json_in *in, bool *value);
int json_in_string(struct json_in *in, struct json_text *text);

/* 1 and passed over if null comes next, else 0. */
int json_in_null(struct json_in *in);

/* Passes over any value. */
int json_in_skip(struct json_in *in);

/* Nothing but white space may follow. */
int json_in_end(struct json_in *in);

/* The next character that is no white space, not passed over; -1 at the end. */
int json_in_peek(struct json_in *in);

/* Sets the error "NAME: not WHAT: expected EXPECTED, found ... at byte N". Returns -1. */
int json_in_fail(struct json_in *in, const char *expected);

bool json_text_is(struct json_text text, const char *word);

#endif
