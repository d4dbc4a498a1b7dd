/* facts.c - see facts.h. Called once per profile, by evidence.c.
 *
 * Frames are looked at once each, by name (frame_facts.c); a point's sets are the union over its
 * zones, put right by what only several frames together tell.
 */
#include "analyzer/rules/facts.h"
#include "analyzer/rules/fact_ends.h"
#include "analyzer/rules/fact_types.h"
#include "analyzer/rules/frame_facts.h"

#include <stdlib.h>
#include <string.h>

#define FACTS_KEY(name, key, meaning) key,
const char *const fact_keys[FACT_COUNT] = {FACTS(FACTS_KEY)};
#undef FACTS_KEY

#define BASE_BYTES 128

/* ---- zones ---- */

static const struct profile_frame *frame_at(const struct profile *profile,
                                            const struct profile_point *point, uint32_t place)
{
    return &profile->frames[point->stack[place]];
}

static uint64_t union_of(const uint64_t *by_frame, const struct profile_point *point,
                         uint32_t start, uint32_t end)
{
    uint64_t set = 0;
    for (uint32_t i = start; i < end; i++)
        set |= by_frame[point->stack[i]];
    return set;
}

/* Frames of the user's that are only passed (user_frame.h) do not end the leaf. */
static uint32_t find_leaf_end(const struct profile *profile, const struct profile_point *point,
                              const struct user_frame *user, uint32_t past_allocator)
{
    for (uint32_t i = past_allocator; i < point->depth; i++) {
        const struct profile_frame *frame = frame_at(profile, point, i);
        if (i == user->at)
            return i;
        if ((frame->kind == OWNER_DEP && !frame_is_library(frame)) ||
            (frame->kind == OWNER_NONE && frame->address))
            return i;
    }
    return point->depth;
}

static bool is_allocator_of_program(const struct profile *profile,
                                    const struct profile_point *point, uint32_t past_allocator)
{
    for (uint32_t i = 0; i < past_allocator; i++) {
        enum owner kind = frame_at(profile, point, i)->kind;
        if (kind == OWNER_USER || kind == OWNER_DEP)
            return true;
    }
    return false;
}

/* No frame of anybody's crate, nor one that might be: std's own start of the program. */
static bool is_before_main(const struct profile *profile, const struct profile_point *point)
{
    bool known = false;
    for (uint32_t i = 0; i < point->depth; i++) {
        const struct profile_frame *frame = frame_at(profile, point, i);
        if (frame->kind == OWNER_USER || (frame->kind == OWNER_DEP && !frame_is_library(frame)) ||
            (frame->kind == OWNER_NONE && frame->address))
            return false;
        known = known || frame->kind == OWNER_STD || frame->kind == OWNER_RT;
    }
    return known;
}

/* ---- what several frames tell together ---- */

static uint64_t put_right(uint64_t set)
{
    const uint64_t copies = FACT_COLLECT | FACT_TO_VEC | FACT_CLONE | FACT_TO_OWNED |
                            FACT_TO_STRING | FACT_CONCAT | FACT_FORMAT | FACT_HASH |
                            FACT_IO_BUFFER | FACT_SORT | FACT_ERROR_BOX | FACT_IO_ERROR;
    const uint64_t made_of_boxes = FACT_RC | FACT_ARC | FACT_BTREE | FACT_LINKED_LIST |
                                   FACT_CHANNEL | FACT_THREAD_SPAWN | FACT_IO_BUFFER;
    if ((set & FRAME_FINISH_GROW) && !(set & FACT_GROW)) /* grow_exact, inlined */
        set |= FACT_GROW | FACT_RESERVE_EXACT;
    if ((set & FACT_TO_STRING) && (set & (FACT_FMT_WRITE | FACT_GROW))) /* by Display */
        set |= FACT_FORMAT;
    if (set & copies)
        set &= ~(uint64_t)FACT_WITH_CAPACITY;
    bool bare = (set & FRAME_EXCHANGE) && !(set & FACT_BOX);
    if (((set & FRAME_NEW_UNINIT) || bare) && !(set & made_of_boxes))
        set = (set & ~(uint64_t)FACT_BOX) | FACT_VEC_LITERAL;
    if (set & made_of_boxes)
        set &= ~(uint64_t)FACT_BOX;
    if ((set & FRAME_IO_NEXT) && (set & FACT_READ_LINE)) {
        set |= set & FRAME_READ_LINE ? FACT_LINES : FACT_SPLIT;
        set &= ~(uint64_t)FACT_READ_LINE;
    }
    return set & ~(uint64_t)FRAME_MARKS;
}

/* How the hook was called. */
static uint64_t hook_facts(const struct profile_point *point)
{
    const char *function = point->own ? point->own->function : "";
    if (strcmp(function, "calloc") == 0)
        return FACT_ZEROED;
    if (strcmp(function, "posix_memalign") == 0 || strcmp(function, "aligned_alloc") == 0 ||
        strcmp(function, "memalign") == 0)
        return FACT_OVER_ALIGNED;
    return 0;
}

/* vec![a, b] of some versions allocates without any frame of std. */
static bool is_bare(const struct profile *profile, const struct profile_point *point,
                    const struct facts *facts)
{
    const struct profile_frame *user;
    if (facts->user.basis != USER_FRAME_OWN || facts->user.at != 1)
        return false;
    user = frame_at(profile, point, 1);
    size_t n = strlen(user->file);
    return user->line && n > 3 && strcmp(user->file + n - 3, ".rs") == 0;
}

static void find_sets(struct facts *facts, const struct profile *profile,
                      const struct profile_point *point, const uint64_t *by_frame)
{
    uint32_t past = user_frame_past_allocator(profile, point), at = facts->user.at;
    uint64_t hook = hook_facts(point);
    facts->leaf_end = find_leaf_end(profile, point, &facts->user, past);
    facts->leaf = put_right(union_of(by_frame, point, 0, facts->leaf_end) | hook);
    facts->inside =
        facts->leaf |
        put_right(union_of(by_frame, point, 0, at == PROFILE_NONE ? point->depth : at) | hook);
    if (is_bare(profile, point, facts))
        facts->leaf |= FACT_VEC_LITERAL;
    if (is_allocator_of_program(profile, point, past))
        facts->leaf |= FACT_GLOBAL_ALLOC;
    if (is_before_main(profile, point))
        facts->leaf |= FACT_BEFORE_MAIN;
    facts->inside |= facts->leaf;
    if (at != PROFILE_NONE)
        facts->around = put_right(union_of(by_frame, point, at, point->depth));
}

/* ---- callers ---- */

/* "app::load" of "app::load::{{closure}}": a closure is part of the function around it. */
static bool is_part_of(const char *inner, const char *outer)
{
    size_t n = strlen(outer);
    return strncmp(inner, outer, n) == 0 && (inner[n] == 0 || inner[n] == ':');
}

static uint32_t find_caller(const struct profile *profile, const struct profile_point *point,
                            const struct facts *facts)
{
    if (facts->user.at == PROFILE_NONE)
        return PROFILE_NONE;
    const struct profile_frame *user = frame_at(profile, point, facts->user.at);
    for (uint32_t i = facts->user.at + 1; i < point->depth; i++) {
        const struct profile_frame *frame = frame_at(profile, point, i);
        bool of_crate =
            frame->kind == OWNER_USER || (frame->kind == OWNER_DEP && !frame_is_library(frame));
        if (of_crate && frame->function[0] && !is_part_of(user->function, frame->function))
            return i;
    }
    return PROFILE_NONE;
}

/* ---- tail calls ---- */

/* The function before "::{closure_env#" in a type, without impl blocks' numbers; its last part
 * is *base. NULL: none. */
static const char *closure_function(const char *name, struct arena *arena, const char **base)
{
    const char *end = strstr(name, "::{closure_env#");
    if (!end)
        end = strstr(name, "::{closure#");
    if (!end)
        return NULL;
    const char *start = end;
    while (start > name && !strchr("<(,& ", start[-1]))
        start--;
    char *text = arena_text(arena, start, (size_t)(end - start));
    if (!text)
        return NULL;
    for (char *impl = text; (impl = strstr(impl, "::{impl#")) != NULL;) {
        size_t n = strcspn(impl, "}");
        if (!impl[n])
            break;
        memmove(impl, impl + n + 1, strlen(impl + n + 1) + 1);
    }
    const char *last = strstr(text, "::");
    *base = text;
    for (; last; last = strstr(last + 2, "::"))
        *base = last + 2;
    return text;
}

/* A function that ends in a call of a generic of std becomes a jump, and its frame is gone; the
 * closure in the generic's arguments still names it. */
static void find_tail_call(struct facts *facts, const struct profile *profile,
                           const struct profile_point *point, struct arena *arena)
{
    char own[BASE_BYTES];
    const char *base;
    if (facts->user.basis != USER_FRAME_OWN || facts->user.at < 1)
        return;
    const struct profile_frame *outermost = frame_at(profile, point, facts->user.at - 1);
    if (outermost->inlined || outermost->kind != OWNER_STD)
        return;
    const char *function = closure_function(outermost->name, arena, &base);
    if (!function)
        return;
    for (uint32_t i = 0; i < point->depth; i++) {
        const struct profile_frame *frame = frame_at(profile, point, i);
        frame_base(frame, own, sizeof(own));
        if (frame->kind == OWNER_USER && strcmp(own, base) == 0)
            return;
    }
    facts->tail_called = true;
    facts->closure = function;
}

/* ---- types ---- */

/* The outermost method of a container in the leaf is what the code called. Identical functions of
 * different types are one in the file, so the generic arguments of a frame that is no inlined one
 * may be another's: they count only where no inlined frame tells. */
static void find_types(struct facts *facts, const struct profile *profile,
                       const struct profile_point *point, struct arena *arena)
{
    struct fact_types *types = &facts->types;
    *types =
        (struct fact_types){.element = "", .container = "", .key = "", .value = "", .hasher = ""};
    for (uint32_t i = facts->leaf_end; i-- > 0;)
        if (frame_is_library(frame_at(profile, point, i)))
            fact_types_container(types, frame_at(profile, point, i), arena);
    for (int inlined = 1; inlined >= 0; inlined--)
        for (uint32_t i = facts->leaf_end; i-- > 0;) {
            const struct profile_frame *frame = frame_at(profile, point, i);
            if (frame->inlined == (bool)inlined && frame_is_library(frame))
                fact_types_add(types, frame, arena);
        }
    if (facts->leaf & FACT_LINES)
        types->container = "String";
    if (facts->leaf & FACT_CONCAT) { /* the argument is that of what is joined */
        types->element = "";
        types->element_bytes = 0;
    }
}

/* ---- all of it ---- */

static void find_ends(struct facts *facts, const struct profile *profile, const uint64_t *by_frame,
                      uint64_t *most, struct arena *arena)
{
    for (uint32_t i = 0; i < profile->link_count; i++) {
        const struct profile_link *link = &profile->links[i];
        if (link->kind == PROFILE_FREED && link->to_stack && link->n)
            fact_ends_add(&facts[link->from].ends, profile, link, &facts[link->from].user, by_frame,
                          &most[link->from], arena);
    }
}

static void find_point(struct facts *facts, const struct profile *profile,
                       const struct profile_point *point, const uint64_t *by_frame,
                       struct arena *arena)
{
    memset(facts, 0, sizeof(*facts));
    facts->closure = facts->ends.dropped = facts->ends.owner = "";
    facts->user = user_frame_find(profile, point);
    if (facts->user.at != PROFILE_NONE)
        facts->owner = frame_at(profile, point, facts->user.at)->kind;
    find_sets(facts, profile, point, by_frame);
    facts->caller = find_caller(profile, point, facts);
    find_types(facts, profile, point, arena);
    find_tail_call(facts, profile, point, arena);
}

int facts_find(struct facts *facts, const struct profile *profile, struct arena *arena)
{
    uint64_t *by_frame = calloc((size_t)profile->frame_count + 1, sizeof(*by_frame));
    uint64_t *most = calloc((size_t)profile->point_count + 1, sizeof(*most));
    int result = by_frame && most ? 0 : -1;
    for (uint32_t i = 1; result == 0 && i < profile->frame_count; i++)
        by_frame[i] = frame_facts(&profile->frames[i]);
    for (uint32_t i = 0; result == 0 && i < profile->point_count; i++)
        find_point(&facts[i], profile, &profile->points[i], by_frame, arena);
    if (result == 0)
        find_ends(facts, profile, by_frame, most, arena);
    free(by_frame);
    free(most);
    return result;
}
