/* regex_lines.h - the lines that call regex, with what it allocates for each: for the rules on
 * regex.
 *
 * The line is of whoever calls, the user or a crate that he uses: that is where the edit is.
 */
#ifndef HEAPCOACH_REGEX_LINES_H
#define HEAPCOACH_REGEX_LINES_H

#include "analyzer/rules/part_groups.h"

#include <stdint.h>

struct regex_line {
    enum crate_part part;
    uint32_t frame; /* of the line, in the profile */
};

struct regex_lines {
    struct part_groups groups; /* a group for each line */
    struct regex_line list[PART_GROUPS_MOST];
};

/* The lines with that part, in the order of the points. Of CRATE_PART_COMPILED a line has what the
 * function's searches allocate, too: a pattern that is dropped takes with it what it remembered.
 * 0, or -1: no memory. */
int regex_lines_find(struct regex_lines *lines, const struct evidence *evidence,
                     enum crate_part part);

/* A finding at the line: location, caller and scope are the caller's of regex. */
struct rule;
struct finding *regex_lines_finding(const struct regex_lines *lines, uint32_t line,
                                    const struct rule *rule, const struct case_of_line *one,
                                    struct findings *findings);

/* The name of regex's function that was called: "captures_iter". */
const char *regex_lines_called(const struct evidence *evidence, const struct case_of_line *one,
                               struct findings *findings);

#endif
