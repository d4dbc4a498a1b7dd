/* profile_write.h - writes a profile: DHAT's file, version 2, with our own keys beside.
 *
 * What the keys mean is said at the structs of profile.h, which reads them back. The text is
 * written piece by piece; the same recording gives the same bytes.
 */
#ifndef HEAPCOACH_PROFILE_WRITE_H
#define HEAPCOACH_PROFILE_WRITE_H

#include "analyzer/core/frames.h"
#include "analyzer/core/links.h"
#include "analyzer/core/points.h"
#include "analyzer/core/recording.h"

#include <stdio.h>

/* All parts of a profile, made from one recording; nothing is owned. */
struct profile_parts {
    const struct recording *recording;
    const struct frames *frames;
    const struct stacks *stacks;
    const struct points *points;
    const struct links *links;
    uint64_t cpu_ns;      /* that the program took, with the recorder in it; 0: not known */
    uint64_t page_faults; /* the same of these */
};

/* Writes to a stream. 0, or -1 with the reason as an errno in *reason (may be NULL). */
int profile_write(const struct profile_parts *parts, FILE *stream, int *reason);

#endif
