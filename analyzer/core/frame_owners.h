/* frame_owners.h - whose code frames are, as far as only all of them together tell (ownership.h
 * looks at one alone). Private to frames.c.
 */
#ifndef HEAPCOACH_FRAME_OWNERS_H
#define HEAPCOACH_FRAME_OWNERS_H

#include "analyzer/core/frames.h"

/* Settles the owners of all frames, when all have been looked up. 0, or -1: out of memory. */
int frame_owners_settle(struct frames *frames);

#endif
