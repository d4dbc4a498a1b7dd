/* cases.h - the program points of one user line that share a mechanism: what a rule judges.
 *
 * A line may do several things (collect into a map of formatted keys), and one helper may
 * serve callers with different needs. So a rule asks for the points that have certain facts, and
 * gets them line by line: of the user, and within a line that calls a dependency each of that
 * one's own lines by itself; and where one line serves callers whose sizes or fates differ, caller
 * by caller.
 */
#ifndef HEAPCOACH_CASES_H
#define HEAPCOACH_CASES_H

#include "analyzer/core/finding.h"
#include "analyzer/rules/tally.h"

#include <stdbool.h>
#include <stdint.h>

struct evidence;

/* Which points. Sets of facts; 0 asks for nothing. */
struct case_filter {
    uint64_t leaf_all;                /* all of these in LEAF */
    uint64_t leaf_any;                /* at least one of these in LEAF */
    uint64_t leaf_none;               /* none of these in LEAF */
    uint64_t inside_any, inside_none; /* the same of INSIDE */
    uint64_t around_any, around_none;
    bool runtime;  /* also points before main, of panics, backtraces, destructors at the end:
                    * else they are left out */
    bool parts;    /* also what known crates allocate for themselves (crate_parts.h): else left
                    * out, as rules of their own tell it */
    bool no_split; /* never by caller */
    bool (*accept)(const struct facts *facts); /* what sets do not say; NULL: no more to ask */
    /* What the rule needs much of: a line whose points have less than `least` of it together is
     * passed over before anything else is summed up. It saves time only: the rule judges as it
     * would have. NULL: all lines. */
    uint64_t (*amount)(const struct profile_point *point);
    double least;
};

/* The most frequent amount: blocks born. */
uint64_t case_births(const struct profile_point *point);

struct case_of_line {
    uint32_t site;          /* index in sites */
    const uint32_t *points; /* those of the filter, most bytes first; see cases_next */
    uint32_t count;
    uint32_t top;              /* the point with the most blocks: its stack is shown */
    const struct facts *facts; /* of top */
    uint32_t caller_frame;     /* index in profile.frames if split by caller; else PROFILE_NONE */
    struct tally tally;
};

/* The cases of the filter, one after the other, in the order of sites, then callers by blocks:
 *
 *     struct cases *cases = cases_find(evidence, &filter, findings);
 *     const struct case_of_line *one;
 *     while ((one = cases_next(cases)))
 *         ...
 *
 * A case is good until the next is asked for; it and its points belong to the evidence's scratch
 * arena, which is given back when the rule has judged. When memory runs out the cases end, and
 * findings->failed is set. */
struct cases;
struct cases *cases_find(const struct evidence *evidence, const struct case_filter *filter,
                         struct findings *findings);        /* NULL: no memory */
const struct case_of_line *cases_next(struct cases *cases); /* NULL: no more, or cases is NULL */

/* Makes the case one of these points of its line: sets points (kept, not copied), count, top, facts
 * and tally. */
void case_of_points(struct case_of_line *one, const struct evidence *evidence,
                    const uint32_t *points, uint32_t count);

/* A finding about the case: rule, variant "", title, skill, reference, precedence of the rule;
 * location, caller, scope; points, stack, site. Not yet in the list. */
struct rule;
struct finding *case_finding(const struct evidence *evidence, const struct rule *rule,
                             const struct case_of_line *one, struct findings *findings);

/* The same without a line, for rules about the whole program. */
struct finding *program_finding(const struct rule *rule, struct findings *findings);

/* The place of a case, for findings_miss. */
struct finding_place case_place(const struct evidence *evidence, const struct case_of_line *one,
                                struct findings *findings);

/* What to call the function in a sentence: "app::load", of a split case "app::load (called from
 * app::main)". */
const char *case_name(const struct evidence *evidence, const struct case_of_line *one,
                      struct findings *findings);

#endif
