/* sample.c - what happens to a sampled block; see sample.h.
 *
 * Called by sampled_hooks.c with the thread's set, not ready for others. Some thousand times a
 * second at most, so nothing here needs to be quick, but for sample_take, which also sees what the
 * filter lets through. It follows recorder.c, with weights: what an event changes is the same.
 *
 * That a library was closed is not seen by the loader's frees, which pass by: so the modules
 * are looked at anew every MODULES_TICKS. Within that time a stack through code that has just taken
 * the place of other code may be named wrongly.
 */
#include "preload/sample.h"

#include "preload/clock.h"
#include "preload/counters.h"
#include "preload/growth.h"
#include "preload/modules.h"
#include "preload/sampler.h"
#include "preload/site.h"

enum {
    /* a fifth of a second: looking takes some ten microseconds a module */
    MODULES_TICKS = 1 << 29,
    /* bytes that a thread that is not recorded asks for between two looks whether it is now */
    FAR_OFF = 1 << 20
};

struct address_filter sample_filter;
__thread struct sample_thread sample_thread __attribute__((tls_model("initial-exec")));

static uint64_t sample_mean = 1, sample_seed;

void sample_start(uint64_t mean, uint64_t seed)
{
    sample_mean = mean;
    sample_seed = seed;
    recording.header->sample_bytes = (uint32_t)mean;
    recording.header->sample_seed = seed;
}

void sample_forget(void)
{
    address_filter_clear(&sample_filter);
    sample_thread = (struct sample_thread){0};
}

/* Threads are told apart by their numbers in the recording: those of a program that starts its
 * threads in the same order are the same in every run. */
static uint64_t first_random(const struct thread *t)
{
    uint64_t state = sampler_hash(sample_seed ^ (uint64_t)t->index << 48 ^ t->counts->owners);

    return state ? state : 1;
}

static void draw(struct sample_thread *own)
{
    own->left = sampler_gap(sampler_random(&own->random), sample_mean) + 1;
}

bool sample_due(const struct thread *t, size_t size)
{
    struct sample_thread *own = &sample_thread;
    bool first = !own->random;

    if (size > PTRDIFF_MAX) { /* no allocator has that */
        own->left += size;
        return false;
    }
    if (first) {
        own->random = first_random(t);
        draw(own);
    }
    if (first || size == 0) { /* not counted yet; a block of 0 bytes counts as 1, as in DHAT */
        if (!arch_count_down(&own->left, size + (size == 0)))
            return false;
    } else if ((int64_t)own->left > 0) { /* a realloc that is here for the block that it frees */
        return false;
    }
    draw(own); /* what is after the point does not depend on what was before it */
    return true;
}

void sample_miss(void)
{
    struct sample_thread *own = &sample_thread;

    if (!*gate_open || gate_thread.refused)
        own->left = FAR_OFF;
    else if (own->random) /* a signal's handler; what it may have interrupted draws once more */
        draw(own);
    else /* a child of vfork, or a handler; the thread that it interrupts is yet to be asked */
        own->left = 0;
}

/* How many blocks this one stands for. The same at its birth and at its death: what decides about
 * the rounding is the clock of its thread then, which stands in its entry. That is as random as the
 * samples before were and, with the same seed, the same in every run. */
static uint64_t weight_of(uint64_t size, const struct rec_record *birth, uint32_t clock)
{
    uint32_t thread = thread_record_word(birth) & REC_RECORD_THREAD;

    return sampler_round(sampler_weight(size, sample_mean),
                         sampler_hash(sample_seed ^ (uint64_t)clock << 32 ^ thread));
}

static void add_to_histogram(struct rec_histogram *h, uint64_t value, uint64_t n)
{
    uint32_t *counter = histogram_find(h, histogram_bucket(value));

    *counter = n > UINT32_MAX - *counter ? UINT32_MAX : *counter + (uint32_t)n;
}

/* How good the record's estimates are. Without room for that they seem to be better. */
static void note_error(struct rec_record *r, uint64_t size, uint64_t weight, bool again)
{
    uint64_t variance = weight * (weight - 1);
    void *element;

    if (!r->sample)
        r->sample = recording_add(REC_SAMPLES, &element);
    if (!r->sample)
        return;
    struct rec_sample *row = recording_sample(r->sample);
    row->sampled++;
    row->blocks_variance += variance;
    if (again) {
        row->reallocs += weight;
        row->reallocs_variance += variance;
    }
    row->bytes_variance +=
        (uint64_t)(((unsigned __int128)size * size * variance << 20) / sample_mean / sample_mean);
}

static void count_birth(struct rec_record *r, uint64_t size, uint64_t weight, uint64_t units)
{
    if (!counters_is_mixed(r))
        counters_mix_sizes(r);
    counters_touch(r);
    counters_add_births(r, size, weight, units);
    add_to_histogram(&r->size_hist, size, weight);
}

static void count_death(struct thread *t, struct rec_record *r, const struct block *b,
                        uint64_t weight, bool home)
{
    struct birth born = recorder_born(b);

    if (!counters_is_mixed(r))
        counters_mix_sizes(r);
    counters_before_fall(t, r);
    counters_add_deaths(r, b->size, weight, t->units);
    add_to_histogram(&r->life_units_hist, blocks_life_units(t->units, born.units), weight);
    if (home) {
        /* less the blocks that this one stands for: it has been counted as them since then */
        uint64_t life_allocs = (uint32_t)(t->counts->allocs - born.clock - weight);
        r->life_allocs += life_allocs * weight;
        add_to_histogram(&r->life_allocs_hist, life_allocs, weight);
    } else {
        r->freed_elsewhere += weight;
    }
}

/* Each sample reads the clock, and now and then has the modules looked at. */
static void tick(struct thread *t)
{
    static uint64_t looked;

    clock_look(t);
    if (t->now - __atomic_load_n(&looked, __ATOMIC_RELAXED) > MODULES_TICKS) {
        __atomic_store_n(&looked, t->now, __ATOMIC_RELAXED);
        __atomic_fetch_add(&modules_version, 1, __ATOMIC_RELEASE);
    }
}

/* Writes the entry of a block that was born at `clock`. */
static void put(struct thread *t, struct rec_record *r, struct block_entry *entry,
                uintptr_t address, uint64_t size, uint32_t clock)
{
    uint32_t handle = (uint32_t)recording_record_handle(r);

    if (size > BLOCKS_SIZE_MAX) {
        struct block b = {.size = size, .record = handle};
        uint32_t chain = growth_begin(t, &b, t->units, clock);
        if (chain) {
            blocks_put_chained(entry, address, size, handle, chain);
            return;
        }
        size = BLOCKS_SIZE_MAX;
    }
    blocks_put(entry, address, size, handle, t->units, clock);
}

/* An address was given out although its block's free was not seen. */
static void bury(struct thread *t, uintptr_t address)
{
    struct taken stale;

    if (!sample_take(address, &stale))
        return;
    t->counts->blocks_overwritten++;
    sample_death(t, address, &stale, NULL);
}

void sample_birth(struct thread *t, unsigned function, uintptr_t address, uint64_t size, bool again,
                  const struct caller *caller)
{
    struct block_entry *entry = blocks_entry(address, true);

    size += size == 0;
    tick(t);
    struct rec_record *r = entry ? site_record(t, function, caller) : NULL;
    t->acted = r;
    if (!r) {
        t->counts->missed_no_room++;
        return;
    }
    bury(t, address);
    uint32_t clock = (uint32_t)t->counts->allocs;
    uint64_t weight = weight_of(size, r, clock);
    t->acted = r;
    t->counts->allocs += weight;
    t->counts->bytes += size * weight;
    count_birth(r, size, weight, t->units);
    counters_total_up(t, size * weight);
    note_error(r, size, weight, again);
    address_filter_add(&sample_filter, address);
    put(t, r, entry, address, size, clock);
}

bool sample_take(uintptr_t address, struct taken *taken)
{
    struct block_entry *entry = blocks_entry(address, false);

    if (!entry || !entry->first || (entry->first & 1u << 5) != blocks_half(address))
        return false;
    recorder_take_entry(entry, taken);
    return true;
}

void sample_death(struct thread *t, uintptr_t address, const struct taken *taken,
                  const struct caller *caller)
{
    const struct block *b = &taken->block;
    struct rec_record *birth = recording_record(b->record), *r = recorder_own(t, birth);

    address_filter_remove(&sample_filter, address);
    t->acted = r;
    tick(t);
    if (!r) {
        t->counts->missed_no_room++;
        return;
    }
    /* above BLOCKS_SIZE_MAX a block stands for itself alone, since the mean is far below */
    uint64_t weight = b->chain ? 1 : weight_of(b->size, birth, b->clock);
    t->counts->frees += weight;
    if (caller)
        recorder_note_free(t, birth, b->size, caller);
    count_death(t, r, b, weight, r == birth);
    counters_total_down(t, b->size * weight);
    if (b->chain)
        growth_end(t, r, b->chain);
}
