/* limits_text.h - the text of a limit file: JSON with comments, and the lines of its values.
 * Private to limits.
 */
#ifndef HEAPCOACH_LIMITS_TEXT_H
#define HEAPCOACH_LIMITS_TEXT_H

#include "analyzer/core/error.h"

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>

struct limits_value {
    const cJSON *value;
    uint32_t line; /* a member's is that of its key */
};

struct limits_text {
    const char *path;          /* for messages */
    char *text;                /* owned: comments are blanks */
    cJSON *root;               /* owned */
    struct limits_value *list; /* owned: first in the order of the text, then by address */
    uint32_t values;
};

/* Parses n bytes, which are copied. On -1 nothing needs freeing. */
int limits_text_parse(struct limits_text *t, const char *text, size_t n, const char *path,
                      struct error *error);

/* The line of a value of the tree, from 1. */
uint32_t limits_text_line(const struct limits_text *t, const cJSON *value);

/* "PATH:LINE: MESSAGE". Returns -1. */
int limits_text_fail(const struct limits_text *t, const cJSON *value, struct error *error,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));

void limits_text_free(struct limits_text *t);

#endif
