/* crate_lines.h - the lines that call a known crate, with what it allocates for each: for the rules
 * about crates (crate_parts.h).
 *
 * The line is of whoever calls, the user or a crate that he uses: that is where the edit is.
 */
#ifndef HEAPCOACH_CRATE_LINES_H
#define HEAPCOACH_CRATE_LINES_H

#include "analyzer/rules/part_groups.h"

#include <stdint.h>

/* Place of the crate's function that was called, in the stack of a point with one of its parts;
 * PROFILE_NONE: no such frame. */
typedef uint32_t crate_called(const struct profile *profile, const struct profile_point *point,
                              uint32_t leaf_end);

struct crate_lines {
    struct part_groups groups; /* a group for each line */
    enum crate_part part;
    crate_called *called;
    uint32_t frame[PART_GROUPS_MOST]; /* of each line, in the profile */
};

/* The lines with that part, in the order of the points. 0, or -1: no memory. */
int crate_lines_find(struct crate_lines *lines, const struct evidence *evidence,
                     enum crate_part part, crate_called *called);

/* Adds what has another part to the first line of the same function. */
void crate_lines_add(struct crate_lines *lines, enum crate_part part);

/* How often each block of the line's was made: births summed over the stacks that are the same up
 * to the crate's function, whoever called it. *births: of the evidence's scratch arena, `count` of
 * them, rising. Only of points with that part, or of all where it is CRATE_PART_NONE. 0, or -1: no
 * memory. */
int crate_lines_births(const struct crate_lines *lines, const struct case_of_line *one,
                       enum crate_part part, uint64_t **births, uint32_t *count);

/* Of all births, those of blocks that were made `times` times or a multiple. */
double crate_lines_same_share(const uint64_t *births, uint32_t count, uint64_t times);

/* A finding at the line: location, caller and scope are the caller's of the crate. */
struct rule;
struct finding *crate_lines_finding(const struct crate_lines *lines, uint32_t line,
                                    const struct rule *rule, const struct case_of_line *one,
                                    struct findings *findings);

/* The name of the crate's function that was called: "captures_iter". */
const char *crate_lines_called(const struct crate_lines *lines, const struct case_of_line *one,
                               struct findings *findings);

#endif
