/* recorder.c - what happens at each event, in which order.
 *
 * Called by the hooks with the thread's busy flag set. Always holds: the counters of a site
 * are changed by the thread that acts, in its own records; no lock is taken unless
 * something is new (a site, a module, a chunk). It must not call into the C library.
 *
 * Sizes follow DHAT: a block of 0 bytes counts as 1.
 */
#include "preload/recorder.h"

#include "preload/calls.h"
#include "preload/counters.h"
#include "preload/growth.h"
#include "preload/memo.h"
#include "preload/modules.h"
#include "preload/real.h"
#include "preload/recording.h"
#include "preload/start.h"

/* glibc maps a block of its own for a request from this size on, and moves it by mremap. */
enum { MAPPED_BLOCK_BYTES = 128 * 1024 };

struct thread *__attribute__((noinline)) recorder_enter_slow(void)
{
    struct gate_thread *g = &gate_thread;

    real_resolve(); /* the first calls of all come before the constructor */
    if (g->busy) {
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
    if (!g->thread) {
        /* In a child that shares our memory (vfork), of a thread without a set: a set made now
         * would be the parent's later, on whose stack and thread-local storage we are. */
        if ((uint32_t)sys_getpid() != recording.header->pid)
            return NULL;
        g->busy = 1;
        g->thread = thread_register();
        g->busy = 0;
        if (!g->thread) {
            g->refused = 1; /* the thread goes unrecorded; it is not asked again */
            __atomic_fetch_add(&recording.header->missed_no_room, 1, __ATOMIC_RELAXED);
            return NULL;
        }
    }
    g->busy = 1;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    return g->thread;
}

/* A library may have been closed since this thread last looked. Frees from within the
 * loader are passed over: the closing may be half done. */
static void __attribute__((noinline)) look_at_modules(struct thread *t, const struct caller *caller)
{
    uint32_t version = __atomic_load_n(&modules_version, __ATOMIC_ACQUIRE);

    if (modules_is_loader(caller->pc))
        return;
    uint32_t times_gone = modules_check(version);
    if (times_gone != t->walk.times_gone)
        walk_forget(&t->walk, t->walk.stack_high);
    t->walk.times_gone = times_gone;
    t->walk.modules_version = version;
}

/* A site and the thread's counters for it. */
struct site {
    uint32_t node;
    struct rec_record *record; /* NULL: no room */
};

static struct site __attribute__((noinline))
site_walked(struct thread *t, unsigned function, const struct caller *caller)
{
    struct memo_leaf *leaf;
    uint32_t outer;
    struct site site = {.node = walk_stack(t, function, caller, &leaf, &outer)};

    site.record = thread_record(t, site.node);
    if (leaf && site.record)
        memo_answer(&t->walk, leaf, outer, site.node, site.record);
    return site;
}

static inline struct site site_here(struct thread *t, unsigned function,
                                    const struct caller *caller)
{
    struct site site;

    if (__builtin_expect(t->walk.modules_version != modules_version, 0))
        look_at_modules(t, caller);
    struct memo_leaf *leaf =
        memo_find(&t->walk, memo_key(function, caller->pc), caller->sp, caller->rbp);
    if (__builtin_expect(leaf != NULL, 1)) {
        t->counts->walks_remembered++;
        site = (struct site){leaf->node, leaf->record};
    } else {
        site = site_walked(t, function, caller);
    }
    if (__builtin_expect(walk_options.check, 0))
        walk_check(t, caller, site.node);
    return site;
}

/* The node alone, where no block is born: such sites have no counters. */
static uint32_t node_here(struct thread *t, unsigned function, const struct caller *caller)
{
    if (t->walk.modules_version != modules_version)
        look_at_modules(t, caller);
    struct memo_leaf *leaf =
        memo_find(&t->walk, memo_key(function, caller->pc), caller->sp, caller->rbp);
    uint32_t node, outer;
    if (leaf) {
        t->counts->walks_remembered++;
        node = leaf->node;
    } else {
        node = walk_stack(t, function, caller, &leaf, &outer);
        if (leaf)
            memo_answer(&t->walk, leaf, outer, node, NULL);
    }
    if (walk_options.check)
        walk_check(t, caller, node);
    return node;
}

/* The acting thread's record for a block's birth site. */
static inline struct rec_record *own_record(struct thread *t, struct rec_record *birth)
{
    return __builtin_expect(birth->thread == t->index, 1) ? birth : thread_record(t, birth->node);
}

/* An address was given out although its block's free was not seen (it happened while the
 * recorder was at work, or in a child that shares our memory): that block is dead. */
static void __attribute__((noinline))
bury(struct thread *t, uintptr_t address, struct block_entry *entry)
{
    struct taken stale = {.block = blocks_read(entry), .entry = entry, .was = *entry};

    blocks_clear(entry);
    t->counts->blocks_overwritten++;
    recorder_death(t, address, &stale, NULL);
}

/* Writes the entry of a block above BLOCKS_SIZE_MAX: its size is kept in a chain. */
static void __attribute__((noinline)) put_huge(struct thread *t, struct block_entry *entry,
                                               uintptr_t address, uint64_t size, uint32_t record)
{
    struct block b = {.size = size, .record = record};
    uint32_t chain = growth_begin(t, &b, clock_units(t), t->counts->allocs);

    if (chain)
        blocks_put_chained(entry, address, size, record, chain);
    else
        blocks_put(entry, address, BLOCKS_SIZE_MAX, record, clock_units(t),
                   (uint32_t)t->counts->allocs);
}

void recorder_birth(struct thread *t, unsigned function, uintptr_t address, uint64_t size,
                    const struct caller *caller)
{
    struct block_entry *entry = blocks_entry(address, true);

    if (__builtin_expect(!entry, 0)) {
        t->counts->missed_no_room++;
        return;
    }
    __builtin_prefetch(entry, 1);
    size += size == 0;
    clock_tick(t);
    struct site site = site_here(t, function, caller);
    /* none yet where the same stack has only resized before */
    if (__builtin_expect(!site.record, 0) && !(site.record = thread_record(t, site.node))) {
        t->counts->missed_no_room++;
        return;
    }
    if (__builtin_expect(entry->first != 0, 0))
        bury(t, address, entry);
    uint64_t units = clock_units(t);
    uint64_t clock = ++t->counts->allocs;
    t->counts->bytes += size;
    uint32_t handle = recording_record_handle(site.record);
    counters_birth(site.record, size, units);
    counters_total_up(size, t->now);
    if (__builtin_expect(size <= BLOCKS_SIZE_MAX, 1))
        blocks_put(entry, address, size, handle, units, (uint32_t)clock);
    else
        put_huge(t, entry, address, size, handle);
    t->last_node = site.node;
    t->last_size = size;
    t->last_address = address;
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
    taken->entry = entry;
    taken->was = *entry;
    taken->block = blocks_read(entry);
    if (__builtin_expect(taken->block.chain && taken->block.size > BLOCKS_SIZE_MAX, 0))
        taken->block.size = recording_chain(taken->block.chain)->size;
    blocks_clear(entry);
    return true;
}

void recorder_put_back(const struct taken *taken)
{
    taken->entry->second = taken->was.second;
    __atomic_store_n(&taken->entry->first, taken->was.first, __ATOMIC_RELAXED);
}

static struct rec_link *handover_link(struct thread *t, uint32_t from, uint32_t to)
{
    /* Most pairs are chance. Bounded, so that they cannot outgrow the sites themselves. */
    if (t->links_used > 1024 + 2 * t->records_used) {
        t->counts->links_dropped++;
        return NULL;
    }
    return thread_link(t, REC_LINK_HANDOVER, from, to);
}

/* The thread's latest allocation is bigger than the block that it frees now, and nothing was
 * allocated in between: a container may have moved there. */
static void __attribute__((noinline)) note_handover(struct thread *t, uint32_t from, uint64_t size)
{
    struct rec_link *link = handover_link(t, from, t->last_node);

    if (link) {
        link->n++;
        link->bytes += size;
        link->to_bytes += t->last_size;
        if (t->last_size > link->final_max)
            link->final_max = t->last_size;
        counters_bucket(link->to_hist, t->last_size);
    }
    t->last_size = 0;
}

/* Lifetimes of a block that dies, in both clocks. */
static inline void note_lifetime(struct thread *t, struct rec_record *r, const struct block *b,
                                 bool home)
{
    uint64_t birth_units = b->units, clock = t->counts->allocs;
    uint64_t life_allocs = (uint32_t)clock - b->clock;

    if (__builtin_expect(b->chain != 0, 0)) {
        const struct rec_chain *chain = recording_chain(b->chain);
        birth_units = chain->birth_units;
        life_allocs = clock - chain->birth_clock;
    }
    uint64_t life_units = (clock_units(t) - birth_units) & BLOCKS_UNITS_MASK;
    if (life_units > BLOCKS_UNITS_MASK / 2) /* clocks of two processors, a little apart */
        life_units = 0;
    counters_bucket(r->life_units_hist, life_units);
    if (__builtin_expect(home, 1)) {
        life_allocs = (uint32_t)life_allocs;
        r->life_allocs += life_allocs;
        counters_bucket(r->life_allocs_hist, life_allocs);
    } else {
        r->freed_elsewhere++;
    }
}

/* Where the block is freed, for a sample of them: what dropped it, and how far from its birth. */
static void __attribute__((noinline)) note_where(struct thread *t, const struct rec_record *birth,
                                                 uint64_t size, const struct caller *caller)
{
    uint32_t node = node_here(t, REC_FN_free, caller);
    struct rec_link *link = thread_link(t, REC_LINK_FREED, birth->node, node);

    if (!link)
        return;
    link->n++;
    link->bytes += size;
    link->moved += birth->thread != t->index;
}

/* One free in REC_FREE_SAMPLE, spread evenly over any stride (the multiples of the golden ratio
 * are): every 64th one exactly would be the same one of a loop that frees two, four or eight. */
static inline bool is_sampled(uint64_t frees)
{
    return (uint32_t)frees * 2654435769u < UINT32_MAX / REC_FREE_SAMPLE;
}

void recorder_death(struct thread *t, uintptr_t address, const struct taken *taken,
                    const struct caller *caller)
{
    const struct block *b = &taken->block;
    struct rec_record *birth = recording_record(b->record), *r = own_record(t, birth);

    if (__builtin_expect(r != birth, 0))
        clock_read(t); /* a late reading may lie before the birth, by another thread's clock */
    else
        clock_tick(t);
    uint64_t frees = ++t->counts->frees;
    if (__builtin_expect(!r, 0)) {
        t->counts->missed_no_room++;
        return;
    }
    if (__builtin_expect(r->freed_blocks < REC_FREE_FIRST || is_sampled(frees), 0) && caller)
        note_where(t, birth, b->size, caller);
    counters_death(r, b->size, clock_units(t));
    counters_total_down(b->size);
    note_lifetime(t, r, b, r == birth);
    if (__builtin_expect(b->chain != 0, 0))
        growth_end(t, r, b->chain);
    if (t->last_size > b->size && t->last_address != address)
        note_handover(t, birth->node, b->size);
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

/* The block's chain, made at its first realloc. */
static struct rec_chain *chain_of(struct thread *t, struct block *b)
{
    if (!b->chain) {
        /* The entry's birth is cut to 36 and 32 bits; what is missing is in the present. */
        uint64_t now = clock_units(t), clock = t->counts->allocs;
        uint64_t units = now - ((now - b->units) & BLOCKS_UNITS_MASK);
        b->chain = growth_begin(t, b, units, clock - (uint32_t)((uint32_t)clock - b->clock));
    }
    return b->chain ? recording_chain(b->chain) : NULL;
}

static void note_growers(struct thread *t, uint32_t from, uint32_t to, uint64_t old_size,
                         uint64_t size, bool moved)
{
    struct rec_link *link = t->last_grew;

    if (!link || link->from != from || link->to != to)
        link = t->last_grew = thread_link(t, REC_LINK_GREW, from, to);
    if (!link)
        return;
    link->n++;
    link->bytes += size > old_size ? size - old_size : 0;
    link->to_bytes += size;
    link->moved += moved;
    if (size > link->final_max)
        link->final_max = size;
    counters_bucket(link->to_hist, size);
}

void recorder_resized(struct thread *t, unsigned function, const struct taken *taken, uintptr_t old,
                      uintptr_t address, uint64_t size, const struct caller *caller)
{
    struct block b = taken->block;
    struct rec_record *birth = recording_record(b.record), *r = own_record(t, birth);
    struct block_entry *entry = blocks_entry(address, true);

    size += size == 0;
    clock_tick(t);
    uint32_t node = node_here(t, function, caller);
    if (__builtin_expect(!r || !entry, 0)) {
        t->counts->missed_no_room++;
        if (r) /* the block goes on untracked; for us it ends here */
            recorder_death(t, old, taken, NULL);
        return;
    }
    if (__builtin_expect(entry->first != 0, 0))
        bury(t, address, entry);
    struct move move = judge_move(old, address, b.size, size);
    t->counts->allocs++;
    t->counts->reallocs++;
    t->counts->bytes += size;
    counters_resize(r, b.size, size);
    if (size >= b.size)
        counters_total_up(size - b.size, t->now);
    else
        counters_total_down(b.size - size);
    r->reallocs_moved += move.moved;
    r->reallocs_remapped += move.remapped;
    r->reallocs_shrunk += size < b.size;
    r->bytes_copied += move.copied;
    struct rec_chain *chain = chain_of(t, &b);
    if (chain) {
        growth_step(chain, size, move.moved, move.copied);
        blocks_put_chained(entry, address, size, b.record, b.chain);
    } else {
        blocks_put(entry, address, size > BLOCKS_SIZE_MAX ? BLOCKS_SIZE_MAX : size, b.record,
                   b.units, b.clock);
    }
    note_growers(t, birth->node, node, b.size, size, move.moved);
    /* The latest allocation may grow before the old block goes: `s = format!("{s}{x}")` does. */
    t->last_size = t->last_size && t->last_address == old ? size : 0;
    t->last_address = address;
}
