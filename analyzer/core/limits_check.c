/* limits_check.c - see limits_check.h. Used by `heapcoach check`. */
#include "analyzer/core/limits_check.h"
#include "analyzer/core/limits_index.h"
#include "analyzer/core/own_crates.h"

#include <stdlib.h>
#include <string.h>

struct checker {
    struct limits_results *results;
    const struct limits *limits;
    const struct limits_input *input;
    struct limits_index index; /* owned */
    uint64_t *of_site;         /* owned: measured per site, for the limit at hand */
    uint32_t *touched;         /* owned: the sites of which something was */
    uint32_t *selected;        /* owned: room for all points */
    struct error *error;
};

/* ---- numbers of a program point ---- */

static uint64_t point_value(const struct profile_point *point, enum limit_metric metric)
{
    switch (metric) {
    case LIMIT_BYTES:
        return point->total_bytes;
    case LIMIT_BLOCKS:
        return point->total_blocks;
    case LIMIT_PEAK_BYTES:
        return point->peak_bytes;
    case LIMIT_END_BYTES:
        return point->end_bytes;
    case LIMIT_REALLOCS:
        return point->own ? point->own->reallocs : 0;
    case LIMIT_BYTES_COPIED:
        return point->own ? point->own->bytes_copied : 0;
    default:
        return 0;
    }
}

static void add(uint64_t *sum, uint64_t more)
{
    if (__builtin_add_overflow(*sum, more, sum)) /* only a lying file gets here */
        *sum = UINT64_MAX;
}

/* ---- blame ---- */

/* Keeps the largest, in order. */
static void blame(struct limits_result *result, const struct site *site, uint64_t value)
{
    uint32_t at = result->blamed;
    if (value == 0)
        return;
    while (at > 0 && result->blame[at - 1].value < value)
        at--;
    if (at == LIMITS_BLAMED)
        return;
    if (result->blamed < LIMITS_BLAMED)
        result->blamed++;
    memmove(&result->blame[at + 1], &result->blame[at],
            (result->blamed - at - 1) * sizeof(result->blame[0]));
    result->blame[at] = (struct limits_blame){site, value};
}

static void judge(struct checker *c, struct limits_result *result)
{
    result->passed = result->found <= result->allowed;
    while (result->blamed && result->blame[result->blamed - 1].value < result->blame[0].value / 100)
        result->blamed--; /* not worth an annotation */
    if (result->passed)
        result->blamed = 0;
    else
        c->results->exceeded++;
}

/* ---- totals, functions, crates ---- */

static int compare_numbers(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Sums the points, and blames the sites that they belong to, in their order. */
static void measure(struct checker *c, struct limits_result *result, const uint32_t *points,
                    uint32_t count)
{
    const struct sites *sites = c->input->sites;
    uint32_t touched = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t site = sites->of_point[points[i]];
        uint64_t value = point_value(&c->input->profile->points[points[i]], result->limit->metric);
        if (!value)
            continue;
        if (!c->of_site[site])
            c->touched[touched++] = site;
        add(&result->found, value);
        add(&c->of_site[site], value);
    }
    qsort(c->touched, touched, sizeof(*c->touched), compare_numbers);
    for (uint32_t i = 0; i < touched; i++) {
        blame(result, &sites->site[c->touched[i]], c->of_site[c->touched[i]]);
        c->of_site[c->touched[i]] = 0;
    }
}

/* The innermost frame of a crate, std's apart, says whose block it is. */
static bool is_of_crate(const struct profile *profile, const struct profile_point *point,
                        const char *crate)
{
    for (uint32_t i = 0; i < point->depth; i++) {
        const struct profile_frame *frame = &profile->frames[point->stack[i]];
        if (frame->kind == OWNER_USER || frame->kind == OWNER_DEP)
            return own_crates_same(frame->crate, crate);
    }
    return false;
}

/* The points of a crate, of all where it is NULL: how many, in c->selected. */
static uint32_t select_points(struct checker *c, const char *crate)
{
    const struct profile *profile = c->input->profile;
    uint32_t count = 0;
    for (uint32_t i = 0; i < profile->point_count; i++)
        if (!crate || is_of_crate(profile, &profile->points[i], crate))
            c->selected[count++] = i;
    return count;
}

static bool is_known_crate(const struct profile *profile, const char *crate)
{
    for (uint32_t f = 1; f < profile->frame_count; f++)
        if (own_crates_same(profile->frames[f].crate, crate))
            return true;
    return false;
}

/* A function, or crate where `name` is NULL, that no stack has: is it in the program at least? */
static int require_name(struct checker *c, struct limits_result *result,
                        const struct limits_name *name)
{
    const struct profile *profile = c->input->profile;
    const struct limit *limit = result->limit;
    const char *why = "";
    result->absent = true;
    if (limit->may_be_absent)
        return 0;
    switch (limits_find_in_program(profile, name, limit->subject, &why)) {
    case LIMITS_FOUND:
        return 0;
    case LIMITS_NOT_FOUND:
        return error_set(c->error,
                         "%s: there is no %s `%s` in %s, nor in any stack of its profile: correct "
                         "the name, or allow \"may_be_absent\"",
                         limit->where, name ? "function" : "crate", limit->subject,
                         profile->program.exe);
    default:
        return error_set(c->error,
                         "%s: no stack of %s has a %s `%s`, and whether the program has it cannot "
                         "be seen (%s): correct the name, or allow \"may_be_absent\"",
                         limit->where, profile->path, name ? "function" : "crate", limit->subject,
                         why);
    }
}

static int check_function(struct checker *c, struct limits_result *result)
{
    struct limits_name name = limits_name_of(result->limit->subject);
    bool known;
    uint32_t count = limits_index_find(&c->index, &name, &known);
    if (!known)
        return require_name(c, result, &name);
    measure(c, result, c->index.found, count);
    return 0;
}

static int check_crate(struct checker *c, struct limits_result *result)
{
    const char *crate = result->limit->subject;
    if (!is_known_crate(c->input->profile, crate))
        return require_name(c, result, NULL);
    measure(c, result, c->selected, select_points(c, crate));
    return 0;
}

static void check_total(struct checker *c, struct limits_result *result)
{
    measure(c, result, c->selected, select_points(c, NULL));
    /* as the file states it; lines may sum up to less where threads moved the peak */
    result->found =
        (uint64_t)diff_total(c->input->profile, limit_metrics[result->limit->metric].metric);
}

/* A metric that the profile does not know must not pass as 0. */
static int require_metric(struct checker *c, const struct limit *limit,
                          const struct profile *profile)
{
    enum diff_needs needs = diff_metrics[limit_metrics[limit->metric].metric].needs;
    bool known = needs == DIFF_NEEDS_OWN ? profile_is_exact(profile)
                                         : needs == DIFF_NEEDS_NOTHING || profile->lifetimes;
    return known ? 0
                 : error_set(c->error,
                             "%s: %s does not know its %s: it is not a profile of "
                             "heapcoach's that counts every event",
                             limit->where, profile->path,
                             diff_metrics[limit_metrics[limit->metric].metric].title);
}

/* ---- findings ---- */

static bool is_meant(const struct limit *limit, const struct finding *finding)
{
    if (strcmp(limit->subject, "high") == 0)
        return finding->severity == FINDING_HIGH;
    return finding->severity >= FINDING_MEDIUM &&
           (strcmp(limit->subject, "any") == 0 || strcmp(limit->subject, finding->rule) == 0);
}

static size_t most_findings(const struct findings *findings)
{
    size_t n = findings->count;
    for (size_t i = 0; i < findings->count; i++)
        n += findings->list[i]->also_count;
    return n;
}

static int check_findings(struct checker *c, struct limits_result *result)
{
    const struct findings *findings = c->input->findings;
    result->findings =
        arena_alloc(&c->results->arena, (most_findings(findings) + 1) * sizeof(*result->findings));
    if (!result->findings)
        return error_set(c->error, "not enough memory to check the limits");
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = findings->list[i];
        if (is_meant(result->limit, finding))
            result->findings[result->finding_count++] = finding;
        for (size_t a = 0; a < finding->also_count; a++)
            if (is_meant(result->limit, finding->also[a]))
                result->findings[result->finding_count++] = finding->also[a];
    }
    result->found = result->finding_count;
    return 0;
}

static int require_judged(struct checker *c, const struct limit *limit)
{
    for (const char *const *id = c->input->findings->not_judged; id && *id; id++)
        if (strcmp(*id, limit->subject) == 0)
            return error_set(c->error,
                             "%s: the rule %s cannot be asked of %s: its data lack what it "
                             "needs",
                             limit->where, limit->subject, c->input->profile->path);
    return 0;
}

/* ---- baseline ---- */

static uint64_t with_tolerance(uint64_t before, double percent)
{
    long double allowed = (long double)before * (1 + (long double)percent / 100);
    return allowed < (long double)UINT64_MAX ? (uint64_t)allowed : UINT64_MAX;
}

static void check_baseline(struct checker *c, struct limits_result *result)
{
    const struct diff *diff = c->input->diff;
    enum diff_metric metric = limit_metrics[result->limit->metric].metric;
    result->before = (uint64_t)diff->total.of[DIFF_OLD][metric];
    result->found = (uint64_t)diff->total.of[DIFF_NEW][metric];
    result->allowed = with_tolerance(result->before, c->limits->tolerance_percent);
    for (uint32_t i = 0; i < diff->row_count; i++) {
        const struct diff_row *row = &diff->rows[i];
        diff_number more = row->of[DIFF_NEW][metric] - row->of[DIFF_OLD][metric];
        if (more > 0 && row->place[DIFF_NEW].site)
            blame(result, row->place[DIFF_NEW].site, (uint64_t)more);
    }
}

/* Each metric that both profiles know becomes a limit. */
static void add_baseline(struct checker *c)
{
    struct limits_results *results = c->results;
    for (int m = 0; m < LIMIT_METRIC_COUNT; m++) {
        if (!c->input->diff->has[limit_metrics[m].metric])
            continue;
        results->baseline[m] = (struct limit){
            .kind = LIMIT_BASELINE,
            .metric = m,
            .subject = "",
            .where = c->limits->baseline_where,
        };
        struct limits_result *result = &results->list[results->count++];
        result->limit = &results->baseline[m];
        check_baseline(c, result);
        judge(c, result);
    }
}

/* ---- all ---- */

static int check_one(struct checker *c, struct limits_result *result)
{
    const struct limit *limit = result->limit;
    result->allowed = limit->most;
    if (limit->kind == LIMIT_FINDINGS)
        return require_judged(c, limit) == 0 ? check_findings(c, result) : -1;
    if (require_metric(c, limit, c->input->profile) != 0)
        return -1;
    if (limit->kind == LIMIT_FUNCTION)
        return check_function(c, result);
    if (limit->kind == LIMIT_CRATE)
        return check_crate(c, result);
    check_total(c, result);
    return 0;
}

static int check_all(struct checker *c)
{
    struct limits_results *results = c->results;
    const struct limits *limits = c->limits;
    results->list = arena_alloc(&results->arena,
                                (limits->count + LIMIT_METRIC_COUNT + 1) * sizeof(*results->list));
    c->of_site = calloc((size_t)c->input->sites->count + 1, sizeof(*c->of_site));
    c->touched = calloc((size_t)c->input->sites->count + 1, sizeof(*c->touched));
    c->selected = calloc((size_t)c->input->profile->point_count + 1, sizeof(*c->selected));
    if (!results->list || !c->of_site || !c->touched || !c->selected ||
        limits_index_build(&c->index, c->input->profile) != 0)
        return error_set(c->error, "not enough memory to check the limits");
    for (size_t i = 0; i < limits->count; i++) {
        struct limits_result *result = &results->list[results->count++];
        result->limit = &limits->list[i];
        if (check_one(c, result) != 0)
            return -1;
        judge(c, result);
    }
    if (c->input->diff)
        add_baseline(c);
    return 0;
}

int limits_check(struct limits_results *results, const struct limits *limits,
                 const struct limits_input *input, struct error *error)
{
    struct checker c = {.results = results, .limits = limits, .input = input, .error = error};
    memset(results, 0, sizeof(*results));
    int result = check_all(&c);
    limits_index_free(&c.index);
    free(c.of_site);
    free(c.touched);
    free(c.selected);
    if (result != 0)
        limits_results_free(results);
    return result;
}

void limits_results_free(struct limits_results *results)
{
    arena_free(&results->arena);
    memset(results, 0, sizeof(*results));
}
