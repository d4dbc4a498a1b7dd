/* profile_totals.h - what the parts of the profile writer share: sums over all program points,
 * gathered while they are written, and the numbers of things in the file. Private to them.
 */
#ifndef HEAPCOACH_PROFILE_TOTALS_H
#define HEAPCOACH_PROFILE_TOTALS_H

#include "analyzer/core/json_out.h"
#include "analyzer/core/profile_write.h"

#define PROFILE_SHORT_LIFE_US 10 /* DHAT's tuth: a block that lives no longer is short-lived */

/* What one thread did with the blocks of a point. */
struct profile_thread_sum {
    uint64_t blocks, bytes;          /* that it allocated, reallocs included */
    uint64_t freed, freed_elsewhere; /* that it freed; of them, allocated by another */
};

struct profile_totals_sum {
    uint64_t bytes, blocks, peak_bytes, peak_blocks, end_bytes, end_blocks, frees;
    uint64_t reallocs, reallocs_moved, reallocs_remapped, reallocs_shrunk, bytes_copied;
    uint64_t life_allocs;
    double short_lived_blocks;
    uint64_t sampled, sampled_reallocs;
    double reallocs_variance;
    double blocks_variance, bytes_variance;       /* of the estimates of a sampled run */
    uint64_t stacks_by_root[REC_FIRST_REAL_NODE]; /* blocks */
    uint32_t *frame_number;  /* in ftbl, by number in frames; 0: in no stack, not written */
    uint32_t *thread_number; /* in the profile, by recorded thread; UINT32_MAX: skipped */
    /* for the point at hand: sums by recorded thread, and which of them are not 0 */
    struct profile_thread_sum *thread_sums;
    uint32_t *threads;
};

/* Writes one element of pps and adds it to the totals. */
void profile_write_point(const struct profile_parts *parts, struct json_out *j, uint32_t point,
                         struct profile_totals_sum *totals);

/* Writes the value of the key "heapcoach". */
void profile_write_own(const struct profile_parts *parts, struct json_out *j,
                       const struct profile_totals_sum *totals);

/* When the peak was, in microseconds since the start; never after the end. */
uint64_t profile_peak_us(const struct recording *recording);

/* Writes the frames of a stack as the value of the latest key. */
void profile_write_stack(const struct profile_parts *parts, struct json_out *j, uint32_t stack,
                         const struct profile_totals_sum *totals);

/* Writes a histogram as the value of `key`: [[bucket, count], ...] without empty buckets;
 * nothing if all are empty. */
void profile_write_hist(struct json_out *j, const char *key, const uint64_t *hist);

/* Writes a key and a number unless it is 0. */
void profile_write_nonzero(struct json_out *j, const char *key, uint64_t value);

#endif
