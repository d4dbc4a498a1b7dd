/* sarif_out.h - the parts that all SARIF 2.1.0 logs of heapcoach share: the log with its one run,
 * texts, places. Numbers of sections are the specification's (OASIS).
 *
 *     sarif_open(&j, stream, "heapcoach");
 *     sarif_rule(...) for each rule
 *     sarif_invocation(...), sarif_notification(...) for each
 *     sarif_results(&j), an object for each result
 *     sarif_close(&j)
 *
 * The order is the order of the calls. Errors of the stream are told by sarif_close.
 */
#ifndef HEAPCOACH_SARIF_OUT_H
#define HEAPCOACH_SARIF_OUT_H

#include "analyzer/core/json_out.h"

#include <stdint.h>
#include <stdio.h>

/* ---- the log ---- */

/* Begins the log, its run, and the tool's rules (3.18). */
void sarif_open(struct json_out *j, FILE *stream, const char *tool);

/* A reportingDescriptor (3.49); summary: more than the title, or NULL. */
void sarif_rule(struct json_out *j, const char *id, const char *title, const char *summary);

/* Ends the rules, begins the invocation (3.20) of a tool that did what it should, and its
 * notifications. exit_status: -1 where it does not tell anything. */
void sarif_invocation(struct json_out *j, int exit_status);

/* What is said of the whole program (3.58): code scanning refuses a result without a place. */
void sarif_notification(struct json_out *j, const char *level, const char *message,
                        const char *rule);

/* Ends the invocation, begins the results. */
void sarif_results(struct json_out *j);

/* The partialFingerprints (3.27.17) of a result: what is the same in every run. */
void sarif_fingerprint(struct json_out *j, const char *id);

/* Ends the log. 0, or -1 with errno where the stream failed. */
int sarif_close(struct json_out *j);

/* ---- parts of a result ---- */

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
