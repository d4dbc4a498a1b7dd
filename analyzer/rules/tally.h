/* tally.h - counters added up over any set of program points.
 *
 * What a rule needs of a line is the sum over its points, of this and that kind of caller.
 * Sums saturate; of a point without our own counters (a foreign file) births are total_blocks,
 * freed is total - end, and the rest is zero.
 *
 * Percentiles are of histograms with one bucket per power of two, so they are ranges: low and high
 * are its bounds, both inclusive, cut to the smallest and largest value where these are known.
 * Plain values; nothing is allocated.
 */
#ifndef HEAPCOACH_TALLY_H
#define HEAPCOACH_TALLY_H

#include "analyzer/core/profile.h"
#include "analyzer/rules/facts.h"

#include <stdint.h>

struct evidence;

struct tally_hist {
    uint64_t count[PROFILE_BUCKETS];
    uint64_t sum; /* of the counts */
};

struct tally_range {
    uint64_t low, high; /* 0, 0 of an empty histogram */
};

struct tally {
    uint64_t points;
    uint64_t blocks, bytes;    /* DHAT's: reallocs add one, and their new size */
    uint64_t births;           /* blocks born */
    uint64_t birth_bytes;      /* bytes - what reallocs added, where known; else bytes */
    uint64_t freed, elsewhere; /* blocks; of these freed by another thread */
    uint64_t end_blocks, end_bytes, peak_blocks, peak_bytes;
    uint64_t most_blocks;  /* live at once; sum over points and threads, so an upper bound */
    uint64_t most_of_path; /* live at once in a thread, of the point with most: a lower bound */
    uint64_t most_threads; /* largest number of threads at a point */
    uint64_t short_lived;  /* within the time that DHAT calls short */
    uint64_t reallocs, moved, remapped, shrunk, copied;
    uint64_t life_allocs;        /* sum, of blocks freed by the thread that allocated them */
    uint64_t size_min, size_max; /* at birth */
    /* growth chains: blocks that were realloc'd at least once */
    uint64_t chains, live_chains, steps, shrink_steps, chain_moved, chain_copied;
    uint64_t first_bytes, final_bytes, chain_peak_bytes; /* sums */
    uint64_t final_max, equal_steps;
    struct tally_hist sizes; /* at birth, log2 bytes */
    struct tally_hist life_allocs_hist, life_units_hist;
    struct tally_hist steps_hist; /* bucket = exact number of growing steps; 31: that or more */
    struct tally_hist first_hist, final_hist; /* log2 bytes; final: the largest of the chain */
    uint64_t grown_bytes;      /* what reallocs added: new sizes - old sizes, from links */
    struct tally_hist grew_to; /* reallocs by log2 of the new size, from links */
    /* containers that grow by allocating anew and freeing the old one; of hash tables those alone
     * that took the place of a table */
    uint64_t handovers_out,
        handovers_out_bytes;                   /* blocks of these points replaced by a bigger one */
    uint64_t handovers_in, handovers_in_bytes; /* blocks of these points that replaced one; bytes:
                                                * the old sizes */
    uint64_t handovers_in_to_bytes;            /* their own sizes */
    uint64_t handovers_inside;                 /* of these, between two of these points */
    uint64_t handovers_inside_bytes;           /* their old sizes */
    uint64_t handovers_inside_to_bytes;        /* their new sizes */
    struct tally_hist handover_inside_final;   /* the same, log2 bytes */
    struct tally_hist handover_final; /* new sizes of handovers into these points, log2 bytes */
    /* live over the run, on the profile's grid: PROFILE_SERIES points */
    uint64_t series_blocks[PROFILE_SERIES], series_bytes[PROFILE_SERIES];
    uint32_t series_count;
    bool has_series;
    /* calls that were timed for these blocks, of all their sizes; bucket is unused */
    struct profile_cost_bar timed[PROFILE_COSTS];
    struct fact_ends ends; /* sums; texts of the point with the most samples */
    uint64_t leaf_any, leaf_all, inside_any, inside_all, around_any, around_all; /* sets of facts */
};

/* A zeroed tally is empty. */

/* Adds one program point. */
void tally_add(struct tally *tally, const struct evidence *evidence, uint32_t point);

/* The sum over points[count]. Handovers are counted as inside if both ends are among them. */
void tally_points(struct tally *tally, const struct evidence *evidence, const uint32_t *points,
                  uint32_t count);

void tally_hist_add(struct tally_hist *hist, uint32_t bucket, uint64_t count);

/* The bucket range in which the value of rank ceil(share * count) lies, share in 0..1. */
struct tally_range tally_percentile(const struct tally_hist *hist, double share);

/* Of the sizes at birth, cut to the smallest and the largest. */
struct tally_range tally_size_percentile(const struct tally *tally, double share);

/* Bytes of a point's blocks at birth, by its histogram of sizes. */
uint64_t tally_birth_bytes(const struct profile_own *own);

/* The same of a histogram whose buckets are exact numbers (steps_hist). */
uint64_t tally_percentile_exact(const struct tally_hist *hist, double share);

/* How many of the values are at most `limit`; values within a bucket count as evenly spread. */
double tally_below(const struct tally_hist *hist, uint64_t limit);

/* A reckoned number as a count: rounded, at least 0, at most 2^63 - 1. */
uint64_t tally_count(double number);

/* a / b as a double; 0 if b is 0. */
double tally_share(uint64_t a, uint64_t b);

/* Blocks freed after at most `allocs` further allocations of their thread, of those freed at
 * home. */
double tally_short_lived_share(const struct tally *tally, uint64_t allocs);

/* Average bytes of a block at birth; of a chain's largest size; at first. 0 if none. */
uint64_t tally_mean_size(const struct tally *tally);
uint64_t tally_mean_final(const struct tally *tally);

/* Most live blocks at once per thread that allocates here, at least 1 where any is. */
uint64_t tally_most_per_thread(const struct tally *tally);

/* Live blocks rise in each quarter of the run (by at least a tenth of the final number), and
 * the last one ends at its most: what grows without end, as opposed to what is built once. */
bool tally_rises(const struct tally *tally);

#endif
