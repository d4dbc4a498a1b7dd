/* small_blocks.c - see small_blocks.h. */
#include "analyzer/rules/small_blocks.h"
#include "analyzer/rules/evidence.h"
#include "analyzer/rules/temporary.h"

#include <string.h>

/* What a Vec and a Box are beside their block; a SmallVec's length and tag. */
#define VEC_HEADER_BYTES 24
#define POINTER_BYTES 8
#define SMALL_VEC_HEADER_BYTES 8
#define SMALL_VEC_LEAST_BYTES 16 /* inside, where a pointer and a capacity have to fit too */

const char *const small_kind_words[] = {
    [SMALL_COPY] = "blocks of copies",
    [SMALL_VEC] = "Vecs",
    [SMALL_TEXT] = "texts",
    [SMALL_BOX] = "boxes",
    [SMALL_SHARED] = "Rcs or Arcs",
    [SMALL_UNKNOWN] = "blocks",
};

/* ---- what they are ---- */

#define TEXTS (FACT_TO_STRING | FACT_FORMAT | FACT_LINES | FACT_READ_LINE | FACT_PATH)
#define VECS                                                                                       \
    (FACT_WITH_CAPACITY | FACT_COLLECT | FACT_EXTEND | FACT_TO_VEC | FACT_VEC_LITERAL | FACT_GROW)

/* A Vec<u8> that the code asked for as such is none. */
static bool is_text(const struct fact_types *types)
{
    return strcmp(types->container, "String") == 0 || strcmp(types->container, "PathBuf") == 0 ||
           strcmp(types->container, "OsString") == 0 ||
           (strcmp(types->element, "u8") == 0 && strcmp(types->container, "Vec") != 0);
}

enum small_kind small_kind_of(const struct facts *facts)
{
    const struct fact_types *types = &facts->types;
    if (temporary_of(facts) == TEMPORARY_CLONE) /* of any type: a struct's fields and elements */
        return SMALL_COPY;
    if (facts->leaf & (FACT_RC | FACT_ARC))
        return SMALL_SHARED;
    if (is_text(types) || (facts->leaf & TEXTS))
        return SMALL_TEXT;
    if (strcmp(types->container, "Vec") == 0 || ((facts->leaf & VECS) && !(facts->leaf & FACT_BOX)))
        return types->element[0] ? SMALL_VEC : SMALL_UNKNOWN;
    return facts->leaf & FACT_BOX ? SMALL_BOX : SMALL_UNKNOWN;
}

/* ---- groups of a line ---- */

bool small_groups_start(struct small_groups *groups, const struct evidence *evidence,
                        const struct case_of_line *one, double most_bytes,
                        struct findings *findings)
{
    *groups = (struct small_groups){.one = one, .most_bytes = most_bytes};
    groups->taken = arena_alloc(evidence->scratch, one->count * sizeof(bool) + 1);
    if (!groups->taken)
        findings->failed = true;
    return groups->taken != NULL;
}

static bool is_small(const struct small_groups *groups, const struct profile_point *point)
{
    return point->peak_blocks &&
           (double)point->peak_bytes <= groups->most_bytes * (double)point->peak_blocks;
}

static bool same_making(const struct facts *a, const struct facts *x)
{
    enum small_kind kind = small_kind_of(a);
    return kind == small_kind_of(x) &&
           (kind == SMALL_COPY || strcmp(a->types.element, x->types.element) == 0);
}

/* The points of the group, which begins at the place `first`. */
static uint32_t take(struct small_groups *groups, const struct evidence *e, uint32_t first,
                     uint32_t *points)
{
    const struct case_of_line *one = groups->one;
    const struct facts *like = &e->facts[one->points[first]];
    uint32_t count = 0;
    for (uint32_t i = first; i < one->count; i++) {
        uint32_t point = one->points[i];
        if (groups->taken[i] || !is_small(groups, &e->profile->points[point]) ||
            !same_making(like, &e->facts[point]))
            continue;
        groups->taken[i] = true;
        points[count++] = point;
    }
    return count;
}

bool small_groups_next(struct small_groups *groups, const struct evidence *e,
                       struct case_of_line *group, struct findings *findings)
{
    const struct case_of_line *one = groups->one;
    while (groups->next < one->count &&
           (groups->taken[groups->next] ||
            !is_small(groups, &e->profile->points[one->points[groups->next]])))
        groups->next++;
    if (groups->next == one->count)
        return false;
    uint32_t *points = arena_alloc(e->scratch, one->count * sizeof(*points));
    if (!points) {
        findings->failed = true;
        return false;
    }
    group->site = one->site;
    group->caller_frame = one->caller_frame;
    case_of_points(group, e, points, take(groups, e, groups->next, points));
    return true;
}

/* ---- what they cost ---- */

/* glibc's chunk for so many bytes; of another allocator at least the block, in steps of 8. */
static uint64_t chunk_of(const struct profile *profile, uint64_t bytes)
{
    if (*profile->program.allocator)
        return bytes ? (bytes + 7) & ~7ull : 8;
    uint64_t chunk = (bytes + 8 + 15) & ~15ull;
    return chunk < 32 ? 32 : chunk;
}

static uint64_t least(uint64_t a, uint64_t x)
{
    return a < x ? a : x;
}

/* What nine of ten blocks do not exceed. Buckets are powers of two, so the largest of all bounds
 * it. */
static uint64_t biggest(const struct tally *t, const struct small_blocks *small)
{
    if (t->final_hist.sum * 10 > t->births)
        return least(tally_percentile(&t->final_hist, 0.9).high, t->final_max);
    if (t->sizes.sum)
        return least(tally_percentile(&t->sizes, 0.9).high, t->size_max);
    return small->mean;
}

/* A Vec of few elements may keep them inside: its chunk goes, its own room grows. */
static void measure_vec(const struct case_of_line *one, uint64_t most_elements,
                        struct small_blocks *small)
{
    if (one->facts->types.element_bytes == 0)
        return;
    small->element_bytes = temporary_element_bytes(one); /* of vec![a, b], not of its box */
    uint64_t elements =
        (biggest(&one->tally, small) + small->element_bytes - 1) / small->element_bytes;
    if (elements > most_elements)
        return;
    uint64_t inside = (elements * small->element_bytes + 7) & ~7ull;
    inside = inside < SMALL_VEC_LEAST_BYTES ? SMALL_VEC_LEAST_BYTES : inside;
    uint64_t now = small->chunk + VEC_HEADER_BYTES, then = inside + SMALL_VEC_HEADER_BYTES;
    small->elements = elements;
    small->each = now > then ? now - then : 0;
}

struct small_blocks small_blocks_of(const struct profile *profile, const struct case_of_line *group,
                                    uint64_t most_elements)
{
    const struct tally *t = &group->tally;
    struct small_blocks small = {.kind = small_kind_of(group->facts), .live = t->peak_blocks};
    small.mean = t->peak_blocks ? t->peak_bytes / t->peak_blocks : 0;
    small.chunk = chunk_of(profile, small.mean);
    if (small.kind == SMALL_VEC)
        measure_vec(group, most_elements, &small);
    else if (small.kind == SMALL_COPY)
        small.each = small.chunk;
    else if (small.kind == SMALL_BOX)
        small.each = small.chunk + POINTER_BYTES - small.mean;
    else
        small.each = small.chunk - small.mean;
    return small;
}
