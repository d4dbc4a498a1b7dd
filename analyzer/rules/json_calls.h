/* json_calls.h - what serde_json allocates for a Value that it parses.
 *
 * For crate_parts.c and rule_json_value.c. Pure functions of a loaded profile.
 */
#ifndef HEAPCOACH_JSON_CALLS_H
#define HEAPCOACH_JSON_CALLS_H

#include "analyzer/core/profile.h"
#include "analyzer/rules/crate_parts.h"

#include <stdint.h>

/* CRATE_PART_VALUE or CRATE_PART_NONE. leaf_end: of a frame of a dependency's. */
enum crate_part json_part(const struct profile *profile, const struct profile_point *point,
                          uint32_t leaf_end);

/* Place of the function of serde_json's that was called. */
uint32_t json_called(const struct profile *profile, const struct profile_point *point,
                     uint32_t leaf_end);

/* What it is of a Value. */
enum json_block {
    JSON_OTHER, /* a text, an array */
    JSON_KEY,   /* the name of a field, in each object */
    JSON_TABLE  /* that holds an object's fields */
};
enum json_block json_block(const struct profile *profile, const struct profile_point *point,
                           uint32_t leaf_end);

#endif
