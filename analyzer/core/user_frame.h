/* user_frame.h - which frame of a stack is the line that the user can change.
 *
 * The innermost frame of the user's own crates, inlined frames included. What lies inside
 * of it (std, alloc, hashbrown, dependencies) is how the allocation came about and is
 * folded away. Where no frame is the user's, the best name that there is stands in.
 * Some frames of the user's are on the way only and are folded too: a GlobalAlloc of the
 * program's, a Clone impl, a Display impl that writes into the text of whoever formats.
 * Pure functions of a loaded profile: nothing is allocated.
 */
#ifndef HEAPCOACH_USER_FRAME_H
#define HEAPCOACH_USER_FRAME_H

#include "analyzer/core/profile.h"

/* What the frame is; the earlier the better. */
enum user_frame_basis {
    USER_FRAME_OWN,     /* the user's own */
    USER_FRAME_DEP,     /* no frame is: the innermost of a dependency */
    USER_FRAME_STD,     /* nor that: the outermost of std inside the start of main or the thread */
    USER_FRAME_ADDRESS, /* the program is stripped: its innermost frame, which has an address only
                         */
    USER_FRAME_OTHER,   /* nor that: the innermost with any name that is not the hook's */
    USER_FRAME_NONE     /* nothing has a name */
};

struct user_frame {
    enum user_frame_basis basis;
    uint32_t at;  /* its place in the stack; the frames before it are folded. PROFILE_NONE: none */
    uint32_t dep; /* place of the innermost dependency frame that is folded, or PROFILE_NONE */
    uint32_t via; /* place of the folded frame that `at` has called (what the user wrote, such as
                   * Vec::push), or PROFILE_NONE */
};

struct user_frame user_frame_find(const struct profile *profile, const struct profile_point *point);

/* The place behind the outermost frame of the allocator: Rust's entry to it, and all that lies
 * inside, such as a GlobalAlloc of the program's. 0: no such frame is known. */
uint32_t user_frame_past_allocator(const struct profile *profile,
                                   const struct profile_point *point);

#endif
