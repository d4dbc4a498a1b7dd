/* containers.c - see containers.h. Used by the rules about hash tables and about buffers that
 * are replaced.
 */
#include "analyzer/rules/containers.h"
#include "analyzer/rules/evidence.h"

#include <string.h>

/* From the largest sizes on: so many containers began at this size or above, or came to it from
 * below; who came from the same bucket is counted twice, therefore the limit. */
static void find_finals(struct containers *c, const struct tally *t)
{
    uint64_t above = 0, began = 0;

    for (uint32_t b = PROFILE_BUCKETS; b-- > 0;) {
        uint64_t born = t->sizes.count[b], stepped = t->handover_inside_final.count[b];
        began += born > stepped ? born - stepped : 0;
        uint64_t reached = began + stepped;
        reached = reached < above ? above : reached < c->count ? reached : c->count;
        tally_hist_add(&c->finals, b, reached - above);
        above = reached;
    }
}

struct containers containers_of(const struct tally *tally)
{
    struct containers c = {.steps = tally->handovers_in, .old_bytes = tally->handovers_in_bytes};
    uint64_t first_inside = tally->births > c.steps ? tally->births - c.steps : 0;
    uint64_t from_outside =
        c.steps > tally->handovers_inside ? c.steps - tally->handovers_inside : 0;

    c.count = first_inside + from_outside;
    find_finals(&c, tally);
    return c;
}

/* ---- do they stay where they were made? ---- */

static uint64_t minus(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

/* Which lifetimes were those of given-up blocks is not known: taken for the shortest, so that the
 * others are not thought to live shorter than they do. */
static void take_shortest(struct tally_hist *hist, uint64_t count)
{
    for (uint32_t b = 0; b < PROFILE_BUCKETS; b++) {
        uint64_t taken = hist->count[b] < count ? hist->count[b] : count;
        hist->count[b] -= taken;
        hist->sum -= taken;
        count -= taken;
    }
}

/* In growth blocks are freed by who made them or by a caller, as the container is handed about. */
static void take_growth(struct fact_ends *ends)
{
    uint64_t here = ends->in_growth < ends->same_function ? ends->in_growth : ends->same_function;

    ends->samples = minus(ends->samples, ends->in_growth);
    ends->same_function -= here;
    ends->caller = minus(ends->caller, ends->in_growth - here);
}

bool containers_local(const struct tally *tally)
{
    struct tally last = *tally;

    last.births = minus(last.births, last.handovers_inside);
    last.freed = minus(last.freed, last.handovers_inside);
    last.short_lived = minus(last.short_lived, last.handovers_inside);
    take_shortest(&last.life_allocs_hist, last.handovers_inside);
    take_growth(&last.ends);
    bool elements = last.ends.samples && last.ends.in_container * 2 >= last.ends.samples;
    return !elements && gate_local(&last);
}

/* ---- containers of one line ---- */

static uint64_t first_size(const struct profile_point *point)
{
    return point->own && point->own->size_min == point->own->size_max ? point->own->size_min : 0;
}

static bool alike(const struct evidence *e, uint32_t a, uint32_t b)
{
    const struct fact_types *x = &e->facts[a].types, *y = &e->facts[b].types;

    if (strcmp(x->element, y->element) != 0 || strcmp(x->container, y->container) != 0 ||
        strcmp(x->key, y->key) != 0 || strcmp(x->value, y->value) != 0)
        return false;
    if (x->element[0] || x->key[0])
        return true;
    uint64_t m = first_size(&e->profile->points[a]), n = first_size(&e->profile->points[b]);
    return m == n || !m || !n;
}

/* Appends the point to its part; `room` points for each. */
static void put(const struct evidence *e, uint32_t point, struct case_of_line *parts,
                uint32_t *points, uint32_t room, uint32_t *count)
{
    uint32_t i = 0;
    while (i < *count && !alike(e, points[(size_t)i * room], point))
        i++;
    if (i == CONTAINERS_PARTS)
        i--;
    if (i == *count) {
        parts[i].count = 0;
        (*count)++;
    }
    points[(size_t)i * room + parts[i].count++] = point;
}

uint32_t containers_split(const struct evidence *e, const struct case_of_line *all,
                          bool (*wanted)(const struct profile_point *point),
                          struct case_of_line parts[CONTAINERS_PARTS], struct findings *findings)
{
    uint32_t count = 0;
    uint32_t *points =
        arena_alloc(e->scratch, CONTAINERS_PARTS * (size_t)all->count * sizeof(*points));

    if (!points) {
        findings->failed = true;
        return 0;
    }
    for (uint32_t i = 0; i < all->count; i++)
        if (wanted(&e->profile->points[all->points[i]]))
            put(e, all->points[i], parts, points, all->count, &count);
    for (uint32_t i = 0; i < count; i++) {
        parts[i].site = all->site;
        parts[i].caller_frame = all->caller_frame;
        case_of_points(&parts[i], e, points + (size_t)i * all->count, parts[i].count);
    }
    return count;
}
