/* cases.c - see cases.h. Used by nearly every rule.
 *
 * Points come site by site, so a case is whole as soon as its site has been looked at: they are
 * made one by one, when asked for. A list of all would be gigabytes where 100,000 lines allocate.
 * One site's points are grouped by the line of a dependency first, then by caller.
 */
#include "analyzer/rules/cases.h"
#include "analyzer/rules/callers.h"
#include "analyzer/rules/evidence.h"
#include "analyzer/rules/crate_parts.h"

#include <stdlib.h>
#include <string.h>

#define PREFETCH 8 /* points ahead, whose facts are fetched meanwhile */

static const uint64_t runtime_facts =
    FACT_BEFORE_MAIN | FACT_PANIC | FACT_BACKTRACE | FACT_AT_EXIT | FACT_STD_LAZY;

/* A point of a site that passes, and what it is grouped by before all else: the user's own line
 * first, then each line of a dependency. */
struct candidate {
    uint32_t group; /* 0, or place of the dependency + 1 */
    uint32_t order, point;
};

struct cases {
    const struct evidence *evidence;
    struct findings *findings;
    struct case_filter filter;
    uint32_t next_site;
    struct candidate *candidates; /* of the site before next_site; sorted */
    uint32_t candidate_count, next_candidate;
    uint32_t *points; /* of the group at hand */
    uint32_t count;
    struct callers callers; /* of the group */
    uint32_t next_caller;   /* in callers.order; at its count there is no more to split */
    struct case_of_line one;
};

/* ---- which points ---- */

static bool passes_set(uint64_t set, uint64_t all, uint64_t any, uint64_t none)
{
    return (set & all) == all && (!any || (set & any)) && !(set & none);
}

static bool passes(const struct facts *facts, const struct case_filter *filter)
{
    if (!filter->runtime && ((facts->inside & runtime_facts) || (facts->around & FACT_BACKTRACE)))
        return false;
    if (!filter->parts && facts->part != CRATE_PART_NONE)
        return false;
    return passes_set(facts->leaf, filter->leaf_all, filter->leaf_any, filter->leaf_none) &&
           passes_set(facts->inside, 0, filter->inside_any, filter->inside_none) &&
           passes_set(facts->around, 0, filter->around_any, filter->around_none) &&
           (!filter->accept || filter->accept(facts));
}

uint64_t case_births(const struct profile_point *point)
{
    return point->own ? point->own->births : point->total_blocks;
}

/* Have the points of the group enough of what the rule needs much of? */
static bool has_enough(const struct cases *cases)
{
    const struct case_filter *filter = &cases->filter;
    uint64_t sum = 0;
    if (!filter->amount)
        return true;
    for (uint32_t i = 0; i < cases->count; i++) {
        uint64_t more = filter->amount(&cases->evidence->profile->points[cases->points[i]]);
        if (__builtin_add_overflow(sum, more, &sum))
            sum = UINT64_MAX;
    }
    return (double)sum >= filter->least;
}

/* ---- one site, one group of it ---- */

static int compare_candidates(const void *left, const void *right)
{
    const struct candidate *a = left, *b = right;
    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

static void take_site(struct cases *cases, const struct site *site)
{
    const struct evidence *e = cases->evidence;
    const uint32_t *points = e->sites->point + site->first;
    uint32_t count = 0, ahead = e->profile->point_count - site->first;
    for (uint32_t i = 0; i < site->points; i++) {
        uint32_t point = points[i];
        if (i + PREFETCH < ahead) /* every rule comes by here for every point */
            __builtin_prefetch(&e->facts[points[i + PREFETCH]].leaf);
        if (passes(&e->facts[point], &cases->filter))
            cases->candidates[count++] = (struct candidate){e->dependency[point] + 1, i, point};
    }
    if (count > 1)
        qsort(cases->candidates, count, sizeof(*cases->candidates), compare_candidates);
    cases->candidate_count = count;
    cases->next_candidate = 0;
}

static void take_group(struct cases *cases)
{
    uint32_t i = cases->next_candidate, group = cases->candidates[i].group;
    for (cases->count = 0; i < cases->candidate_count && cases->candidates[i].group == group; i++)
        cases->points[cases->count++] = cases->candidates[i].point;
    cases->next_candidate = i;
}

static bool next_group(struct cases *cases)
{
    const struct sites *sites = cases->evidence->sites;
    do {
        while (cases->next_candidate == cases->candidate_count) {
            if (cases->next_site == sites->count)
                return false;
            take_site(cases, &sites->site[cases->next_site++]);
        }
        take_group(cases);
    } while (!has_enough(cases));
    return true;
}

/* ---- one case ---- */

static uint32_t top_of(const struct profile *p, const uint32_t *points, uint32_t count)
{
    uint32_t top = points[0];
    for (uint32_t i = 1; i < count; i++)
        if (p->points[points[i]].total_blocks > p->points[top].total_blocks)
            top = points[i];
    return top;
}

void case_of_points(struct case_of_line *one, const struct evidence *e, const uint32_t *points,
                    uint32_t count)
{
    one->points = points;
    one->count = count;
    one->top = top_of(e->profile, points, count);
    one->facts = &e->facts[one->top];
    memset(&one->tally, 0, sizeof(one->tally));
    tally_points(&one->tally, e, points, count);
}

/* The case of the points of one caller, or of all (PROFILE_NONE). */
static const struct case_of_line *make_case(struct cases *cases, uint32_t caller)
{
    bool all = caller == PROFILE_NONE;
    uint32_t n = 0, room = all ? cases->count : cases->callers.list[caller].count;
    uint32_t *points = arena_alloc(cases->evidence->scratch, room * sizeof(*points));
    if (!points) {
        cases->findings->failed = true;
        return NULL;
    }
    for (uint32_t i = 0; i < cases->count; i++)
        if (all || cases->callers.of[i] == caller)
            points[n++] = cases->points[i];
    cases->one.site = cases->next_site - 1;
    cases->one.caller_frame = all ? PROFILE_NONE : cases->callers.list[caller].frame;
    case_of_points(&cases->one, cases->evidence, points, n);
    return &cases->one;
}

/* ---- all of them ---- */

struct cases *cases_find(const struct evidence *evidence, const struct case_filter *filter,
                         struct findings *findings)
{
    const struct sites *sites = evidence->sites;
    struct arena *arena = evidence->scratch;
    uint32_t most = 1;
    for (uint32_t i = 0; i < sites->count; i++)
        if (sites->site[i].points > most)
            most = sites->site[i].points;
    struct cases *cases = arena_alloc(arena, sizeof(*cases));
    if (cases) {
        cases->evidence = evidence;
        cases->findings = findings;
        cases->filter = *filter;
        cases->points = arena_alloc(arena, most * sizeof(*cases->points));
        cases->candidates = arena_alloc(arena, most * sizeof(*cases->candidates));
    }
    if (cases && cases->points && cases->candidates &&
        callers_start(&cases->callers, evidence, arena, most) == 0)
        return cases;
    findings->failed = true;
    return NULL;
}

const struct case_of_line *cases_next(struct cases *cases)
{
    if (!cases)
        return NULL;
    if (cases->next_caller < cases->callers.count)
        return make_case(cases, cases->callers.order[cases->next_caller++]);
    if (!next_group(cases))
        return NULL;
    if (cases->filter.no_split || !callers_differ(&cases->callers, cases->points, cases->count)) {
        cases->next_caller = cases->callers.count;
        return make_case(cases, PROFILE_NONE);
    }
    cases->next_caller = 1;
    return make_case(cases, cases->callers.order[0]);
}
