/* diff_report.h - two profiles compared: for a person, for a program, for a pull request.
 *
 * All write to a stream that the caller owns and checks for errors afterwards.
 */
#ifndef HEAPCOACH_DIFF_REPORT_H
#define HEAPCOACH_DIFF_REPORT_H

#include "analyzer/core/diff.h"
#include "analyzer/core/diff_findings.h"
#include "analyzer/core/diff_warnings.h"
#include "analyzer/render/screen.h"

struct diff_report {
    const struct diff *diff;
    const struct diff_findings *findings;
    const struct diff_warnings *warnings;
    enum diff_metric metric; /* the rows are sorted by; DIFF_METRIC_COUNT: by any */
    uint32_t top;            /* rows to show; 0: all */
    double threshold;        /* leave out rows whose change is a smaller share of the total */
};

void diff_report_text(const struct diff_report *report, const struct screen *screen);

void diff_report_markdown(const struct diff_report *report, FILE *stream);

/* Schema heapcoach-diff/1, described in diff_json.c. 0, or -1: the stream failed (errno). */
int diff_report_json(const struct diff_report *report, FILE *stream);

/* ---- what the three share ---- */

/* How many of the first rows are shown, and how many more have changed. The rest, the last row, is
 * in neither: it is shown whenever it has changed. */
struct diff_shown {
    uint32_t rows, hidden;
    bool rest;
};
struct diff_shown diff_shown(const struct diff_report *report);

/* What all the rows that are not shown come to: those that are hidden, and those that only the
 * clock changed. What is shown and this add up to the totals. Only the cell's change and its new
 * median are filled. */
struct diff_cell diff_others(const struct diff_report *report, const struct diff_shown *shown,
                             enum diff_metric metric);

/* Whether a change of the metric is to be spoken of. A matter of the clock is only where it was
 * asked for. */
bool diff_speaks_of(const struct diff_report *report, const struct diff_row *row,
                    enum diff_metric metric);

/* "same", "function", "stack", "new", "gone", "rest": how a row's two sides belong together. */
const char *diff_row_kind(const struct diff_row *row);

/* Figures; to has room for DIFF_FIGURE_BYTES. Exact with separators, or with `brief` as 9.0 MB;
 * per unit of work where the diff is. */
#define DIFF_FIGURE_BYTES 64
char *diff_value_text(char *to, const struct diff *diff, const struct diff_cell *cell,
                      enum diff_metric metric, int side, bool brief);
char *diff_change_text(char *to, const struct diff *diff, const struct diff_cell *cell,
                       enum diff_metric metric, bool brief);
char *diff_relative_text(char *to, const struct diff_cell *cell); /* "-89 %", "new", "gone" */
char *diff_spread_text(char *to, const struct diff *diff, const struct diff_cell *cell,
                       enum diff_metric metric, int side); /* "10 to 20"; "" of one run */

/* "demo::read", or "demo::read -> demo::load" where it was renamed. */
void diff_name_text(const struct diff_row *row, char *to, size_t n);

/* "src/main.rs:9", where it moved "src/main.rs:9 (was :12)". */
void diff_place_text(const struct diff_row *row, char *to, size_t n);

/* A finding's "src/main.rs:9", or "". */
void diff_finding_place(const struct diff_report *report, int side, const struct finding *finding,
                        char *to, size_t n);

/* Why a change may be noise: "within the spread" of several runs, "by the clock"; or "". */
const char *diff_noise_text(const struct diff_cell *cell, enum diff_metric metric);

/* The paths of a side's profiles: "a.json, b.json". */
void diff_side_text(const struct diff_side *side, char *to, size_t n);

#endif
