/* diff_warnings.h - what makes a comparison doubtful: other programs, other lengths, other tools, a
 * recording that is not whole. None of it is an error; whoever shows a diff shows these first.
 */
#ifndef HEAPCOACH_DIFF_WARNINGS_H
#define HEAPCOACH_DIFF_WARNINGS_H

#include "analyzer/core/diff.h"

#define DIFF_WARNINGS_MOST 8
#define DIFF_WARNING_BYTES 400 /* a longer one is cut */

struct diff_warnings {
    char text[DIFF_WARNINGS_MOST][DIFF_WARNING_BYTES];
    uint32_t count;
};

/* Pure function of the diff. */
void diff_warnings_find(struct diff_warnings *warnings, const struct diff *diff);

#endif
