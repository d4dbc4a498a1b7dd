/* limits_check.h - holds a profile to its limits: which are exceeded, by how much, and which lines
 * to blame first.
 *
 * The result refers to limits, profile, sites, findings and diff, which must outlive it.
 */
#ifndef HEAPCOACH_LIMITS_CHECK_H
#define HEAPCOACH_LIMITS_CHECK_H

#include "analyzer/core/diff.h"
#include "analyzer/core/finding.h"
#include "analyzer/core/limits.h"
#include "analyzer/core/sites.h"

#define LIMITS_BLAMED 3 /* lines per limit */

/* A line and its part of what was measured; of a baseline what it has more than before. */
struct limits_blame {
    const struct site *site;
    uint64_t value;
};

struct limits_result {
    const struct limit *limit;
    bool passed;
    uint64_t found, allowed;                  /* of LIMIT_FINDINGS how many, and 0 */
    uint64_t before;                          /* of LIMIT_BASELINE: the other profile's total */
    struct limits_blame blame[LIMITS_BLAMED]; /* the most first; only where it is exceeded */
    uint32_t blamed;
    const struct finding **findings; /* of LIMIT_FINDINGS */
    uint32_t finding_count;
    bool absent; /* a function or crate that is in no stack */
};

struct limits_results {
    struct limits_result *list; /* in the order of the limits, then the baseline's */
    uint32_t count, exceeded;
    struct limit baseline[LIMIT_METRIC_COUNT];
    struct arena arena; /* owned: the above */
};

struct limits_input {
    const struct profile *profile;
    const struct sites *sites;
    const struct findings *findings;
    const struct diff *diff; /* from the baseline to the profile; NULL: no baseline */
};

/* 0, and the caller ends it by limits_results_free; or -1, and nothing is to be freed: a limit that
 * cannot be checked on this profile, or no memory. */
int limits_check(struct limits_results *results, const struct limits *limits,
                 const struct limits_input *input, struct error *error);

void limits_results_free(struct limits_results *results);

#endif
