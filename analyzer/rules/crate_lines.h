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

/* A finding at the line: location, caller and scope are the caller's of the crate. */
struct rule;
struct finding *crate_lines_finding(const struct crate_lines *lines, uint32_t line,
                                    const struct rule *rule, const struct case_of_line *one,
                                    struct findings *findings);

/* The name of the crate's function that was called: "captures_iter". */
const char *crate_lines_called(const struct crate_lines *lines, const struct case_of_line *one,
                               struct findings *findings);

#endif
