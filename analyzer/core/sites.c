/* sites.c - see sites.h. Used by every view that speaks of lines.
 *
 * The order is total (equal numbers fall back to the name, file and line), so the same
 * profile gives the same bytes.
 */
#include "analyzer/core/sites.h"
#include "analyzer/core/intern.h"
#include "analyzer/core/frame_name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define METRIC_KEY(name, key, title) key,
#define METRIC_TITLE(name, key, title) title,
const char *const site_metric_keys[SITE_METRIC_COUNT] = {SITE_METRICS(METRIC_KEY)};
const char *const site_metric_titles[SITE_METRIC_COUNT] = {SITE_METRICS(METRIC_TITLE)};

/* ---- grouping ---- */

/* The number of the frame's place. */
static int64_t place_of(struct intern *texts, struct intern *places,
                        const struct profile_frame *frame)
{
    if (!frame)
        return intern_bytes(places, "", 0);
    bool has_line = frame->file[0] && frame->line, has_name = frame->function[0];
    int64_t text = intern_string(texts, has_line   ? frame->file
                                        : has_name ? frame->function
                                                   : frame->object);
    if (text < 0)
        return -1;
    uint64_t where = has_line ? frame->line : has_name ? 0 : frame->address;
    uint64_t place[2] = {(uint64_t)text, where};
    return intern_bytes(places, place, sizeof(place));
}

static void add(uint64_t *sum, uint64_t more)
{
    if (__builtin_add_overflow(*sum, more, sum)) /* only a lying file gets here */
        *sum = UINT64_MAX;
}

static void add_point(struct site *site, const struct profile *profile,
                      const struct profile_point *point)
{
    site->points++;
    add(&site->metric[SITE_BYTES], point->total_bytes);
    add(&site->metric[SITE_BLOCKS], point->total_blocks);
    add(&site->metric[SITE_PEAK], point->peak_bytes);
    add(&site->metric[SITE_SHORT_LIVED], profile_short_lived(profile, point));
    add(&site->peak_blocks, point->peak_blocks);
    add(&site->end_bytes, point->end_bytes);
    add(&site->end_blocks, point->end_blocks);
    add(&site->life, point->life);
    if (!point->own)
        return;
    add(&site->reallocs, point->own->reallocs);
    add(&site->reallocs_moved, point->own->reallocs_moved);
    add(&site->bytes_copied, point->own->bytes_copied);
    add(&site->births, point->own->births);
    add(&site->freed_elsewhere, point->own->freed_elsewhere);
}

static void take_point(struct sites *sites, uint32_t index, struct site *site,
                       struct user_frame user)
{
    const struct profile *profile = sites->profile;
    const struct profile_point *point = &profile->points[index];
    bool first = site->points == 0;
    add_point(site, profile, point);
    if (!first && point->total_bytes <= profile->points[site->top].total_bytes)
        return;
    site->top = index;
    site->top_user = user;
    site->basis = user.basis;
    site->frame = user.at == PROFILE_NONE ? NULL : &profile->frames[point->stack[user.at]];
}

static int group(struct sites *sites)
{
    const struct profile *profile = sites->profile;
    struct intern texts = {0}, places = {0};
    int result = 0;
    for (uint32_t i = 0; result == 0 && i < profile->point_count; i++) {
        const struct profile_point *point = &profile->points[i];
        struct user_frame user = user_frame_find(profile, point);
        int64_t place =
            place_of(&texts, &places,
                     user.at == PROFILE_NONE ? NULL : &profile->frames[point->stack[user.at]]);
        if (place < 0) {
            result = -1;
            break;
        }
        sites->of_point[i] = (uint32_t)place;
        take_point(sites, i, &sites->site[place], user);
    }
    sites->count = places.count;
    intern_free(&texts);
    intern_free(&places);
    return result;
}

/* ---- ranking ---- */

static int compare_places(const struct site *a, const struct site *b)
{
    if (!a->frame || !b->frame)
        return (a->frame == NULL) - (b->frame == NULL);
    int order = strcmp(a->frame->function, b->frame->function);
    if (order == 0)
        order = strcmp(a->frame->file, b->frame->file);
    if (order == 0)
        order = (a->frame->line > b->frame->line) - (a->frame->line < b->frame->line);
    if (order == 0)
        order = (a->frame->address > b->frame->address) - (a->frame->address < b->frame->address);
    return order;
}

static int compare_by(const struct site *a, const struct site *b, enum site_metric metric)
{
    if (a->metric[metric] != b->metric[metric])
        return a->metric[metric] < b->metric[metric] ? 1 : -1;
    return compare_places(a, b);
}

#define COMPARE_BY(name, key, title)                                                               \
    static int by_##name(const void *a, const void *b)                                             \
    {                                                                                              \
        return compare_by(*(struct site *const *)a, *(struct site *const *)b, SITE_##name);        \
    }
SITE_METRICS(COMPARE_BY)
#define COMPARE_NAME(name, key, title) by_##name,
static int (*const comparisons[])(const void *, const void *) = {SITE_METRICS(COMPARE_NAME)};

static bool is_worth_speaking_of(uint64_t part, uint64_t whole)
{
    return part >= whole / 1000;
}

static void set_leads(const struct sites *sites, struct site *site)
{
    site->leads = UINT32_MAX;
    for (int m = 0; m < SITE_METRIC_COUNT; m++)
        if (site->rank[m] && site->rank[m] < site->leads &&
            is_worth_speaking_of(site->metric[m], sites->sum[m]))
            site->leads = site->rank[m];
}

static int rank(struct sites *sites)
{
    struct site **order = calloc((size_t)sites->count + 1, sizeof(struct site *));
    if (!order)
        return -1;
    for (uint32_t i = 0; i < sites->count; i++)
        order[i] = &sites->site[i];
    for (int m = 0; m < SITE_METRIC_COUNT; m++) {
        qsort(order, sites->count, sizeof(struct site *), comparisons[m]);
        for (uint32_t i = 0; i < sites->count; i++) {
            order[i]->rank[m] = order[i]->metric[m] ? i + 1 : 0;
            add(&sites->sum[m], order[i]->metric[m]);
        }
    }
    free(order);
    for (uint32_t i = 0; i < sites->count; i++)
        set_leads(sites, &sites->site[i]);
    return 0;
}

/* Sites of equal best rank, one per metric at most, stand together: the first by something,
 * then the second by something. So the first N by any metric are a beginning of the list. */
static int compare_importance(const void *left, const void *right)
{
    const struct site *a = left, *b = right;
    if (a->leads != b->leads)
        return a->leads < b->leads ? -1 : 1;
    for (int m = 0; m < SITE_METRIC_COUNT; m++)
        if (a->metric[m] != b->metric[m])
            return a->metric[m] < b->metric[m] ? 1 : -1;
    return compare_places(a, b);
}

/* Sorting moves the sites; of_point follows. */
static int order_sites(struct sites *sites)
{
    const struct profile *profile = sites->profile;
    uint32_t *moved = calloc((size_t)sites->count + 1, sizeof(uint32_t));
    if (!moved)
        return -1;
    struct site *site = sites->site;
    /* Each site finds its old number through its top program point. */
    qsort(site, sites->count, sizeof(*site), compare_importance);
    for (uint32_t i = 0; i < sites->count; i++)
        moved[sites->of_point[site[i].top]] = i;
    for (uint32_t i = 0; i < profile->point_count; i++)
        sites->of_point[i] = moved[sites->of_point[i]];
    free(moved);
    return 0;
}

/* Lists the program points site by site: each finds its place by counting. */
static void list_points(struct sites *sites)
{
    uint32_t next = 0;
    for (uint32_t i = 0; i < sites->count; i++) {
        sites->site[i].first = next;
        next += sites->site[i].points;
        sites->site[i].points = 0; /* counted again below */
    }
    for (uint32_t i = 0; i < sites->profile->point_count; i++) {
        struct site *site = &sites->site[sites->of_point[i]];
        sites->point[site->first + site->points++] = i;
    }
}

int sites_build(struct sites *sites, const struct profile *profile, struct error *error)
{
    memset(sites, 0, sizeof(*sites));
    sites->profile = profile;
    sites->site = calloc((size_t)profile->point_count + 1, sizeof(struct site));
    sites->of_point = calloc((size_t)profile->point_count + 1, sizeof(uint32_t));
    sites->point = calloc((size_t)profile->point_count + 1, sizeof(uint32_t));
    if (!sites->site || !sites->of_point || !sites->point || group(sites) != 0 ||
        rank(sites) != 0 || order_sites(sites) != 0) {
        sites_free(sites);
        return error_set(error, "%s: not enough memory for its %u program points", profile->path,
                         profile->point_count);
    }
    list_points(sites);
    return 0;
}

void sites_free(struct sites *sites)
{
    free(sites->site);
    free(sites->of_point);
    free(sites->point);
    memset(sites, 0, sizeof(*sites));
}

uint32_t sites_that_matter(const struct sites *sites, uint32_t top)
{
    uint32_t n = 0;
    if (top == 0)
        return sites->count;
    while (n < sites->count && sites->site[n].leads <= top)
        n++;
    return n;
}

size_t site_address(const struct profile_frame *frame, char *to, size_t n)
{
    const char *slash = strrchr(frame->object, '/');
    snprintf(to, n, "%s+0x%llx", slash ? slash + 1 : frame->object,
             (unsigned long long)frame->address);
    return strlen(to);
}

size_t site_function(const struct profile *profile, const struct site *site, char *to, size_t n)
{
    to[0] = 0;
    if (!site->frame)
        return 0;
    if (site->basis == USER_FRAME_ADDRESS)
        return site_address(site->frame, to, n);
    return frame_name(profile, &profile->points[site->top], site->top_user.at, to, n);
}
