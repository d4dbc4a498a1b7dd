/* limits.h - what a program may allocate: limits from the command line and from a file, and whether
 * a profile keeps them.
 *
 * The file (heapcoach.json by default) is JSON with comments, // to the end of the line and between
 * slash-stars:
 *
 *     {
 *       "schema": "heapcoach-limits/1",          // may be left out
 *       "max_total_bytes": 20000000,             // of the whole run, each may be left out:
 *       "max_total_blocks": 50000,               // LIMIT_METRICS below
 *       "max_peak_bytes": 4000000,
 *       "max_end_bytes": 0,
 *       "max_reallocs": 100,
 *       "max_bytes_copied": 1000000,
 *       "fail_on": ["growth", "high"],           // rules, "any" (medium and high) or "high"
 *       "budgets": [                             // one function or one crate each
 *         {"function": "mycrate::parse", "max_blocks": 0},
 *         {"function": "mycrate::codec::*", "max_bytes": 1000000, "may_be_absent": true},
 *         {"crate": "serde_json", "max_blocks": 2000}
 *       ],
 *       "baseline": "main.json",                 // a profile; relative to this file's folder
 *       "tolerance_percent": 2                   // of it; 0 if left out
 *     }
 *
 * A function's budget is for all that is allocated in it and below it, whatever it calls; its
 * closures belong to it, and `::*` at the end means all functions below that path. A crate's is for
 * the blocks that its own code asked for: the innermost frame that is not std's is the crate's.
 * Names are without generic arguments. Where line tables keep only the last name of an inlined
 * function, that name and the crate must do.
 *
 * A limit that checks nothing is worthless, so these are errors: an unknown key, a key that stands
 * twice, a wrong type, a number that is not whole, a budget without a limit, a rule that does not
 * exist, a metric that the profile does not know, and a function or crate that neither a stack of
 * the profile nor the program has (limits_names.h).
 *
 * One thread at a time per struct; a zeroed struct limits is empty and ready.
 */
#ifndef HEAPCOACH_LIMITS_H
#define HEAPCOACH_LIMITS_H

#include "analyzer/core/arena.h"
#include "analyzer/core/diff.h"
#include "analyzer/core/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is limited: metric, key for the whole run (the option's name has - for _), key in a budget.
 */
#define LIMIT_METRICS(X)                                                                           \
    X(BYTES, "max_total_bytes", "max-total-bytes", "max_bytes")                                    \
    X(BLOCKS, "max_total_blocks", "max-total-blocks", "max_blocks")                                \
    X(PEAK_BYTES, "max_peak_bytes", "max-peak-bytes", "max_peak_bytes")                            \
    X(END_BYTES, "max_end_bytes", "max-end-bytes", "max_end_bytes")                                \
    X(REALLOCS, "max_reallocs", "max-reallocs", "max_reallocs")                                    \
    X(BYTES_COPIED, "max_bytes_copied", "max-bytes-copied", "max_bytes_copied")

#define LIMIT_METRIC_ENUM(metric, key, option, budget_key) LIMIT_##metric,
enum limit_metric { LIMIT_METRICS(LIMIT_METRIC_ENUM) LIMIT_METRIC_COUNT };

struct limit_metric_facts {
    enum diff_metric metric;
    const char *key, *option, *budget_key;
};
extern const struct limit_metric_facts limit_metrics[LIMIT_METRIC_COUNT];

enum limit_kind {
    LIMIT_TOTAL,
    LIMIT_FUNCTION,
    LIMIT_CRATE,
    LIMIT_BASELINE, /* the total of another profile, and a tolerance */
    LIMIT_FINDINGS  /* findings of a rule, or of a severity */
};

struct limit {
    enum limit_kind kind;
    enum limit_metric metric; /* not of LIMIT_FINDINGS */
    const char *subject;      /* function, crate, rule, "any", "high"; "" of the others */
    const char *where;        /* who says so: "heapcoach.json:12", "--max-total-bytes" */
    uint64_t most;            /* of LIMIT_FINDINGS 0 */
    bool may_be_absent;       /* of a function or crate that is nowhere: passes */
};

struct limits {
    struct limit *list; /* owned; file first, then options */
    size_t count, room;
    const char *baseline;        /* path, or NULL */
    const char *baseline_where;  /* who says so */
    double tolerance_percent;    /* 0 or more */
    const char *tolerance_where; /* who says so, or NULL */
    struct arena arena;          /* owned: the texts */
};

/* Reads a file's limits in addition to those that are there. 0, or -1 with the reason (file and
 * line); limits_free is the caller's in either case. */
int limits_read(struct limits *limits, const char *path, struct error *error);

/* The same from n bytes of memory; path is for messages and for relative paths. */
int limits_read_memory(struct limits *limits, const char *text, size_t n, const char *path,
                       struct error *error);

/* Adds one; one of a total takes the place of the file's. Texts are copied. 0, or -1: no memory. */
int limits_add(struct limits *limits, const struct limit *limit, struct error *error);

/* Sets the baseline, or its tolerance, in place of the file's. where is static. */
int limits_set_baseline(struct limits *limits, const char *path, const char *where,
                        struct error *error);
int limits_set_tolerance(struct limits *limits, const char *percent, const char *where,
                         struct error *error);

/* A whole number from 0 to 2^53, exactly as a JSON file may have it. what: for the message. */
int limits_number(const char *text, const char *what, uint64_t *number, struct error *error);

void limits_free(struct limits *limits);

#endif
