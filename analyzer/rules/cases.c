/* cases.c - see cases.h. Used by nearly every rule.
 *
 * Points come site by site, so each case is whole when its site is; one site's points are
 * grouped by caller first, and put together again where the callers' needs do not differ.
 */
#define _GNU_SOURCE /* qsort_r */
#include "analyzer/rules/cases.h"
#include "analyzer/rules/evidence.h"
#include "analyzer/rules/rules.h"

#include <stdlib.h>
#include <string.h>

#define CALLERS 32       /* told apart at one site */
#define CALLER_SHARE 0.1 /* of the blocks or of the bytes: a caller that counts */
#define SIZES_APART 2    /* powers of two between two callers' medians: different needs */
#define SIZES_TOGETHER 2 /* from a tenth to nine tenths of one caller's sizes: one need */
#define FREED_APART 0.4  /* between two callers' shares of freed blocks: different fates */

static const uint64_t runtime_facts =
    FACT_BEFORE_MAIN | FACT_PANIC | FACT_BACKTRACE | FACT_AT_EXIT | FACT_STD_LAZY;

/* ---- which points ---- */

static bool passes_set(uint64_t set, uint64_t all, uint64_t any, uint64_t none)
{
    return (set & all) == all && (!any || (set & any)) && !(set & none);
}

static bool passes(const struct facts *facts, const struct case_filter *filter)
{
    if (!filter->runtime && ((facts->inside & runtime_facts) || (facts->around & FACT_BACKTRACE)))
        return false;
    return passes_set(facts->leaf, filter->leaf_all, filter->leaf_any, filter->leaf_none) &&
           passes_set(facts->inside, 0, filter->inside_any, filter->inside_none) &&
           passes_set(facts->around, 0, filter->around_any, filter->around_none) &&
           (!filter->accept || filter->accept(facts));
}

/* ---- callers ---- */

struct caller {
    uint32_t frame; /* in profile.frames; PROFILE_NONE: none is known */
    uint32_t count; /* of points */
    struct tally tally;
};

struct grouping {
    const struct evidence *evidence;
    const uint32_t *points; /* of one site, that pass */
    uint32_t count;
    uint8_t *caller_of;     /* by place in points */
    struct caller *callers; /* CALLERS of them; the last takes what is beyond */
    uint32_t caller_count;
};

static uint32_t caller_frame(const struct evidence *e, uint32_t point)
{
    uint32_t place = e->facts[point].caller;
    return place == PROFILE_NONE ? PROFILE_NONE : e->profile->points[point].stack[place];
}

static bool same_caller(const struct evidence *e, uint32_t a, uint32_t b)
{
    if (a == PROFILE_NONE || b == PROFILE_NONE)
        return a == b;
    return e->place[a] == e->place[b];
}

static void group_by_caller(struct grouping *g)
{
    g->caller_count = 0;
    for (uint32_t i = 0; i < g->count; i++) {
        uint32_t frame = caller_frame(g->evidence, g->points[i]), c = 0;
        while (c < g->caller_count && !same_caller(g->evidence, g->callers[c].frame, frame))
            c++;
        if (c == CALLERS)
            c--;
        if (c == g->caller_count)
            g->callers[g->caller_count++] = (struct caller){.frame = frame};
        g->caller_of[i] = (uint8_t)c;
        g->callers[c].count++;
        tally_add(&g->callers[c].tally, g->evidence, g->points[i]);
    }
}

static const struct tally_hist *needs(const struct tally *t)
{
    return t->final_hist.sum ? &t->final_hist : &t->sizes;
}

static int log2_at(const struct tally_hist *hist, double share)
{
    uint64_t low = tally_percentile(hist, share).low;
    return low ? 63 - __builtin_clzll(low) : 0;
}

static bool counts(const struct caller *caller, const struct tally *all)
{
    return caller->frame != PROFILE_NONE &&
           ((double)caller->tally.births >= CALLER_SHARE * (double)all->births ||
            (double)caller->tally.bytes >= CALLER_SHARE * (double)all->bytes);
}

static bool has_one_need(const struct tally *t)
{
    return log2_at(needs(t), 0.9) - log2_at(needs(t), 0.1) <= SIZES_TOGETHER;
}

static bool differ(const struct tally *a, const struct tally *b)
{
    int apart = log2_at(needs(a), 0.5) - log2_at(needs(b), 0.5);
    double freed = tally_share(a->freed, a->births) - tally_share(b->freed, b->births);
    if (freed > FREED_APART || freed < -FREED_APART)
        return true;
    return (apart >= SIZES_APART || apart <= -SIZES_APART) && has_one_need(a) && has_one_need(b);
}

/* Do any two callers that count have different needs? */
static bool is_to_be_split(const struct grouping *g)
{
    struct tally all = {0};
    for (uint32_t c = 0; c < g->caller_count; c++) {
        all.births += g->callers[c].tally.births;
        all.bytes += g->callers[c].tally.bytes;
    }
    for (uint32_t a = 0; a < g->caller_count; a++)
        for (uint32_t b = a + 1; b < g->caller_count; b++)
            if (counts(&g->callers[a], &all) && counts(&g->callers[b], &all) &&
                differ(&g->callers[a].tally, &g->callers[b].tally))
                return true;
    return false;
}

/* ---- cases ---- */

struct finder {
    const struct evidence *evidence;
    const struct case_filter *filter;
    struct case_of_line *list;
    uint32_t count, room;
};

static uint32_t top_of(const struct profile *p, const uint32_t *points, uint32_t count)
{
    uint32_t top = points[0];
    for (uint32_t i = 1; i < count; i++)
        if (p->points[points[i]].total_blocks > p->points[top].total_blocks)
            top = points[i];
    return top;
}

/* Adds the case of the points of one caller, or of all (PROFILE_NONE). */
static int add_case(struct finder *f, uint32_t site, const struct grouping *g, uint32_t caller)
{
    if (f->count == f->room) {
        uint32_t room = f->room ? f->room * 2 : 16;
        struct case_of_line *list = realloc(f->list, room * sizeof(*list));
        if (!list)
            return -1;
        f->list = list;
        f->room = room;
    }
    bool all = caller == PROFILE_NONE;
    uint32_t count = all ? g->count : g->callers[caller].count, n = 0;
    uint32_t *points = arena_alloc(f->evidence->arena, count * sizeof(*points));
    if (!points)
        return -1;
    for (uint32_t i = 0; i < g->count; i++)
        if (all || g->caller_of[i] == caller)
            points[n++] = g->points[i];
    struct case_of_line *one = &f->list[f->count++];
    memset(one, 0, sizeof(*one));
    one->site = site;
    one->points = points;
    one->count = n;
    one->top = top_of(f->evidence->profile, points, n);
    one->facts = &f->evidence->facts[one->top];
    one->caller_frame = all ? PROFILE_NONE : g->callers[caller].frame;
    tally_points(&one->tally, f->evidence, points, n);
    return 0;
}

static int compare_callers(const void *left, const void *right, void *context)
{
    const struct grouping *g = context;
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    uint64_t x = g->callers[a].tally.births, y = g->callers[b].tally.births;
    return x != y ? (x < y ? 1 : -1) : (a > b) - (a < b);
}

static int add_split(struct finder *f, uint32_t site, struct grouping *g)
{
    uint32_t order[CALLERS];
    for (uint32_t c = 0; c < g->caller_count; c++)
        order[c] = c;
    qsort_r(order, g->caller_count, sizeof(order[0]), compare_callers, g);
    for (uint32_t c = 0; c < g->caller_count; c++)
        if (add_case(f, site, g, order[c]) != 0)
            return -1;
    return 0;
}

/* A point of a site that passes, and what it is grouped by before all else: the user's own line
 * first, then each line of a dependency. */
struct candidate {
    uint32_t group; /* 0, or place of the dependency + 1 */
    uint32_t order, point;
};

static int compare_candidates(const void *left, const void *right)
{
    const struct candidate *a = left, *b = right;
    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

static int look_at_group(struct finder *f, uint32_t site, struct grouping *g)
{
    if (!f->filter->no_split) {
        group_by_caller(g);
        if (is_to_be_split(g))
            return add_split(f, site, g);
    }
    return add_case(f, site, g, PROFILE_NONE);
}

static int look_at_site(struct finder *f, uint32_t index, struct grouping *g, uint32_t *points,
                        struct candidate *candidates)
{
    const struct evidence *e = f->evidence;
    const struct site *site = &e->sites->site[index];
    uint32_t count = 0;
    for (uint32_t i = 0; i < site->points; i++) {
        uint32_t point = e->sites->point[site->first + i];
        if (passes(&e->facts[point], f->filter))
            candidates[count++] = (struct candidate){e->dependency[point] + 1, i, point};
    }
    qsort(candidates, count, sizeof(*candidates), compare_candidates);
    for (uint32_t i = 0; i < count;) {
        uint32_t group = candidates[i].group;
        for (g->count = 0; i < count && candidates[i].group == group; i++)
            points[g->count++] = candidates[i].point;
        if (look_at_group(f, index, g) != 0)
            return -1;
    }
    return 0;
}

static int look_at_all(struct finder *f)
{
    const struct sites *sites = f->evidence->sites;
    size_t most = 1;
    for (uint32_t i = 0; i < sites->count; i++)
        if (sites->site[i].points > most)
            most = sites->site[i].points;
    uint32_t *points = malloc(most * sizeof(*points));
    struct candidate *candidates = malloc(most * sizeof(*candidates));
    struct grouping g = {
        .evidence = f->evidence,
        .points = points,
        .caller_of = malloc(most),
        .callers = malloc(CALLERS * sizeof(struct caller)),
    };
    int result = points && candidates && g.caller_of && g.callers ? 0 : -1;
    for (uint32_t i = 0; result == 0 && i < sites->count; i++)
        result = look_at_site(f, i, &g, points, candidates);
    free(points);
    free(candidates);
    free(g.caller_of);
    free(g.callers);
    return result;
}

struct cases cases_find(const struct evidence *evidence, const struct case_filter *filter,
                        struct findings *findings)
{
    struct finder f = {evidence, filter, NULL, 0, 0};
    struct cases cases = {NULL, 0};
    if (look_at_all(&f) == 0)
        cases.list = arena_alloc(evidence->arena, f.count * sizeof(*cases.list));
    if (cases.list) {
        cases.count = f.count;
        if (f.count)
            memcpy(cases.list, f.list, f.count * sizeof(*cases.list));
    } else {
        findings->failed = true;
    }
    free(f.list);
    return cases;
}
