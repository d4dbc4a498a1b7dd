/* capacity.h - from the sizes of grown buffers to `with_capacity(N)`: elements, bracket, choice.
 *
 * Only capacities are seen, never lengths. A Vec doubles, so a buffer whose capacity ended at
 * c had a length in (c/2, c]. The first allocation of an empty Vec is for 8 elements of one
 * byte, 4 of up to 1024 bytes, else 1; so a first size tells the element's size where debug
 * information does not. (alloc::raw_vec: min_non_zero_cap.)
 */
#ifndef HEAPCOACH_CAPACITY_H
#define HEAPCOACH_CAPACITY_H

#include "analyzer/core/finding.h"
#include "analyzer/rules/cases.h"

#include <stdbool.h>
#include <stdint.h>

#define CAPACITY_CHOICES 3 /* for half, nine tenths, and all of the buffers */

struct capacity_choice {
    double of;            /* the share of buffers that fit */
    uint64_t elements;    /* N of with_capacity(N) */
    uint64_t calls_saved; /* reallocs */
    uint64_t calls_left;
    uint64_t bytes_wasted; /* allocated over the run beyond what was: sum over all buffers */
    uint64_t waste_each;   /* bytes_wasted per buffer */
};

struct capacity_plan {
    const char *element;    /* "u64"; "" where not known */
    uint64_t element_bytes; /* 1 where not known: then elements are bytes */
    bool element_known;
    bool exact;         /* final capacities are known exactly, not by powers of two */
    bool minimal_first; /* the first size is that of an empty Vec that grows */
    uint64_t buffers;   /* that grew */
    uint64_t capacity_p50, capacity_p90, capacity_max; /* elements at the end */
    uint64_t length_low; /* p50's bracket: length in [length_low, capacity_p50] */
    bool wide;           /* a long tail: max > 4 p90 or p90 > 8 p50: N for all is wasteful */
    struct capacity_choice choice[CAPACITY_CHOICES];
    size_t choice_count; /* equal ones are left out */
    size_t best;         /* the one to advise: the largest that is not wasteful */
};

/* Of the growth chains of a case. */
struct capacity_plan capacity_plan(const struct case_of_line *one);

/* "513..1,024" elements, or "1,024" where bracket has one value. */
const char *capacity_bracket(uint64_t capacity);

/* One constructor with the figure in it: "Vec::with_capacity(1024)", "String::with_capacity(64)",
 * "VecDeque::<u32>::with_capacity(..)": container and element of the facts. */
const char *capacity_code(const struct case_of_line *one, uint64_t elements,
                          struct findings *findings);

/* The same where the size of an element is not known: "Vec::<T>::with_capacity(512 / size of T)",
 * written as Rust does. */
const char *capacity_code_of_bytes(const struct case_of_line *one, uint64_t bytes,
                                   struct findings *findings);

/* A sentence per choice for distributions that are wide: "with_capacity(16): 29,000 -> 9,000
 * reallocs, +0 B; with_capacity(8192): 0 reallocs, +294 MiB in all (36 KiB each)". */
const char *capacity_table(const struct capacity_plan *plan, struct findings *findings);

#endif
