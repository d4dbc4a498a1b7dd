/* occasions.c - see occasions.h. Called by the rules about threads and panics. */
#include "analyzer/rules/occasions.h"
#include "analyzer/core/intern.h"
#include "analyzer/rules/evidence.h"

#include <stdlib.h>

static uint64_t births_of(const struct profile_point *point)
{
    return point->own ? point->own->births : point->total_blocks;
}

/* The number of the frames from the user's outwards; -1: no memory. */
static int64_t outer_stack(struct intern *stacks, const struct evidence *evidence, uint32_t index)
{
    const struct profile_point *point = &evidence->profile->points[index];
    uint32_t at = evidence->facts[index].user.at;
    if (at == PROFILE_NONE || at > point->depth)
        at = 0;
    return intern_bytes(stacks, point->stack + at, (point->depth - at) * sizeof(uint32_t));
}

uint64_t occasions_of(const struct evidence *evidence, const struct case_of_line *one,
                      struct findings *findings)
{
    struct intern stacks = {0};
    uint64_t sum = 0;
    uint64_t *most = calloc((size_t)one->count + 1, sizeof(*most));
    if (!most)
        goto failed;
    for (uint32_t i = 0; i < one->count; i++) {
        int64_t stack = outer_stack(&stacks, evidence, one->points[i]);
        if (stack < 0)
            goto failed;
        uint64_t births = births_of(&evidence->profile->points[one->points[i]]);
        if (births > most[stack])
            most[stack] = births;
    }
    for (uint32_t i = 0; i < stacks.count; i++)
        if (__builtin_add_overflow(sum, most[i], &sum))
            sum = UINT64_MAX;
    goto out;
failed:
    findings->failed = true;
out:
    free(most);
    intern_free(&stacks);
    return sum;
}
