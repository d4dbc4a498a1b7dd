/* limits.c - see limits.h. The list of limits; the file is read by limits_file.c, a profile is held
 * to it by limits_check.c.
 */
#include "analyzer/core/limits.h"

#include <stdlib.h>
#include <string.h>

#define LARGEST_EXACT 9007199254740992u /* 2^53: JSON readers keep numbers as doubles */

#define FACTS(metric, key, option, budget_key) {DIFF_##metric, key, option, budget_key},
const struct limit_metric_facts limit_metrics[LIMIT_METRIC_COUNT] = {LIMIT_METRICS(FACTS)};

static int no_memory(struct error *error)
{
    return error_set(error, "not enough memory for the limits");
}

static const char *copy(struct limits *limits, const char *text)
{
    return arena_text(&limits->arena, text, strlen(text));
}

/* The place of the new limit: behind the others, or that of the total which it replaces. */
static struct limit *place_for(struct limits *limits, const struct limit *limit)
{
    for (size_t i = 0; limit->kind == LIMIT_TOTAL && i < limits->count; i++)
        if (limits->list[i].kind == LIMIT_TOTAL && limits->list[i].metric == limit->metric)
            return &limits->list[i];
    if (limits->count == limits->room) {
        size_t room = limits->room ? limits->room * 2 : 16;
        struct limit *list = reallocarray(limits->list, room, sizeof(*list));
        if (!list)
            return NULL;
        limits->list = list;
        limits->room = room;
    }
    return &limits->list[limits->count++];
}

int limits_add(struct limits *limits, const struct limit *limit, struct error *error)
{
    const char *subject = copy(limits, limit->subject), *where = copy(limits, limit->where);
    struct limit *place = subject && where ? place_for(limits, limit) : NULL;
    if (!place)
        return no_memory(error);
    *place = *limit;
    place->subject = subject;
    place->where = where;
    return 0;
}

int limits_set_baseline(struct limits *limits, const char *path, const char *where,
                        struct error *error)
{
    limits->baseline = copy(limits, path);
    limits->baseline_where = copy(limits, where);
    return limits->baseline && limits->baseline_where ? 0 : no_memory(error);
}

int limits_set_tolerance(struct limits *limits, const char *percent, const char *where,
                         struct error *error)
{
    char *end;
    double value = strtod(percent, &end);
    if (end == percent || *end || !(value >= 0) || value > 1e6)
        return error_set(error, "%s: expected percent, 0 or more, found `%s`", where, percent);
    limits->tolerance_percent = value;
    limits->tolerance_where = copy(limits, where);
    return limits->tolerance_where ? 0 : no_memory(error);
}

int limits_number(const char *text, const char *what, uint64_t *number, struct error *error)
{
    uint64_t value = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9' && value <= LARGEST_EXACT; at++)
        value = value * 10 + (uint64_t)(*at - '0');
    if (at == text || *at || value > LARGEST_EXACT)
        return error_set(error, "%s: expected a whole number from 0 to %llu, found `%s`", what,
                         (unsigned long long)LARGEST_EXACT, text);
    *number = value;
    return 0;
}

void limits_free(struct limits *limits)
{
    free(limits->list);
    arena_free(&limits->arena);
    memset(limits, 0, sizeof(*limits));
}
