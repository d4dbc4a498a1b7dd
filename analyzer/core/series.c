/* series.c - see series.h. Called by profile_write_point for each point.
 *
 * A record's line stops where it last changed, and has longer periods than the header says it
 * could when it had changed late; the grid is the header's, which has the longest of all.
 */
#include "analyzer/core/series.h"

#include <string.h>

/* May wrap in a damaged recording. */
static void add(int64_t *sum, int64_t more)
{
    *sum = (int64_t)((uint64_t)*sum + (uint64_t)more);
}

static uint64_t not_negative(int64_t value)
{
    return value > 0 ? (uint64_t)value : 0;
}

/* The value at the end of grid period j: before the record's first whole period nothing is known,
 * and is 0; from its last on all is as it is now. */
static int64_t at_end_of(const struct rec_record *r, const struct rec_series *points,
                         uint32_t shift, uint32_t j, bool blocks)
{
    uint64_t index = ((uint64_t)(j + 1) << shift) >> (r->series_shift & 63);
    uint32_t known = r->series_count <= REC_POINTS ? r->series_count : REC_POINTS;
    if (index == 0)
        return 0;
    if (index > known)
        return blocks ? r->live_blocks : r->live_bytes;
    return blocks ? points->blocks[index - 1] : points->bytes[index - 1];
}

/* How many periods the run has had; the last may be shorter. */
static uint32_t period_count(const struct recording *r, uint32_t shift)
{
    uint64_t whole = r->end_units >> shift;
    uint64_t count = whole + ((whole << shift) != r->end_units);
    return count < 1 ? 1 : count > REC_POINTS ? REC_POINTS : (uint32_t)count;
}

bool series_of_point(const struct points *points, uint32_t index, struct series *s)
{
    const struct recording *r = points->recording;
    uint32_t shift = r->header->series_shift < 48 ? r->header->series_shift : 48;
    int64_t bytes[REC_POINTS] = {0}, blocks[REC_POINTS] = {0};
    struct rec_record record;
    bool any = false;
    *s = (struct series){.count = period_count(r, shift)};
    s->unit_us = recording_units_to_us(r, 1ull << shift);
    for (uint32_t i = points->list[index].first_record; i; i = points->next_record[i]) {
        if (!recording_record(r, i, &record))
            continue;
        struct rec_series known = recording_series(r, &record);
        for (uint32_t j = 0; j < s->count; j++) {
            bool last = j + 1 == s->count;
            add(&bytes[j], last ? record.live_bytes : at_end_of(&record, &known, shift, j, false));
            add(&blocks[j], last ? record.live_blocks : at_end_of(&record, &known, shift, j, true));
        }
    }
    for (uint32_t j = 0; j < s->count; j++) {
        s->bytes[j] = not_negative(bytes[j]);
        s->blocks[j] = not_negative(blocks[j]);
        any = any || s->blocks[j];
    }
    return any;
}
