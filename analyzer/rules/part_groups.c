/* part_groups.c - see part_groups.h. Used by the rules about known crates. */
#define _GNU_SOURCE /* qsort_r */
#include "analyzer/rules/part_groups.h"
#include "analyzer/rules/evidence.h"

#include <stdlib.h>

int part_groups_start(struct part_groups *g, const struct evidence *evidence)
{
    uint32_t most = 0;
    *g = (struct part_groups){.evidence = evidence};
    for (uint32_t i = 0; i < evidence->profile->point_count; i++)
        most += evidence->facts[i].part != CRATE_PART_NONE;
    g->points = arena_alloc(evidence->scratch, (most + 1) * sizeof(*g->points));
    g->of = arena_alloc(evidence->scratch, (most + 1) * sizeof(*g->of));
    return g->points && g->of ? 0 : -1;
}

void part_groups_add(struct part_groups *g, uint32_t (*group_of)(void *context, uint32_t point),
                     void *context)
{
    const struct profile *profile = g->evidence->profile;
    for (uint32_t i = 0; i < profile->point_count; i++) {
        if (g->evidence->facts[i].part == CRATE_PART_NONE)
            continue;
        uint32_t group = group_of(context, i);
        if (group >= PART_GROUPS_MOST)
            continue;
        g->points[g->all] = i;
        g->of[g->all++] = group;
        g->blocks[group] += case_births(&profile->points[i]);
        g->count = group < g->count ? g->count : group + 1;
    }
}

static int by_bytes(const void *left, const void *right, void *context)
{
    const struct profile_point *points = context;
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    uint64_t x = points[a].total_bytes, y = points[b].total_bytes;
    return x != y ? (x < y ? 1 : -1) : (a > b) - (a < b);
}

struct case_of_line part_groups_case(const struct part_groups *g, uint32_t group,
                                     uint64_t leaf_none)
{
    const struct evidence *e = g->evidence;
    struct case_of_line one = {.caller_frame = PROFILE_NONE};
    uint32_t n = 0, *members = arena_alloc(e->scratch, (g->all + 1) * sizeof(*members));
    for (uint32_t i = 0; members && i < g->all; i++)
        if (g->of[i] == group && !(e->facts[g->points[i]].leaf & leaf_none))
            members[n++] = g->points[i];
    if (!n)
        return one;
    qsort_r(members, n, sizeof(*members), by_bytes, e->profile->points);
    case_of_points(&one, e, members, n);
    one.site = e->sites->of_point[one.top];
    return one;
}
