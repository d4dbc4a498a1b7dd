/* facts.c - see facts.h. Called once per profile, by evidence.c.
 *
 * Frames are looked at once each, by name (frame_facts.c); a point's sets are the union over its
 * zones, put right by what only several frames together tell.
 */
#include "analyzer/rules/facts.h"
#include "analyzer/core/intern.h"
#include "analyzer/rules/closure_name.h"
#include "analyzer/rules/crate_parts.h"
#include "analyzer/rules/fact_ends.h"
#include "analyzer/rules/fact_types.h"
#include "analyzer/rules/frame_facts.h"

#include <stdio.h>
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

/* Frames of the user's or a dependency's that are only passed (user_frame.h) do not end the leaf.
 */
static uint32_t find_leaf_end(const struct profile *profile, const struct profile_point *point,
                              const struct user_frame *user, uint32_t past_allocator)
{
    for (uint32_t i = past_allocator; i < point->depth; i++) {
        const struct profile_frame *frame = frame_at(profile, point, i);
        if (i == user->at)
            return i;
        bool passed = user->basis == USER_FRAME_OWN && (user->dep == PROFILE_NONE || i < user->dep);
        if ((frame->kind == OWNER_DEP && !passed && !frame_is_library(frame)) ||
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
    if (set & FRAME_EMPTY) /* its first block is no capacity that anybody chose */
        set = (set & ~(uint64_t)FACT_WITH_CAPACITY) | FACT_GROW;
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

/* ---- code in C ---- */

static bool is_c_source(const char *file)
{
    static const char *const endings[] = {".c", ".cc", ".cpp", ".cxx", ".h", ".hpp", ".S"};
    const char *dot = strrchr(file, '.');
    for (size_t i = 0; dot && i < sizeof(endings) / sizeof(endings[0]); i++)
        if (strcmp(dot, endings[i]) == 0)
            return true;
    return false;
}

/* Who called malloc or the like; NULL: not known. */
static const struct profile_frame *find_asking(const struct profile *profile,
                                               const struct profile_point *point)
{
    for (uint32_t i = 0; i < point->depth; i++)
        if (frame_at(profile, point, i)->kind != OWNER_HOOK)
            return frame_at(profile, point, i);
    return NULL;
}

/* Of Rust code whose inlined functions are not known those of the allocator may be missing from a
 * stack. So it is not taken for C: its names have paths, and a function without one must be in a
 * source of C, or in a library where there are no lines. */
static bool is_of_c(const struct profile *profile, const struct profile_frame *asking,
                    uint32_t past_allocator)
{
    if (!asking || past_allocator > 0 || asking->kind == OWNER_STD || asking->kind == OWNER_RT ||
        !asking->function[0] || strstr(asking->function, "::"))
        return false;
    return asking->line ? is_c_source(asking->file)
                        : strcmp(asking->object, profile->program.exe) != 0;
}

/* What the C library does for std is std's, and C++'s operator new is asked by somebody else. */
static bool is_its_own(const struct profile_frame *asking)
{
    return asking->kind != OWNER_LIBC && strncmp(asking->function, "operator new", 12) != 0;
}

/* ---- a point's sets ---- */

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
    const struct profile_frame *asking = find_asking(profile, point);
    facts->of_c = is_of_c(profile, asking, past);
    if (facts->of_c && is_its_own(asking))
        facts->leaf |= FACT_C_CODE;
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
        if (of_crate && !frame->jumped && frame->function[0] &&
            !is_part_of(user->function, frame->function))
            return i;
    }
    return PROFILE_NONE;
}

/* ---- tail calls ---- */

/* Its last part, which the functions' own names are compared with. */
static void last_part(const char *function, size_t n, char *to, size_t room)
{
    size_t start = n;
    while (start > 0 && function[start - 1] != ':')
        start--;
    snprintf(to, room, "%.*s", (int)(n - start), function + start);
}

/* A function that ends in a call of a generic of std becomes a jump, and its frame is gone; the
 * closure in the generic's arguments still names it. */
static void find_tail_call(struct facts *facts, const struct profile *profile,
                           const struct profile_point *point, struct arena *arena)
{
    char own[BASE_BYTES], base[BASE_BYTES];
    size_t n = 0;
    if (facts->user.basis != USER_FRAME_OWN || facts->user.at < 1)
        return;
    const struct profile_frame *outermost = frame_at(profile, point, facts->user.at - 1);
    if (outermost->inlined || outermost->kind != OWNER_STD)
        return;
    const char *at = outermost->name, *function = closure_name_next(&at, &n);
    if (!function)
        return;
    last_part(function, n, base, sizeof(base));
    for (uint32_t i = 0; i < point->depth; i++) {
        const struct profile_frame *frame = frame_at(profile, point, i);
        frame_base(frame, own, sizeof(own));
        if (frame->kind == OWNER_USER && strcmp(own, base) == 0)
            return;
    }
    facts->tail_called = true;
    facts->closure = closure_name_readable(function, n, arena);
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

/* An element's clone lies inside of the Vec's to_vec. */
static bool is_of_whole_copy(const struct facts *facts, const struct profile_point *point,
                             const uint64_t *by_frame)
{
    uint32_t end = facts->user.at == PROFILE_NONE ? facts->leaf_end : facts->user.at;
    bool element = false;

    for (uint32_t i = 0; facts->leaf & FACT_CLONE && i < end; i++) {
        uint64_t frame = by_frame[point->stack[i]];
        if (element && frame & FACT_TO_VEC)
            return true;
        element = element || frame & FACT_CLONE;
    }
    return false;
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

/* Where the making names no type its end may: rustc 1.63 makes vec![a, b] by exchange_malloc alone,
 * without a generic argument. */
static void find_types_at_end(struct facts *facts, const struct profile *profile,
                              struct arena *arena)
{
    if (facts->types.container[0] || facts->types.element[0])
        return;
    for (uint32_t i = 0; i < facts->ends.free_depth; i++)
        if (fact_types_of_drop(&facts->types, &profile->frames[facts->ends.free_stack[i]], arena))
            return;
}

/* What is worked out once for all points. */
struct finder {
    const struct profile *profile;
    struct facts *facts;
    struct arena *arena;
    uint64_t *by_frame;   /* facts of each frame, the caller's */
    uint64_t *most;       /* by point: samples of the free stack whose types are kept */
    struct intern leaves; /* stacks up to the end of the leaf: */
    uint32_t *of_leaf;    /* the first point that has each, whose types are those of all */
};

static int find_point(struct finder *f, uint32_t index)
{
    struct facts *facts = &f->facts[index];
    const struct profile *profile = f->profile;
    const struct profile_point *point = &profile->points[index];

    memset(facts, 0, sizeof(*facts));
    facts->closure = facts->ends.dropped = facts->ends.owner = "";
    facts->user = user_frame_find(profile, point);
    if (facts->user.at != PROFILE_NONE)
        facts->owner = frame_at(profile, point, facts->user.at)->kind;
    find_sets(facts, profile, point, f->by_frame);
    facts->of_whole_copy = is_of_whole_copy(facts, point, f->by_frame);
    facts->caller = find_caller(profile, point, facts);
    facts->part = crate_part(profile, point, facts->leaf_end,
                             facts->user.at == PROFILE_NONE ? point->depth : facts->user.at);
    find_tail_call(facts, profile, point, f->arena);
    uint32_t known = f->leaves.count;
    int64_t leaf =
        intern_bytes(&f->leaves, point->stack, facts->leaf_end * sizeof(point->stack[0]));
    if (leaf < 0)
        return -1;
    if ((uint32_t)leaf < known && f->facts[f->of_leaf[leaf]].leaf == facts->leaf) {
        facts->types = f->facts[f->of_leaf[leaf]].types;
        return 0;
    }
    f->of_leaf[leaf] = index;
    find_types(facts, profile, point, f->arena);
    return 0;
}

int facts_find(struct facts *facts, uint64_t *by_frame, const struct profile *profile,
               struct arena *arena)
{
    struct finder f = {
        .profile = profile,
        .facts = facts,
        .arena = arena,
        .by_frame = by_frame,
        .most = calloc((size_t)profile->point_count + 1, sizeof(uint64_t)),
        .of_leaf = calloc((size_t)profile->point_count + 1, sizeof(uint32_t)),
    };
    int result = f.most && f.of_leaf ? 0 : -1;
    for (uint32_t i = 1; result == 0 && i < profile->frame_count; i++)
        f.by_frame[i] = frame_facts(&profile->frames[i]);
    for (uint32_t i = 0; result == 0 && i < profile->point_count; i++)
        result = find_point(&f, i);
    if (result == 0)
        find_ends(facts, profile, f.by_frame, f.most, arena);
    for (uint32_t i = 0; result == 0 && i < profile->point_count; i++)
        find_types_at_end(&facts[i], profile, arena);
    intern_free(&f.leaves);
    free(f.most);
    free(f.of_leaf);
    return result;
}

uint64_t facts_inside(const struct profile *profile, const uint64_t *by_frame,
                      const uint32_t *stack, uint32_t depth)
{
    struct profile_point point = {.stack = (uint32_t *)stack, .depth = depth};
    struct user_frame user = user_frame_find(profile, &point);
    uint32_t end = user.at == PROFILE_NONE ? depth : user.at;

    return union_of(by_frame, &point, 0, end) & ~(uint64_t)FRAME_MARKS;
}
