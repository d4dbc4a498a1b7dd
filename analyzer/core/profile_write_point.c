/* profile_write_point.c - writes one program point: DHAT's keys, and ours in "hc".
 *
 * Called by profile_write for each point in order. Zero counters are left out: of a million
 * points most have few.
 */
#include "analyzer/core/profile_totals.h"
#include "analyzer/core/series.h"
#include "analyzer/core/timed_costs.h"

#include <math.h>
#include <stdlib.h>

void profile_write_nonzero(struct json_out *j, const char *key, uint64_t value)
{
    if (value)
        json_out_key_u64(j, key, value);
}

void profile_write_stack(const struct profile_parts *parts, struct json_out *j, uint32_t stack,
                         const struct profile_totals_sum *totals)
{
    uint32_t count;
    const uint32_t *list = stacks_get(parts->stacks, stack, &count);
    json_out_array_line(j);
    for (uint32_t i = 0; i < count; i++)
        json_out_u64(j, totals->frame_number[list[i]]);
    json_out_end(j);
}

static void open_list(struct json_out *j, const char *key)
{
    json_out_key(j, key);
    json_out_array_line(j);
}

static void write_pair(struct json_out *j, uint64_t first, uint64_t second)
{
    json_out_array_line(j);
    json_out_u64(j, first);
    json_out_u64(j, second);
    json_out_end(j);
}

void profile_write_hist(struct json_out *j, const char *key, const uint64_t *hist)
{
    bool any = false;
    for (unsigned b = 0; b < REC_BUCKETS; b++) {
        if (!hist[b])
            continue;
        if (!any)
            open_list(j, key);
        any = true;
        write_pair(j, b, hist[b]);
    }
    if (any)
        json_out_end(j);
}

static const char *end_name(unsigned root)
{
    static const char *const names[] = {"whole", "depth", "lost", "unrecorded"};
    return names[root];
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* ---- who allocated and freed ---- */

/* Sums by thread into t->thread_sums; returns how many of t->threads have any, in rising order. */
static uint32_t add_up_threads(const struct profile_parts *parts, const struct point *point,
                               struct profile_totals_sum *t)
{
    struct rec_record record;
    uint32_t count = 0;
    for (uint32_t i = point->first_record; i; i = parts->points->next_record[i]) {
        if (!recording_record(parts->recording, i, &record) ||
            (!record.total_blocks && !recording_frees(&record)) ||
            t->thread_number[record.thread] == UINT32_MAX)
            continue;
        struct profile_thread_sum *sum = &t->thread_sums[record.thread];
        if (!sum->blocks && !sum->freed)
            t->threads[count++] = record.thread;
        sum->blocks += record.total_blocks;
        sum->bytes += record.total_bytes;
        sum->freed += recording_frees(&record);
        sum->freed_elsewhere += record.freed_elsewhere;
    }
    qsort(t->threads, count, sizeof(*t->threads), compare_numbers);
    return count;
}

/* "th": [[thread, blocks],...] of who allocated; "thb": their bytes, where there are several. */
static void write_allocating(struct json_out *j, const struct profile_totals_sum *t, uint32_t count)
{
    uint32_t written = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct profile_thread_sum *sum = &t->thread_sums[t->threads[i]];
        if (sum->blocks && !written++)
            open_list(j, "th");
        if (sum->blocks)
            write_pair(j, t->thread_number[t->threads[i]], sum->blocks);
    }
    if (written)
        json_out_end(j);
    if (written < 2)
        return;
    open_list(j, "thb");
    for (uint32_t i = 0; i < count; i++)
        if (t->thread_sums[t->threads[i]].blocks)
            json_out_u64(j, t->thread_sums[t->threads[i]].bytes);
    json_out_end(j);
}

/* "thf": [[thread, freed, of them allocated by another],...]. */
static void write_freeing(struct json_out *j, const struct profile_totals_sum *t, uint32_t count)
{
    uint32_t written = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct profile_thread_sum *sum = &t->thread_sums[t->threads[i]];
        if (!sum->freed)
            continue;
        if (!written++)
            open_list(j, "thf");
        json_out_array_line(j);
        json_out_u64(j, t->thread_number[t->threads[i]]);
        json_out_u64(j, sum->freed);
        json_out_u64(j, sum->freed_elsewhere);
        json_out_end(j);
    }
    if (written)
        json_out_end(j);
}

/* Where one thread alone is at work it has freed what "freed" says. */
static void write_threads(const struct profile_parts *parts, struct json_out *j,
                          const struct point *point, struct profile_totals_sum *t)
{
    uint32_t count = add_up_threads(parts, point, t);
    write_allocating(j, t, count);
    if (count > 1)
        write_freeing(j, t, count);
    for (uint32_t i = 0; i < count; i++)
        t->thread_sums[t->threads[i]] = (struct profile_thread_sum){0};
}

/* ---- the rest of "hc" ---- */

static void write_growth(struct json_out *j, const struct point_growth *g)
{
    if (!g->chains)
        return;
    json_out_key(j, "g");
    json_out_object_line(j);
    profile_write_nonzero(j, "chains", g->chains);
    profile_write_nonzero(j, "live_chains", g->live_chains);
    profile_write_nonzero(j, "steps", g->steps);
    profile_write_nonzero(j, "shrink_steps", g->shrink_steps);
    profile_write_nonzero(j, "equal_steps", g->equal_steps);
    profile_write_nonzero(j, "moved", g->moved);
    profile_write_nonzero(j, "copied", g->bytes_copied);
    profile_write_nonzero(j, "first_bytes", g->first_bytes);
    profile_write_nonzero(j, "final_bytes", g->final_bytes);
    profile_write_nonzero(j, "peak_bytes", g->peak_bytes);
    profile_write_nonzero(j, "final_max", g->final_max);
    profile_write_hist(j, "steps_h", g->steps_hist);
    profile_write_hist(j, "first_h", g->first_hist);
    profile_write_hist(j, "final_h", g->final_hist);
    json_out_end(j);
}

static void write_timed(struct json_out *j, const struct recording *r, const struct rec_timed *t)
{
    bool any = false;
    for (int kind = 0; kind < REC_COSTS; kind++)
        any = any || t->costs[kind].calls;
    if (!any)
        return;
    json_out_key(j, "tc");
    json_out_array_line(j);
    for (int kind = 0; kind < REC_COSTS; kind++)
        timed_costs_write(j, r, (uint64_t)kind, &t->costs[kind]);
    json_out_end(j);
}

static void write_numbers(struct json_out *j, const char *key, const uint64_t *numbers,
                          uint32_t count)
{
    open_list(j, key);
    for (uint32_t i = 0; i < count; i++)
        json_out_u64(j, numbers[i]);
    json_out_end(j);
}

static void write_series(const struct points *points, struct json_out *j, uint32_t number)
{
    struct series series;
    if (!series_of_point(points, number, &series))
        return;
    json_out_key(j, "series");
    json_out_object_line(j);
    json_out_key_u64(j, "unit_us", series.unit_us);
    write_numbers(j, "bytes", series.bytes, series.count);
    write_numbers(j, "blocks", series.blocks, series.count);
    json_out_end(j);
}

static void write_own(const struct profile_parts *parts, struct json_out *j, uint32_t number,
                      const struct point_detail *d, struct profile_totals_sum *totals)
{
    uint32_t count;
    const struct point *point = &parts->points->list[number];
    const uint32_t *stack = stacks_get(parts->stacks, point->stack, &count);
    const struct frame *innermost = count ? &parts->frames->list[stack[0]] : NULL;
    json_out_object_line(j);
    if (innermost && innermost->owner == OWNER_HOOK)
        json_out_key_string(j, "fn", frames_text(parts->frames, innermost->function));
    json_out_key_string(j, "end", end_name(point->root));
    profile_write_nonzero(j, "births", d->births);
    profile_write_nonzero(j, "sampled", d->sampled);
    profile_write_nonzero(j, "blocks_error", (uint64_t)sqrt(d->blocks_variance));
    profile_write_nonzero(j, "bytes_error", (uint64_t)sqrt(d->bytes_variance));
    profile_write_nonzero(j, "freed", d->freed);
    profile_write_nonzero(j, "fe", d->freed_elsewhere);
    profile_write_nonzero(j, "mo", d->most_blocks);
    profile_write_nonzero(j, "mbx", point->max_is_bound);
    profile_write_nonzero(j, "rl", d->reallocs);
    profile_write_nonzero(j, "rm", d->reallocs_moved);
    profile_write_nonzero(j, "rr", d->reallocs_remapped);
    profile_write_nonzero(j, "rs", d->reallocs_shrunk);
    profile_write_nonzero(j, "bc", d->bytes_copied);
    profile_write_nonzero(j, "la", d->life_allocs);
    profile_write_nonzero(j, "szmin", d->size_min);
    profile_write_nonzero(j, "szmax", d->size_max);
    profile_write_hist(j, "sz", d->size_hist);
    profile_write_hist(j, "lah", d->life_allocs_hist);
    profile_write_hist(j, "luh", d->life_units_hist);
    write_threads(parts, j, point, totals);
    write_growth(j, &d->growth);
    write_timed(j, parts->recording, &d->timed);
    write_series(parts->points, j, number);
    json_out_end(j);
}

/* How many of the blocks lived PROFILE_SHORT_LIFE_US at most. A bucket is known only by its
 * bounds; in the one that the limit cuts, lives are taken as evenly spread. */
static double short_lived(const struct recording *r, const uint64_t *hist)
{
    double limit = PROFILE_SHORT_LIFE_US * 1000.0 / r->ns_per_unit, blocks = 0;
    for (int b = 0; b < REC_BUCKETS; b++) {
        double low = b ? (double)(1ull << b) : 0, high = (double)(2ull << b);
        if (high <= limit)
            blocks += (double)hist[b];
        else if (low < limit)
            blocks += (double)hist[b] * (limit - low) / (high - low);
    }
    return blocks;
}

static void add_to_totals(struct profile_totals_sum *t, const struct recording *r,
                          const struct point *point, const struct point_detail *d)
{
    t->bytes += point->total_bytes;
    t->blocks += point->total_blocks;
    t->peak_bytes += point->peak_bytes;
    t->peak_blocks += point->peak_blocks;
    t->end_bytes += point->end_bytes;
    t->end_blocks += point->end_blocks;
    t->frees += d->freed;
    t->reallocs += d->reallocs;
    t->reallocs_moved += d->reallocs_moved;
    t->reallocs_remapped += d->reallocs_remapped;
    t->reallocs_shrunk += d->reallocs_shrunk;
    t->bytes_copied += d->bytes_copied;
    t->life_allocs += d->life_allocs;
    t->sampled += d->sampled;
    t->sampled_reallocs += d->sampled_reallocs;
    t->reallocs_variance += d->reallocs_variance;
    t->blocks_variance += d->blocks_variance;
    t->bytes_variance += d->bytes_variance;
    t->short_lived_blocks += short_lived(r, d->life_units_hist);
    t->stacks_by_root[point->root] += point->total_blocks;
}

void profile_write_point(const struct profile_parts *parts, struct json_out *j, uint32_t number,
                         struct profile_totals_sum *totals)
{
    const struct point *point = &parts->points->list[number];
    struct point_detail detail;
    points_detail(parts->points, number, &detail);
    add_to_totals(totals, parts->recording, point, &detail);

    json_out_object_line(j);
    json_out_key_u64(j, "tb", point->total_bytes);
    json_out_key_u64(j, "tbk", point->total_blocks);
    json_out_key_u64(j, "tl", detail.lifetime_us);
    json_out_key_u64(j, "mb", point->max_bytes);
    json_out_key_u64(j, "mbk", point->max_blocks);
    json_out_key_u64(j, "gb", point->peak_bytes);
    json_out_key_u64(j, "gbk", point->peak_blocks);
    json_out_key_u64(j, "eb", point->end_bytes);
    json_out_key_u64(j, "ebk", point->end_blocks);
    json_out_key(j, "fs");
    profile_write_stack(parts, j, point->stack, totals);
    json_out_key(j, "hc");
    write_own(parts, j, number, &detail, totals);
    json_out_end(j);
}
