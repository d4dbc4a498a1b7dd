/* over_time.c - see over_time.h. Called by the rules about what stays and what peaks. */
#include "analyzer/rules/over_time.h"
#include "analyzer/rules/evidence.h"

#include <stdlib.h>
#include <string.h>

static void add(uint64_t *sum, uint64_t more)
{
    if (__builtin_add_overflow(*sum, more, sum))
        *sum = UINT64_MAX;
}

static void add_point(struct over_time *over, const struct profile_point *point)
{
    const struct profile_series *series = point->own ? point->own->series : NULL;
    if (!series)
        return;
    if (series->count > over->count)
        over->count = series->count;
    for (uint32_t i = 0; i < series->count && i < PROFILE_SERIES; i++) {
        add(&over->blocks[i], series->blocks[i]);
        add(&over->bytes[i], series->bytes[i]);
    }
}

struct over_time over_time_of(const struct evidence *evidence, const struct case_of_line *one)
{
    struct over_time over = {0};
    for (uint32_t i = 0; i < one->count; i++)
        add_point(&over, &evidence->profile->points[one->points[i]]);
    return over;
}

struct over_time over_time_of_program(const struct evidence *evidence)
{
    struct over_time over = {0};
    for (uint32_t i = 0; i < evidence->profile->point_count; i++)
        add_point(&over, &evidence->profile->points[i]);
    return over;
}

/* Straight between the ends of periods; `at` in periods from the start of the run, where it is 0.
 */
static double value_at(const uint64_t *values, uint32_t count, double at)
{
    uint32_t whole = (uint32_t)at;
    if (whole >= count)
        return (double)values[count - 1];
    double before = whole ? (double)values[whole - 1] : 0;
    return before + (at - whole) * ((double)values[whole] - before);
}

struct over_time_rise over_time_rise(const uint64_t *values, uint32_t count, double least)
{
    struct over_time_rise rise = {0};
    uint32_t first = count, last = 0; /* the periods in which it rose first and last */
    for (uint32_t i = 0; i < count; i++) {
        if (values[i] > (i ? values[i - 1] : 0)) {
            first = first < i ? first : i;
            last = i;
        }
    }
    if (first >= last) /* in one period or none: that is no line */
        return rise;
    rise.final = values[count - 1];
    rise.of_run = (double)(last + 1 - first) / count;
    rise.to_end = last + 1 == count;
    rise.rises = true;
    for (uint32_t i = 0; i < count; i++)
        rise.rises &= values[i] <= rise.final;
    for (int quarter = 0; quarter < 4; quarter++) {
        double step = (last + 1 - first) / 4.0, from = first + quarter * step;
        double added = value_at(values, count, from + step) - value_at(values, count, from);
        rise.rises &= added >= least * (double)rise.final;
    }
    return rise;
}

double over_time_above(const uint64_t *values, uint32_t count, uint64_t level)
{
    uint32_t above = 0;
    for (uint32_t i = 0; i < count; i++)
        above += values[i] >= level;
    return count ? (double)above / count : 0;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

uint64_t over_time_median(const uint64_t *values, uint32_t count)
{
    uint64_t sorted[PROFILE_SERIES];
    if (count == 0 || count > PROFILE_SERIES)
        return 0;
    memcpy(sorted, values, count * sizeof(*values));
    qsort(sorted, count, sizeof(*sorted), compare);
    return sorted[(count - 1) / 2];
}
