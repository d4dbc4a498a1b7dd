/* gates.h - when a fact is worth advice. The limits are one table in gates.c.
 *
 * Gate G (worth it): the saving is at least 1 ms and half a percent of the un-instrumented CPU
 * time, and it happens often enough that it is no once-only matter.
 * Gate L (local temporary): blocks that die where they are born: so the edit is to not make them,
 * or to keep one and reuse it.
 */
#ifndef HEAPCOACH_GATES_H
#define HEAPCOACH_GATES_H

#include "analyzer/core/finding.h"
#include "analyzer/rules/tally.h"

#include <stdbool.h>
#include <stdint.h>

struct evidence;

#define GATE_LIMITS(X)                                                                             \
    X(WORTH_NS, "worth_ns", 1e6, "a millisecond: below, nobody can measure the edit")              \
    X(WORTH_SHARE, "worth_share", 0.005, "of CPU time: below, other things matter more")           \
    X(WORTH_EVENTS, "worth_events", 1000, "fewer: done once or at start")                          \
    X(SHORT_NS, "short_ns", 1e5, "in a short run, a tenth of a millisecond; and")                  \
    X(SHORT_SHARE, "short_share", 0.02, "of its CPU time: then it is as much of a long run")       \
    X(HIGH_SHARE, "high_share", 0.05, "of CPU time: felt by whoever waits for the program")        \
    X(LOCAL_FREED, "local_freed", 0.9, "of the blocks freed by the end of the run")                \
    X(LOCAL_NEAR, "local_near", 0.5, "of sampled frees in the same function or its caller")        \
    X(LOCAL_LIVE, "local_live", 8, "live at once per thread; or")                                  \
    X(LOCAL_LIVE_SHARE, "local_live_share", 0.01, "of the blocks, live at once; or")               \
    X(LOCAL_SHORT, "local_short", 0.99,                                                            \
      "of the blocks gone within 16 allocations, where call paths have that few each; and")        \
    X(LOCAL_PASSING, "local_passing", 0.1,                                                         \
      "of the blocks gone before many others came (gate_passing_share): below, they queue")        \
    X(LOCAL_ELSEWHERE, "local_elsewhere", 0.1, "of the blocks freed by other threads, at most")

enum gate_limit {
#define GATES_ENUM(name, key, value, why) GATE_##name,
    GATE_LIMITS(GATES_ENUM)
#undef GATES_ENUM
        GATE_LIMIT_COUNT
};
struct gate_limit_text {
    const char *key;
    double value;
    const char *why;
};
extern const struct gate_limit_text gate_limits[GATE_LIMIT_COUNT];

/* Gate G. */
bool gate_worth(const struct evidence *evidence, double ns, uint64_t events);

/* How much of gate G is reached: the smallest of its ratios; 1 and above passes. */
double gate_worth_ratio(const struct evidence *evidence, double ns, uint64_t events);

/* Gate L. Where no free was sampled (foreign files, few frees) lifetimes stand in: half of the
 * blocks freed within 16 allocations of their thread, or within the short time of DHAT. */
bool gate_local(const struct tally *tally);

/* Whether the blocks are made together, and end in the function that made them, again and again:
 * there were twice as many as ever at once by any one call path, as different ones need not meet.
 * Of a copy that is used up, say. Not told where no free was sampled. */
bool gate_again_here(const struct tally *tally);

/* Of the blocks, the share that was freed before their thread had allocated a quarter as often as
 * there are ever blocks of these live at once (and not counting what soon is, gates.c). All of
 * those that are used and dropped one by one, however many a rare recursion holds; a quarter at
 * most of those that are made together and dropped together; hardly one of a queue's, which wait
 * until as many others have come. 1 where no more are live at once than any code may hold, where
 * they die with the container whose elements they are, and where lifetimes are not known. */
double gate_passing_share(const struct tally *tally);

/* The same, of elements of a container, too. */
double gate_one_by_one_share(const struct tally *tally);

/* Sets severity from saving.ns, saving.share and events: HIGH and MEDIUM pass gate G, LOW does
 * not. A finding whose scope is RUNTIME is LOW at most. A rule may lower it afterwards. */
void gate_severity(const struct evidence *evidence, struct finding *finding);

/* As gate_severity, but what takes two percent of a short run passes, too: a run on a small input
 * stands for those on large ones. For rules whose finding is a fault by itself, such as growth:
 * good code has none of it, whereas any block could be called a short-lived one. */
void gate_severity_of_fault(const struct evidence *evidence, struct finding *finding);

#endif
