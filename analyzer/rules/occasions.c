/* occasions.c - see occasions.h. Called by the rules about threads and panics. */
#include "analyzer/rules/occasions.h"
#include "analyzer/core/intern.h"
#include "analyzer/rules/evidence.h"

#include <stdlib.h>
#include <string.h>

/* ---- stacks ---- */

#define HASH_START 0xcbf29ce484222325u

static uint64_t mix(uint64_t hash, const void *bytes, size_t n)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < n; i++) /* FNV-1a */
        hash = (hash ^ at[i]) * 0x100000001b3u;
    return hash;
}

static uint64_t place_of(const struct profile_frame *frame)
{
    uint64_t hash = mix(HASH_START, frame->function, strlen(frame->function) + 1);
    hash = mix(hash, frame->file, strlen(frame->file) + 1);
    return mix(hash, &frame->line, sizeof(frame->line));
}

static bool same_call(const struct profile_frame *a, const struct profile_frame *x)
{
    return a->address == x->address && a->module == x->module;
}

static uint32_t user_place(const struct evidence *evidence, uint32_t index)
{
    uint32_t at = evidence->facts[index].user.at;
    return at == PROFILE_NONE || at >= evidence->profile->points[index].depth ? 0 : at;
}

static const struct profile_frame *frame_at(const struct evidence *evidence, uint32_t index,
                                            uint32_t place)
{
    return &evidence->profile->frames[evidence->profile->points[index].stack[place]];
}

/* The number of the frames from the user's outwards; -1: no memory. Where spawn or panic is
 * inlined, each allocation returns to an address of its own in the user's function; it is one line
 * all the same. So frames of that machine function are known by place, the others by their number.
 */
static int64_t outer_stack(struct intern *stacks, const struct evidence *evidence, uint32_t index)
{
    const struct profile_point *point = &evidence->profile->points[index];
    uint32_t user = user_place(evidence, index);
    uint64_t hash = HASH_START;
    for (uint32_t i = user; i < point->depth; i++) {
        const struct profile_frame *frame = frame_at(evidence, index, i);
        uint64_t one =
            same_call(frame, frame_at(evidence, index, user)) ? place_of(frame) : point->stack[i];
        hash = mix(hash, &one, sizeof(one));
    }
    return intern_bytes(stacks, &hash, sizeof(hash));
}

/* The number of the allocation: of what asked inside of the user's line, and of the outer stack;
 * -1: no memory. Where the line was unrolled each copy has points of its own for it. So frames are
 * known by place; but what asked, if it is not the user's machine function, by its number, since
 * without lines a function has one place; and by sizes, which are all that is left where it is. */
static int64_t allocation(struct intern *allocations, const struct evidence *evidence,
                          uint32_t index, int64_t outer)
{
    const struct profile_point *point = &evidence->profile->points[index];
    uint32_t user = user_place(evidence, index);
    uint64_t sizes[2] = {point->own ? point->own->size_min : 0,
                         point->own ? point->own->size_max : 0};
    uint64_t hash = mix(mix(HASH_START, sizes, sizeof(sizes)), &outer, sizeof(outer));
    for (uint32_t i = 0; i < user; i++) {
        const struct profile_frame *frame = frame_at(evidence, index, i);
        bool asked = i == 0 || same_call(frame, frame_at(evidence, index, 1));
        uint64_t one = asked && !same_call(frame, frame_at(evidence, index, user))
                           ? point->stack[i]
                           : place_of(frame);
        hash = mix(hash, &one, sizeof(one));
    }
    return intern_bytes(allocations, &hash, sizeof(hash));
}

/* ---- counting ---- */

static void add(uint64_t *sum, uint64_t n)
{
    if (__builtin_add_overflow(*sum, n, sum))
        *sum = UINT64_MAX;
}

struct counting {
    struct intern stacks, allocations;
    uint64_t *of_allocation, *most; /* blocks: of each allocation; of each stack's dearest one */
};

static int count(struct counting *counting, const struct evidence *evidence, uint32_t index)
{
    int64_t stack = outer_stack(&counting->stacks, evidence, index);
    int64_t which = stack < 0 ? -1 : allocation(&counting->allocations, evidence, index, stack);
    if (which < 0)
        return -1;
    uint64_t *sum = &counting->of_allocation[which];
    add(sum, case_births(&evidence->profile->points[index]));
    if (*sum > counting->most[stack])
        counting->most[stack] = *sum;
    return 0;
}

uint64_t occasions_of(const struct evidence *evidence, const struct case_of_line *one,
                      struct findings *findings)
{
    struct counting counting = {
        .of_allocation = calloc((size_t)one->count + 1, sizeof(uint64_t)),
        .most = calloc((size_t)one->count + 1, sizeof(uint64_t)),
    };
    bool failed = !counting.of_allocation || !counting.most;
    uint64_t sum = 0;
    for (uint32_t i = 0; !failed && i < one->count; i++)
        failed = count(&counting, evidence, one->points[i]) != 0;
    for (uint32_t i = 0; !failed && i < counting.stacks.count; i++)
        add(&sum, counting.most[i]);
    findings->failed = findings->failed || failed;
    free(counting.of_allocation);
    free(counting.most);
    intern_free(&counting.stacks);
    intern_free(&counting.allocations);
    return sum;
}
