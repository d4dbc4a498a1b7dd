/* fact_ends.c - see fact_ends.h. Called by facts.c for every sampled pair of stacks.
 *
 * Whether a block was freed in the activation of the function that allocated it is told by the
 * frames that both stacks share, from the outermost on: the same function called from the same
 * line, until the two part. Two activations one after the other, called from one line, look
 * alike; how many blocks are live at once tells these apart, and the gates ask for that.
 */
#define _GNU_SOURCE /* memmem */
#include "analyzer/rules/fact_ends.h"
#include "analyzer/rules/fact_types.h"
#include "analyzer/rules/frame_facts.h"

#include <string.h>

static const struct profile_frame *from_outside(const struct profile *profile,
                                                const uint32_t *stack, uint32_t depth, uint32_t i)
{
    return &profile->frames[stack[depth - 1 - i]];
}

static bool same_function(const struct profile_frame *a, const struct profile_frame *b)
{
    if (a == b)
        return true;
    if (!a->function[0] || a->kind == OWNER_HOOK)
        return false;
    return a->module == b->module && strcmp(a->function, b->function) == 0 &&
           strcmp(a->file, b->file) == 0;
}

/* The place, in the birth stack, of the innermost activation that both stacks are in; the depth if
 * there is none. */
static uint32_t common_activation(const struct profile *profile, const struct profile_point *point,
                                  const struct profile_link *link)
{
    uint32_t common = point->depth;
    for (uint32_t i = 0; i < point->depth && i < link->to_depth; i++) {
        const struct profile_frame *birth = from_outside(profile, point->stack, point->depth, i);
        const struct profile_frame *death =
            from_outside(profile, link->to_stack, link->to_depth, i);
        if (!same_function(birth, death))
            break;
        common = point->depth - 1 - i;
        if (birth != death && (birth->line != death->line || !birth->line))
            break;
    }
    return common;
}

static bool is_of_crate(const struct profile_frame *frame)
{
    return frame->kind == OWNER_USER || (frame->kind == OWNER_DEP && !frame_is_library(frame));
}

/* Is it the function that the closure is written in? Line tables keep no more of a closure's name
 * than "{closure#0}". */
static bool encloses(const struct profile_frame *function, const struct profile_frame *closure)
{
    size_t n = strlen(function->function);
    if (closure->function[0] == '{')
        return closure->inlined;
    return strncmp(closure->function, function->function, n) == 0 && closure->function[n] == ':';
}

/* The place of the next frame of a crate outside of the user's, or the depth. A closure is part of
 * the function around it, whose caller is meant then; and who had left by a tail call gets nothing
 * back that it could drop. */
static uint32_t direct_caller(const struct profile *profile, const struct profile_point *point,
                              uint32_t at)
{
    const struct profile_frame *user = &profile->frames[point->stack[at]];
    for (uint32_t i = at + 1; i < point->depth; i++) {
        const struct profile_frame *frame = &profile->frames[point->stack[i]];
        if (!is_of_crate(frame) || frame->jumped)
            continue;
        if (!encloses(frame, user))
            return i;
        user = frame;
    }
    return point->depth;
}

/* Starts a type of std's, or of one that stands for it, a reference or tuple of any? */
static bool is_std_type(const char *type)
{
    static const char *const paths[] = {"alloc::", "core::", "std::", "hashbrown::", "indexmap::"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        if (strncmp(type, paths[i], strlen(paths[i])) == 0)
            return true;
    return type[0] == '[' || type[0] == '(' || type[0] == '&';
}

/* "[T]", n bytes long, which is dropped for a Vec's elements; not "[T; 3]". */
static bool is_slice(const char *type, size_t n)
{
    if (n < 2 || type[0] != '[' || type[n - 1] != ']')
        return false;
    size_t end = n - 1;
    while (end && type[end - 1] >= '0' && type[end - 1] <= '9')
        end--;
    return end == n - 1 || type[end - 1] != ' ';
}

/* Does it drop the elements, keys or values of a container, not the container's own memory? */
static bool drops_elements(const struct profile_frame *frame, const char *type, size_t n)
{
    static const char *const bases[] = {"drop_elements", "drop_key_val"};
    char base[32];
    if (type)
        return is_slice(type, n);
    frame_base(frame, base, sizeof(base));
    for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++)
        if (strcmp(base, bases[i]) == 0)
            return true;
    return false;
}

struct free_zone {
    uint64_t facts;     /* of the frames inside of the first frame of a crate */
    uint64_t all;       /* of all frames */
    uint32_t innermost; /* of them with drop_in_place; the depth if none */
    uint32_t outermost;
    bool any_crate;
    bool in_container;
    bool in_other_type;
    bool in_own_type;
    bool in_nested;
};

/* Does the pointer, the first type of a free stack, point to the type of its owner, which drops it:
 * Box<Expr> dropped with an Expr? */
static bool is_of_owner(const char *pointer, size_t pointer_bytes, const char *owner,
                        size_t owner_bytes)
{
    const char *at = pointer ? memmem(pointer, pointer_bytes, owner, owner_bytes) : NULL;
    if (!at || at == pointer)
        return false;
    const char *end = at + owner_bytes;
    return strchr("<( ", at[-1]) && (end == pointer + pointer_bytes || strchr(">,) ", *end));
}

static struct free_zone look_at_free(const struct profile *profile, const struct profile_link *link,
                                     const uint64_t *by_frame)
{
    struct free_zone zone = {.innermost = link->to_depth, .outermost = link->to_depth};
    const char *first = NULL, *last = NULL; /* types dropped: innermost, and latest looked at */
    size_t first_bytes = 0, last_bytes = 0;
    for (uint32_t i = 0; i < link->to_depth; i++) {
        const struct profile_frame *frame = &profile->frames[link->to_stack[i]];
        size_t n;
        zone.all |= by_frame[link->to_stack[i]];
        zone.any_crate = zone.any_crate || is_of_crate(frame);
        if (zone.any_crate)
            continue;
        zone.facts |= by_frame[link->to_stack[i]];
        const char *type = fact_types_dropped(frame, &n);
        zone.in_container = zone.in_container || drops_elements(frame, type, type ? n : 0);
        if (!type)
            continue;
        zone.in_other_type = !is_std_type(type);
        if (zone.in_other_type && is_of_owner(first, first_bytes, type, n))
            zone.in_own_type = true;
        if (zone.in_other_type && last && last_bytes == n && memcmp(last, type, n) == 0)
            zone.in_nested = true;
        last = type;
        last_bytes = n;
        if (zone.innermost == link->to_depth && strncmp(type, "alloc::raw_vec::", 16) != 0) {
            zone.innermost = i;
            first = type;
            first_bytes = n;
        }
        zone.outermost = i;
    }
    return zone;
}

static const char *dropped_type(const struct profile *profile, const struct profile_link *link,
                                uint32_t place, struct arena *arena)
{
    size_t n;
    if (place >= link->to_depth)
        return "";
    const char *type = fact_types_dropped(&profile->frames[link->to_stack[place]], &n);
    char *copy = type ? arena_text(arena, type, n) : NULL;
    return copy ? facts_short_type(arena, copy) : "";
}

void fact_ends_add(struct fact_ends *ends, const struct profile *profile,
                   const struct profile_link *link, const struct user_frame *user,
                   const uint64_t *by_frame, uint64_t *most, struct arena *arena)
{
    const struct profile_point *point = &profile->points[link->from];
    struct free_zone zone = look_at_free(profile, link, by_frame);
    uint64_t other = link->moved < link->n ? link->moved : link->n, home = link->n - other;
    uint32_t common = common_activation(profile, point, link);
    ends->samples += link->n;
    ends->other_thread += other;
    if (user->at != PROFILE_NONE && common <= user->at)
        ends->same_function += home;
    else if (user->at != PROFILE_NONE && common < point->depth &&
             common <= direct_caller(profile, point, user->at))
        ends->caller += home;
    if (zone.facts & (FACT_GROW | FACT_HASH_GROW | FRAME_FINISH_GROW))
        ends->in_growth += link->n;
    else if (zone.facts & FACT_MAP_ENTRY)
        ends->in_map_entry += link->n;
    if (zone.facts & (FACT_CLONE | FACT_EXTEND))
        ends->in_extend += link->n;
    if ((zone.all & FACT_AT_EXIT) || !zone.any_crate)
        ends->at_exit += link->n;
    if (zone.in_container)
        ends->in_container += link->n;
    if (zone.in_container && zone.in_other_type)
        ends->in_other_type += link->n;
    if (zone.in_other_type)
        ends->in_struct += link->n;
    if (zone.in_own_type)
        ends->in_own_type += link->n;
    if (zone.in_nested)
        ends->in_nested += link->n;
    if (link->n <= *most)
        return;
    *most = link->n;
    ends->dropped = dropped_type(profile, link, zone.innermost, arena);
    ends->owner = dropped_type(profile, link, zone.outermost, arena);
    ends->free_stack = link->to_stack;
    ends->free_depth = link->to_depth;
}
