/* points.h - the program points of a profile: the counters of a recording, added up by stack.
 *
 * A point is one distinct stack; it may stand for several sites of the recording and each
 * site for several records, one per thread. What decides order and totals is kept for all
 * points; the rest (histograms, threads, growth) is added up when a point is written, so
 * that a million points fit in memory.
 *
 * Accounting is DHAT's: see the comment at each field.
 */
#ifndef HEAPCOACH_POINTS_H
#define HEAPCOACH_POINTS_H

#include "analyzer/core/recording.h"
#include "analyzer/core/stacks.h"

#include <stdbool.h>
#include <stdint.h>

#define POINTS_NONE UINT32_MAX

struct point {
    uint64_t total_bytes, total_blocks;
    uint64_t max_bytes, max_blocks;   /* upper bounds if max_is_bound */
    uint64_t peak_bytes, peak_blocks; /* at the global peak */
    uint64_t end_bytes, end_blocks;   /* never freed */
    uint32_t first_record;            /* 0: none; the others by points.next_record */
    uint32_t stack;
    uint16_t root; /* enum rec_root, the worst of its sites */
    bool max_is_bound;
};

struct points {
    const struct recording *recording; /* not owned */
    struct stacks *stacks;             /* not owned */
    struct point *list;                /* sorted: most bytes first, then by stack */
    uint32_t count;
    uint32_t *of_stack;   /* by number of stack: index in list, POINTS_NONE: it allocated nothing */
    uint32_t stack_count; /* stacks of sites; those asked for later have no point */
    uint32_t *next_record;              /* by record: the next of the same point, 0: none */
    uint32_t *first_chain, *next_chain; /* live growth chains by record; NULL if there are none */
};

/* Growth chains of a point: those that ended and those of blocks that are still live. */
struct point_growth {
    uint64_t chains, live_chains, steps, shrink_steps, equal_steps;
    uint64_t moved, bytes_copied;
    uint64_t first_bytes, final_bytes, peak_bytes, final_max;
    uint64_t steps_hist[REC_BUCKETS], first_hist[REC_BUCKETS], final_hist[REC_BUCKETS];
};

/* The rest of a point's counters: sums of the fields of the same names in rec_record and
 * rec_growth. */
struct point_detail {
    uint64_t lifetime_us; /* DHAT's tl */
    uint64_t births, freed, freed_elsewhere, most_blocks, life_allocs;
    uint64_t reallocs, reallocs_moved, reallocs_remapped, reallocs_shrunk, bytes_copied;
    uint64_t size_min, size_max;
    uint64_t sampled;          /* blocks that the counters are estimated from */
    uint64_t sampled_reallocs; /* estimated; d.reallocs is of exact runs */
    double reallocs_variance;
    double blocks_variance, bytes_variance; /* of the estimated total_blocks, total_bytes */
    uint64_t size_hist[REC_BUCKETS], life_allocs_hist[REC_BUCKETS], life_units_hist[REC_BUCKETS];
    struct point_growth growth;
    struct rec_timed timed; /* the calls that were timed */
};

/* Adds up the records of a recording. 0, or -1: out of memory, and nothing to free. */
int points_build(struct points *points, const struct recording *recording, struct stacks *stacks);

/* The point of a stack, POINTS_NONE if it allocated nothing. */
uint32_t points_of_stack(const struct points *points, uint32_t stack);

/* Adds up the rest of one point. */
void points_detail(const struct points *points, uint32_t point, struct point_detail *detail);

/* Frees everything; harmless on a zeroed struct. */
void points_free(struct points *points);

#endif
