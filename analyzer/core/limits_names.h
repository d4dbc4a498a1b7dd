/* limits_names.h - which functions a budget means, and whether there are such functions at all.
 *
 * A function that never allocates is in no stack of a profile, and a promise of no allocation is
 * kept just then. So that a mistyped name does not look like a kept promise, a name that no stack
 * has is looked up in the program itself: its symbols, and its debug information, which knows
 * functions that were inlined everywhere.
 */
#ifndef HEAPCOACH_LIMITS_NAMES_H
#define HEAPCOACH_LIMITS_NAMES_H

#include "analyzer/core/profile.h"

#include <stdbool.h>
#include <stddef.h>

/* A budget's function as it is compared. Refers to the text it was made of. */
struct limits_name {
    const char *path;
    size_t n;           /* of path, less "::*" */
    bool all_below;     /* it ended in "::*" */
    const char *last;   /* the last name of path */
    const char *crate;  /* not NUL-terminated: the first name */
    size_t crate_bytes; /* 0: path is one name */
};

struct limits_name limits_name_of(const char *function);

/* A frame's function as limits name it: without generic arguments. `n` bytes of room. */
void limits_name_shorten(const struct profile_frame *frame, char *to, size_t n);

/* Is a frame of that function, as limits name it, and of that crate in the function? */
bool limits_name_matches(const struct limits_name *name, const char *function, const char *crate);

/* What the program's file says of a function or crate. */
enum limits_found { LIMITS_FOUND, LIMITS_NOT_FOUND, LIMITS_CANNOT_TELL };

/* Looks the function up in the program that the profile is of; with `crate` any function of that
 * crate. *why, a constant: why it cannot be told. */
enum limits_found limits_find_in_program(const struct profile *profile,
                                         const struct limits_name *name, const char *crate,
                                         const char **why);

#endif
