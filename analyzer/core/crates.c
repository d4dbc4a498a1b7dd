/* crates.c - see crates.h. Called once per profile, by whoever asks the rules.
 *
 * The order is total (equal figures fall back to the name), so the same profile gives the same
 * list.
 */
#include "analyzer/core/crates.h"
#include "analyzer/core/intern.h"
#include "analyzer/core/own_crates.h"
#include "analyzer/core/user_frame.h"

#include <stdlib.h>
#include <string.h>

/* ---- whose a frame is ---- */

/* std, core, alloc and what they are built from are one to their user. */
#define NAME_OF_STD "std"
#define NAME_OF_LIBC "libc"

/* The file name of the program, which is what cargo calls the binary, for frames of the user's
 * whose crate no name on the stack tells. */
static const char *name_of_program(const struct profile *profile)
{
    const char *exe = profile->program.exe;
    const char *slash = strrchr(exe, '/');
    return slash ? slash + 1 : exe;
}

/* Inlined frames of line tables have no linkage name, so no crate: the function that they are
 * inlined into has one, and mostly the same. It is that of all the user's frames from here up to
 * *until. */
static const char *name_of_user(const struct profile *profile, const struct profile_point *point,
                                uint32_t place, uint32_t *until)
{
    for (*until = place; *until < point->depth; ++*until) {
        const struct profile_frame *frame = &profile->frames[point->stack[*until]];
        if (frame->kind == OWNER_USER && frame->crate[0])
            return frame->crate;
    }
    return name_of_program(profile);
}

/* The crate of a frame; "" for frames that are nobody's. */
static const char *name_at(const struct profile *profile, const struct profile_point *point,
                           uint32_t place)
{
    const struct profile_frame *frame = &profile->frames[point->stack[place]];
    uint32_t until;
    switch (frame->kind) {
    case OWNER_USER:
        return name_of_user(profile, point, place, &until);
    case OWNER_DEP:
        return frame->crate;
    case OWNER_STD:
    case OWNER_RT: /* of a stack that has nothing else: it is std's start of the program */
        return NAME_OF_STD;
    case OWNER_LIBC:
        return NAME_OF_LIBC;
    default:
        return "";
    }
}

static bool is_of_a_crate(enum owner owner)
{
    return owner == OWNER_USER || owner == OWNER_DEP;
}

/* What is known of a stack without a crate, the best of it: std over the C library. */
static uint32_t place_without_crate(const struct profile *profile,
                                    const struct profile_point *point)
{
    uint32_t libc = PROFILE_NONE;
    for (uint32_t i = 0; i < point->depth; i++) {
        enum owner kind = profile->frames[point->stack[i]].kind;
        if (kind == OWNER_STD)
            return i;
        if (kind == OWNER_LIBC && libc == PROFILE_NONE)
            libc = i;
    }
    return libc;
}

/* The place of the frame whose crate has the point; PROFILE_NONE: nothing is known. An allocator's
 * own frames do not ask for memory, they give it. */
static uint32_t deciding_place(const struct profile *profile, const struct profile_point *point)
{
    for (uint32_t i = user_frame_past_allocator(profile, point); i < point->depth; i++)
        if (is_of_a_crate(profile->frames[point->stack[i]].kind))
            return i;
    return place_without_crate(profile, point);
}

const char *crates_of_point(const struct profile *profile, const struct profile_point *point,
                            enum owner *owner)
{
    uint32_t place = deciding_place(profile, point);
    if (owner)
        *owner = place == PROFILE_NONE ? OWNER_NONE : profile->frames[point->stack[place]].kind;
    return place == PROFILE_NONE ? "" : name_at(profile, point, place);
}

/* ---- adding up ---- */

struct builder {
    struct crates *crates;
    const struct profile *profile;
    struct intern names; /* numbers are indexes in crates->list */
    uint32_t *seen;      /* by crate: 1 + the latest point that was under it */
    size_t room;
};

static void add(uint64_t *sum, uint64_t more)
{
    if (__builtin_add_overflow(*sum, more, sum)) /* only a lying file gets here */
        *sum = UINT64_MAX;
}

static int make_room(struct builder *b)
{
    if (b->crates->count < b->room)
        return 0;
    size_t room = b->room ? b->room * 2 : 32;
    struct crate_sums *list = realloc(b->crates->list, room * sizeof(*list));
    if (list)
        b->crates->list = list;
    uint32_t *seen = realloc(b->seen, room * sizeof(*seen));
    if (seen)
        b->seen = seen;
    if (!list || !seen)
        return -1;
    b->room = room;
    return 0;
}

/* The number of the crate, which is new or not. -1: no memory. */
static int64_t number_of(struct builder *b, const char *name, enum owner owner)
{
    if (make_room(b) != 0)
        return -1;
    int64_t number = intern_string(&b->names, name);
    if (number >= 0 && (size_t)number == b->crates->count) {
        b->crates->list[number] = (struct crate_sums){.name = name, .owner = owner};
        b->seen[number] = 0;
        b->crates->count++;
    }
    return number;
}

static void add_to(struct crate_sums *sums, const struct profile *profile,
                   const struct profile_point *point, double ns)
{
    add(&sums->points, 1);
    add(&sums->bytes, point->total_bytes);
    add(&sums->blocks, point->total_blocks);
    add(&sums->short_lived_blocks, profile_short_lived(profile, point));
    add(&sums->reallocs, point->own ? point->own->reallocs : 0);
    add(&sums->peak_bytes, point->peak_bytes);
    add(&sums->end_bytes, point->end_bytes);
    sums->ns += ns;
}

static void add_under(struct builder *b, const struct profile_point *point, int64_t number,
                      uint32_t stamp)
{
    if (b->seen[number] == stamp)
        return;
    b->seen[number] = stamp;
    add(&b->crates->list[number].under_bytes, point->total_bytes);
    add(&b->crates->list[number].under_blocks, point->total_blocks);
}

/* The crates on the stack, each once. A file may have a stack of any depth, so the user's name is
 * not looked for at each frame anew. */
static int take_stack(struct builder *b, const struct profile_point *point, uint32_t stamp)
{
    const char *user = NULL;
    uint32_t until = 0;
    for (uint32_t i = 0; i < point->depth; i++) {
        enum owner owner = b->profile->frames[point->stack[i]].kind;
        if (!is_of_a_crate(owner))
            continue;
        if (owner == OWNER_USER && (!user || i > until))
            user = name_of_user(b->profile, point, i, &until);
        int64_t number =
            number_of(b, owner == OWNER_USER ? user : name_at(b->profile, point, i), owner);
        if (number < 0)
            return -1;
        add_under(b, point, number, stamp);
    }
    return 0;
}

static int take_point(struct builder *b, uint32_t index, double ns)
{
    const struct profile_point *point = &b->profile->points[index];
    enum owner owner;
    const char *name = crates_of_point(b->profile, point, &owner);
    int64_t number = number_of(b, name, owner);
    if (number < 0)
        return -1;
    add_to(&b->crates->list[number], b->profile, point, ns);
    add_to(&b->crates->all, b->profile, point, ns);
    add_under(b, point, number, index + 1);
    return take_stack(b, point, index + 1);
}

static int by_weight(const void *left, const void *right)
{
    const struct crate_sums *a = left, *b = right;
    if (a->ns != b->ns)
        return a->ns < b->ns ? 1 : -1;
    if (a->bytes != b->bytes)
        return a->bytes < b->bytes ? 1 : -1;
    if (a->under_bytes != b->under_bytes)
        return a->under_bytes < b->under_bytes ? 1 : -1;
    return strcmp(a->name, b->name);
}

int crates_build(struct crates *crates, const struct profile *profile, const double *ns_of_point,
                 struct error *error)
{
    memset(crates, 0, sizeof(*crates));
    crates->all.name = "";
    struct builder b = {.crates = crates, .profile = profile};
    int result = 0;
    for (uint32_t i = 0; i < profile->point_count && result == 0; i++)
        result = take_point(&b, i, ns_of_point ? ns_of_point[i] : 0);
    intern_free(&b.names);
    free(b.seen);
    if (result != 0) {
        crates_free(crates);
        return error_set(error, "%s: not enough memory for the crates of its %u program points",
                         profile->path, profile->point_count);
    }
    crates->all.under_bytes = crates->all.bytes;
    crates->all.under_blocks = crates->all.blocks;
    if (crates->count)
        qsort(crates->list, crates->count, sizeof(*crates->list), by_weight);
    return 0;
}

void crates_free(struct crates *crates)
{
    free(crates->list);
    memset(crates, 0, sizeof(*crates));
}

const struct crate_sums *crates_find(const struct crates *crates, const char *name)
{
    for (size_t i = 0; i < crates->count; i++)
        if (own_crates_same(crates->list[i].name, name))
            return &crates->list[i];
    return NULL;
}
