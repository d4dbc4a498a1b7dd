/* timeline.c - see timeline.h. Called by profile_write_own.
 *
 * The recorder takes a moment when something happens after its period has ended. So behind the last
 * moment nothing happened but in the one period after it, and the rest of the run is as the end is.
 */
#include "analyzer/core/timeline.h"

#include <string.h>

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* A program may be killed between counting for the line and counting for the rest. */
static struct rec_moment within(const struct recording *r, const struct rec_moment *m,
                                const struct rec_moment *end)
{
    uint64_t peak = r->header->max_bytes > end->live_bytes ? r->header->max_bytes : end->live_bytes;
    return (struct rec_moment){
        .live_bytes = least(m->live_bytes, peak),
        .live_blocks = m->live_blocks,
        .total_bytes = least(m->total_bytes, end->total_bytes),
        .total_blocks = least(m->total_blocks, end->total_blocks),
    };
}

static bool is_same(const struct timeline_moment *a, const struct timeline_moment *b)
{
    return memcmp(&a->had, &b->had, sizeof(a->had)) == 0;
}

/* Keeps the moments at which the line changes its direction. */
static uint32_t drop_level(struct timeline_moment *list, uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++)
        if (kept == 0 || i + 1 == count || !is_same(&list[i], &list[kept - 1]) ||
            !is_same(&list[i], &list[i + 1]))
            list[kept++] = list[i];
    return kept;
}

uint32_t timeline_of(const struct recording *r, const struct rec_moment *end,
                     struct timeline_moment *to)
{
    const struct rec_line *line = r->line;
    uint32_t count = 0;
    to[count++] = (struct timeline_moment){0};
    for (uint32_t i = 0; line && i < line->count; i++)
        to[count++] =
            (struct timeline_moment){recording_units_to_us(r, (uint64_t)(i + 1) << line->shift),
                                     within(r, &line->moments[i], end)};
    if (line && (uint64_t)(line->count + 1) << line->shift < r->end_units)
        to[count++] = (struct timeline_moment){
            recording_units_to_us(r, (uint64_t)(line->count + 1) << line->shift), *end};
    to[count++] = (struct timeline_moment){recording_units_to_us(r, r->end_units), *end};
    return drop_level(to, count);
}
