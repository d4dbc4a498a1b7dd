/* recording_format.h - the recording: the file that libheapcoach.so keeps while a
 * program runs, and that the analyzer turns into a profile.
 *
 * This header is the whole contract between the two sides. Nothing else is shared but
 * env_table.h. Bump REC_VERSION whenever a field changes its place or its meaning; the
 * analyzer refuses other versions, because a recording is finished by the heapcoach that
 * made it and is never an archive (the profile is).
 *
 * THE FILE
 *
 *   OFFSET            SIZE              DESCRIPTION
 *   0                 REC_HEADER_BYTES  struct rec_header, then zero bytes
 *   REC_HEADER_BYTES  n * REC_CHUNK     chunks, in the order in which they were needed
 *
 *   +--------+---------+---------+---------+---------+--
 *   | header | chunk 0 | chunk 1 | chunk 2 | chunk 3 | ...
 *   +--------+---------+---------+---------+---------+--
 *              nodes     records   nodes     text
 *
 * Of an open recording the file may reach further than its chunks; nothing is there.
 *
 * Each chunk belongs to one array (enum rec_array). rec_header.chunk_array[i] says which;
 * the chunks of one array, in file order, are that array. A chunk holds as many whole
 * elements as fit, REC_PER_CHUNK(size), and no element straddles two chunks. In the
 * recorder the chunks of an array are mapped side by side, REC_CHUNK bytes each, so the
 * tail of a chunk that is no whole element is left unused on both sides; element i lies
 * at chunk i / per_chunk, place i % per_chunk.
 *
 * rec_header.count[a] is how many elements of array a have been handed out. An element
 * may be handed out and not yet filled in when the program is killed: a node, location,
 * module, record, link, chain or thread with `live` (or the field named in its comment)
 * zero is to be skipped.
 *
 * TIME is counted in ticks of the processor's constant counter (x86-64: TSC). Durations in
 * counters are in units of 2^tick_shift ticks ("units" below), 0.5 to 1 us.
 *
 * NUMBERS are in the byte order of the machine that recorded.
 *
 * SINCE THE PROGRAM MAY STOP BETWEEN ANY TWO INSTRUCTIONS every field is written by plain
 * stores in an order that leaves the file readable; sums of an unfinished event may differ
 * by that one event.
 */
#ifndef HEAPCOACH_RECORDING_FORMAT_H
#define HEAPCOACH_RECORDING_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#define REC_MAGIC "heapcrec" /* 8 bytes, no NUL in the file */
#define REC_VERSION 6
#define REC_HEADER_BYTES 65536u
#define REC_CHUNK 65536u
#define REC_PER_CHUNK(element_bytes) (REC_CHUNK / (element_bytes))

/* Index 0 of every array but nodes and locations is unused, so that 0 can mean "none". */
enum rec_array {
    REC_TEXT = 0,  /* bytes: names and paths, NUL-terminated, found by offset */
    REC_MODULES,   /* struct rec_module */
    REC_LOCATIONS, /* struct rec_location */
    REC_NODES,     /* struct rec_node */
    REC_THREADS,   /* struct rec_thread */
    REC_RECORDS,   /* struct rec_record: the counters */
    REC_GROWTHS,   /* struct rec_growth: what grown blocks of a record went through */
    REC_CHAINS,    /* struct rec_chain: one per live block that has been grown */
    REC_LINKS,     /* struct rec_link: pairs of sites */
    REC_TIMELINES, /* struct rec_timeline: one, the program's line over time */
    REC_TIMED,     /* struct rec_timed: what the timed calls for the blocks of a record cost */
    REC_OUTLIERS,  /* struct rec_outliers: what lies outside of a histogram's window */
    REC_SERIES,    /* struct rec_series: a record's line over time */
    REC_SAMPLES,   /* struct rec_sample: how good a record's estimates are, in a sampled run */
    REC_ARRAYS
};

/* The functions that heapcoach interposes; each has a location of the same number, the
 * innermost frame of every site. Keep the order of preload/hooks_list.h. */
#define REC_FUNCTIONS(X)                                                                           \
    X(malloc)                                                                                      \
    X(calloc)                                                                                      \
    X(realloc)                                                                                     \
    X(reallocarray)                                                                                \
    X(posix_memalign)                                                                              \
    X(aligned_alloc)                                                                               \
    X(memalign)                                                                                    \
    X(valloc)                                                                                      \
    X(pvalloc)                                                                                     \
    X(free) /* never a birth site: where blocks were freed (REC_LINK_FREED) */

#define REC_FUNCTION_ENUM(name) REC_FN_##name,
enum rec_function { REC_FUNCTIONS(REC_FUNCTION_ENUM) REC_FUNCTION_COUNT };
#define REC_FIRST_REAL_LOCATION 16u /* locations 0..15 stand for functions */

/* Nodes 0..3 are roots: they have no location, and say how the stack ended. */
enum rec_root {
    REC_ROOT_WHOLE = 0,     /* the walk came to the thread's first frame */
    REC_ROOT_DEPTH = 1,     /* cut at the depth limit: outer frames are not recorded */
    REC_ROOT_LOST = 2,      /* a frame without usable unwind rules: outer frames unknown */
    REC_ROOT_UNRECORDED = 3 /* no room for new stacks: the stack is not known at all */
};
#define REC_FIRST_REAL_NODE 4u

#define REC_POINTS 16    /* of a record's line over time */
#define REC_LINK_KINDS 3 /* enum rec_link_kind */
#define REC_BUCKETS                                                                                \
    32 /* bucket b of a histogram counts values v with floor(log2(v)) = b, 0 in bucket 0 */

/* Most histograms have counts in a few neighbouring buckets only. These lie in its window: place i
 * counts bucket first + i. What falls outside is counted in a row of REC_OUTLIERS, which has all
 * buckets; the histogram is the sum of both. A window never moves. Counters stop at their maximum
 * rather than wrap. */
#define REC_WINDOW 6
struct rec_histogram {
    uint32_t place; /* bits 7..0: first, up to REC_BUCKETS - REC_WINDOW, but REC_NO_WINDOW: nothing
                     * was counted yet; 31..8: index in REC_OUTLIERS, 0: none */
    uint32_t window[REC_WINDOW];
};
#define REC_PLACE_FIRST 0xffu
#define REC_PLACE_ROW_SHIFT 8
#define REC_NO_WINDOW 0xffu

struct rec_outliers {
    uint32_t counts[REC_BUCKETS];
};

/* A file mapped executable into the program: executable, library, vdso. A library loaded
 * again is another module, even at the same address. */
struct rec_module {
    uint64_t start, end;     /* run-time addresses [start, end) of all its segments; end 0: skip */
    uint64_t bias;           /* run-time address - address in the file's symbol table */
    uint64_t loaded_ticks;   /* when it was first seen */
    uint64_t unloaded_ticks; /* when it was seen to be gone; 0: still there */
    uint64_t path; /* offset in REC_TEXT; the name as the loader has it, absolute where known */
    uint32_t build_id_bytes; /* 0..32; 0: none */
    uint8_t build_id[32];
    uint32_t reserved;
};

/* One return address. */
struct rec_location {
    uint64_t pc; /* run-time address; a return address, so the call is at pc - 1 (but see exact) */
    uint32_t module; /* index in REC_MODULES, 0: code in no module */
    uint16_t exact;  /* 1: pc itself is the place (interrupted by a signal), not pc - 1 */
    uint16_t live;   /* 0: skip */
};

/* A stack is a node and its ancestors: the node itself is the innermost frame (always a
 * function location 0..15 for a site), the parents are its callers. Parents come before
 * their children in the array. */
struct rec_node {
    uint32_t parent;
    uint32_t location; /* for a root: 0 */
};

/* What the real functions cost: one call in REC_COST_SAMPLE is timed. */
enum rec_cost {
    REC_COST_ALLOC,
    REC_COST_FREE,
    REC_COST_GROW_IN_PLACE,
    REC_COST_GROW_MOVED,
    REC_COSTS
};
#define REC_COST_SAMPLE 127 /* prime: a loop of 8 calls would show only one of them to 128 */
#define REC_COST_BUCKETS                                                                           \
    24 /* by log2 of the size, after a realloc the new one; the last: or more */
struct rec_cost_bucket {
    uint64_t calls; /* timed */
    uint64_t ticks; /* all together, with rec_header.timing_ticks in each */
    /* Of these, those that took longer than malloc's own work does: they met a page for the first
     * time, asked the system for memory, or were interrupted. See preload/cost.h for the limit. Of
     * blocks of 128 KiB and more most of them are slow where the system is asked each time. */
    uint64_t slow_calls;
    uint64_t slow_ticks;
};

/* One thread at a time owns a set of records; a set whose thread has ended is taken over
 * by a later one. Written by its owner only. */
struct rec_thread {
    uint32_t live;          /* 0: skip */
    uint32_t tid;           /* of the latest owner */
    char name[16];          /* of the first owner, NUL-padded */
    uint64_t owners;        /* how many threads have used this set, one after the other */
    uint64_t started_ticks; /* when the first owner was first seen */
    uint64_t now_ticks;     /* latest reading of the clock by an owner */
    uint64_t allocs;        /* the allocation clock: blocks allocated, and reallocs, by owners */
    uint64_t frees;
    uint64_t bytes;    /* the sizes of all allocs: as total_bytes of the owners' records */
    uint64_t reallocs; /* of the allocs; blocks live: allocs - reallocs - frees, over all sets */
    /* how stacks were come by; the rest of walks_freed + allocs was remembered as a whole */
    uint64_t walks_freed;   /* for frees; all others are for allocs */
    uint64_t walks_joined;  /* inner frames walked, outer ones remembered */
    uint64_t walks_full;    /* walked to the end by the simple rules */
    uint64_t walks_slow;    /* through libunwind */
    uint64_t walks_foreign; /* of walks_slow: on a stack that is not the thread's own */
    uint64_t checked;       /* HEAPCOACH_CHECK_UNWIND: walks compared with libunwind's */
    uint64_t check_differences;
    uint64_t frees_unknown;      /* free or realloc of a block that was not recorded */
    uint64_t blocks_overwritten; /* an allocation at an address whose free was not seen */
    uint64_t clock_readings;
    uint64_t missed_reentrant; /* calls made while the recorder was at work in this thread */
    uint64_t missed_no_room;   /* events not counted because the recording could not grow */
    uint64_t links_dropped;    /* pairs of sites not kept: more than there are records */
    struct rec_cost_bucket costs[REC_COSTS][REC_COST_BUCKETS];
};

/* In rec_record.thread, beside the index: why a free of such a block is looked at. */
#define REC_RECORD_THREAD 0x00ffffffu /* the index */
#define REC_RECORD_YOUNG (1u << 30)   /* one of the first; see REC_FREE_FIRST */
#define REC_RECORD_LOADER (1u << 31)  /* the loader's own: it may be about to close a library */

/* Counters of one site (node) by one thread set. A block is charged to the site of its
 * birth; the record that changes is that of the thread that acts. So live_* of one record
 * may be negative, and only the sums over all records of a node mean something - but for
 * max_*, exact only where one record has seen all of the node's events.
 *
 * Most sites allocate blocks of one size and never resize them. As long as that is so one_size is
 * that size, and what follows from it is not kept: total_bytes, live_bytes and peak_bytes are
 * one_size times the blocks; max_bytes and max_blocks are those of most_blocks; size_min and
 * size_max are one_size, and all births are in its bucket of size_hist. The first block of another
 * size and the first realloc write all that and then REC_MIXED_SIZES, for good.
 *
 * Births are total_blocks - reallocs, frees by the thread births - live_blocks.
 *
 * Four cache lines: an event at a site of one size touches the first one only. What only some sites
 * have lies elsewhere. */
struct rec_record {
    uint64_t total_blocks; /* DHAT's tbk: reallocs add one */
    int64_t live_blocks;
    int64_t most_blocks; /* most live blocks at any time */
    uint64_t stamp;      /* the header's stamp when this record was last changed */
    uint64_t life_units; /* sum of deaths - sum of births, modulo 2^64. Sum over the node's records
                          * + live blocks * end = DHAT's tl, in units since start */
    int64_t peak_blocks; /* live_* at the global peak, if its epoch is the header's; else see
                          * rec_header.stamp */
    uint64_t one_size;   /* see above; at most REC_ONE_SIZE_MAX. 0: no event yet */
    uint32_t node;       /* 0: skip */
    uint32_t thread;     /* index in REC_THREADS, and REC_RECORD_* */

    uint64_t total_bytes; /* DHAT's tb: reallocs add their new size */
    int64_t live_bytes;
    int64_t max_bytes; /* most live bytes of this record; of equal maxima the latest */
    uint32_t size_min; /* sizes at birth, saturated at UINT32_MAX */
    uint32_t size_max;
    struct rec_histogram size_hist; /* bytes at birth */
    uint32_t growth;                /* index in REC_GROWTHS, 0: nothing was realloc'd */

    /* How long freed blocks lived, but for those that a thread freed as its latest allocation
     * before it had read the clock again: they lived for no time and no allocations. What is
     * missing in either histogram belongs into its first bucket, or if one of its counters has come
     * to its maximum, there. */
    uint64_t life_allocs; /* sum of lifetimes in the thread's allocation clock, blocks freed at
                           * home only */
    struct rec_histogram life_allocs_hist; /* the same blocks, by allocations in between */
    struct rec_histogram life_units_hist;  /* all freed blocks, by units */

    int64_t max_blocks; /* live blocks when live_bytes was max_bytes */
    int64_t peak_bytes;
    uint64_t freed_elsewhere; /* of the frees, of blocks allocated by another thread set */
    uint64_t reallocs;        /* of blocks born here */
    /* The line over time: of the first series_count points, and where they are; 0: these are all
     * 0. The later ones are as live_* is now. See rec_series. */
    uint32_t series; /* index in REC_SERIES */
    uint16_t series_shift;
    uint16_t series_count;
    uint32_t timed;                        /* index in REC_TIMED, 0: none of its calls was timed */
    uint32_t sample;                       /* index in REC_SAMPLES, 0: all events were recorded */
    uint32_t latest_links[REC_LINK_KINDS]; /* the recorder's own: where the next one from here
                                            * mostly goes, too; index in REC_LINKS, by kind - 1 */
    uint32_t reserved;
};
#define REC_MIXED_SIZES UINT64_MAX
#define REC_ONE_SIZE_MAX ((UINT64_C(1) << 17) - 1) /* glibc maps bigger ones for themselves */

/* The calls that were timed (see rec_cost) for the blocks of a record, of all sizes together: what
 * malloc gives this site depends on which blocks it frees, and when, so a site may pay much more or
 * less than others of its sizes. */
struct rec_timed {
    struct rec_cost_bucket costs[REC_COSTS];
};

/* Live bytes and blocks of a record over the run: point i is at the end of the units
 * [i << series_shift, (i + 1) << series_shift) since the start. Points from series_count on
 * are as live_* is now: the record has not changed since. A point is set when the record
 * first changes after it; when there are too many, every second one is dropped. */
struct rec_series {
    int64_t bytes[REC_POINTS];
    int32_t blocks[REC_POINTS];
};

/* The reallocs of a record's blocks, and the growth chains of those that are dead, each folded in
 * when its block dies (live ones are in REC_CHAINS). */
struct rec_growth {
    uint64_t reallocs_moved;    /* address changed */
    uint64_t reallocs_remapped; /* of these, moved by mremap, so nothing was copied */
    uint64_t reallocs_shrunk;   /* new size below the old */
    uint64_t reallocs_copied;   /* bytes: min(old, new) of those moved and not remapped */
    /* of the chains */
    uint64_t chains;
    uint64_t steps; /* reallocs to a bigger size */
    uint64_t shrink_steps;
    uint64_t moved; /* steps of either kind that moved */
    uint64_t bytes_copied;
    uint64_t first_bytes; /* sums, for averages */
    uint64_t final_bytes;
    uint64_t peak_bytes;  /* sum of the largest size of each chain */
    uint64_t final_max;   /* largest of the largest sizes */
    uint64_t equal_steps; /* growing steps by the same number of bytes as the step before */
    struct rec_histogram steps_hist; /* chains by number of growing steps; bucket b = exactly b,
                                        the last: that or more */
    struct rec_histogram first_hist; /* by log2 of first size */
    struct rec_histogram final_hist; /* by log2 of largest size */
    uint32_t reserved;
};

/* A live block that has been grown. When the block dies this is folded and reused. */
struct rec_chain {
    uint32_t live;   /* 1: a block's; 0: free */
    uint32_t record; /* index in REC_RECORDS of the birth */
    uint64_t size;   /* now */
    uint64_t birth_units;
    uint64_t birth_clock;
    uint64_t first_bytes;
    uint64_t peak_bytes;
    uint64_t bytes_copied;
    uint32_t steps, shrink_steps;
    uint32_t moved, equal_steps;
    uint64_t last_step_bytes; /* by how much the latest growing step grew */
};

/* How good a record's counters are, where they are estimates (rec_header.sample_bytes). Each
 * sampled block counts as W blocks, W being a whole number that is 1 / (1 - exp(-size /
 * sample_bytes)) on average; so the variances below are right on average (preload/sampler.h). */
struct rec_sample {
    uint64_t sampled;  /* blocks */
    uint64_t reallocs; /* how many of total_blocks were a realloc of another block */
    uint64_t reallocs_variance;
    uint64_t blocks_variance; /* of total_blocks: sum of W (W - 1) */
    uint64_t
        bytes_variance; /* of total_bytes: sum of size^2 W (W - 1), in (sample_bytes / 1024)^2 */
};

enum rec_link_kind {
    REC_LINK_GREW = 1,     /* from: birth site; to: site of the realloc. n: reallocs, bytes: new -
                            * old */
    REC_LINK_HANDOVER = 2, /* from: site of an older block that was freed; to: site of the thread's
                            * latest allocation, bigger, with nothing allocated in between.
                            * n: times, bytes: the old sizes, to_bytes: the new sizes */
    REC_LINK_FREED = 3     /* from: birth site; to: site of the free, a node below REC_FN_free. A
                            * sample: the first frees of a record, then one in REC_FREE_SAMPLE of
                            * the thread's. n: sampled frees, bytes: their sizes, moved: of these by
                            * another thread than the birth's */
};
#define REC_FREE_SAMPLE 61 /* one free in so many is walked; prime, as above. After */
#define REC_FREE_FIRST 4   /* so many of each record, but not the first of all: */
#define REC_FREE_UNSEEN 8  /* a site of fewer frees is worth no look at where they happen */

/* A pair of sites and how often it was seen by one thread set. */
struct rec_link {
    uint32_t kind;                /* 0: skip */
    uint32_t from, to;            /* nodes */
    struct rec_histogram to_hist; /* by log2 of the new size; not of REC_LINK_FREED */
    uint64_t n;
    uint64_t bytes, to_bytes;
    uint64_t moved;     /* REC_LINK_GREW: how many of n moved */
    uint64_t final_max; /* largest new size */
};

/* What the program had, and had allocated in all, at one moment. */
struct rec_moment {
    uint64_t live_bytes, live_blocks;
    uint64_t total_bytes, total_blocks; /* reallocs count as in rec_record */
};

/* Moment i is at the end of the units [i << shift, (i + 1) << shift) since the start. Of moments
 * from `count` on nothing has changed since (or the program has been killed within a period). */
#define REC_MOMENTS 500
struct rec_line {
    uint32_t shift;
    uint32_t count;
    struct rec_moment moments[REC_MOMENTS];
};

/* When a line is full every second moment of it goes to the other one, which then is current. */
struct rec_timeline {
    uint32_t current; /* 0 or 1 */
    uint32_t reserved;
    struct rec_line line[2];
};

/* A stamp has two parts. */
#define REC_STAMP_NEW_EPOCH UINT64_C(1)
#define REC_STAMP_NEW_PERIOD (UINT64_C(1) << 44)
#define REC_STAMP_EPOCH(stamp) ((stamp) & (REC_STAMP_NEW_PERIOD - 1))
#define REC_STAMP_PERIOD(stamp) ((stamp) >> 44)
#define REC_STAMP_FIRST (REC_STAMP_NEW_EPOCH + REC_STAMP_NEW_PERIOD) /* a new record has 0 */

/* rec_header.fall_stamp while the live total stands at its maximum: this or more */
#define REC_AT_PEAK (UINT64_MAX - 2)

enum rec_state {
    REC_OPEN = 1,  /* the program runs, or ended without our knowing */
    REC_SEALED = 2 /* the program ended by exit; end_ticks is exact */
};

/* The size of each array's elements, for a table of them. */
#define REC_ELEMENT_BYTES                                                                          \
    {                                                                                              \
        [REC_TEXT] = 1, [REC_MODULES] = sizeof(struct rec_module),                                 \
        [REC_LOCATIONS] = sizeof(struct rec_location), [REC_NODES] = sizeof(struct rec_node),      \
        [REC_THREADS] = sizeof(struct rec_thread), [REC_RECORDS] = sizeof(struct rec_record),      \
        [REC_GROWTHS] = sizeof(struct rec_growth), [REC_CHAINS] = sizeof(struct rec_chain),        \
        [REC_LINKS] = sizeof(struct rec_link), [REC_TIMELINES] = sizeof(struct rec_timeline),      \
        [REC_TIMED] = sizeof(struct rec_timed), [REC_OUTLIERS] = sizeof(struct rec_outliers),      \
        [REC_SERIES] = sizeof(struct rec_series), [REC_SAMPLES] = sizeof(struct rec_sample),       \
    }

struct rec_header {
    char magic[8];
    uint32_t version;
    uint32_t header_bytes;              /* REC_HEADER_BYTES */
    uint32_t chunk_bytes;               /* REC_CHUNK */
    uint32_t element_bytes[REC_ARRAYS]; /* sizeof of each element, checked by the reader */
    uint32_t state;
    uint32_t pid;
    uint32_t tick_shift; /* a unit is 2^tick_shift ticks */
    uint32_t depth_limit;
    uint32_t sample_bytes; /* 0: every event is recorded. Else one block in so many bytes, on
                            * average, is, reallocs count as a free and an allocation, and all
                            * counters are estimates */
    /* two readings of ticks and CLOCK_MONOTONIC taken together: at the start and latest */
    uint64_t start_ticks, start_mono_ns;
    uint64_t latest_ticks, latest_mono_ns;
    uint64_t start_unix_ns;
    uint64_t end_ticks;     /* if sealed */
    char boot_id[40];       /* the boot of the machine; ticks of another boot do not compare */
    uint64_t exe;           /* offsets in REC_TEXT: path of the executable, */
    uint64_t command;       /* argv, each NUL-terminated, */
    uint64_t command_bytes; /* this many bytes in all, */
    uint64_t cwd;           /* and the folder it ran in */
    uint64_t library;       /* path of libheapcoach.so */
    uint64_t sample_seed;
    uint64_t carried; /* offset in REC_TEXT: the allocator of the program's own of which all that
                       * Rust's code asks is recorded, too; 0: none */
    uint64_t before_total[2];
    /* The live total and its peak: what threads write, in a pair of cache lines (see
     * arch_x86_64.h), ... */
    uint64_t live_bytes;
    uint64_t max_bytes; /* the most that live_bytes has been */
    uint64_t max_ticks; /* when; the latest of equals. The clock may be some events old */
    uint64_t behind_total[13];
    /* ... and one that they only read at most events */
    uint64_t stamp;      /* REC_STAMP_EPOCH counts first decreases after a peak. A record whose
                          * stamp has this epoch has its at-peak values in peak_*; any other has
                          * them in live_*. REC_STAMP_PERIOD counts periods of the series */
    uint64_t fall_stamp; /* REC_AT_PEAK: live_bytes is at its maximum now, and at-peak values are
                          * in live_*; else `stamp` */
    uint64_t period_end; /* when the present period of the series ends, in units since the start */
    uint32_t series_shift; /* a period is 2^series_shift units: REC_POINTS in a run at most */
    uint32_t timing_ticks; /* what timing a call adds to it */
    uint32_t us_ticks;     /* a microsecond, within some percent */
    uint64_t slack_bytes;  /* by how much max_bytes may be off, since threads that work at the same
                            * time keep small changes to themselves; 0: exact */
    uint32_t threaded;     /* 1: more than one thread has allocated */
    uint32_t reserved;
    /* what the recorder could not see or do */
    uint64_t missed_early;   /* calls before the recorder stood */
    uint64_t missed_no_room; /* see also rec_thread; an event may have been counted in part */
    uint64_t walks_no_room;  /* stacks charged to REC_ROOT_UNRECORDED */
    uint64_t memory_bytes;   /* anonymous memory mapped by the recorder (tables; untouched pages
                                included) */
    uint64_t table_bytes;    /* of these, the block table */
    uint64_t module_changes; /* times that libraries came or went */
    uint32_t out_of_room;    /* an errno: why the recording stopped growing; 0: it did not */
    uint32_t chunks;         /* chunks in the file */
    uint64_t count[REC_ARRAYS];
    /* rec_header.chunk_array[i] for chunk i < chunks: an enum rec_array */
    uint8_t chunk_array[REC_HEADER_BYTES - 2048];
};

_Static_assert(sizeof(struct rec_header) <= REC_HEADER_BYTES, "the header fits its place");
_Static_assert(offsetof(struct rec_header, live_bytes) % 128 == 0, "a pair for the total");
_Static_assert(offsetof(struct rec_header, stamp) % 128 == 0, "and one for what is read");
_Static_assert(sizeof(struct rec_module) == 88, "format");
_Static_assert(sizeof(struct rec_location) == 16, "format");
_Static_assert(sizeof(struct rec_node) == 8, "format");
_Static_assert(sizeof(struct rec_thread) == 3256, "format");
_Static_assert(sizeof(struct rec_record) == 256, "format");
_Static_assert(sizeof(struct rec_growth) == 200, "format");
_Static_assert(sizeof(struct rec_chain) == 80, "format");
_Static_assert(sizeof(struct rec_link) == 80, "format");
_Static_assert(sizeof(struct rec_timeline) == 32024, "format");
_Static_assert(sizeof(struct rec_timed) == 128, "format");
_Static_assert(sizeof(struct rec_outliers) == 128, "format");
_Static_assert(REC_CHUNK % sizeof(struct rec_outliers) == 0, "rows lie side by side");
_Static_assert(sizeof(struct rec_series) == 192, "format");
_Static_assert(sizeof(struct rec_sample) == 40, "format");

#endif
