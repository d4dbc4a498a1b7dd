/* cost.h - what allocations cost in this run. What an edit saves of it: reckoning.h.
 *
 * The recorder times one real call in many. Of a line's blocks the mean of the calls for these very
 * blocks is used where enough of them were timed; else that of the run's calls of the kind and
 * size; else (foreign files, rare kinds) the constants below, measured on glibc. A cost never
 * contains the recorder's own work, and what an edit saves no call that met a fresh page or was
 * interrupted: that comes without it as well.
 */
#ifndef HEAPCOACH_COST_H
#define HEAPCOACH_COST_H

#include "analyzer/core/profile.h"
#include "analyzer/rules/tally.h"

#include <stdbool.h>
#include <stdint.h>

struct evidence;

/* Where costs come from. What was timed is what this run paid, and another run pays something
 * else; with the usual costs alone the same profile counts give the same findings anywhere. */
enum costs { COSTS_MEASURED, COSTS_USUAL };

/* X(name, ns, what): what is not timed by the recorder. From before/after pairs. */
#define COST_CONSTANTS(X)                                                                          \
    X(PAIR, 13, "malloc and free of a small block")                                                \
    X(PAIR_LARGE, 33, "the same above 1 KiB, beyond the thread's cache")                           \
    X(PAIR_AGAIN, 10, "malloc and free of a small block whose size was just freed")                \
    X(PAIR_AT_END, 16, "malloc and free of a block above 1 KiB at the end of the heap")            \
    X(REALLOC, 8, "realloc in place")                                                              \
    X(REALLOC_MOVED, 25, "realloc that moves, without the copying")                                \
    X(COPIED_BYTE, 0.1, "a byte copied")                                                           \
    X(COPIED_CACHED_BYTE, 0.008, "a byte copied within the caches")                                \
    X(CLONED_BYTE, 0.015, "a byte copied into a new block, within the caches")                     \
    X(CLONED_BLOCK, 2, "a call of memcpy for a copy")                                              \
    X(GROW_CODE, 5, "std's own code around a realloc: finish_grow and what calls it")              \
    X(GROW_CODE_EARLY, 6.5, "the same while a container is small, when nothing runs beside it")    \
    X(GROW_BESIDE, 1.5, "of a realloc in place after many items, what runs beside their stores")   \
    X(COLLECT_CODE, 4, "collect's own code at a step: it asks the iterator how much is left")      \
    X(ALIGNED, 45, "an allocation of a large alignment, beyond what a usual one costs")            \
    X(OWN_ALLOCATOR, 5, "the program's own alloc and dealloc around the real ones")                \
    X(TABLE, 40, "a new hash table")                                                               \
    X(REHASHED, 11, "an item moved to a bigger hash table")                                        \
    X(REHASHED_TEXT, 20, "a text of a dozen bytes hashed again and moved to a bigger hash table")  \
    X(REHASHED_FAST, 3, "an item moved to a bigger hash table by a fast hasher")                   \
    X(REHASHED_FAR, 8, "what such an item costs more in a table beyond the caches")                \
    X(FORMAT, 14, "format!'s own machinery over write! into a buffer")                             \
    X(THREAD, 43600, "spawning and joining a thread")                                              \
    X(POOL, 7000, "a call into rayon's pool from a thread outside of it, which waits meanwhile")   \
    X(TASK, 30, "a task of rayon's queued and taken, beside its block")                            \
    X(TASK_AWAITED, 200, "a task of tokio's queued, scheduled and awaited, beside its block")      \
    X(CROSS_FREE, 9, "a free by another thread than the block's")                                  \
    X(PAGE, 1400, "a page touched for the first time")                                             \
    X(ZEROED_BYTE, 0.03, "a byte set to zero")

enum cost_constant {
#define COST_ENUM(name, ns, what) COST_##name,
    COST_CONSTANTS(COST_ENUM)
#undef COST_ENUM
        COST_CONSTANT_COUNT
};
double cost_constant(enum cost_constant constant);
const char *cost_what(enum cost_constant constant); /* in words */

/* The kinds of call that are timed: the order of profile_costs. */
struct cost {
    double ns;
    bool measured;  /* else a constant */
    uint64_t calls; /* that were timed */
    bool here;      /* for the blocks in question; else for all of the run's of such sizes */
};

/* One call for a block of `bytes`. What was timed is less a little for standing alone: between two
 * readings of the clock a call takes longer than where the processor overlaps it with the code
 * around it. */
struct cost cost_alloc(const struct evidence *evidence, uint64_t bytes);
struct cost cost_free(const struct evidence *evidence, uint64_t bytes);
struct cost cost_pair(const struct evidence *evidence, uint64_t bytes); /* alloc + free */
/* realloc to a bigger size, `bytes` in the end; moved: to another address, with copying. */
struct cost cost_grow(const struct evidence *evidence, uint64_t bytes, bool moved);

/* Slow calls paid for something that comes without them as well, if later: the first touch of a
 * page, or memory of the system. So they are no part of what an edit saves, only of what was
 * spent. */
enum cost_part { COST_FAST_CALLS, COST_ALL_CALLS };

/* Average cost of a realloc of the tally's blocks, to the sizes and as often moved as they were. */
struct cost cost_growth_of(const struct evidence *evidence, const struct tally *tally,
                           enum cost_part part);

/* Average cost of a malloc, of a free, of both over the sizes at which the tally's blocks were
 * born. */
struct cost cost_alloc_of(const struct evidence *evidence, const struct tally *tally);
struct cost cost_free_of(const struct evidence *evidence, const struct tally *tally);
struct cost cost_pair_of(const struct evidence *evidence, const struct tally *tally);

/* Of so many pages, how many can have been touched for the first time in this run: no more than
 * there were page faults, where these are known. */
uint64_t cost_pages_at_most(const struct evidence *evidence, uint64_t pages);

/* Pages of the tally's blocks from 128 KiB to 32 MiB (those beyond are huge-churn's) of sizes that
 * the system is asked for each time, as timed calls show, so that whoever writes to a block meets
 * each of its pages for the first time. */
uint64_t cost_fresh_pages(const struct evidence *evidence, const struct tally *tally);

/* A size that stands for those of a histogram's bucket. */
uint64_t cost_middle_of(uint32_t bucket);

/* What the calls of the allocator took at all for the blocks of a program point, in ns: malloc,
 * free, realloc, the slow ones too. Some thousand instructions: evidence.heap_ns has them. */
double cost_of_point(const struct evidence *evidence, uint32_t point);
/* The same of all points, by heap_ns. */
double cost_of_program(const struct evidence *evidence);

#endif
