/* diff.h - two profiles, or two groups of runs, line by line.
 *
 * Rows are the user's lines (sites.h) of both sides, those that belong together in one row
 * (match.h). Every line of every run is in exactly one row, and what the lines do not account for
 * (a peak that threads moved while it was counted, roundings) is in the last row of all, "the
 * rest". So for each metric and each pair of runs this holds exactly:
 *
 *     sum over the rows of (new - old)  =  total of new - total of old
 *
 * Of a side with several runs the median is compared; for an even number of runs it is the lower
 * of the middle two, so that it is a number that was measured. A change is within the spread if
 * the two sides' ranges meet.
 *
 * A diff refers to the profiles and sites it was made of, which must outlive it; it is read-only
 * once built.
 */
#ifndef HEAPCOACH_DIFF_H
#define HEAPCOACH_DIFF_H

#include "analyzer/core/error.h"
#include "analyzer/core/intern.h"
#include "analyzer/core/match.h"
#include "analyzer/core/profile.h"
#include "analyzer/core/sites.h"

#include <stdbool.h>
#include <stdint.h>

/* Sums of 64-bit counters, and their differences, without overflow. */
typedef __int128 diff_number;

/* What is compared: name, key in JSON and for --metric, heading, in bytes?, the metric that a
 * change is weighed against, and what a profile must have for it. */
#define DIFF_METRICS(X)                                                                            \
    X(BYTES, "bytes", "bytes allocated", true, BYTES, DIFF_NEEDS_NOTHING)                          \
    X(BLOCKS, "blocks", "blocks allocated", false, BLOCKS, DIFF_NEEDS_NOTHING)                     \
    X(PEAK_BYTES, "peak_bytes", "bytes at the peak", true, PEAK_BYTES, DIFF_NEEDS_LIFETIMES)       \
    X(PEAK_BLOCKS, "peak_blocks", "blocks at the peak", false, PEAK_BLOCKS, DIFF_NEEDS_LIFETIMES)  \
    X(END_BYTES, "end_bytes", "bytes at the end", true, PEAK_BYTES, DIFF_NEEDS_LIFETIMES)          \
    X(END_BLOCKS, "end_blocks", "blocks at the end", false, PEAK_BLOCKS, DIFF_NEEDS_LIFETIMES)     \
    X(REALLOCS, "reallocs", "reallocs", false, BLOCKS, DIFF_NEEDS_OWN)                             \
    X(BYTES_COPIED, "bytes_copied", "bytes copied", true, BYTES, DIFF_NEEDS_OWN)                   \
    X(SHORT_LIVED, "short_lived_blocks", "short-lived blocks", false, BLOCKS, DIFF_NEEDS_CLOCK)

#define DIFF_MOST_RUNS 64 /* of one side */

#define DIFF_METRIC_ENUM(name, key, title, bytes, scale, needs) DIFF_##name,
enum diff_metric { DIFF_METRICS(DIFF_METRIC_ENUM) DIFF_METRIC_COUNT };

enum diff_needs {
    DIFF_NEEDS_NOTHING,
    DIFF_NEEDS_LIFETIMES,
    DIFF_NEEDS_OWN,  /* heapcoach's own file */
    DIFF_NEEDS_CLOCK /* lifetimes in time: differs from run to run, so it is no change by itself */
};

struct diff_metric_facts {
    const char *key, *title;
    bool bytes; /* else a count */
    enum diff_metric scale;
    enum diff_needs needs;
};
extern const struct diff_metric_facts diff_metrics[DIFF_METRIC_COUNT];

/* The metric of that key, or DIFF_METRIC_COUNT. */
enum diff_metric diff_metric_find(const char *key);

/* What the profile states for the whole. */
diff_number diff_total(const struct profile *profile, enum diff_metric metric);

enum { DIFF_OLD, DIFF_NEW, DIFF_SIDES };

struct diff_run {
    const struct profile *profile;
    const struct sites *sites;
};

struct diff_side {
    const struct diff_run *runs; /* one at least, DIFF_MOST_RUNS at most */
    uint32_t count;
    uint32_t per; /* units of work that each run did; numbers are divided by it when shown and
                   * compared. 1 or more */
};

/* A row on one side. */
struct diff_place {
    const struct profile *profile; /* NULL: the row is not on this side */
    const struct site *site;       /* of the first run that has it */
    struct match_site what;
};

struct diff_row {
    struct diff_place place[DIFF_SIDES];
    enum match_kind kind;              /* MATCH_NONE: new, gone, or the rest */
    bool rest;                         /* on neither side: what no line accounts for */
    const diff_number *of[DIFF_SIDES]; /* [metric * runs of that side + run] */
};

/* One number on both sides. */
struct diff_cell {
    diff_number min[DIFF_SIDES], median[DIFF_SIDES], max[DIFF_SIDES];
    double value[DIFF_SIDES]; /* median, divided by per */
    double change;            /* value of new less that of old */
    bool changed;             /* exactly */
    bool within;              /* changed, but within the spread of the runs */
};

struct diff {
    struct diff_side side[DIFF_SIDES];
    bool has[DIFF_METRIC_COUNT]; /* the metric is known of all runs */
    struct diff_row total;       /* rest, but its numbers are the totals' */
    struct diff_row *rows;       /* owned; the rest is the last */
    uint32_t row_count;
    struct intern names;              /* owned */
    struct diff_lines *lines;         /* owned: lines of each side, and their numbers */
    diff_number *numbers[DIFF_SIDES]; /* owned: of the totals and the rest */
};

/* Rows are sorted by their diff_weight by the metric `order`. 0, and the caller ends it by
 * diff_free; or -1 with nothing to free. The runs must outlive it. */
int diff_build(struct diff *diff, const struct diff_side *old_side,
               const struct diff_side *new_side, enum diff_metric order, struct error *error);

void diff_free(struct diff *diff);

struct diff_cell diff_cell(const struct diff *diff, const struct diff_row *row,
                           enum diff_metric metric);

/* Has the row changed in any metric that is no matter of the clock? */
bool diff_row_changed(const struct diff *diff, const struct diff_row *row);

/* How much a row's change matters, 0 upwards: by one metric its change; by DIFF_METRIC_COUNT the
 * largest of its changes as shares of the larger total. Changes within the spread count little. */
double diff_weight(const struct diff *diff, const struct diff_row *row, enum diff_metric metric);

#endif
