/* points.c - adds up the counters of a recording by stack.
 *
 * Used by profile_write. Records are read twice: once for what orders the points, once when
 * a point is written. What always holds: a sum over records that came out negative, which a
 * program killed in the middle of an event leaves, is 0.
 */
/* for qsort_r */
#define _GNU_SOURCE
#include "analyzer/core/points.h"
#include "analyzer/core/timed_costs.h"

#include <stdlib.h>
#include <string.h>

static uint64_t not_negative(int64_t value)
{
    return value > 0 ? (uint64_t)value : 0;
}

static uint64_t at_least(uint64_t value, uint64_t other)
{
    return value > other ? value : other;
}

static int64_t add(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b); /* may wrap in a damaged recording */
}

/* The sums of a point while its records are read; live and peak counts of single records may
 * be negative, those of frees in other threads. */
struct sums {
    int64_t live_bytes, live_blocks, peak_bytes, peak_blocks, max_bytes, max_blocks;
    uint32_t records;
};

static void add_record(const struct rec_header *h, const struct rec_record *record,
                       struct point *point, struct sums *sums)
{
    bool saved =
        REC_STAMP_EPOCH(record->stamp) == REC_STAMP_EPOCH(h->stamp) && h->fall_stamp < REC_AT_PEAK;
    point->total_bytes += record->total_bytes;
    point->total_blocks += record->total_blocks;
    sums->live_bytes = add(sums->live_bytes, record->live_bytes);
    sums->live_blocks = add(sums->live_blocks, record->live_blocks);
    sums->peak_bytes = add(sums->peak_bytes, saved ? record->peak_bytes : record->live_bytes);
    sums->peak_blocks = add(sums->peak_blocks, saved ? record->peak_blocks : record->live_blocks);
    sums->max_bytes = add(sums->max_bytes, record->max_bytes);
    sums->max_blocks = add(sums->max_blocks, record->max_blocks);
    sums->records++;
}

/* One record has seen all that its site did, so its maximum is exact. Of several, each had
 * its own at another time: their sum is a bound, as is all that was ever allocated, and the most
 * that the whole program had. */
static void settle(struct point *point, const struct sums *sums, uint64_t program_max_bytes)
{
    point->end_bytes = not_negative(sums->live_bytes);
    point->end_blocks = not_negative(sums->live_blocks);
    point->peak_bytes = not_negative(sums->peak_bytes);
    point->peak_blocks = not_negative(sums->peak_blocks);
    point->max_bytes = not_negative(sums->max_bytes);
    point->max_blocks = not_negative(sums->max_blocks);
    point->max_is_bound = sums->records > 1;
    if (point->max_is_bound) {
        if (point->max_bytes > point->total_bytes)
            point->max_bytes = point->total_bytes;
        if (program_max_bytes && point->max_bytes > program_max_bytes)
            point->max_bytes = program_max_bytes;
        if (point->max_blocks > point->total_blocks)
            point->max_blocks = point->total_blocks;
    }
    point->max_bytes = at_least(point->max_bytes, at_least(point->peak_bytes, point->end_bytes));
    if (point->max_bytes && !point->max_blocks)
        point->max_blocks = at_least(point->peak_blocks, point->end_blocks);
}

static bool is_empty(const struct point *p)
{
    return !p->total_bytes && !p->total_blocks && !p->peak_bytes && !p->end_bytes;
}

/* Gives every record to its stack. Backwards, so that each list comes out in file order. */
static int list_records(struct points *p, uint32_t **first_record)
{
    const struct recording *r = p->recording;
    uint32_t records = (uint32_t)r->header->count[REC_RECORDS], room = 0;
    struct rec_record record;
    *first_record = NULL;
    p->next_record = calloc(records + 1, sizeof(*p->next_record));
    if (!p->next_record)
        return -1;
    for (uint32_t i = records; i-- > 1;) {
        if (!recording_record(r, i, &record))
            continue;
        int64_t stack = stacks_of_node(p->stacks, record.node);
        if (stack < 0)
            return -1;
        if ((uint32_t)stack >= room) {
            uint32_t more = room ? room * 2 : 1024;
            uint32_t *grown = realloc(*first_record, more * sizeof(*grown));
            if (!grown)
                return -1;
            memset(grown + room, 0, (more - room) * sizeof(*grown));
            *first_record = grown;
            room = more;
        }
        p->next_record[i] = (*first_record)[stack];
        (*first_record)[stack] = i;
    }
    p->stack_count = p->stacks->lists.count;
    return 0;
}

static void add_up(struct points *p, uint32_t stack, uint32_t first_record)
{
    struct point point = {.first_record = first_record, .stack = stack};
    struct sums sums = {0};
    struct rec_record record;
    for (uint32_t i = first_record; i; i = p->next_record[i]) {
        if (!recording_record(p->recording, i, &record))
            continue;
        add_record(p->recording->header, &record, &point, &sums);
        uint16_t root = (uint16_t)stacks_root(p->stacks, record.node);
        if (root > point.root)
            point.root = root;
    }
    settle(&point, &sums, p->recording->header->max_bytes);
    if (!is_empty(&point))
        p->list[p->count++] = point;
}

static int compare_points(const void *a, const void *b, void *context)
{
    const struct point *x = a, *y = b;
    if (x->total_bytes != y->total_bytes)
        return x->total_bytes > y->total_bytes ? -1 : 1;
    uint32_t count_x, count_y;
    const uint32_t *frames_x = stacks_get(context, x->stack, &count_x);
    const uint32_t *frames_y = stacks_get(context, y->stack, &count_y);
    for (uint32_t i = 0; i < count_x && i < count_y; i++)
        if (frames_x[i] != frames_y[i])
            return frames_x[i] < frames_y[i] ? -1 : 1;
    return count_x < count_y ? -1 : count_x > count_y;
}

static int list_chains(struct points *p)
{
    const struct recording *r = p->recording;
    uint32_t chains = (uint32_t)r->header->count[REC_CHAINS];
    struct rec_chain chain;
    if (chains < 2)
        return 0;
    p->first_chain = calloc(r->header->count[REC_RECORDS] + 1, sizeof(*p->first_chain));
    p->next_chain = calloc(chains, sizeof(*p->next_chain));
    if (!p->first_chain || !p->next_chain)
        return -1;
    for (uint32_t i = chains; i-- > 1;) {
        if (!recording_chain(r, i, &chain))
            continue;
        p->next_chain[i] = p->first_chain[chain.record];
        p->first_chain[chain.record] = i;
    }
    return 0;
}

int points_build(struct points *p, const struct recording *r, struct stacks *stacks)
{
    *p = (struct points){.recording = r, .stacks = stacks};
    uint32_t *first_record = NULL;
    int result = -1;
    if (list_records(p, &first_record) != 0 || list_chains(p) != 0)
        goto out;
    p->list = malloc((p->stack_count + 1) * sizeof(*p->list));
    p->of_stack = malloc((p->stack_count + 1) * sizeof(*p->of_stack));
    if (!p->list || !p->of_stack)
        goto out;
    for (uint32_t stack = 0; stack < p->stack_count; stack++)
        add_up(p, stack, first_record[stack]);
    qsort_r(p->list, p->count, sizeof(*p->list), compare_points, stacks);
    memset(p->of_stack, 0xff, p->stack_count * sizeof(*p->of_stack));
    for (uint32_t i = 0; i < p->count; i++)
        p->of_stack[p->list[i].stack] = i;
    result = 0;
out:
    free(first_record);
    if (result != 0)
        points_free(p);
    return result;
}

uint32_t points_of_stack(const struct points *p, uint32_t stack)
{
    return stack < p->stack_count ? p->of_stack[stack] : POINTS_NONE;
}

/* ---- details ---- */

static unsigned bucket_of(uint64_t value)
{
    unsigned bucket = value ? 63u - (unsigned)__builtin_clzll(value) : 0;
    return bucket < REC_BUCKETS ? bucket : REC_BUCKETS - 1;
}

static void add_growth(const struct recording *r, struct point_growth *to,
                       const struct rec_growth *from)
{
    to->chains += from->chains;
    to->steps += from->steps;
    to->shrink_steps += from->shrink_steps;
    to->equal_steps += from->equal_steps;
    to->moved += from->moved;
    to->bytes_copied += from->bytes_copied;
    to->first_bytes += from->first_bytes;
    to->final_bytes += from->final_bytes;
    to->peak_bytes += from->peak_bytes;
    to->final_max = at_least(to->final_max, from->final_max);
    recording_add_histogram(r, &from->steps_hist, to->steps_hist);
    recording_add_histogram(r, &from->first_hist, to->first_hist);
    recording_add_histogram(r, &from->final_hist, to->final_hist);
}

static void add_chain(struct point_growth *to, const struct rec_chain *chain)
{
    to->chains++;
    to->live_chains++;
    to->steps += chain->steps;
    to->shrink_steps += chain->shrink_steps;
    to->equal_steps += chain->equal_steps;
    to->moved += chain->moved;
    to->bytes_copied += chain->bytes_copied;
    to->first_bytes += chain->first_bytes;
    to->final_bytes += chain->size;
    to->peak_bytes += chain->peak_bytes;
    to->final_max = at_least(to->final_max, chain->peak_bytes);
    to->steps_hist[chain->steps < REC_BUCKETS ? chain->steps : REC_BUCKETS - 1]++;
    to->first_hist[bucket_of(chain->first_bytes)]++;
    to->final_hist[bucket_of(chain->peak_bytes)]++;
}

static void add_timed(struct rec_timed *to, const struct rec_timed *from)
{
    for (int kind = 0; kind < REC_COSTS; kind++)
        timed_costs_add(&to->costs[kind], &from->costs[kind]);
}

static void add_reallocs(struct point_detail *d, const struct rec_growth *growth)
{
    d->reallocs_moved += growth->reallocs_moved;
    d->reallocs_remapped += growth->reallocs_remapped;
    d->reallocs_shrunk += growth->reallocs_shrunk;
    d->bytes_copied += growth->reallocs_copied;
}

static void add_counters(const struct recording *r, struct point_detail *d,
                         const struct rec_record *record)
{
    uint64_t births = record->total_blocks - record->reallocs;
    d->births += births;
    d->freed += recording_frees(record);
    d->freed_elsewhere += record->freed_elsewhere;
    d->most_blocks += not_negative(record->most_blocks);
    d->life_allocs += record->life_allocs;
    d->reallocs += record->reallocs;
    if (births) {
        if (record->size_min < d->size_min)
            d->size_min = record->size_min;
        d->size_max = at_least(d->size_max, record->size_max);
    }
    recording_add_histograms(r, record, d->size_hist, d->life_allocs_hist, d->life_units_hist);
}

static void add_sample(struct point_detail *d, const struct rec_header *h,
                       const struct rec_sample *sample)
{
    double unit = (double)h->sample_bytes / 1024;
    d->sampled += sample->sampled;
    d->sampled_reallocs += sample->reallocs;
    d->reallocs_variance += (double)sample->reallocs_variance;
    d->blocks_variance += (double)sample->blocks_variance;
    d->bytes_variance += (double)sample->bytes_variance * unit * unit;
}

void points_detail(const struct points *p, uint32_t index, struct point_detail *d)
{
    const struct recording *r = p->recording;
    const struct point *point = &p->list[index];
    *d = (struct point_detail){.size_min = UINT64_MAX};
    uint64_t life_units = 0;
    struct rec_record record;
    struct rec_growth growth;
    struct rec_timed timed;
    struct rec_chain chain;
    struct rec_sample sample;
    for (uint32_t i = point->first_record; i; i = p->next_record[i]) {
        if (!recording_record(r, i, &record))
            continue;
        add_counters(r, d, &record);
        if (record.sample && recording_sample(r, record.sample, &sample))
            add_sample(d, r->header, &sample);
        life_units += record.life_units + (uint64_t)record.live_blocks * r->end_units;
        if (record.growth && recording_growth(r, record.growth, &growth)) {
            add_reallocs(d, &growth);
            add_growth(r, &d->growth, &growth);
        }
        if (record.timed && recording_timed(r, record.timed, &timed))
            add_timed(&d->timed, &timed);
        for (uint32_t c = p->first_chain ? p->first_chain[i] : 0; c; c = p->next_chain[c])
            if (recording_chain(r, c, &chain) && chain.record == i)
                add_chain(&d->growth, &chain);
    }
    if (!d->births)
        d->size_min = 0;
    /* No block lives longer than the run. A sum beyond that has wrapped: a birth was read
     * from the clock after its death, on another processor. */
    unsigned __int128 most = (unsigned __int128)point->total_blocks * r->end_units;
    if (life_units > most)
        life_units = (int64_t)life_units < 0 ? 0 : (uint64_t)most;
    d->lifetime_us = recording_units_to_us(r, life_units);
}

void points_free(struct points *p)
{
    free(p->list);
    free(p->of_stack);
    free(p->next_record);
    free(p->first_chain);
    free(p->next_chain);
    *p = (struct points){0};
}
