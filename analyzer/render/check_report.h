/* check_report.h - whether a profile keeps its limits: for a person, for programs, for a build.
 *
 * All write to a stream that the caller owns and checks for errors afterwards.
 */
#ifndef HEAPCOACH_CHECK_REPORT_H
#define HEAPCOACH_CHECK_REPORT_H

#include "analyzer/core/limits_check.h"
#include "analyzer/render/screen.h"

#include <stdio.h>

struct check_report {
    const struct profile *profile;
    const struct limits_results *results;
    const char *baseline; /* path of the other profile, or NULL */
    double tolerance_percent;
};

void check_report_text(const struct check_report *report, const struct screen *screen);

/* Schema heapcoach-check/1, described in check_json.c. */
int check_report_json(const struct check_report *report, FILE *stream);

/* Workflow commands: an annotation for each line to blame. */
int check_report_github(const struct check_report *report, FILE *stream);

/* SARIF 2.1.0: a result for each line to blame. */
int check_report_sarif(const struct check_report *report, FILE *stream);

/* JUnit's XML: a test case for each limit. */
int check_report_junit(const struct check_report *report, FILE *stream);

/* The last four return 0, or -1 with errno where the stream is known to have failed. */

/* ---- what they share (check_shared.c) ---- */

#define CHECK_TEXT_BYTES 2048

/* "max-peak-bytes", "max_blocks of function demo::parse", "bytes allocated, as in old.json",
 * "fail-on growth". */
void check_limit_text(const struct check_report *report, const struct limits_result *result,
                      char *to, size_t n);

/* "5,401,040 bytes at the peak: 401,040 (8.0 %) more than the 5,000,000 allowed". */
void check_result_text(const struct check_report *report, const struct limits_result *result,
                       char *to, size_t n);

/* "5,000,000 bytes (93 %) by demo::read". */
void check_blame_text(const struct check_report *report, const struct limits_result *result,
                      const struct limits_blame *blame, char *to, size_t n);

/* What is wrong where: one for each line to blame and each finding; one without a place for a limit
 * that blames none. */
struct check_mark {
    const struct limits_result *result;
    const struct finding *finding;   /* or NULL */
    bool again;                      /* the finding was marked for an earlier limit */
    const char *rule;                /* "max-peak-bytes", "function-budget", ..., or a finding's */
    char message[CHECK_TEXT_BYTES];  /* a sentence or two */
    char function[CHECK_TEXT_BYTES]; /* or "" */
    const char *path;                /* for machines; "" where unknown */
    uint32_t line;                   /* 0: unknown */
};
typedef void check_each(void *context, const struct check_mark *mark);

/* Calls `each` for all marks of the limits that are exceeded. */
void check_marks(const struct check_report *report, check_each *each, void *context);

/* Ids and descriptions of the rules that marks may have, but for findings'; ends with an id NULL.
 */
struct check_rule {
    const char *id, *text;
};
extern const struct check_rule check_rules[];

/* The id among these of a limit; of LIMIT_FINDINGS NULL. */
const char *check_rule_of(const struct limit *limit);

#endif
