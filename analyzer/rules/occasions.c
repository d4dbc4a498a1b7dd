/* occasions.c - see occasions.h. Called by the rules about threads and panics. */
#include "analyzer/rules/occasions.h"
#include "analyzer/core/intern.h"
#include "analyzer/rules/evidence.h"

#include <stdlib.h>
#include <string.h>

/* ---- outer stacks ---- */

static uint64_t mix(uint64_t hash, const void *bytes, size_t n)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < n; i++) /* FNV-1a */
        hash = (hash ^ at[i]) * 0x100000001b3u;
    return hash;
}

/* Where spawn or panic is inlined, each allocation returns to an address of its own in the user's
 * function; it is one line all the same. So frames of that machine function are known by place,
 * the others by their number. */
static uint64_t identity(const struct evidence *evidence, const struct profile_frame *user,
                         uint32_t index)
{
    const struct profile_frame *frame = &evidence->profile->frames[index];
    uint64_t hash = 0xcbf29ce484222325u;
    if (frame != user && (frame->address != user->address || frame->module != user->module))
        return mix(hash, &index, sizeof(index));
    hash = mix(hash, frame->function, strlen(frame->function) + 1);
    hash = mix(hash, frame->file, strlen(frame->file) + 1);
    return mix(hash, &frame->line, sizeof(frame->line));
}

/* The number of the frames from the user's outwards; -1: no memory. */
static int64_t outer_stack(struct intern *stacks, const struct evidence *evidence, uint32_t index)
{
    const struct profile_point *point = &evidence->profile->points[index];
    uint32_t at = evidence->facts[index].user.at;
    uint64_t hash = 0xcbf29ce484222325u;
    if (at == PROFILE_NONE || at >= point->depth)
        at = 0;
    for (uint32_t i = at; i < point->depth; i++) {
        uint64_t frame =
            identity(evidence, &evidence->profile->frames[point->stack[at]], point->stack[i]);
        hash = mix(hash, &frame, sizeof(frame));
    }
    return intern_bytes(stacks, &hash, sizeof(hash));
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
        uint64_t births = case_births(&evidence->profile->points[one->points[i]]);
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
