/* match.h - which line of one program is which line of another build of it.
 *
 * Sites are matched by what they are: the path of their function, its file, what the line calls.
 * Line numbers only tell apart several sites of one function, and there their order counts, not
 * their value; addresses count for nothing. So another run, a rebuild, lines that moved and a
 * renamed folder do not break a match.
 *
 * In this order, each only for what is left:
 *   1. same function, same file (its last two parts, then its name alone, then also the name of the
 *      function alone: line tables keep no path of inlined functions), same callee;
 *   2. same function and file, another callee: the line was rewritten;
 *   3. the longest common stack of user functions, from main inwards, with the same callee: the
 *      function was renamed, split or moved.
 * Within a function the pairing keeps the order of lines and prefers same callees and similar
 * numbers. Swapping the two sides gives the same pairs.
 *
 * Pure functions: nothing is kept. One thread at a time per call.
 */
#ifndef HEAPCOACH_MATCH_H
#define HEAPCOACH_MATCH_H

#include <stdbool.h>
#include <stdint.h>

#define MATCH_NOBODY UINT32_MAX

/* What a site is. Texts are never NULL and outlive the call. */
struct match_site {
    const char *function; /* its path, without generic arguments and closures; "" if unknown */
    const char *file;     /* path, or that of its module; "" if unknown */
    const char *callee;   /* what the line calls to allocate, "Vec::push"; "" for itself */
    const char *const *callers; /* the user's functions of its stack, outermost first, `function`
                                 * last; none where no frame is the user's */
    uint32_t caller_count;
    uint32_t line;          /* 0: unknown */
    uint64_t bytes, blocks; /* tell likely partners from unlikely ones */
};

enum match_kind {
    MATCH_NONE,     /* no partner */
    MATCH_SAME,     /* 1 above */
    MATCH_FUNCTION, /* 2 */
    MATCH_STACK     /* 3 */
};

struct match {
    uint32_t partner; /* index on the other side, or MATCH_NOBODY */
    enum match_kind kind;
};

/* Fills left_match[left_count] and right_match[right_count]: mutual, each site has one partner or
 * none. 0, or -1: out of memory. */
int match_sites(const struct match_site *left, uint32_t left_count, const struct match_site *right,
                uint32_t right_count, struct match *left_match, struct match *right_match);

#endif
