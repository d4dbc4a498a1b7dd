/* profile_builder.h - makes profiles in memory, for tests of what judges them: facts, tallies,
 * rules.
 *
 * A test says which lines of the user's allocate through which frames of std, and what was
 * counted there; the builder fills in what an honest recording of that would have: DHAT's own
 * fields, histograms, totals. Fields may be changed at will before pb_evidence, to make cases that
 * are not honest.
 *
 *     struct profile_builder b;
 *     pb_init(&b);
 *     uint32_t p = pb_point(&b, "malloc", stack_push, "app::load", 12);
 *     pb_births(&b, p, 10000, 32);
 *     pb_freed_all(&b, p, 8);
 *     pb_growth(&b, p, 10000, 8, 32);
 *     pb_freed_at(&b, p, 100, PB_SAME_FUNCTION, "alloc::vec::Vec<u64, alloc::alloc::Global>");
 *     struct findings *found = pb_judge(&b, &rule_growth);
 *     ...
 *     pb_free(&b);
 *
 * What cannot be done ends the test by assertion. The program ran 100 ms on one CPU, is built
 * with lines and symbols, and its costs were not timed: the constants of cost.c hold.
 */
#ifndef HEAPCOACH_PROFILE_BUILDER_H
#define HEAPCOACH_PROFILE_BUILDER_H

#include "analyzer/core/finding.h"
#include "analyzer/core/profile.h"
#include "analyzer/core/sites.h"
#include "analyzer/rules/rules.h"
#include "tests/unit/rust_stacks.h"

#include <stdint.h>

#define PB_FRAMES 2048
#define PB_POINTS 64
#define PB_LINKS 256
#define PB_STACK 96
#define PB_BARS 8192

struct profile_builder {
    struct profile profile;
    struct sites sites;
    struct evidence evidence;
    enum costs costs; /* to judge by; measured unless set */
    struct findings findings;
    bool built; /* sites and evidence stand */
    struct profile_module module;
    struct profile_thread threads[4];
    struct profile_frame frames[PB_FRAMES];
    struct profile_point points[PB_POINTS];
    struct profile_own own[PB_POINTS];
    struct profile_series series[PB_POINTS];
    uint32_t stacks[PB_POINTS][PB_STACK];
    uint32_t user_place[PB_POINTS]; /* of the user frame in the stack */
    struct profile_link links[PB_LINKS];
    uint32_t link_stacks[PB_LINKS][PB_STACK];
    struct profile_bar bars[PB_BARS];
    uint32_t bar_count;
    uint64_t next_address;
};

void pb_init(struct profile_builder *b);

/* Frees what was built; the builder may be initialised again. */
void pb_free(struct profile_builder *b);

/* ---- stacks ---- */

/* A frame of the user's own: "app::load" at src/main.rs. The same function and line again is the
 * same frame. */
uint32_t pb_user_frame(struct profile_builder *b, const char *function, uint32_t line);

/* Any frame; fields as in struct profile_frame, NULL for "". Each call is a frame of its own. */
uint32_t pb_frame(struct profile_builder *b, const struct stack_frame *frame);

/* A program point: `hook` called through the frames of `via` by the user's function at a line of
 * src/main.rs, which app::main called from line 100. via NULL: by the function itself. */
uint32_t pb_point(struct profile_builder *b, const char *hook, const struct stack_frame *via,
                  const char *function, uint32_t line);

/* The same with the frames that are outside of the user's, innermost first, instead of app::main:
 * `outer` frames that pb_user_frame and pb_frame made. */
uint32_t pb_point_in(struct profile_builder *b, const char *hook, const struct stack_frame *via,
                     const char *function, uint32_t line, const uint32_t *outer, uint32_t count);

/* Any stack at all, without the hook, innermost first. */
uint32_t pb_point_of(struct profile_builder *b, const char *hook, const uint32_t *frames,
                     uint32_t count);

struct profile_point *pb_get(struct profile_builder *b, uint32_t point);
struct profile_own *pb_own(struct profile_builder *b, uint32_t point);

/* ---- counters; adding to what the point has ---- */

/* n blocks of that size are born, all by thread 0, and live until the end unless freed; at most one
 * at a time is live until pb_live says more. */
void pb_births(struct profile_builder *b, uint32_t point, uint64_t n, uint64_t bytes);

/* n are freed at home, each after `allocs` further allocations of the thread, in no time. */
void pb_freed(struct profile_builder *b, uint32_t point, uint64_t n, uint64_t allocs);
void pb_freed_all(struct profile_builder *b, uint32_t point, uint64_t allocs);

/* n are freed by another thread. */
void pb_freed_elsewhere(struct profile_builder *b, uint32_t point, uint64_t n);

/* So many are live at most at once, and at the peak. */
void pb_live(struct profile_builder *b, uint32_t point, uint64_t most);

/* `chains` of the blocks grow by `steps` reallocs each, doubling from `first` bytes, all in place;
 * a quarter of them and so on is said by pb_moved. A link from and to the point itself is made. */
void pb_growth(struct profile_builder *b, uint32_t point, uint64_t chains, uint32_t steps,
               uint64_t first);

/* n of the point's reallocs moved and copied so many bytes in all. */
void pb_moved(struct profile_builder *b, uint32_t point, uint64_t n, uint64_t copied);

/* n of the point's blocks are realloc'd to fewer bytes: from their size at birth to `bytes`. */
void pb_shrunk(struct profile_builder *b, uint32_t point, uint64_t n, uint64_t bytes);

/* n times a block of `from`, of from_bytes, was replaced by one of `to`, of to_bytes. */
void pb_handover(struct profile_builder *b, uint32_t from, uint32_t to, uint64_t n,
                 uint64_t from_bytes, uint64_t to_bytes);

/* Live blocks at the ends of 16 periods. */
void pb_series(struct profile_builder *b, uint32_t point, const uint64_t blocks[PROFILE_SERIES]);

/* ---- where blocks are freed ---- */

enum pb_place {
    PB_SAME_FUNCTION, /* of the user's */
    PB_CALLER,        /* app::main, after the call */
    PB_FAR,           /* another function of the user's */
    PB_OTHER_THREAD,  /* the same, in another thread */
    PB_IN_ENTRY,      /* in HashMap::entry(..).or_insert of the same function */
    PB_IN_GROWTH,     /* in reserve_rehash of the same function */
    PB_IN_VEC,        /* as an element, with the Vec that the same function drops */
    PB_IN_VALUE /* as a key, with the map in a crate's own type, dropped in the same function */
};

/* n sampled frees, through drop_in_place<dropped> (NULL: none). */
void pb_freed_at(struct profile_builder *b, uint32_t point, uint64_t n, enum pb_place place,
                 const char *dropped);

/* ---- asking ---- */

/* Makes totals, sites and evidence. Points and links must not change afterwards. */
const struct evidence *pb_evidence(struct profile_builder *b);

/* What the one rule finds, in the order in which it found; no merging, no ids. */
struct findings *pb_judge(struct profile_builder *b, const struct rule *rule);

/* The same of another rule, which knows what was found before. */
struct findings *pb_judge_more(struct profile_builder *b, const struct rule *rule);

/* A case of all points of a filter, which must be in one line. */
struct case_of_line pb_case(struct profile_builder *b, const struct case_filter *filter);

#endif
