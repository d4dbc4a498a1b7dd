/* regex_calls.h - what regex and its crates allocate: of compiling a pattern, of a match's groups,
 * of searching.
 *
 * Which it is tells the function that was called, the outermost frame of regex, regex-automata and
 * what they are made of. For crate_parts.c and the rules on regex. Pure functions of a loaded
 * profile.
 */
#ifndef HEAPCOACH_REGEX_CALLS_H
#define HEAPCOACH_REGEX_CALLS_H

#include "analyzer/core/profile.h"
#include "analyzer/rules/crate_parts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One of regex's parts, or CRATE_PART_NONE. leaf_end: of a frame of a dependency's. */
enum crate_part regex_part(const struct profile *profile, const struct profile_point *point,
                           uint32_t leaf_end);

/* Place of the function of regex's that was called; PROFILE_NONE: no such frame. */
uint32_t regex_called(const struct profile *profile, const struct profile_point *point,
                      uint32_t leaf_end);

/* Is it the block that each compiled pattern has once? */
bool regex_is_whole(const struct profile *profile, const struct profile_point *point,
                    uint32_t leaf_end);

#endif
