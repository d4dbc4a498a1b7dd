/* thread.c - registers threads, recycles the sets of ended ones, finds a thread's records.
 *
 * Called while the thread is not ready for others (gate.h). Sets are looked for among those whose
 * thread the kernel no longer knows; a thread that is still running its last destructors is still
 * known, so its set is never taken away too early.
 */
#include "preload/thread.h"

#include <stddef.h>

#include "preload/blocks.h"
#include "preload/calls.h"
#include "preload/clock.h"
#include "preload/fingerprint.h"
#include "preload/gate.h"
#include "preload/histogram.h"
#include "preload/memory.h"
#include "preload/recording.h"
#include "preload/single.h"
#include "preload/spin.h"
#include "preload/stacks.h"
#include "preload/table.h"
#include "preload/walk.h"

extern void *__libc_stack_end;

enum {
    RECORDS_FIRST_BITS = 7,
    LINKS_FIRST_BITS = 7,
    SMALL_BITS = 9, /* tables grow by 2^2 up to here, then by 2 */
    /* Pairs of sites that a thread may keep, of handovers; 80 bytes each. */
    HANDOVERS_IN_ANY_CASE = 8192,
    HANDOVERS_PER_RECORD = 2,
    LOOKED_AT = 64 /* sets asked about per new thread, so that many threads start in linear time */
};

struct block_entry thread_no_block;

static struct {
    struct spin lock;
    uint32_t count, next;
    struct thread *all[THREAD_SETS_MAX];
} sets;

void threads_forget(void)
{
    sets.count = sets.next = 0;
}

struct thread *threads_at(uint32_t i)
{
    return i < __atomic_load_n(&sets.count, __ATOMIC_ACQUIRE) ? sets.all[i] : NULL;
}

/* The control block of the process's first thread; 0: not known. */
static uintptr_t first_block;

void threads_start(void)
{
    if (!first_block)
        first_block = arch_thread_pointer();
}

/* Where the calling thread's stack ends, whatever stack it is on now: it may be a coroutine's, or a
 * signal's. The C library puts a thread's control block at the top of its stack, but the first
 * thread's elsewhere; asking it by pthread_getattr_np would wait for a lock that it holds itself
 * while it allocates in every Rust program's start. The only thread of a forked child may be one
 * that was not the first. */
static uintptr_t stack_end(uint32_t tid)
{
    uintptr_t block = arch_thread_pointer();
    bool first = tid == recording.header->pid && (block == first_block || !first_block);

    return first ? (uintptr_t)__libc_stack_end : block;
}

/* Asked of the process that is recorded: a child that shares our memory until it execs (vfork)
 * has another number, under which all our threads would seem to have ended. */
static bool has_ended(const struct thread *t, uint32_t own_tid)
{
    return t->counts->tid == own_tid ||
           sys_tgkill((int)recording.header->pid, (int)t->counts->tid, 0) == -3 /* ESRCH */;
}

/* The set of a thread whose stack ended where the calling one's does, so that what is known of
 * whole stacks stays good. That thread has ended, whatever the kernel still knows of it: the place
 * is its control block's, and the C library has given it to another. Lock held. */
static struct thread *take_same_stack(uintptr_t end)
{
    for (uint32_t i = 0; i < sets.count && i < LOOKED_AT; i++)
        if (walk_ends_at(&sets.all[i]->walk, end))
            return sets.all[i];
    return NULL;
}

/* Lock held. */
static struct thread *take_ended(uint32_t tid)
{
    for (uint32_t looked = 0; looked < sets.count && looked < LOOKED_AT; looked++) {
        sets.next = (sets.next + 1) % sets.count;
        struct thread *t = sets.all[sets.next];
        if (has_ended(t, tid))
            return t;
    }
    return NULL;
}

/* Lock held. */
static struct thread *make_set(uint32_t tid)
{
    void *element;

    if (sets.count == THREAD_SETS_MAX)
        return NULL;
    struct thread *t = memory_map(sizeof *t);
    if (!t)
        return NULL;
    t->records_bits = RECORDS_FIRST_BITS;
    t->records = memory_map(sizeof *t->records << t->records_bits);
    t->links_bits = LINKS_FIRST_BITS;
    t->links = memory_map(sizeof *t->links << t->links_bits);
    if (!t->records || !t->links || !walk_start(&t->walk, stack_end(tid)))
        return NULL;
    t->index = recording_add(REC_THREADS, &element);
    if (!t->index)
        return NULL;
    if (sets.count == 0) /* others may have little to do */
        fingerprint_fill(&t->walk.whole);
    /* The first call sets the heap up, and costs like no other. */
    t->cost_left = REC_COST_SAMPLE / 2;
    t->countdown = gate_countdown(sets.count);
    t->counts = element;
    t->counts->started_ticks = arch_ticks();
    sys_thread_name(t->counts->name);
    t->counts->live = 1;
    sets.all[sets.count] = t;
    __atomic_store_n(&sets.count, sets.count + 1, __ATOMIC_RELEASE);
    return t;
}

struct thread *thread_register(void)
{
    uint32_t tid = (uint32_t)sys_gettid();
    uintptr_t end = stack_end(tid);

    spin_lock(&sets.lock);
    struct thread *t = take_same_stack(end);
    if (!t)
        t = take_ended(tid);
    if (t) {
        walk_hand_over(&t->walk, end);
        *t->countdown = 0;
    } else {
        t = make_set(tid);
    }
    if (t) {
        clock_begin(t);
        t->last = &thread_no_block;
        t->last_address = THREAD_NO_ADDRESS;
        t->single = single() ? single_threaded : single_never;
        t->counts->tid = tid;
        t->counts->owners++;
        recording.header->threaded = sets.count > 1 || t->counts->owners > 1;
    }
    spin_unlock(&sets.lock);
    if (t)
        clock_calibrate();
    return t;
}

static struct record_slot *record_place(struct record_slot *table, unsigned bits, uint32_t group)
{
    uint64_t mask = ((uint64_t)1 << bits) - 1, i = table_hash(group, bits);

    while (table[i].group && table[i].group != group)
        i = (i + 1) & mask;
    return &table[i];
}

/* How big a table of so many bits is when it has grown. */
static uint32_t grown(uint32_t bits)
{
    return bits < SMALL_BITS ? bits + 2 : bits + 1;
}

static bool grow_records(struct thread *t)
{
    uint32_t bits = grown(t->records_bits);
    struct record_slot *fresh = memory_map_filled(sizeof *fresh << bits);

    if (!fresh)
        return false;
    for (uint64_t i = 0; i < (uint64_t)1 << t->records_bits; i++)
        if (t->records[i].group)
            *record_place(fresh, bits, t->records[i].group) = t->records[i];
    memory_unmap(t->records, sizeof *fresh << t->records_bits);
    t->records = fresh;
    t->records_bits = bits;
    return true;
}

/* The slot of a group, made if need be; NULL: no memory. */
static struct record_slot *record_slot(struct thread *t, uint32_t group)
{
    struct record_slot *slot = record_place(t->records, t->records_bits, group);

    if (slot->group)
        return slot;
    if (t->record_slots_used >= ((uint32_t)3 << t->records_bits) / 4) {
        if (!grow_records(t))
            return NULL;
        slot = record_place(t->records, t->records_bits, group);
    }
    slot->group = group;
    t->record_slots_used++;
    return slot;
}

/* The handle's place in the table; NULL: it has none. */
static uint32_t *record_find(struct thread *t, uint32_t node)
{
    uint32_t group = node / RECORD_SLOT_NODES + 1;
    struct record_slot *slot = record_place(t->records, t->records_bits, group);

    return slot->group ? &slot->handles[node % RECORD_SLOT_NODES] : NULL;
}

/* False: another was first. */
static bool take_word(uint64_t *word, uint64_t value)
{
    uint64_t none = 0;

    if (!single())
        return __atomic_compare_exchange_n(word, &none, value, false, __ATOMIC_RELAXED,
                                           __ATOMIC_RELAXED);
    bool free = *word == 0;
    if (free)
        *word = value;
    return free;
}

static struct rec_record *make_record(struct thread *t, uint32_t node)
{
    void *element;

    if (!rows_take(&t->record_rows, REC_RECORDS, &element))
        return NULL;
    struct rec_record *record = element;
    record->thread = t->index | REC_RECORD_YOUNG;
    record->size_min = UINT32_MAX;
    histogram_start(&record->size_hist);
    histogram_start(&record->life_allocs_hist);
    histogram_start(&record->life_units_hist);
    __atomic_store_n(&record->node, node, __ATOMIC_RELEASE);
    t->records_used++;
    return record;
}

/* By the table, made if need be. `word`: the site's, which the first thread that comes there takes
 * for its own record; NULL: it has none. */
static struct rec_record *__attribute__((noinline))
record_anyhow(struct thread *t, uint32_t node, uint64_t *word)
{
    uint32_t *place = record_find(t, node);

    if (place && *place)
        return recording_record(*place);
    struct rec_record *record = make_record(t, node);
    if (!record)
        return NULL;
    uint32_t handle = recording_record_handle(record);
    if (word && take_word(word, (uint64_t)t->index << 32 | handle))
        return record;
    struct record_slot *slot = record_slot(t, node / RECORD_SLOT_NODES + 1);
    if (!slot)
        return NULL;
    slot->handles[node % RECORD_SLOT_NODES] = handle;
    return record;
}

struct rec_record *thread_record(struct thread *t, uint32_t node)
{
    uint64_t *word = stacks_word(node), there = word ? __atomic_load_n(word, __ATOMIC_RELAXED) : 0;

    if (__builtin_expect(there >> 32 == t->index, 1))
        return recording_record((uint32_t)there);
    return record_anyhow(t, node, word);
}

static struct link_slot *link_place(struct link_slot *table, unsigned bits, uint32_t kind,
                                    uint32_t from, uint32_t to)
{
    uint64_t mask = ((uint64_t)1 << bits) - 1;
    uint64_t i = table_hash(((uint64_t)from << 32 | to) * 5 + kind, bits);

    while (table[i].kind && (table[i].kind != kind || table[i].from != from || table[i].to != to))
        i = (i + 1) & mask;
    return &table[i];
}

static bool grow_links(struct thread *t)
{
    uint32_t bits = grown(t->links_bits);
    struct link_slot *fresh = memory_map_filled(sizeof *fresh << bits);

    if (!fresh)
        return false;
    for (uint64_t i = 0; i < (uint64_t)1 << t->links_bits; i++) {
        const struct link_slot *l = &t->links[i];
        if (l->kind)
            *link_place(fresh, bits, l->kind, l->from, l->to) = *l;
    }
    memory_unmap(t->links, sizeof *fresh << t->links_bits);
    t->links = fresh;
    t->links_bits = bits;
    return true;
}

/* Most pairs are chance. Bounded, so that they cannot outgrow the sites themselves by much; but a
 * recursion's tables have a site, and so pairs, for each depth. */
static bool may_add_link(struct thread *t, enum rec_link_kind kind)
{
    if (kind != REC_LINK_HANDOVER ||
        t->links_used <= HANDOVERS_IN_ANY_CASE + HANDOVERS_PER_RECORD * t->records_used)
        return true;
    t->counts->links_dropped++;
    return false;
}

/* Makes the row for a pair. 0: no room. */
static uint32_t make_link(struct thread *t, enum rec_link_kind kind, uint32_t from, uint32_t to)
{
    void *element;
    uint32_t index = rows_take(&t->link_rows, REC_LINKS, &element);

    if (!index)
        return 0;
    struct rec_link *link = element;
    link->from = from;
    link->to = to;
    histogram_start(&link->to_hist);
    __atomic_store_n(&link->kind, kind, __ATOMIC_RELEASE);
    return index;
}

/* The index of the row for a pair, by the table; 0: there can be none. */
static uint32_t find_link(struct thread *t, enum rec_link_kind kind, uint32_t from, uint32_t to)
{
    struct link_slot *place = link_place(t->links, t->links_bits, kind, from, to);

    if (place->kind == kind)
        return place->index;
    if (!may_add_link(t, kind))
        return 0;
    if (t->links_used >= ((uint32_t)3 << t->links_bits) / 4) {
        if (!grow_links(t))
            return 0;
        place = link_place(t->links, t->links_bits, kind, from, to);
    }
    uint32_t index = make_link(t, kind, from, to);
    if (index) {
        *place = (struct link_slot){.from = from, .to = to, .kind = kind, .index = index};
        t->links_used++;
    }
    return index;
}

struct rec_link *thread_find_link(struct thread *t, enum rec_link_kind kind,
                                  struct rec_record *from, uint32_t to)
{
    uint32_t index = find_link(t, kind, from->node, to);

    if (!index)
        return NULL;
    if (thread_owns(t, from))
        from->latest_links[kind - 1] = index;
    return recording_link(index);
}
