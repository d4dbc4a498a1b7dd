/* profile_read.h - what the parts of the profile reader share: profile.c (the DHAT file),
 * profile_own.c and profile_own_point.c (heapcoach's own keys), profile_foreign.c (what
 * stands in for them in files that others wrote), profile_check.c. Nobody else includes it.
 */
#ifndef HEAPCOACH_PROFILE_READ_H
#define HEAPCOACH_PROFILE_READ_H

#include "analyzer/core/json_fields.h"
#include "analyzer/core/profile.h"

/* Lines of a table of fields: the key, the struct it goes into, its member. */
#define PROFILE_FIELD(type, structure, key, member)                                                \
    {                                                                                              \
        key, type, offsetof(struct structure, member), NULL                                        \
    }
#define PROFILE_TAKE(structure, key, member, take)                                                 \
    {                                                                                              \
        key, JSON_TAKE, offsetof(struct structure, member), take                                   \
    }

#define PROFILE_WHAT "a DHAT profile" /* what a file should have been, in messages */

struct profile_reader {
    struct profile *profile;
    struct json_in in;
    struct json_list texts, points, modules, threads, frames, links; /* under construction */
    struct json_list pairs, indexes; /* of the array that is being read */
    bool has_texts, has_points, has_frames;
    uint64_t point_keys;       /* the keys that every point so far has had, as bits */
    uint32_t incomplete_point; /* the first that lacked any, or PROFILE_NONE */
};

/* For a struct json_field: the value of the key "heapcoach", of a point's "hc", of "timeline".
 * Their field is that of struct profile, profile_point, profile_timeline; the context is the
 * reader. */
int profile_own_take(struct json_in *in, void *field, void *reader);
int profile_own_take_point(struct json_in *in, void *own, void *reader);
int profile_own_take_timeline(struct json_in *in, void *timeline, void *reader);

/* The same for a histogram: [[bucket,count],...]. */
int profile_take_hist(struct json_in *in, void *hist, void *reader);

/* The same for timed calls: [[bucket, calls, ns, slow calls, their ns], ...]. */
int profile_take_cost(struct json_in *in, void *hist, void *reader);

/* An array of frame indexes that comes next, into the arena. Their range is checked when
 * the whole file is read. */
int profile_take_stack(struct profile_reader *reader, const uint32_t **stack, uint32_t *depth);

/* Sets the error. Returns -1. */
int profile_no_memory(struct profile_reader *reader);

/* Frame, thread, module and link numbers are in their ranges. 0, or -1 with the error filled. */
int profile_check(const struct profile *profile, struct error *error);

/* Frames from their texts, and totals from the points. 0, or -1: no memory. */
int profile_foreign_frames(struct profile *profile);
void profile_foreign_totals(struct profile *profile);

#endif
