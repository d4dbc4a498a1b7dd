/* recorder.c - what happens at each event, in which order.
 *
 * Called by the hooks with the thread's set. Always holds: the counters of a site
 * are changed by the thread that acts, in its own records; no lock is taken unless
 * something is new (a site, a module, a chunk). It must not call into the C library.
 *
 * Sizes follow DHAT: a block of 0 bytes counts as 1.
 */
#include "preload/recorder.h"

#include "preload/calls.h"
#include "preload/cost.h"
#include "preload/counters.h"
#include "preload/growth.h"
#include "preload/hot.h"
#include "preload/modules.h"
#include "preload/real.h"
#include "preload/recording.h"
#include "preload/site.h"
#include "preload/start.h"

/* glibc maps a block of its own for a request from this size on, and moves it by mremap. Beside the
 * time that this takes a reading of the clock is little: the few blocks that make the peak have
 * exact lifetimes, however quick the events around them. */
enum { MAPPED_BLOCK_BYTES = 1 << HOT_SIZE_BITS };

/* A site of so many deaths will see a block that lived through an interruption sooner or later. */
enum { OFTEN_FREED = 64 };

/* Makes or takes over a set for the calling thread. */
static struct thread *enter_first(struct gate_thread *g)
{
    /* In a child that shares our memory (vfork), of a thread without a set: a set made now
     * would be the parent's later, on whose stack and thread-local storage we are. */
    if ((uint32_t)sys_getpid() != recording.header->pid) {
        start_count_early();
        return NULL;
    }
    g->starting = 1;
    struct thread *t = thread_register();
    g->starting = 0;
    if (!t) {
        g->refused = 1; /* the thread goes unrecorded; it is not asked again */
        __atomic_fetch_add(&recording.header->missed_no_room, 1, __ATOMIC_RELAXED);
        return NULL;
    }
    g->countdown = t->countdown;
    g->thread = t;
    return t;
}

bool __attribute__((noinline)) recorder_tick(struct thread *t)
{
    if (!*gate_open)
        return false;
    clock_read(t);
    t->cost_left -= (int32_t)t->interval;
    t->interval = clock_interval(t);
    *t->countdown = (int32_t)t->interval - 1;
    if (t->cost_left <= 0) {
        t->cost_left += cost_distance(t);
        t->timed = true;
    }
    return true;
}

void __attribute__((noinline)) recorder_turn_back(struct thread *t)
{
    *t->countdown = 0; /* the next call must look at the gate as well */
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    gate_thread.ready = t;
    start_count_closed();
}

struct thread *__attribute__((noinline)) recorder_enter(void)
{
    struct gate_thread *g = &gate_thread;
    struct thread *t = g->ready;

    if (!t) {
        real_resolve(); /* the first calls of all come before the constructor */
        if (g->starting || g->thread) {
            if (g->thread && *gate_open)
                g->thread->counts->missed_reentrant++;
            else
                start_count_early();
            return NULL;
        }
        start_once();
        if (!*gate_open)
            return NULL;
        if (g->refused) {
            __atomic_fetch_add(&recording.header->missed_no_room, 1, __ATOMIC_RELAXED);
            return NULL;
        }
        t = enter_first(g);
        if (!t)
            return NULL;
    }
    g->ready = NULL;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    if (--*t->countdown < 0 && !recorder_tick(t)) {
        recorder_turn_back(t);
        return NULL;
    }
    return t;
}

/* An address was given out although its block's free was not seen (it happened while the
 * recorder was at work, or in a child that shares our memory): that block is dead. */
static void __attribute__((noinline)) bury(struct thread *t, struct block_entry *entry)
{
    struct taken stale = {.block = blocks_read(entry), .entry = entry, .was = *entry};

    blocks_clear(entry);
    t->counts->blocks_overwritten++;
    recorder_death(t, &stale, NULL);
}

/* A block above BLOCKS_SIZE_MAX: its size is kept in a chain. */
static void __attribute__((noinline))
count_huge_birth(struct thread *t, struct rec_record *r, struct block_entry *entry,
                 uintptr_t address, uint64_t size)
{
    uint32_t handle = recording_record_handle(r);
    struct block b = {.size = size, .record = handle};

    hot_count_birth(t, r, entry, address, BLOCKS_SIZE_MAX);
    uint32_t chain = growth_begin(t, &b, t->units, t->counts->allocs);
    if (!chain)
        return; /* as if it were of that size */
    blocks_put_chained(entry, address, size, handle, chain);
    uint64_t more = size - BLOCKS_SIZE_MAX;
    t->counts->bytes += more;
    r->total_bytes += more;
    r->live_bytes += (int64_t)more;
    counters_own_maximum(r);
    counters_total_up(t, more);
}

void recorder_birth(struct thread *t, unsigned function, uintptr_t address, uint64_t size,
                    const struct caller *caller)
{
    struct block_entry *entry = blocks_entry(address, true);
    if (entry)
        arch_touch(&entry->second);
    struct rec_record *r = entry ? site_record(t, function, caller) : NULL;

    t->acted = r;
    if (!r) {
        t->counts->missed_no_room++;
        return;
    }
    if (entry->first != 0)
        bury(t, entry);
    size += size == 0;
    if (size >= MAPPED_BLOCK_BYTES)
        clock_look(t);
    if (size > BLOCKS_SIZE_MAX)
        count_huge_birth(t, r, entry, address, size);
    else
        hot_count_birth(t, r, entry, address, size);
    t->last_address = THREAD_NO_ADDRESS;
}

bool recorder_take(struct thread *t, uintptr_t address, struct taken *taken)
{
    struct block_entry *entry = blocks_entry(address, false);

    taken->entry = NULL;
    if (__builtin_expect(
            !entry || !entry->first || (entry->first & 1u << 5) != blocks_half(address), 0)) {
        t->counts->frees_unknown++;
        return false;
    }
    recorder_take_entry(entry, taken);
    return true;
}

void recorder_put_back(const struct taken *taken)
{
    taken->entry->second = taken->was.second;
    __atomic_store_n(&taken->entry->first, taken->was.first, __ATOMIC_RELAXED);
}

void __attribute__((noinline))
recorder_note_handover(struct thread *t, struct rec_record *from, uint64_t size)
{
    struct block last = blocks_glance(t->last);

    t->last = &thread_no_block;
    if (last.size <= size)
        return;
    struct rec_link *link =
        thread_link(t, REC_LINK_HANDOVER, from, recording_record(last.record)->node);
    if (!link)
        return;
    link->n++;
    link->bytes += size;
    link->to_bytes += last.size;
    if (last.size > link->final_max)
        link->final_max = last.size;
    histogram_count(&link->to_hist, last.size);
}

void __attribute__((noinline)) recorder_note_free(struct thread *t, struct rec_record *birth,
                                                  uint64_t size, const struct caller *caller)
{
    uint32_t node = site_node(t, REC_FN_free, caller);
    t->counts->walks_freed++;
    struct rec_link *link = thread_link(t, REC_LINK_FREED, birth, node);

    if (!link)
        return;
    link->n++;
    link->bytes += size;
    link->moved += !thread_owns(t, birth);
}

/* How many frees at least until the next one is sampled. It then is the first that meets a
 * reading of the clock: about `interval` more, where every second event is a free. A fixed
 * distance would meet the same one of a loop that frees two, four or eight. */
static uint64_t sample_distance(struct thread *t)
{
    uint32_t mean = t->interval < REC_FREE_SAMPLE ? REC_FREE_SAMPLE - t->interval : 0;

    t->random = t->random * 1664525 + 1013904223;
    return (t->random >> 16) % (2 * mean + 1);
}

/* Whether this free is one of the sample: of the first ones of each record, or one in
 * REC_FREE_SAMPLE. All ways that a free may go ask at the same moments, so none is preferred. */
static bool is_sampled(struct thread *t, struct rec_record *r)
{
    if (recorder_is_free_due(t)) {
        t->next_sample = t->counts->frees + sample_distance(t);
        return true;
    }
    if (!(r->thread & REC_RECORD_YOUNG) || counters_freed(r) < REC_FREE_UNSEEN)
        return false;
    if (counters_freed(r) >= REC_FREE_UNSEEN + REC_FREE_FIRST - 1)
        thread_record_flags(r, 0, REC_RECORD_YOUNG);
    return true;
}

void recorder_death(struct thread *t, const struct taken *taken, const struct caller *caller)
{
    const struct block *b = &taken->block;
    struct rec_record *birth = recording_record(b->record), *r = recorder_own(t, birth);
    struct birth born = recorder_born(b);
    uint64_t clock = t->counts->allocs;

    t->acted = r;
    /* a late reading may lie before the birth, by another thread's clock */
    if (r != birth || b->size >= MAPPED_BLOCK_BYTES)
        clock_look(t);
    if (!r) {
        t->counts->missed_no_room++;
        return;
    }
    if (is_sampled(t, r)) {
        if (caller)
            recorder_note_free(t, birth, b->size, caller);
        if (counters_freed(r) >= OFTEN_FREED)
            histogram_make_row(&r->life_units_hist);
    }
    counters_before_fall(t, r);
    counters_of_one_size(r, b->size);
    hot_count_death(t, r, b->size);
    counters_total_down(t, b->size);
    histogram_count(&r->life_units_hist, blocks_life_units(t->units, born.units));
    uint32_t life_allocs = (uint32_t)(clock - born.clock);
    if (r == birth) {
        r->life_allocs += life_allocs;
        histogram_count(&r->life_allocs_hist, life_allocs);
    } else {
        r->freed_elsewhere++;
    }
    if (b->chain)
        growth_end(t, r, b->chain);
    if (blocks_glance(t->last).size > b->size)
        recorder_note_handover(t, birth, b->size);
}

/* How the real realloc got there. */
struct move {
    bool moved, remapped;
    uint64_t copied;
};

/* glibc gives a block of its own mapping an address 16 bytes into a page, and moves such
 * blocks by mremap: nothing is copied. Judged by the addresses; a heap block of that size
 * stands so by chance once in 256. */
static struct move judge_move(uintptr_t old, uintptr_t address, uint64_t old_size, uint64_t size)
{
    struct move m = {.moved = old != address};

    m.remapped = m.moved && real.libc && old_size >= MAPPED_BLOCK_BYTES && (old & 4095) == 16 &&
                 (address & 4095) == 16;
    if (m.moved && !m.remapped)
        m.copied = old_size < size ? old_size : size;
    return m;
}

static void note_move(struct thread *t, struct rec_record *r, const struct move *move, bool shrunk)
{
    struct rec_growth *g = growth_row(t, r);

    if (!g) {
        t->counts->missed_no_room++;
        return;
    }
    g->reallocs_moved += move->moved;
    g->reallocs_remapped += move->remapped;
    g->reallocs_shrunk += shrunk;
    g->reallocs_copied += move->copied;
}

/* The block's chain, made at its first realloc. */
static struct rec_chain *chain_of(struct thread *t, struct block *b)
{
    if (!b->chain) {
        /* The entry's birth is cut to 36 and 32 bits; what is missing is in the present. */
        uint64_t now = t->units, clock = t->counts->allocs;
        uint64_t units = now - ((now - b->units) & BLOCKS_UNITS_MASK);
        b->chain = growth_begin(t, b, units, clock - (uint32_t)((uint32_t)clock - b->clock));
    }
    return b->chain ? recording_chain(b->chain) : NULL;
}

static void note_growers(struct thread *t, struct rec_record *from, uint32_t to, uint64_t old_size,
                         uint64_t size, bool moved)
{
    struct rec_link *link = thread_link(t, REC_LINK_GREW, from, to);

    if (!link)
        return;
    link->n++;
    link->bytes += size > old_size ? size - old_size : 0;
    link->to_bytes += size;
    link->moved += moved;
    if (size > link->final_max)
        link->final_max = size;
    histogram_count(&link->to_hist, size);
}

void recorder_resized(struct thread *t, unsigned function, const struct taken *taken, uintptr_t old,
                      uintptr_t address, uint64_t size, const struct caller *caller)
{
    struct block b = taken->block;
    struct rec_record *birth = recording_record(b.record), *r = recorder_own(t, birth);
    struct block_entry *entry = blocks_entry(address, true);

    size += size == 0;
    uint32_t node = site_node(t, function, caller);
    t->acted = r;
    if (__builtin_expect(!r || !entry, 0)) {
        t->counts->missed_no_room++;
        if (r) /* the block goes on untracked; for us it ends here */
            recorder_death(t, taken, NULL);
        return;
    }
    arch_touch(&entry->second);
    if (__builtin_expect(entry->first != 0, 0))
        bury(t, entry);
    struct move move = judge_move(old, address, b.size, size);
    t->counts->allocs++;
    t->counts->reallocs++;
    t->counts->bytes += size;
    counters_resize(t, r, b.size, size);
    if (size >= b.size)
        counters_total_up(t, size - b.size);
    else
        counters_total_down(t, b.size - size);
    note_move(t, r, &move, size < b.size);
    struct rec_chain *chain = chain_of(t, &b);
    if (chain) {
        growth_step(chain, size, move.moved, move.copied);
        blocks_put_chained(entry, address, size, b.record, b.chain);
    } else {
        blocks_put(entry, address, size > BLOCKS_SIZE_MAX ? BLOCKS_SIZE_MAX : size, b.record,
                   b.units, b.clock);
    }
    note_growers(t, birth, node, b.size, size, move.moved);
    /* The latest allocation may grow before the old block goes: `s = format!("{s}{x}")` does. */
    t->last = t->last == taken->entry ? entry : &thread_no_block;
    t->last_address = THREAD_NO_ADDRESS;
}
