/* own_crates.h - what the user says is his own: `--own app,app-core` overrules what the paths and
 * names of frames tell (ownership.h). Names of crates are compared as cargo does it: '-' is '_'.
 */
#ifndef HEAPCOACH_OWN_CRATES_H
#define HEAPCOACH_OWN_CRATES_H

#include "analyzer/core/error.h"
#include "analyzer/core/profile.h"

#include <stdbool.h>

bool own_crates_same(const char *name, const char *other);

/* Makes the frames of the crates in `names` (NAME,...) the user's, and those of all others that
 * were the user's a dependency's. std, the runtime and the C library stay what they are, and so
 * does a frame of the user's whose crate nothing tells. Before anything is derived from the
 * profile: it is read-only afterwards. 0, or -1: a name is no crate of the profile's, or no memory.
 */
int own_crates_apply(struct profile *profile, const char *names, struct error *error);

#endif
