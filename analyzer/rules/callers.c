/* callers.c - see callers.h. Called by cases.c for every line.
 *
 * Most lines have one caller, so the sums, which cost much more than the grouping, are made only
 * where there are several.
 */
#define _GNU_SOURCE /* qsort_r */
#include "analyzer/rules/callers.h"
#include "analyzer/rules/evidence.h"

#include <stdlib.h>
#include <string.h>

#define CALLER_SHARE 0.1 /* of the blocks or of the bytes: a caller that counts */
#define SIZES_APART 2    /* powers of two between two callers' medians: different needs */
#define SIZES_TOGETHER 2 /* from a tenth to nine tenths of one caller's sizes: one need */
#define FREED_APART 0.4  /* between two callers' shares of freed blocks: different fates */
#define NEAR_APART 0.4   /* or of those that die near, by samples; and */
#define NEAR_SAMPLES 64  /* each that many at least: then chance moves a share by a sixteenth */

/* ---- grouping ---- */

int callers_start(struct callers *callers, const struct evidence *evidence, struct arena *arena,
                  uint32_t most)
{
    *callers = (struct callers){.evidence = evidence};
    callers->of = arena_alloc(arena, most);
    callers->list = arena_alloc(arena, CALLERS_MOST * sizeof(*callers->list));
    return callers->of && callers->list ? 0 : -1;
}

static uint32_t caller_frame(const struct evidence *e, uint32_t point)
{
    uint32_t place = e->facts[point].caller;
    return place == PROFILE_NONE ? PROFILE_NONE : e->profile->points[point].stack[place];
}

static bool same_caller(const struct evidence *e, uint32_t a, uint32_t b)
{
    if (a == PROFILE_NONE || b == PROFILE_NONE)
        return a == b;
    return e->place[a] == e->place[b];
}

static void group(struct callers *callers, const uint32_t *points, uint32_t count)
{
    callers->count = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t frame = caller_frame(callers->evidence, points[i]), c = 0;
        while (c < callers->count && !same_caller(callers->evidence, callers->list[c].frame, frame))
            c++;
        if (c == CALLERS_MOST)
            c--;
        if (c == callers->count) {
            callers->list[c].frame = frame;
            callers->list[c].count = 0;
            callers->count++;
        }
        callers->of[i] = (uint8_t)c;
        callers->list[c].count++;
    }
}

static void sum_up(struct callers *callers, const uint32_t *points, uint32_t count)
{
    for (uint32_t c = 0; c < callers->count; c++)
        memset(&callers->list[c].tally, 0, sizeof(callers->list[c].tally));
    for (uint32_t i = 0; i < count; i++)
        tally_add(&callers->list[callers->of[i]].tally, callers->evidence, points[i]);
}

/* ---- their needs ---- */

static const struct tally_hist *needs(const struct tally *t)
{
    return t->final_hist.sum ? &t->final_hist : &t->sizes;
}

static int log2_at(const struct tally_hist *hist, double share)
{
    uint64_t low = tally_percentile(hist, share).low;
    return low ? 63 - __builtin_clzll(low) : 0;
}

static bool counts(const struct caller *caller, uint64_t births, uint64_t bytes)
{
    return caller->frame != PROFILE_NONE &&
           ((double)caller->tally.births >= CALLER_SHARE * (double)births ||
            (double)caller->tally.bytes >= CALLER_SHARE * (double)bytes);
}

static bool has_one_need(const struct tally *t)
{
    return log2_at(needs(t), 0.9) - log2_at(needs(t), 0.1) <= SIZES_TOGETHER;
}

/* Are one's blocks temporaries, and the other's kept by somebody further out? */
static bool die_apart(const struct fact_ends *a, const struct fact_ends *b)
{
    if (a->samples < NEAR_SAMPLES || b->samples < NEAR_SAMPLES)
        return false;
    double apart = tally_share(a->same_function + a->caller, a->samples) -
                   tally_share(b->same_function + b->caller, b->samples);
    return apart > NEAR_APART || apart < -NEAR_APART;
}

static bool differ(const struct tally *a, const struct tally *b)
{
    int apart = log2_at(needs(a), 0.5) - log2_at(needs(b), 0.5);
    double freed = tally_share(a->freed, a->births) - tally_share(b->freed, b->births);
    if (freed > FREED_APART || freed < -FREED_APART || die_apart(&a->ends, &b->ends))
        return true;
    return (apart >= SIZES_APART || apart <= -SIZES_APART) && has_one_need(a) && has_one_need(b);
}

static bool any_differ(const struct callers *callers)
{
    uint64_t births = 0, bytes = 0;
    for (uint32_t c = 0; c < callers->count; c++) {
        births += callers->list[c].tally.births;
        bytes += callers->list[c].tally.bytes;
    }
    for (uint32_t a = 0; a < callers->count; a++)
        for (uint32_t b = a + 1; b < callers->count; b++)
            if (counts(&callers->list[a], births, bytes) &&
                counts(&callers->list[b], births, bytes) &&
                differ(&callers->list[a].tally, &callers->list[b].tally))
                return true;
    return false;
}

static int compare_callers(const void *left, const void *right, void *context)
{
    const struct caller *list = context;
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    uint64_t x = list[a].tally.births, y = list[b].tally.births;
    return x != y ? (x < y ? 1 : -1) : (a > b) - (a < b);
}

bool callers_differ(struct callers *callers, const uint32_t *points, uint32_t count)
{
    group(callers, points, count);
    if (callers->count < 2)
        return false;
    sum_up(callers, points, count);
    if (!any_differ(callers))
        return false;
    for (uint32_t c = 0; c < callers->count; c++)
        callers->order[c] = c;
    qsort_r(callers->order, callers->count, sizeof(callers->order[0]), compare_callers,
            callers->list);
    return true;
}
