/* cost.h - what allocations cost in this run, and the reckoning of what an edit saves.
 *
 * The recorder times one real call in many, by kind and size; those means are used where enough
 * calls were timed. Where not (foreign files, rare kinds) stand the constants of cost.c,
 * measured on glibc. A cost never contains the recorder's own work, and what an edit saves no
 * call that met a fresh page or was interrupted: that comes without it as well.
 *
 * A rule reckons by terms: each adds its nanoseconds to the sum and one sentence part to the text
 * that the user sees on demand:
 *
 *     struct reckoning r = reckoning_start(evidence, findings);
 *     reckoning_growth(&r, &tally, 1.0);
 *     reckoning_finish(&r, finding);          sets saving.ns, saving.share, how
 */
#ifndef HEAPCOACH_COST_H
#define HEAPCOACH_COST_H

#include "analyzer/core/finding.h"
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
    X(REALLOC, 8, "realloc in place")                                                              \
    X(REALLOC_MOVED, 25, "realloc that moves, without the copying")                                \
    X(COPIED_BYTE, 0.1, "a byte copied")                                                           \
    X(COPIED_CACHED_BYTE, 0.008, "a byte copied within the caches")                                \
    X(CLONED_BYTE, 0.015, "a byte copied into a new block, within the caches")                     \
    X(GROW_CODE, 5, "std's own code around a realloc: finish_grow and what calls it")              \
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

/* The kinds of call that are timed: the order of profile_costs. */
struct cost {
    double ns;
    bool measured;  /* else a constant */
    uint64_t calls; /* that were timed */
};

/* One call for a block of `bytes`. What was timed is less a little for standing alone: between two
 * readings of the clock a call takes longer than where the processor overlaps it with the code
 * around it. */
struct cost cost_alloc(const struct evidence *evidence, uint64_t bytes);
struct cost cost_free(const struct evidence *evidence, uint64_t bytes);
struct cost cost_pair(const struct evidence *evidence, uint64_t bytes); /* alloc + free */
/* realloc to a bigger size, `bytes` in the end; moved: to another address, with copying. */
struct cost cost_grow(const struct evidence *evidence, uint64_t bytes, bool moved);

/* Average cost of a malloc and a free over the sizes at which the tally's blocks were born. */
struct cost cost_pair_of(const struct evidence *evidence, const struct tally *tally);

/* Pages of the tally's blocks from 128 KiB to 32 MiB (those beyond are huge-churn's) of sizes that
 * the system is asked for each time, as timed calls show, so that whoever writes to a block meets
 * each of its pages for the first time. */
uint64_t cost_fresh_pages(const struct evidence *evidence, const struct tally *tally);

/* What the calls of the allocator took at all for the blocks of a program point, of the whole
 * program, in ns: malloc, free, realloc, the slow ones too. */
double cost_of_point(const struct evidence *evidence, uint32_t point);
double cost_of_program(const struct evidence *evidence);

struct reckoning {
    const struct evidence *evidence;
    struct findings *findings;
    double ns;
    const char *how;
};

struct reckoning reckoning_start(const struct evidence *evidence, struct findings *findings);

/* The tally's blocks are not allocated and freed any more: `share` of them. */
void reckoning_pairs(struct reckoning *reckoning, const struct tally *tally, double share);

/* n pairs of malloc and free of `bytes` each. */
void reckoning_pairs_of(struct reckoning *reckoning, uint64_t n, uint64_t bytes);

/* The tally's blocks are not realloc'd any more: `share` of the growing steps, by their sizes and
 * as often moved as they were. */
void reckoning_growth(struct reckoning *reckoning, const struct tally *tally, double share);

/* Of containers that live on: the pages that are not touched for the first time, since a capacity
 * that is known is no larger than the length. Only as far as growing calls were seen to be slow. */
void reckoning_slack(struct reckoning *reckoning, const struct tally *tally, double share);

/* n times a constant: "1,790,000 items rehashed at 12 ns". what: plural, may be NULL for the
 * constant's own words. */
void reckoning_constant(struct reckoning *reckoning, double n, enum cost_constant constant,
                        const char *what);

/* Any other term; ns may be negative: what the edit adds. */
void reckoning_term(struct reckoning *reckoning, double ns, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Sets saving.ns (not below 0), saving.share and how. */
void reckoning_finish(const struct reckoning *reckoning, struct finding *finding);

#endif
