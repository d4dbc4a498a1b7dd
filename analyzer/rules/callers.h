/* callers.h - the callers of one line: are they to be judged one by one?
 *
 * One helper may serve callers with different needs. Where the sizes or the fates of their blocks
 * differ, a rule judges the line caller by caller; where not, as one. For cases.c.
 */
#ifndef HEAPCOACH_CALLERS_H
#define HEAPCOACH_CALLERS_H

#include "analyzer/core/arena.h"
#include "analyzer/rules/tally.h"

#include <stdbool.h>
#include <stdint.h>

struct evidence;

#define CALLERS_MOST 32 /* told apart at one line; the last takes what is beyond */

struct caller {
    uint32_t frame; /* in profile.frames; PROFILE_NONE: none is known */
    uint32_t count; /* of points */
    struct tally tally;
};

struct callers {
    const struct evidence *evidence;
    uint8_t *of;                  /* by place in the points: which caller */
    struct caller *list;          /* CALLERS_MOST of them; tallies only after callers_differ */
    uint32_t order[CALLERS_MOST]; /* those with most blocks first, once callers_differ said so */
    uint32_t count;
};

/* Room for up to `most` points at a line, of the arena. 0, or -1: no memory. */
int callers_start(struct callers *callers, const struct evidence *evidence, struct arena *arena,
                  uint32_t most);

/* Groups the points by caller. Have any two callers that count different needs? */
bool callers_differ(struct callers *callers, const uint32_t *points, uint32_t count);

#endif
