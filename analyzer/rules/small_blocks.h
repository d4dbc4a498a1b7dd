/* small_blocks.h - what the small blocks of a line are, and what they cost beyond their bytes. For
 * the rule "many-small".
 *
 * A line often makes a Vec and what is in it, `items.map(|x| vec![x, x]).collect()`, so a line's
 * points are told apart by what they make before they are measured.
 */
#ifndef HEAPCOACH_SMALL_BLOCKS_H
#define HEAPCOACH_SMALL_BLOCKS_H

#include "analyzer/core/finding.h"
#include "analyzer/rules/cases.h"

#include <stdbool.h>
#include <stdint.h>

struct evidence;

enum small_kind { SMALL_COPY, SMALL_VEC, SMALL_TEXT, SMALL_BOX, SMALL_SHARED, SMALL_UNKNOWN };

/* "Vecs", "texts", "boxes", ... */
extern const char *const small_kind_words[];

/* What one point makes. */
enum small_kind small_kind_of(const struct facts *facts);

/* The points of the case, from *next on, that make the same as the first of them and have blocks of
 * `most_bytes` on average at the peak at most; *next comes behind the last that is taken up.
 * false: there are no more. The result belongs to the evidence's scratch arena. */
struct small_groups {
    const struct case_of_line *one;
    bool *taken; /* by place in one->points */
    uint32_t next;
    double most_bytes;
};

/* false, and findings->failed: no memory. */
bool small_groups_start(struct small_groups *groups, const struct evidence *evidence,
                        const struct case_of_line *one, double most_bytes,
                        struct findings *findings);
bool small_groups_next(struct small_groups *groups, const struct evidence *evidence,
                       struct case_of_line *group, struct findings *findings);

struct small_blocks {
    enum small_kind kind;
    uint64_t live, mean, chunk;       /* at the peak: blocks; bytes of one, and of its chunk */
    uint64_t element_bytes, elements; /* of a Vec: capacity for nearly all; 0: not known, or more
                                       * than most_elements */
    uint64_t each;                    /* bytes saved by each */
};

struct small_blocks small_blocks_of(const struct profile *profile, const struct case_of_line *group,
                                    uint64_t most_elements);

#endif
