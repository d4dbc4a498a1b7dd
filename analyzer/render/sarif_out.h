/* sarif_out.h - the parts that all SARIF 2.1.0 logs of heapcoach share: texts, places, the log's
 * head. Numbers of sections are the specification's (OASIS).
 */
#ifndef HEAPCOACH_SARIF_OUT_H
#define HEAPCOACH_SARIF_OUT_H

#include "analyzer/core/json_out.h"

#include <stdint.h>

#define SARIF_SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"

/* A place in source. */
struct sarif_place {
    const char *path;     /* relative to the checkout, or from / on; "" where unknown */
    const char *function; /* or "" */
    uint32_t line;        /* 0: unknown */
};

/* "KEY": {"text": TEXT}: a message (3.11). */
void sarif_text(struct json_out *j, const char *key, const char *text);

/* An object of the kind `location` (3.28); note: what it is, or "". Nothing but {} where the place
 * is not known. */
void sarif_location(struct json_out *j, const struct sarif_place *place, const char *note);

#endif
