/* diff_lines.h - the lines of one side of a diff, over all its runs. Private to diff.
 */
#ifndef HEAPCOACH_DIFF_LINES_H
#define HEAPCOACH_DIFF_LINES_H

#include "analyzer/core/diff.h"

struct diff_line {
    struct diff_place place;
    diff_number *numbers; /* [metric * runs + run] */
};

struct diff_lines {
    struct diff_line *line; /* owned */
    uint32_t count, room;
    uint32_t runs;
    diff_number *numbers; /* owned: of all lines, */
    diff_number *zeros;   /* and of one that is not there, */
    diff_number *sums;    /* and of all together */
    struct arena arena;   /* owned: what match_site refers to */
};

/* The lines of all runs; those of later runs are matched with those of earlier ones. Names are
 * kept in `names`. 0, or -1 (no memory): then diff_lines_free is still the caller's. */
int diff_lines_build(struct diff_lines *lines, const struct diff_side *side, struct intern *names);

void diff_lines_free(struct diff_lines *lines);

/* 0, or -1: out of memory. */
int diff_lines_match(const struct diff_lines *left, const struct diff_lines *right,
                     struct match *left_match, struct match *right_match);

/* Cuts a function's name to that of the function around its closures. Closures are numbered in the
 * order of the source, so a new one renames those after it. */
void diff_cut_closures(char *name);

#endif
