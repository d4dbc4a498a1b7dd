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

void over_time_drop_stalls(struct over_time *over, const struct evidence *evidence)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < over->count; i++) {
        if (evidence->stalls & (1u << i))
            continue;
        over->blocks[kept] = over->blocks[i];
        over->bytes[kept++] = over->bytes[i];
    }
    over->count = kept;
}

struct over_time over_time_of_program(const struct evidence *evidence)
{
    struct over_time over = {0};
    for (uint32_t i = 0; i < evidence->profile->point_count; i++)
        add_point(&over, &evidence->profile->points[i]);
    return over;
}

/* The value at the end of period i - 1, 0 at the start of the run. */
static uint64_t before(const uint64_t *values, uint32_t i)
{
    return i ? values[i - 1] : 0;
}

/* The value in the middle of periods [first, end). */
static double middle_value(const uint64_t *values, uint32_t first, uint32_t end)
{
    uint32_t n = end - first, at = first + n / 2;
    double here = (double)before(values, at);
    return n % 2 ? (here + (double)values[at]) / 2 : here;
}

static bool is_steady(const uint64_t *values, uint32_t first, uint32_t end,
                      const struct over_time_steady *steady)
{
    double start = (double)before(values, first), middle = middle_value(values, first, end);
    double final = (double)values[end - 1];
    uint32_t rising = 0;
    for (uint32_t i = first; i < end; i++)
        rising += values[i] > before(values, i);
    return rising >= steady->periods * (end - first) && middle - start >= steady->half * final &&
           final - middle >= steady->half * final;
}

struct over_time_rise over_time_rise(const uint64_t *values, uint32_t count,
                                     const struct over_time_steady *steady)
{
    struct over_time_rise rise = {0};
    uint32_t first = count, end = 0; /* from the first period that rises to the last */
    for (uint32_t i = 0; i < count; i++) {
        if (values[i] > before(values, i)) {
            first = first < i ? first : i;
            end = i + 1;
        }
    }
    if (end < first + 3) /* what is done at once may fall into two periods */
        return rise;
    rise.final = values[count - 1];
    rise.of_run = (double)(end - first) / count;
    rise.to_end = end == count;
    rise.rises = is_steady(values, first, end, steady);
    for (uint32_t i = 0; i < count; i++)
        rise.rises = rise.rises && values[i] <= rise.final;
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

double over_time_stays(const uint64_t *values, uint32_t count, uint64_t level)
{
    uint32_t first = 0, end = count;
    while (first < count && values[first] < level)
        first++;
    while (end > first && values[end - 1] < level)
        end--;
    for (uint32_t i = first; i < end; i++)
        if (values[i] < level)
            return 0;
    return count ? (double)(end - first) / count : 0;
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
