/* reckoning.h - what an edit saves, term by term.
 *
 * Each term adds its nanoseconds to the sum and one sentence part to the text that the user sees on
 * demand:
 *
 *     struct reckoning r = reckoning_start(evidence, findings);
 *     reckoning_growth(&r, &tally, 1.0);
 *     reckoning_finish(&r, finding);          sets saving.ns, saving.share, how
 *
 * Texts belong to the findings, which remember failed memory.
 */
#ifndef HEAPCOACH_RECKONING_H
#define HEAPCOACH_RECKONING_H

#include "analyzer/core/finding.h"
#include "analyzer/rules/cost.h"
#include "analyzer/rules/tally.h"

#include <stdint.h>

struct evidence;

struct reckoning {
    const struct evidence *evidence;
    struct findings *findings;
    double ns;
    const char *how;
};

struct reckoning reckoning_start(const struct evidence *evidence, struct findings *findings);

/* The tally's blocks are not allocated and freed any more: `share` of them. */
void reckoning_pairs(struct reckoning *reckoning, const struct tally *tally, double share);

/* n pairs of malloc and free of `bytes` each. */
void reckoning_pairs_of(struct reckoning *reckoning, uint64_t n, uint64_t bytes);

/* The tally's blocks are not realloc'd any more: `share` of the growing steps, by their sizes and
 * as often moved as they were. */
void reckoning_growth(struct reckoning *reckoning, const struct tally *tally, double share);

/* The same of containers whose elements are pushed: std's own code around a step in place counts
 * only while they are small. In a loop that pushes many items it runs beside the stores of the
 * items before, which wait for the cache. element_bytes: not 0. */
void reckoning_pushes(struct reckoning *reckoning, const struct tally *tally, double share,
                      uint64_t element_bytes);

/* Of containers that live on: the pages that are not touched for the first time, since a capacity
 * that is known is no larger than the length. Only as far as growing calls were seen to be slow. */
void reckoning_slack(struct reckoning *reckoning, const struct tally *tally, double share);

/* n times a constant: "1,790,000 items rehashed at 12 ns". what: plural, may be NULL for the
 * constant's own words. */
void reckoning_constant(struct reckoning *reckoning, double n, enum cost_constant constant,
                        const char *what);

/* Any other term; ns may be negative: what the edit adds. */
void reckoning_term(struct reckoning *reckoning, double ns, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Sets saving.ns (not below 0), saving.share and how. */
void reckoning_finish(const struct reckoning *reckoning, struct finding *finding);

#endif
