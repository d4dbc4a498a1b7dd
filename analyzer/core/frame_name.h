/* frame_name.h - what a frame of a stack is called in a sentence.
 *
 * Mostly the path of its function. Line tables keep no more than "{closure#0}" of a closure that
 * was inlined: whose it is, the frames around it tell.
 */
#ifndef HEAPCOACH_FRAME_NAME_H
#define HEAPCOACH_FRAME_NAME_H

#include "analyzer/core/profile.h"

#include <stddef.h>

/* The name of the frame at `at` in the point's stack, without generic arguments: "tiny::grow",
 * "names::{closure#0}"; where nothing tells whose closure it is, "{closure#0} in names.rs". to
 * gets at most n bytes with the NUL; returns its length. */
size_t frame_name(const struct profile *profile, const struct profile_point *point, uint32_t at,
                  char *to, size_t n);

#endif
