/* ways.h - by way of which crates a call of the user's comes to a dependency's line.
 *
 * "Inside crate regex_automata, called from main" helps nobody who has no regular expression: the
 * crate between the two has. Private to rules.c.
 */
#ifndef HEAPCOACH_WAYS_H
#define HEAPCOACH_WAYS_H

#include "analyzer/core/finding.h"
#include "analyzer/core/profile.h"

/* Adds a sentence to each finding in a dependency that has other crates between it and the line
 * that it was called from; or, where no frame of the stack is the user's, the function of his that
 * the names of the frames have: a handler, before it runs. After merging: to those that lead. */
void ways_tell(const struct profile *profile, struct findings *findings);

#endif
