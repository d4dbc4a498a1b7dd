/* crates.h - who asks for memory, crate by crate: the roll-up of a whole profile.
 *
 * Every program point belongs to exactly one crate, so the sums over the list are the sums over
 * the profile: that of the innermost frame that is not std's, the C library's or the runtime's. It
 * is the code that called std (push, Box::new, format!); std itself only where no other crate
 * stands on the stack, and then the C library where std does not either. Beside that stands what
 * passes through a crate at all ("under"): what it makes others allocate; these overlap.
 *
 * Names are texts of the profile. Read-only once built; refers to the profile, which must outlive
 * it.
 */
#ifndef HEAPCOACH_CRATES_H
#define HEAPCOACH_CRATES_H

#include "analyzer/core/error.h"
#include "analyzer/core/profile.h"

#include <stddef.h>
#include <stdint.h>

struct crate_sums {
    const char *name; /* "serde_json", "std", "libc"; "": not known */
    enum owner owner; /* OWNER_USER, OWNER_DEP, OWNER_STD, OWNER_LIBC, or OWNER_NONE: not known */
    uint64_t points;  /* program points */
    uint64_t bytes, blocks, short_lived_blocks, reallocs;
    uint64_t peak_bytes, end_bytes;
    uint64_t under_bytes, under_blocks; /* with this crate anywhere on the stack */
    double ns;                          /* that its calls of the allocator took; 0: not known */
};

struct crates {
    struct crate_sums *list; /* owned; by time, where that is not known by bytes */
    size_t count;
    struct crate_sums all; /* the sums over the list; name "" */
};

/* ns_of_point: what the calls of each program point took, or NULL where that is not known.
 * On success the caller ends *crates by crates_free; on -1 (no memory) there is nothing to free. */
int crates_build(struct crates *crates, const struct profile *profile, const double *ns_of_point,
                 struct error *error);

void crates_free(struct crates *crates);

/* The one of that name, or NULL. '-' and '_' are the same, as for cargo. */
const struct crate_sums *crates_find(const struct crates *crates, const char *name);

/* The crate that a program point belongs to, as crates_build has it; owner may be NULL. */
const char *crates_of_point(const struct profile *profile, const struct profile_point *point,
                            enum owner *owner);

#endif
