/* tally.c - see tally.h. Used by cases.c for every case, by rules for sets of their own, and by
 * gates and costs.
 */
#include "analyzer/rules/tally.h"
#include "analyzer/rules/evidence.h"

#include <math.h>
#include <string.h>

static void add(uint64_t *sum, uint64_t more)
{
    if (__builtin_add_overflow(*sum, more, sum))
        *sum = UINT64_MAX;
}

static uint64_t minus(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

static void raise_to(uint64_t *value, uint64_t other)
{
    if (other > *value)
        *value = other;
}

void tally_hist_add(struct tally_hist *hist, uint32_t bucket, uint64_t count)
{
    add(&hist->count[bucket < PROFILE_BUCKETS ? bucket : PROFILE_BUCKETS - 1], count);
    add(&hist->sum, count);
}

static void add_hist(struct tally_hist *to, const struct profile_hist *from)
{
    for (uint32_t i = 0; i < from->count; i++)
        tally_hist_add(to, from->bars[i].bucket, from->bars[i].count);
}

/* ---- adding a point ---- */

static void add_growth(struct tally *t, const struct profile_growth *g)
{
    add(&t->chains, g->chains);
    add(&t->live_chains, g->live_chains);
    add(&t->steps, g->steps);
    add(&t->shrink_steps, g->shrink_steps);
    add(&t->chain_moved, g->moved);
    add(&t->chain_copied, g->copied);
    add(&t->first_bytes, g->first_bytes);
    add(&t->final_bytes, g->final_bytes);
    add(&t->chain_peak_bytes, g->peak_bytes);
    add(&t->equal_steps, g->equal_steps);
    raise_to(&t->final_max, g->final_max);
    add_hist(&t->steps_hist, &g->steps_hist);
    add_hist(&t->first_hist, &g->first_hist);
    add_hist(&t->final_hist, &g->final_hist);
}

static void add_series(struct tally *t, const struct profile_series *series)
{
    if (!series)
        return;
    t->has_series = true;
    for (uint32_t i = 0; i < series->count; i++) {
        add(&t->series_blocks[i], series->blocks[i]);
        add(&t->series_bytes[i], series->bytes[i]);
    }
    if (series->count > t->series_count)
        t->series_count = series->count;
}

static void add_timed(struct tally *t, const struct profile_cost_hist *timed)
{
    for (uint32_t i = 0; i < timed->count; i++) {
        const struct profile_cost_bar *bar = &timed->bars[i];
        if (bar->bucket >= PROFILE_COSTS) /* of a later heapcoach */
            continue;
        add(&t->timed[bar->bucket].calls, bar->calls);
        add(&t->timed[bar->bucket].ns, bar->ns);
        add(&t->timed[bar->bucket].slow_calls, bar->slow_calls);
        add(&t->timed[bar->bucket].slow_ns, bar->slow_ns);
    }
}

/* Rounded up. */
static uint64_t each_of(uint64_t blocks, uint64_t threads)
{
    return threads > 1 ? blocks / threads + (blocks % threads != 0) : blocks;
}

static void add_own(struct tally *t, const struct profile_own *own)
{
    bool first = t->births == 0;
    add(&t->births, own->births);
    add(&t->freed, own->freed);
    add(&t->elsewhere, own->freed_elsewhere);
    add(&t->most_blocks, own->most_blocks);
    raise_to(&t->most_of_path, each_of(own->most_blocks, own->thread_count));
    raise_to(&t->most_threads, own->thread_count);
    add(&t->reallocs, own->reallocs);
    add(&t->moved, own->reallocs_moved);
    add(&t->remapped, own->reallocs_remapped);
    add(&t->shrunk, own->reallocs_shrunk);
    add(&t->copied, own->bytes_copied);
    add(&t->life_allocs, own->life_allocs);
    if (own->births) {
        if (first || own->size_min < t->size_min)
            t->size_min = own->size_min;
        raise_to(&t->size_max, own->size_max);
    }
    add_hist(&t->sizes, &own->sizes);
    add_hist(&t->life_allocs_hist, &own->life_allocs_hist);
    add_hist(&t->life_units_hist, &own->life_units_hist);
    if (own->has_growth)
        add_growth(t, &own->growth);
    add_timed(t, &own->timed);
    add_series(t, own->series);
}

/* What a file of others tells. Sizes are averages. */
static void add_foreign(struct tally *t, const struct profile_point *point)
{
    uint64_t size = point->total_blocks ? point->total_bytes / point->total_blocks : 0;
    bool first = t->births == 0;
    add(&t->births, point->total_blocks);
    add(&t->birth_bytes, point->total_bytes);
    add(&t->freed, minus(point->total_blocks, point->end_blocks));
    add(&t->most_blocks, point->max_blocks);
    raise_to(&t->most_of_path, point->max_blocks);
    raise_to(&t->most_threads, 1);
    if (point->total_blocks) {
        if (first || size < t->size_min)
            t->size_min = size;
        raise_to(&t->size_max, size);
        tally_hist_add(&t->sizes, size ? 63u - (uint32_t)__builtin_clzll(size) : 0,
                       point->total_blocks);
    }
}

static void add_ends(struct fact_ends *to, const struct fact_ends *from)
{
    if (!to->dropped || from->samples > to->samples) {
        to->dropped = from->dropped;
        to->owner = from->owner;
        to->free_stack = from->free_stack;
        to->free_depth = from->free_depth;
    }
    add(&to->samples, from->samples);
    add(&to->same_function, from->same_function);
    add(&to->caller, from->caller);
    add(&to->other_thread, from->other_thread);
    add(&to->in_map_entry, from->in_map_entry);
    add(&to->in_growth, from->in_growth);
    add(&to->in_extend, from->in_extend);
    add(&to->at_exit, from->at_exit);
    add(&to->in_container, from->in_container);
    add(&to->in_other_type, from->in_other_type);
    add(&to->in_struct, from->in_struct);
    add(&to->in_own_type, from->in_own_type);
    add(&to->in_nested, from->in_nested);
}

static void add_facts(struct tally *t, const struct facts *facts)
{
    uint64_t before = t->points ? UINT64_MAX : 0;
    t->leaf_any |= facts->leaf;
    t->inside_any |= facts->inside;
    t->around_any |= facts->around;
    t->leaf_all = before ? t->leaf_all & facts->leaf : facts->leaf;
    t->inside_all = before ? t->inside_all & facts->inside : facts->inside;
    t->around_all = before ? t->around_all & facts->around : facts->around;
    add_ends(&t->ends, &facts->ends);
}

/* A hash table takes the place of tables alone: any other block that is freed next after one was
 * made, such as the text that its first key was found in, says nothing. */
static bool is_handover(const struct evidence *e, const struct profile_link *link)
{
    return link->kind == PROFILE_HANDOVER &&
           (!(e->facts[link->to].leaf & FACT_HASH) || (e->facts[link->from].leaf & FACT_HASH));
}

static void add_links(struct tally *t, const struct evidence *e, uint32_t point)
{
    const struct profile *profile = e->profile;
    for (uint32_t i = e->first_from[point]; i != PROFILE_NONE; i = e->next_from[i]) {
        const struct profile_link *link = &profile->links[i];
        if (link->kind == PROFILE_GREW) {
            add_hist(&t->grew_to, &link->to_hist);
            add(&t->grown_bytes, link->bytes);
        } else if (link->kind == PROFILE_HANDOVER) {
            add(&t->handovers_out, link->n);
            add(&t->handovers_out_bytes, link->bytes);
        }
    }
    for (uint32_t i = e->first_to[point]; i != PROFILE_NONE; i = e->next_to[i]) {
        const struct profile_link *link = &profile->links[i];
        if (!is_handover(e, link))
            continue;
        add(&t->handovers_in, link->n);
        add(&t->handovers_in_bytes, link->bytes);
        add(&t->handovers_in_to_bytes, link->to_bytes);
        add_hist(&t->handover_final, &link->to_hist);
    }
}

void tally_add(struct tally *t, const struct evidence *e, uint32_t index)
{
    const struct profile_point *point = &e->profile->points[index];
    add_facts(t, &e->facts[index]);
    t->points++;
    add(&t->blocks, point->total_blocks);
    add(&t->bytes, point->total_bytes);
    add(&t->end_blocks, point->end_blocks);
    add(&t->end_bytes, point->end_bytes);
    add(&t->peak_blocks, point->peak_blocks);
    add(&t->peak_bytes, point->peak_bytes);
    add(&t->short_lived, e->short_lived[index]);
    if (!point->own) {
        add_foreign(t, point);
        return;
    }
    add_own(t, point->own);
    /* The new sizes of reallocs are in the links, as what they added; their old sizes are not known
     * one by one. So: the mean of the buckets' bounds, cut to what was seen. */
    add(&t->birth_bytes, point->own->births && point->own->size_min == point->own->size_max
                             ? point->own->births * point->own->size_min
                         : point->own->reallocs ? tally_birth_bytes(point->own)
                                                : point->total_bytes);
    add_links(t, e, index);
}

uint64_t tally_birth_bytes(const struct profile_own *own)
{
    double sum = 0;
    for (uint32_t i = 0; i < own->sizes.count; i++) {
        double low = ldexp(1, (int)own->sizes.bars[i].bucket), high = 2 * low;
        if (low < (double)own->size_min)
            low = (double)own->size_min;
        if (high > (double)own->size_max)
            high = (double)own->size_max;
        sum += (double)own->sizes.bars[i].count * (low + high) / 2;
    }
    return sum < 0x1p63 ? (uint64_t)sum : INT64_MAX;
}

static bool are_ascending(const uint32_t *points, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++)
        if (points[i - 1] > points[i])
            return false;
    return true;
}

/* A line may have very many points and links; those of a case ascend. */
static bool is_among(const uint32_t *points, uint32_t count, bool ascending, uint32_t point)
{
    uint32_t low = 0, high = count;
    if (!ascending) {
        while (low < count && points[low] != point)
            low++;
        return low < count;
    }
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (points[middle] < point)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && points[low] == point;
}

void tally_points(struct tally *t, const struct evidence *e, const uint32_t *points, uint32_t count)
{
    bool ascending = are_ascending(points, count);
    for (uint32_t i = 0; i < count; i++)
        tally_add(t, e, points[i]);
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t l = e->first_from[points[i]]; l != PROFILE_NONE; l = e->next_from[l]) {
            const struct profile_link *link = &e->profile->links[l];
            if (link->kind == PROFILE_HANDOVER && is_among(points, count, ascending, link->to)) {
                add(&t->handovers_inside, link->n);
                add(&t->handovers_inside_bytes, link->bytes);
                add(&t->handovers_inside_to_bytes, link->to_bytes);
                add_hist(&t->handover_inside_final, &link->to_hist);
            }
        }
}

/* ---- asking ---- */

/* The bucket in which the value of that rank is; PROFILE_BUCKETS if the histogram is empty. */
static uint32_t bucket_at(const struct tally_hist *hist, double share)
{
    double wanted = ceil(share * (double)hist->sum);
    uint64_t seen = 0, rank = wanted < 1 ? 1 : (uint64_t)wanted;
    for (uint32_t b = 0; b < PROFILE_BUCKETS; b++) {
        seen += hist->count[b];
        if (hist->count[b] && seen >= rank)
            return b;
    }
    for (uint32_t b = PROFILE_BUCKETS; b-- > 0;) /* rounding went beyond the last */
        if (hist->count[b])
            return b;
    return PROFILE_BUCKETS;
}

struct tally_range tally_percentile(const struct tally_hist *hist, double share)
{
    uint32_t b = bucket_at(hist, share);
    if (b == PROFILE_BUCKETS)
        return (struct tally_range){0, 0};
    return (struct tally_range){b ? 1ull << b : 0, b >= 63 ? UINT64_MAX : (2ull << b) - 1};
}

uint64_t tally_percentile_exact(const struct tally_hist *hist, double share)
{
    uint32_t b = bucket_at(hist, share);
    return b == PROFILE_BUCKETS ? 0 : b;
}

struct tally_range tally_size_percentile(const struct tally *t, double share)
{
    struct tally_range range = tally_percentile(&t->sizes, share);
    if (t->size_max && range.low < t->size_min)
        range.low = t->size_min;
    if (t->size_max && range.high > t->size_max)
        range.high = t->size_max;
    return range;
}

double tally_below(const struct tally_hist *hist, uint64_t limit)
{
    double count = 0;
    for (uint32_t b = 0; b < PROFILE_BUCKETS; b++) {
        double low = b ? ldexp(1, (int)b) : 0, values = b ? low : 2;
        double covered = (double)limit + 1 - low;
        if (covered <= 0)
            break;
        count += (double)hist->count[b] * (covered < values ? covered / values : 1);
    }
    return count;
}

uint64_t tally_count(double number)
{
    return number > 0 ? number < 0x1p63 ? (uint64_t)(number + 0.5) : INT64_MAX : 0;
}

double tally_share(uint64_t a, uint64_t b)
{
    return b ? (double)a / (double)b : 0;
}

double tally_short_lived_share(const struct tally *t, uint64_t allocs)
{
    return t->life_allocs_hist.sum
               ? tally_below(&t->life_allocs_hist, allocs) / (double)t->life_allocs_hist.sum
               : 0;
}

uint64_t tally_mean_size(const struct tally *t)
{
    return t->births ? t->birth_bytes / t->births : 0;
}

uint64_t tally_mean_final(const struct tally *t)
{
    return t->chains ? t->chain_peak_bytes / t->chains : 0;
}

uint64_t tally_most_per_thread(const struct tally *t)
{
    return each_of(t->most_blocks, t->most_threads);
}

bool tally_rises(const struct tally *t)
{
    uint32_t n = t->series_count;
    if (!t->has_series || n < 4 || !t->end_blocks)
        return false;
    uint64_t last = t->series_blocks[n - 1], before = 0;
    for (uint32_t quarter = 1; quarter <= 4; quarter++) {
        uint64_t now = t->series_blocks[n * quarter / 4 - 1];
        if (now < before || (double)(now - before) < 0.1 * (double)last)
            return false;
        before = now;
    }
    for (uint32_t i = 0; i < n; i++)
        if (t->series_blocks[i] > last)
            return false;
    return last > 0;
}
