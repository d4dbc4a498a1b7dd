/* evidence.h - all that rules judge by: the profile, its sites, the facts of each program point,
 * the links by point, and what things cost. Rules include this and finding.h, no more.
 *
 * Built once per profile, read-only afterwards; refers to profile and sites, which must
 * outlive it.
 */
#ifndef HEAPCOACH_EVIDENCE_H
#define HEAPCOACH_EVIDENCE_H

#include "analyzer/core/arena.h"
#include "analyzer/core/error.h"
#include "analyzer/core/finding.h"
#include "analyzer/core/sites.h"
#include "analyzer/rules/capacity.h"
#include "analyzer/rules/cases.h"
#include "analyzer/rules/cost.h"
#include "analyzer/rules/facts.h"
#include "analyzer/rules/gates.h"
#include "analyzer/rules/reckoning.h"
#include "analyzer/rules/tally.h"

#include <stdbool.h>
#include <stdint.h>

/* What a profile has; rules say what they need of it. */
enum evidence_data {
    EVIDENCE_OWN = 1,       /* our own counters: lifetimes in allocations, growth, ... (none of
                             * them where only some blocks were sampled) */
    EVIDENCE_NAMES = 2,     /* functions have names */
    EVIDENCE_LINES = 4,     /* and inlined frames and lines are known */
    EVIDENCE_ENDS = 8,      /* free stacks were sampled */
    EVIDENCE_LIFETIMES = 16 /* DHAT's times and end counts (not of dhat's ad-hoc mode) */
};

struct evidence {
    const struct profile *profile;
    const struct sites *sites;
    unsigned data;       /* of enum evidence_data */
    struct facts *facts; /* by program point */
    uint64_t *by_frame;  /* facts of each frame alone */
    enum costs costs;
    double cpu_ns;         /* un-instrumented CPU time of the program, or what stands for it with
                            * the usual costs; at least 1 */
    double most_ns;        /* that can be saved: cpu_ns is an estimate, this is recorded */
    const char *cpu_basis; /* how cpu_ns is known: static text */
    uint64_t events;       /* calls of malloc and friends, realloc, free in the run */
    /* by frame: a number for its function, file and line, so that frames at different addresses of
     * one line compare equal; by point: that of the frame of a dependency whose code asked for the
     * memory, or PROFILE_NONE where it was the user's own line */
    uint32_t *place, *dependency;
    uint64_t *short_lived; /* by point: profile_short_lived, which all rules ask for */
    double *heap_ns;       /* by point: cost_of_point */
    /* links by their `from` and by their `to`, each list in the order of the profile */
    uint32_t *first_from, *next_from, *first_to, *next_to; /* PROFILE_NONE ends a list */
    uint32_t stalls; /* bit i: in period i of the run no live number changed, while some did before
                      * and after: the program waited, or was kept waiting */
    struct arena *arena;   /* of what stays: the texts of facts; owned */
    struct arena *scratch; /* of what a rule needs while it judges: cases; owned */
};

/* 0, or -1 with nothing to free. */
int evidence_build(struct evidence *evidence, const struct sites *sites, enum costs costs,
                   struct error *error);

void evidence_free(struct evidence *evidence);

#endif
