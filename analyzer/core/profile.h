/* profile.h - a profile in memory: everything that reports, rules, diffs and pages know.
 *
 * Read from a DHAT file, version 2: heapcoach's own, with all that stands under its key
 * "heapcoach" and each program point's "hc", or one of `valgrind --tool=dhat` or dhat-rs,
 * whose frames are taken apart from their text (has_own is false then, and what only our
 * recorder knows is zero).
 *
 * The file is untrusted and is checked once, here. Afterwards this holds:
 *   - every frame index in a stack is in [1, frame_count), thread, module, link indexes are
 *     in their arrays or PROFILE_NONE;
 *   - texts are NUL-terminated and never NULL unless said so; they are data and may hold
 *     control characters or bytes that are not UTF-8, so whoever shows them cleans them;
 *   - histogram buckets are below PROFILE_BUCKETS.
 * No relation between numbers is promised (Valgrind itself writes maxima below the peak):
 * a view must survive any.
 *
 * A loaded profile is read-only and may be read by several threads. It owns all it points
 * to, until profile_free.
 */
#ifndef HEAPCOACH_PROFILE_H
#define HEAPCOACH_PROFILE_H

#include "analyzer/core/arena.h"
#include "analyzer/core/error.h"
#include "analyzer/core/intern.h"
#include "analyzer/core/ownership.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROFILE_NONE UINT32_MAX /* no frame, module, program point */
#define PROFILE_BUCKETS 64      /* bucket b: floor(log2(value)), 0 in bucket 0 */
#define PROFILE_SERIES 16       /* points of a line over time, at most */

/* A sparse histogram, buckets rising. */
struct profile_bar {
    uint32_t bucket;
    uint64_t count;
};
struct profile_hist {
    const struct profile_bar *bars;
    uint32_t count;
};

struct profile_module {
    const char *path;
    const char *build_id; /* hex, or "" */
    const char *note;     /* why it could not be read, or "" */
    bool lines, symbols;
};

struct profile_thread {
    const char *name;
    uint64_t tid, owners, allocs, frees;
};

struct profile_frame {
    const char *text;      /* as in ftbl */
    const char *function;  /* demangled, no hash; "" when unknown */
    const char *name;      /* DW_AT_name with generic arguments, if it differs; else "" */
    const char *file;      /* full path where known; "" when unknown */
    const char *crate;     /* "" when unknown */
    const char *object;    /* path of its module; "" when unknown */
    uint64_t address;      /* in its module */
    uint32_t line, column; /* 0: unknown */
    uint32_t module;       /* PROFILE_NONE: unknown */
    enum owner kind;       /* whose code it is */
    bool inlined;          /* into the next outer frame */
    bool jumped;           /* had left by a tail call: it was not active any more */
};

/* The growth chains of blocks born at a program point. */
struct profile_growth {
    uint64_t chains, steps, shrink_steps, moved, copied;
    uint64_t first_bytes, final_bytes, peak_bytes, final_max, equal_steps, live_chains;
    struct profile_hist steps_hist, first_hist, final_hist; /* steps_hist: bucket = exact count */
};

struct profile_share {
    uint32_t thread;
    uint64_t blocks;
};

/* Live bytes and blocks over the run, at the ends of periods of equal length; the last point is
 * the end of the run. All points of a profile have the same periods. */
struct profile_series {
    uint64_t unit_us; /* length of a period */
    uint32_t count;   /* 0: never any live at the end of a period */
    uint64_t bytes[PROFILE_SERIES], blocks[PROFILE_SERIES];
};

/* The whole program over the run: what it had, and had allocated in all (reallocs count their new
 * size and one block more), at moments whose times rise, the start first and the end last. Between
 * two moments it is not known; where nothing happened there are none. In the file an array of five
 * numbers each. */
struct profile_moment {
    uint64_t time; /* in units of unit_us since the start */
    uint64_t live_bytes, live_blocks, total_bytes, total_blocks;
};
struct profile_timeline {
    uint64_t unit_us;
    const struct profile_moment *moments;
    uint32_t count; /* 0: the file has no line over time */
    uint64_t peak_time, peak_bytes, peak_blocks;
};

/* What real calls of one kind cost in this run, by log2 of the size: those that were timed. slow_*
 * of them took longer than the allocator's own work: a page was touched for the first time, the
 * system was asked, the thread was interrupted. 0 in profiles that do not tell them apart. */
struct profile_cost_bar {
    uint32_t bucket;
    uint64_t calls, ns;
    uint64_t slow_calls, slow_ns;
};
enum profile_cost {
    PROFILE_COST_ALLOC,
    PROFILE_COST_FREE,
    PROFILE_COST_GROW_IN_PLACE, /* by the new size */
    PROFILE_COST_GROW_MOVED,
    PROFILE_COSTS
};
struct profile_cost_hist {
    const struct profile_cost_bar *bars; /* buckets rising; calls never 0 */
    uint32_t count;
};

/* What only our recorder knows of a program point. */
struct profile_own {
    const char *function; /* malloc, calloc, ... */
    const char *end;      /* how the stack ended: whole, depth, lost, unrecorded */
    uint64_t births, freed, freed_elsewhere, most_blocks;
    uint64_t max_is_bound; /* 1: max_bytes is an upper bound */
    uint64_t reallocs, reallocs_moved, reallocs_remapped, reallocs_shrunk, bytes_copied;
    uint64_t life_allocs; /* sum of lifetimes in allocations */
    uint64_t sampled;     /* blocks that the figures are estimated from; 0: all are counted */
    uint64_t blocks_error, bytes_error; /* standard errors of total_blocks, total_bytes */
    uint64_t size_min, size_max;
    struct profile_hist sizes, life_allocs_hist, life_units_hist;
    const struct profile_share *threads; /* "th"; the page alone reads "thb" and "thf" beside it */
    uint32_t thread_count;
    bool has_growth;
    struct profile_growth growth;
    struct profile_cost_hist
        timed; /* calls for its blocks; a bar's bucket is an enum profile_cost */
    const struct profile_series *series; /* NULL: none */
};

/* One program point: DHAT's numbers, named in full. */
struct profile_point {
    uint64_t total_bytes, total_blocks;
    uint64_t life; /* sum of lifetimes, in the profile's time unit */
    uint64_t max_bytes, max_blocks;
    uint64_t peak_bytes, peak_blocks; /* at the global peak */
    uint64_t end_bytes, end_blocks;
    const uint32_t *stack; /* frame indexes, innermost first */
    uint32_t depth;
    const struct profile_own *own; /* NULL: a foreign file */
};

enum profile_link_kind {
    PROFILE_GREW,
    PROFILE_HANDOVER,
    PROFILE_FREED,       /* to_stack: where sampled blocks were freed, from `free` outwards; moved:
                          * of them by another thread */
    PROFILE_LINK_UNKNOWN /* of a later version */
};

/* Two stacks that belong together: where a block was born and where it was grown or freed, or
 * the old and the new block of a container that grows by copying. */
struct profile_link {
    enum profile_link_kind kind;
    uint32_t from;            /* program point */
    uint32_t to;              /* program point, or PROFILE_NONE: to_stack says it */
    const uint32_t *to_stack; /* frame indexes; NULL if `to` is there */
    uint32_t to_depth;
    uint64_t n, bytes, to_bytes, moved, final_max;
    struct profile_hist to_hist;
};

struct profile_program {
    const char *exe;
    const char **args;
    uint32_t arg_count;
    const char *command; /* one line */
    const char *cwd;
    const char *build_id;
    const char *rustc;     /* version, or "" */
    const char *allocator; /* that the program carries (carried.h), or "" */
    uint64_t pid, start_unix_ns, duration_ns;
    uint64_t cpu_ns;      /* user and system time of the process; 0: not known */
    uint64_t recorder_ns; /* of it, the recorder's own, estimated; 0: not known */
    uint64_t page_faults; /* pages that the process had mapped at first use, the recorder's too; 0:
                             not known */
    bool lines, symbols, opt_level_0;
    bool allocator_in_part; /* not all that was asked of `allocator` was recorded */
};

struct profile_totals {
    uint64_t bytes, blocks, peak_bytes, peak_blocks, peak_error_bytes, end_bytes, end_blocks;
    uint64_t frees, reallocs, reallocs_moved, reallocs_remapped, reallocs_shrunk, bytes_copied;
    uint64_t short_lived_blocks, life_allocs;
};

/* How a run was sampled: then all figures are estimates, there are no reallocs and no growth (a
 * realloc is a free and an allocation), and what is alive at once is no exact number. Standard
 * errors. */
struct profile_sampling {
    uint64_t bytes; /* one sample in so many; 0: every event is counted */
    uint64_t seed, sampled, blocks_error, bytes_error, peak_bytes_error, end_bytes_error;
    uint64_t reallocs, reallocs_error; /* these are among totals.blocks */
};

/* The honesty block: what the recorder could not see or do, and what it cost. */
struct profile_recorder {
    bool sealed;
    const char *end;   /* "exit" or "unknown" */
    bool truncated;    /* parts of the recording were not in the file */
    uint64_t repaired; /* parts of it made no sense and were passed over */
    uint64_t missed_early, missed_reentrant, missed_no_room;
    uint64_t frees_unknown, blocks_overwritten;
    uint64_t handovers_dropped; /* of which the pair of sites was not kept: too many pairs */
    struct {
        uint64_t remembered, joined, full, slow, foreign, checked, differences, no_room;
    } walks;
    struct {
        uint64_t whole, cut_by_depth, lost, unrecorded;
    } stacks; /* blocks, by how their stack ended */
    uint64_t memory_bytes, table_bytes, recording_bytes;
    uint64_t sites, nodes, threads, module_changes, depth_limit;
    const char *out_of_room; /* why the recording stopped growing, or "" */
    double unit_ns;          /* of life_units_hist */
};

struct profile {
    const char *path;
    bool has_own;            /* heapcoach's own file */
    const char *version;     /* of the heapcoach that wrote it, or "" */
    const char *mode, *verb; /* DHAT's */
    const char *time_unit, *time_unit_mega;
    bool lifetimes, accesses; /* bklt, bkacc */
    uint64_t short_time;      /* tuth: below this average a block is short-lived */
    uint64_t end_time, peak_time;
    struct profile_program program;
    struct profile_totals totals; /* of a foreign file: the sums over the program points */
    struct profile_sampling sampling;
    struct profile_recorder recorder;
    struct profile_timeline timeline;
    struct profile_cost_hist costs[PROFILE_COSTS];
    struct profile_module *modules;
    struct profile_thread *threads;
    struct profile_frame *frames; /* [0] is the root */
    struct profile_point *points;
    struct profile_link *links;
    uint32_t module_count, thread_count, frame_count, point_count, link_count;
    uint32_t repeated_points; /* program points whose stack an earlier one has already: DHAT's
                                 viewer refuses such a file */
    struct arena arena;       /* holds all of the above but */
    struct intern stacks;     /* the points' stacks: each distinct one once */
};

/* Loads the file at path. On success the caller owns *profile and ends it by profile_free;
 * on -1, with the reason, there is nothing to free. */
int profile_load(struct profile *profile, const char *path, struct error *error);

/* The same from n bytes of memory, which may be freed afterwards; name is for messages. */
int profile_load_memory(struct profile *profile, const void *text, size_t n, const char *name,
                        struct error *error);

/* Whether it has what only our recorder knows, and exactly: growth, reallocs, blocks alive at once.
 */
static inline bool profile_is_exact(const struct profile *profile)
{
    return profile->has_own && !profile->sampling.bytes;
}

void profile_free(struct profile *profile);

/* Blocks of the point that lived shorter than short_time. Ours: from the histogram of
 * lifetimes, so an estimate where the bound lies within a bucket. Foreign: all of them if
 * the average is below, else none, as DHAT's viewer has it. */
uint64_t profile_short_lived(const struct profile *profile, const struct profile_point *point);

#endif
