/* cost.c - see cost.h. Used by the rules and their reckonings, and by the gates.
 */
#include "analyzer/rules/cost.h"
#include "analyzer/rules/evidence.h"

#include <math.h>

#define ENOUGH_CALLS 16 /* timed calls that make a mean */
#define MANY_CALLS 256  /* timed calls whose mean is believed whatever it is; with fewer: */
#define HERE_CALLS                                                                                 \
    64             /* timed calls for a line's own blocks that make a mean: where the clock        \
                    * has steps of 10 ns, it is within one or two of the true one */
#define FEW_MOST 4 /* times the usual cost at most */
#define SETTLED_BYTES 65536 /* above, there is no usual cost */
#define LARGE_BYTES 1032
#define NEAR_BYTES (128u << 10) /* are copied within the caches of a core */
#define SYSTEM_BUCKET 17u       /* log2 of what glibc may map by itself: */
#define SYSTEM_BYTES (1u << SYSTEM_BUCKET)
#define HUGE_BUCKET 25u       /* log2 of MMAP_BYTES */
#define LAST_TIMED_BUCKET 23u /* what is larger is timed with those */
#define FRESH_CALLS 8         /* timed, of which that part was slow: */
#define FRESH_SHARE 0.5
#define PAGE_BYTES 4096
#define MMAP_BYTES (32u << 20) /* always its own mapping beyond this, in glibc */
/* What a call between two readings of the clock takes longer than it costs the program, which
 * overlaps it with the code around it. By pairs of programs: 21 ns timed for a malloc and a free
 * from the thread's cache where leaving both away saves 13; 10 for a realloc in place, 6. */
#define ALONE_NS 4
#define LEAST_NS 1

static const struct {
    double ns;
    const char *what;
} constants[COST_CONSTANT_COUNT] = {
#define COST_ENTRY(name, ns, what) {ns, what},
    COST_CONSTANTS(COST_ENTRY)
#undef COST_ENTRY
};

double cost_constant(enum cost_constant constant)
{
    return constants[constant].ns;
}

const char *cost_what(enum cost_constant constant)
{
    return constants[constant].what;
}

static uint32_t bucket_of(uint64_t bytes)
{
    return bytes ? 63u - (uint32_t)__builtin_clzll(bytes) : 0;
}

/* ---- one call ---- */

static double alone(uint64_t ns, uint64_t calls)
{
    return fmax((double)ns / (double)calls - ALONE_NS, LEAST_NS);
}

/* The mean over the size's bucket, or over it and its neighbours, wider and wider until
 * enough calls were timed; but never across the step between what the thread's cache holds
 * and what it does not. */
/* Of large blocks slow calls are what they cost: whoever asks for them asks the system. */
static struct cost measured(const struct evidence *e, enum profile_cost kind, uint64_t bytes,
                            enum cost_part part)
{
    const struct profile_cost_hist *hist = &e->profile->costs[kind];
    uint32_t wanted = bucket_of(bytes);
    bool large = bytes > LARGE_BYTES;
    for (uint32_t reach = 0; reach <= 4 && e->costs == COSTS_MEASURED; reach++) {
        uint64_t calls = 0, ns = 0;
        for (uint32_t i = 0; i < hist->count; i++) {
            const struct profile_cost_bar *bar = &hist->bars[i];
            uint32_t b = bar->bucket;
            if (b > wanted + reach || b + reach < wanted || (b >= 10) != large)
                continue;
            bool fast = part == COST_FAST_CALLS && b < SYSTEM_BUCKET;
            calls += bar->calls - (fast ? bar->slow_calls : 0);
            ns += bar->ns - (fast && bar->slow_ns < bar->ns ? bar->slow_ns : 0);
        }
        if (calls >= ENOUGH_CALLS)
            return (struct cost){alone(ns, calls), true, calls, false};
    }
    return (struct cost){0, false, 0, false};
}

static struct cost assumed(double ns)
{
    return (struct cost){ns, false, 0, false};
}

/* Of few timed calls, one that met a page for the first time must not stand for all. */
static struct cost measured_or(const struct evidence *e, enum profile_cost kind, uint64_t bytes,
                               double usual, enum cost_part part)
{
    struct cost cost = measured(e, kind, bytes, part);
    if (!cost.measured)
        return assumed(usual);
    if (cost.calls < MANY_CALLS && bytes < SETTLED_BYTES)
        cost.ns = fmin(cost.ns, FEW_MOST * usual);
    return cost;
}

/* A pair's constant, shared out: malloc is the dearer half. */
static double usual_pair(uint64_t bytes)
{
    return cost_constant(bytes > LARGE_BYTES ? COST_PAIR_LARGE : COST_PAIR);
}

static struct cost alloc_of(const struct evidence *e, uint64_t bytes, enum cost_part part)
{
    return measured_or(e, PROFILE_COST_ALLOC, bytes, 0.6 * usual_pair(bytes), part);
}

static struct cost free_of(const struct evidence *e, uint64_t bytes, enum cost_part part)
{
    return measured_or(e, PROFILE_COST_FREE, bytes, 0.4 * usual_pair(bytes), part);
}

static struct cost both(struct cost one, struct cost other)
{
    return (struct cost){one.ns + other.ns, one.measured && other.measured,
                         one.calls < other.calls ? one.calls : other.calls, one.here && other.here};
}

static struct cost pair_of(const struct evidence *e, uint64_t bytes, enum cost_part part)
{
    return both(alloc_of(e, bytes, part), free_of(e, bytes, part));
}

static double usual_move(uint64_t bytes)
{
    double copied = bytes > MMAP_BYTES ? 0 : (double)bytes / 2;
    enum cost_constant byte = bytes <= NEAR_BYTES ? COST_CLONED_BYTE : COST_COPIED_BYTE;
    return cost_constant(COST_REALLOC_MOVED) + copied * cost_constant(byte);
}

static struct cost grow_of(const struct evidence *e, uint64_t bytes, bool moved,
                           enum cost_part part)
{
    struct cost cost =
        measured(e, moved ? PROFILE_COST_GROW_MOVED : PROFILE_COST_GROW_IN_PLACE, bytes, part);
    return cost.measured ? cost : assumed(moved ? usual_move(bytes) : cost_constant(COST_REALLOC));
}

struct cost cost_alloc(const struct evidence *e, uint64_t bytes)
{
    return alloc_of(e, bytes, COST_FAST_CALLS);
}

struct cost cost_free(const struct evidence *e, uint64_t bytes)
{
    return free_of(e, bytes, COST_FAST_CALLS);
}

struct cost cost_pair(const struct evidence *e, uint64_t bytes)
{
    return pair_of(e, bytes, COST_FAST_CALLS);
}

struct cost cost_grow(const struct evidence *e, uint64_t bytes, bool moved)
{
    return grow_of(e, bytes, moved, COST_FAST_CALLS);
}

/* ---- sums ---- */

uint64_t cost_middle_of(uint32_t bucket)
{
    return bucket == 0 ? 1 : bucket >= 62 ? 1ull << 62 : (1ull << bucket) + (1ull << bucket) / 2;
}

/* A size that stands for the bucket: its middle, cut to what was seen. */
static uint64_t size_in(const struct tally *t, uint32_t bucket)
{
    uint64_t bytes = cost_middle_of(bucket);
    return bytes < t->size_min ? t->size_min : bytes > t->size_max ? t->size_max : bytes;
}

/* Of the calls that were timed for these very blocks: their mean, if there are enough. What malloc
 * gives a line depends on which blocks the line frees, and when, more than on the size. */
static bool timed_here(const struct evidence *e, const struct tally *t, enum profile_cost kind,
                       enum cost_part part, struct cost *cost)
{
    const struct profile_cost_bar *timed = &t->timed[kind];
    uint64_t calls = timed->calls, ns = timed->ns;
    bool settled = t->size_max < SYSTEM_BYTES && t->final_max < SYSTEM_BYTES;
    if (e->costs != COSTS_MEASURED || !settled)
        return false;
    if (part == COST_FAST_CALLS) {
        calls -= timed->slow_calls < calls ? timed->slow_calls : calls;
        ns -= timed->slow_ns < ns ? timed->slow_ns : ns;
    }
    if (calls < (part == COST_FAST_CALLS ? HERE_CALLS : MANY_CALLS))
        return false;
    *cost = (struct cost){alone(ns, calls), true, calls, true};
    return true;
}

/* Of malloc or free, by the sizes at birth. */
static struct cost mean_of(const struct evidence *e, const struct tally *t, enum profile_cost kind,
                           enum cost_part part)
{
    struct cost (*of)(const struct evidence *, uint64_t, enum cost_part) =
        kind == PROFILE_COST_ALLOC ? alloc_of : free_of;
    struct cost sum = {0, true, 0, false};
    double blocks = 0;
    if (timed_here(e, t, kind, part, &sum))
        return sum;
    for (uint32_t b = 0; b < PROFILE_BUCKETS; b++) {
        if (!t->sizes.count[b])
            continue;
        struct cost one = of(e, size_in(t, b), part);
        sum.ns += one.ns * (double)t->sizes.count[b];
        sum.measured = sum.measured && one.measured;
        sum.calls += one.calls;
        blocks += (double)t->sizes.count[b];
    }
    if (blocks == 0)
        return of(e, tally_mean_size(t), part);
    sum.ns /= blocks;
    return sum;
}

static struct cost mean_pair(const struct evidence *e, const struct tally *t, enum cost_part part)
{
    return both(mean_of(e, t, PROFILE_COST_ALLOC, part), mean_of(e, t, PROFILE_COST_FREE, part));
}

struct cost cost_alloc_of(const struct evidence *e, const struct tally *t)
{
    return mean_of(e, t, PROFILE_COST_ALLOC, COST_FAST_CALLS);
}

struct cost cost_free_of(const struct evidence *e, const struct tally *t)
{
    return mean_of(e, t, PROFILE_COST_FREE, COST_FAST_CALLS);
}

struct cost cost_pair_of(const struct evidence *e, const struct tally *t)
{
    return mean_pair(e, t, COST_FAST_CALLS);
}

/* Of the program's timed reallocs to sizes of that bucket, the share that moved; -1: none. */
static double moved_share_of(const struct evidence *e, uint32_t bucket)
{
    double calls[2] = {0, 0};
    for (int moved = 0; moved < 2 && e->costs == COSTS_MEASURED; moved++) {
        const struct profile_cost_hist *hist =
            &e->profile->costs[moved ? PROFILE_COST_GROW_MOVED : PROFILE_COST_GROW_IN_PLACE];
        for (uint32_t i = 0; i < hist->count; i++)
            if (hist->bars[i].bucket == bucket)
                calls[moved] += (double)hist->bars[i].calls;
    }
    return calls[0] + calls[1] < ENOUGH_CALLS ? -1 : calls[1] / (calls[0] + calls[1]);
}

/* How likely a realloc to that bucket's sizes moved, so that all together are those of the tally:
 * mostly the small ones move, that come from the thread's cache. */
static void moved_shares(const struct evidence *e, const struct tally *t,
                         const struct tally_hist *sizes, double share[PROFILE_BUCKETS])
{
    double all =
        tally_share(t->moved - (t->remapped < t->moved ? t->remapped : t->moved), t->reallocs);
    double expected = 0;
    for (uint32_t b = 0; b < PROFILE_BUCKETS; b++) {
        double here = sizes->count[b] ? moved_share_of(e, b) : 0;
        share[b] = here < 0 ? all : here;
        expected += share[b] * (double)sizes->count[b];
    }
    double factor = expected > 0 ? all * (double)sizes->sum / expected : 0;
    for (uint32_t b = 0; b < PROFILE_BUCKETS; b++)
        share[b] = factor > 0 ? fmin(1, share[b] * factor) : all;
}

/* Of the reallocs that moved, or of the others; moved: what share of each bucket did. */
static struct cost mean_growth(const struct evidence *e, const struct tally *t,
                               const struct tally_hist *sizes, const double moved[PROFILE_BUCKETS],
                               bool move, enum cost_part part)
{
    struct cost mean = {0, true, 0, false};
    double reallocs = 0;
    if (timed_here(e, t, move ? PROFILE_COST_GROW_MOVED : PROFILE_COST_GROW_IN_PLACE, part, &mean))
        return mean;
    for (uint32_t b = 0; b < PROFILE_BUCKETS; b++) {
        double here = (move ? moved[b] : 1 - moved[b]) * (double)sizes->count[b];
        if (here <= 0)
            continue;
        struct cost one = grow_of(e, cost_middle_of(b), move, part);
        mean.ns += one.ns * here;
        mean.measured = mean.measured && one.measured;
        mean.calls += one.calls;
        reallocs += here;
    }
    if (reallocs > 0)
        mean.ns /= reallocs;
    return mean;
}

struct cost cost_growth_of(const struct evidence *e, const struct tally *t, enum cost_part part)
{
    double moved[PROFILE_BUCKETS];
    struct tally_hist only = {{0}, 0};
    const struct tally_hist *sizes = &t->grew_to;
    if (!sizes->sum) { /* no links: by the mean of the final sizes */
        tally_hist_add(&only, bucket_of(tally_mean_final(t)), 1);
        sizes = &only;
    }
    moved_shares(e, t, sizes, moved);
    struct cost stay = mean_growth(e, t, sizes, moved, false, part);
    struct cost move = mean_growth(e, t, sizes, moved, true, part);
    double share = 0;
    for (uint32_t b = 0; b < PROFILE_BUCKETS; b++)
        share += moved[b] * (double)sizes->count[b] / (double)sizes->sum;
    bool stays = share<0.99, moves = share> 0.01;
    return (struct cost){stay.ns * (1 - share) + move.ns * share,
                         (stay.measured || !stays) && (move.measured || !moves),
                         stay.calls + move.calls, (stay.here || !stays) && (move.here || !moves)};
}

double cost_of_point(const struct evidence *e, uint32_t point)
{
    struct tally tally = {0};
    tally_add(&tally, e, point);
    double ns = mean_pair(e, &tally, COST_ALL_CALLS).ns * (double)tally.births;
    return tally.reallocs
               ? ns + (double)tally.reallocs * cost_growth_of(e, &tally, COST_ALL_CALLS).ns
               : ns;
}

double cost_of_program(const struct evidence *e)
{
    double ns = 0;
    for (uint32_t i = 0; i < e->profile->point_count; i++)
        ns += e->heap_ns[i];
    return ns;
}

/* ---- fresh memory ---- */

/* Do blocks of that bucket come from the system each time, and go back to it? That is no matter of
 * a few ns more or less: a call of the system takes fifty times as long as one that finds memory on
 * the heap. So it is believed whatever costs are asked for. */
static bool is_fresh(const struct evidence *e, uint32_t bucket)
{
    const struct profile_cost_hist *hist = &e->profile->costs[PROFILE_COST_ALLOC];
    uint32_t timed = bucket < LAST_TIMED_BUCKET ? bucket : LAST_TIMED_BUCKET;
    for (uint32_t i = 0; i < hist->count; i++)
        if (hist->bars[i].bucket == timed)
            return hist->bars[i].calls >= FRESH_CALLS &&
                   (double)hist->bars[i].slow_calls >= FRESH_SHARE * (double)hist->bars[i].calls;
    return false;
}

uint64_t cost_pages_at_most(const struct evidence *e, uint64_t pages)
{
    uint64_t faults = e->profile->program.page_faults;
    return faults && faults < pages ? faults : pages;
}

uint64_t cost_fresh_pages(const struct evidence *e, const struct tally *t)
{
    uint64_t pages = 0;
    for (uint32_t b = SYSTEM_BUCKET; b < HUGE_BUCKET; b++)
        if (t->sizes.count[b] && is_fresh(e, b))
            pages += t->sizes.count[b] * (size_in(t, b) / PAGE_BYTES);
    return cost_pages_at_most(e, pages);
}
