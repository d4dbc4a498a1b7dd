/* part_groups.h - the points of known crates' parts (crate_parts.h), put together by what they are
 * for.
 *
 * A crate allocates in many of its own lines for one call of the user's: a rule about the crate
 * judges these together, as one case. Of the evidence's scratch arena, so good while the rule
 * judges.
 */
#ifndef HEAPCOACH_PART_GROUPS_H
#define HEAPCOACH_PART_GROUPS_H

#include "analyzer/rules/cases.h"
#include "analyzer/rules/crate_parts.h"

#include <stdint.h>

#define PART_GROUPS_MOST 1024 /* told apart; what is beyond is left out */
#define PART_GROUPS_NONE UINT32_MAX

struct part_groups {
    const struct evidence *evidence;
    uint32_t count;
    uint64_t blocks[PART_GROUPS_MOST]; /* born, by group */
    uint32_t *points, *of;             /* whose group each is */
    uint32_t all;                      /* how many points */
};

/* No groups yet. 0, or -1: no memory. */
int part_groups_start(struct part_groups *groups, const struct evidence *evidence);

/* Asks of all points with a part: group_of gives the number of a group, which may be one more than
 * there are, or PART_GROUPS_NONE. Each point may be put into one group. */
void part_groups_add(struct part_groups *groups,
                     uint32_t (*group_of)(void *context, uint32_t point), void *context);

/* The group's points without these facts in their leaf; count 0: there are none, or no memory. */
struct case_of_line part_groups_case(const struct part_groups *groups, uint32_t group,
                                     uint64_t leaf_none);

#endif
