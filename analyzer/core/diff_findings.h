/* diff_findings.h - what became of the advice: fixed, new, better, worse.
 *
 * Findings of both sides are matched by rule, function and file; lines and figures only tell apart
 * several of one rule in one function. Those merged into others (finding.also) are matched like
 * all. A finding counts where it is advice (medium or high) on one side at least; what is below
 * that on the other is its partner all the same, so that a matter that shrank is better, not fixed.
 *
 * Better or worse is decided by what was counted, never by time: calls, then bytes copied, bytes,
 * bytes at the peak, then events, per unit of work. Swapping the sides turns fixed into new and
 * better into worse.
 */
#ifndef HEAPCOACH_DIFF_FINDINGS_H
#define HEAPCOACH_DIFF_FINDINGS_H

#include "analyzer/core/error.h"
#include "analyzer/core/finding.h"

#include <stddef.h>
#include <stdint.h>

enum diff_fate { DIFF_FIXED, DIFF_NEWLY, DIFF_BETTER, DIFF_WORSE, DIFF_UNCHANGED, DIFF_FATES };

/* "fixed", "new", "better", "worse", "unchanged". */
extern const char *const diff_fate_names[DIFF_FATES];

struct diff_finding {
    enum diff_fate fate;
    const struct finding *old_finding, *new_finding; /* NULL: not on this side */
};

struct diff_findings {
    struct diff_finding *list; /* owned; by fate, then the most important first */
    uint32_t count;
    uint32_t of_fate[DIFF_FATES];
};

/* per: units of work, as in struct diff_side. 0, and the caller ends it by diff_findings_free; or
 * -1 (no memory). Refers to the findings, which must outlive it. */
int diff_findings_build(struct diff_findings *diff, const struct findings *old_findings,
                        uint32_t old_per, const struct findings *new_findings, uint32_t new_per,
                        struct error *error);

void diff_findings_free(struct diff_findings *diff);

#endif
