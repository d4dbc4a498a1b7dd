/* memo.c - puts walked stacks into the tree of inner paths; see walk_memory.h.
 *
 * Called by walk.c after each walk by simple rules. Always holds: the slots of one path, read
 * in order, are exactly those that a walk from its root would read, each at an address that
 * follows from the ones before. That is why two paths can only differ in a value. Hinges
 * only ever move outward: where frames inside of a hinge turn out to change from stack to
 * stack, they become part of the inner path.
 */
#include "preload/memo.h"

#include "preload/memory.h"

static size_t table_bytes(uint32_t scale)
{
    return ((sizeof(struct memo_edge) << MEMO_EDGES_FIRST_BITS) +
            (sizeof(struct memo_pair) << MEMO_PAIRS_FIRST_BITS) +
            sizeof(struct memo_run) * MEMO_RUNS_FIRST +
            sizeof(struct memo_leaf) * MEMO_LEAVES_FIRST +
            sizeof(struct memo_slot) * MEMO_SLOTS_FIRST + sizeof(uint32_t) * MEMO_LOCATIONS_FIRST)
           << scale;
}

/* Lays the tables out in zeroed memory. */
static void lay_out(struct walk_memory *m, void *memory, uint32_t scale)
{
    char *at = memory;

    m->memo_scale = scale;
    m->edges_bits = MEMO_EDGES_FIRST_BITS + scale;
    m->pairs_bits = MEMO_PAIRS_FIRST_BITS + scale;
    m->edges = (struct memo_edge *)at;
    at += sizeof(struct memo_edge) << m->edges_bits;
    m->pairs = (struct memo_pair *)at;
    at += sizeof(struct memo_pair) << m->pairs_bits;
    m->runs = (struct memo_run *)at;
    at += sizeof(struct memo_run) * MEMO_RUNS_FIRST << scale;
    m->leaves = (struct memo_leaf *)at;
    at += sizeof(struct memo_leaf) * MEMO_LEAVES_FIRST << scale;
    m->inner_slots = (struct memo_slot *)at;
    at += sizeof(struct memo_slot) * MEMO_SLOTS_FIRST << scale;
    m->locations = (uint32_t *)at;
}

static void count_none(struct walk_memory *m)
{
    m->run_count = m->slot_count = m->location_count = m->pair_count = 0;
    m->branch_count = 0;
    m->leaf_count = 1;
    m->times_forgotten++;
}

bool memo_start(struct walk_memory *m)
{
    void *memory = memory_map(table_bytes(0));

    if (!memory)
        return false;
    lay_out(m, memory, 0);
    count_none(m);
    return true;
}

void memo_forget(struct walk_memory *m)
{
    if (m->run_count == 0)
        return;
    for (uint32_t i = 0; i < 1u << m->edges_bits; i++)
        if (m->edges[i].to)
            m->edges[i] = (struct memo_edge){0};
    for (uint32_t i = 0; i < 1u << m->pairs_bits; i++)
        if (m->pairs[i].key)
            m->pairs[i].key = 0;
    count_none(m);
}

/* The tables are full: forgets everything, in bigger tables if there may be such. */
static void start_over(struct walk_memory *m)
{
    uint32_t scale = m->memo_scale + 2;
    void *memory = scale <= MEMO_SCALE_MAX ? memory_map(table_bytes(scale)) : NULL;

    if (!memory) {
        memo_forget(m);
        return;
    }
    memory_unmap(m->edges, table_bytes(m->memo_scale)); /* no other thread has seen it */
    lay_out(m, memory, scale);
    count_none(m);
}

/* The slots of the base read as an inner path, from its innermost frame outward. */
struct reader {
    const struct walk_memory *m;
    uint32_t frame;          /* index of the frame that is being read; 0: the outermost, done */
    uint32_t part;           /* of it: 0 rbp, 1 cfa, 2 return address */
    const uintptr_t *rbp_at; /* where the present rbp came from */
    bool rbp_pending;        /* it has not been compared since */
};

static bool next_slot(struct reader *r, struct memo_slot *slot)
{
    while (r->frame > 0) {
        const struct walk_state *f = &r->m->frames[r->frame], *outer = f - 1;
        switch (r->part++) {
        case 0:
            if (f->uses_rbp && r->rbp_pending) {
                r->rbp_pending = false;
                *slot = (struct memo_slot){r->rbp_at, f->rbp};
                return true;
            }
            break;
        case 1:
            if (f->cfa_slot) {
                *slot = (struct memo_slot){f->cfa_slot, outer->sp};
                return true;
            }
            break;
        default:
            if (f->rbp_slot) {
                r->rbp_at = f->rbp_slot;
                r->rbp_pending = true;
            }
            r->part = 0;
            r->frame--;
            *slot = (struct memo_slot){f->ra_slot, outer->pc};
            return true;
        }
    }
    return false;
}

static struct memo_run *new_run(struct walk_memory *m, const struct memo_slot *slots)
{
    struct memo_run *run = &m->runs[m->run_count++];

    *run = (struct memo_run){.slots = slots, .end = MEMO_LEAF};
    return run;
}

static void add_edge(struct walk_memory *m, uintptr_t from, uintptr_t value, struct memo_run *to)
{
    *memo_edge(m, from, value) = (struct memo_edge){.from = from, .value = value, .to = to};
}

/* The leaf for the frame that the reader has come to. */
static struct memo_leaf *new_leaf(struct walk_memory *m, const struct reader *r, unsigned function)
{
    const struct walk_state *hinge = &m->frames[r->frame];
    struct memo_leaf *leaf = &m->leaves[m->leaf_count++];

    *leaf = (struct memo_leaf){.pc = hinge->pc,
                               .sp = hinge->sp,
                               .rbp_at = r->rbp_at,
                               .index = r->frame,
                               .function = function,
                               .location_start = m->location_count,
                               .location_count = m->frame_count - 1 - r->frame};
    for (uint32_t i = m->frame_count - 1; i > r->frame; i--)
        m->locations[m->location_count++] = m->frames[i].location;
    return leaf;
}

/* Writes the slots from where the reader is to frame `joined` as a new run with its leaf. */
static struct memo_run *write_rest(struct walk_memory *m, struct reader *r, uint32_t joined,
                                   unsigned function)
{
    struct memo_run *run = new_run(m, &m->inner_slots[m->slot_count]);
    struct memo_slot slot;

    while ((r->part != 0 || r->frame > joined) && next_slot(r, &slot)) {
        m->inner_slots[m->slot_count++] = slot;
        run->count++;
    }
    run->leaf = new_leaf(m, r, function);
    return run;
}

/* Cuts a run at slot i, where another stack has another value: the run now ends there with
 * a branch, and what came after is a run of its own. */
static void split(struct walk_memory *m, struct memo_run *run, uint32_t i)
{
    const struct memo_slot *slot = &run->slots[i];
    struct memo_run *rest = new_run(m, slot + 1);

    rest->count = run->count - i - 1;
    rest->end = run->end;
    rest->next = run->next;
    rest->branch = run->branch;
    run->count = i;
    run->end = MEMO_BRANCH;
    run->branch_at = slot->at;
    run->branch = ++m->branch_count; /* no code lies at such addresses: no key of a root */
    add_edge(m, run->branch, slot->value, rest);
}

/* Follows the tree as far as it agrees with the reader. Returns the run after which the new
 * one belongs - by *value if it ends with a branch - or NULL: the tree does not fit. */
static struct memo_run *follow(struct walk_memory *m, struct memo_run *run, struct reader *r,
                               uintptr_t *value)
{
    struct memo_slot slot;

    for (;;) {
        for (uint32_t i = 0; i < run->count; i++) {
            if (!next_slot(r, &slot) || slot.at != run->slots[i].at)
                return NULL;
            if (slot.value != run->slots[i].value) {
                split(m, run, i);
                *value = slot.value;
                return run;
            }
        }
        if (run->end == MEMO_LEAF) /* its hinge moves outward */
            return run;
        if (run->end == MEMO_NEXT) {
            run = run->next;
            continue;
        }
        if (!next_slot(r, &slot) || slot.at != run->branch_at)
            return NULL;
        struct memo_run *to = memo_edge(m, run->branch, slot.value)->to;
        if (!to) {
            *value = slot.value;
            return run;
        }
        run = to;
    }
}

/* Room for the longest stack; makes it by forgetting. */
static void make_room(struct walk_memory *m)
{
    uint32_t scale = m->memo_scale;

    if (m->slot_count + WALK_SLOTS_MAX > (uint32_t)MEMO_SLOTS_FIRST << scale ||
        m->run_count + 2 > (uint32_t)MEMO_RUNS_FIRST << scale ||
        m->leaf_count == (uint32_t)MEMO_LEAVES_FIRST << scale ||
        m->location_count + WALK_FRAMES_MAX > (uint32_t)MEMO_LOCATIONS_FIRST << scale)
        start_over(m);
}

struct memo_leaf *memo_insert(struct walk_memory *m, unsigned function, uint32_t joined)
{
    make_room(m);
    const struct walk_state *innermost = &m->frames[m->frame_count - 1];
    struct reader r = {
        .m = m, .frame = m->frame_count - 1, .rbp_at = &m->entry_rbp, .rbp_pending = true};
    uintptr_t key = memo_key(function, innermost->pc), value = innermost->sp;
    struct memo_run *first = memo_edge(m, key, value)->to, *after = NULL, *run;

    if (first) {
        after = follow(m, first, &r, &value);
        if (!after)
            return NULL;
    }
    /* The whole path is there, with its hinge at another place of another base: what it leads to
     * stays right. A second leaf would only make the look-up longer, each time that the base
     * has changed. */
    if (after && after->end == MEMO_LEAF && r.part == 0 && r.frame <= joined) {
        after->leaf->index = r.frame;
        return after->leaf;
    }
    run = write_rest(m, &r, joined, function);
    if (!after) {
        add_edge(m, key, value, run);
    } else if (after->end == MEMO_BRANCH) {
        add_edge(m, after->branch, value, run);
    } else {
        after->end = MEMO_NEXT;
        after->next = run;
    }
    return run->leaf;
}

void memo_insert_outer(struct walk_memory *m)
{
    uint32_t node = m->frames[m->frame_count - 1].node;
    struct memo_leaf *leaf = memo_insert(m, MEMO_OUTER, 0);

    if (leaf)
        leaf->node = node;
}

void memo_answer(struct walk_memory *m, struct memo_leaf *leaf, uint32_t outer, uint32_t node,
                 struct rec_record *record)
{
    struct memo_pair *pair = memo_pair(m, leaf, outer);

    leaf->outer = outer;
    leaf->node = node;
    leaf->record = record;
    if (pair->key || m->pair_count >= (3u << m->pairs_bits) / 4)
        return; /* known, or full: the leaf's own latest answer has to do */
    *pair = (struct memo_pair){
        .key = (uint64_t)(leaf - m->leaves) << 32 | outer, .record = record, .node = node};
    m->pair_count++;
}

/* A list of slots under way. */
struct slot_list {
    const struct walk_memory *m;
    const uintptr_t **at;
    uint32_t count;
    bool uses_rbp, overflow;
};

static void list_slot(struct slot_list *l, const uintptr_t *at)
{
    if (at == &l->m->entry_rbp)
        l->uses_rbp = true;
    else if (l->count == WALK_SLOTS_MAX)
        l->overflow = true;
    else
        l->at[l->count++] = at;
}

/* Follows the tree from (key, sp) as the stack stands now, and lists the slots on the way; the
 * root's rbp is found at `rbp_at`. Returns the leaf, NULL if the stack is not remembered. */
static const struct memo_leaf *list_path(struct slot_list *l, uintptr_t key, uintptr_t sp,
                                         const uintptr_t *rbp_at)
{
    const struct walk_memory *m = l->m;
    const struct memo_run *run = memo_edge(m, key, sp)->to;

    while (run) {
        for (uint32_t i = 0; i < run->count; i++) {
            const uintptr_t *at = run->slots[i].at == &m->entry_rbp ? rbp_at : run->slots[i].at;
            if (walk_slot(at) != run->slots[i].value)
                return NULL;
            list_slot(l, at);
        }
        if (run->end == MEMO_LEAF)
            return run->leaf;
        if (run->end == MEMO_NEXT) {
            run = run->next;
            continue;
        }
        const uintptr_t *at = run->branch_at == &m->entry_rbp ? rbp_at : run->branch_at;
        list_slot(l, at);
        run = memo_edge(m, run->branch, walk_slot(at))->to;
    }
    return NULL;
}

uint32_t memo_slots(struct walk_memory *m, uintptr_t key, uintptr_t sp, uintptr_t rbp,
                    const uintptr_t **at, bool *uses_rbp)
{
    struct slot_list l = {.m = m, .at = at};

    m->entry_rbp = rbp;
    const struct memo_leaf *leaf = list_path(&l, key, sp, &m->entry_rbp);
    if (!leaf)
        return 0;
    if (memo_hinged(m, leaf) && memo_base_holds(m, leaf->index)) {
        const struct walk_state *hinge = &m->frames[leaf->index];
        if (hinge->needs_rbp)
            list_slot(&l, leaf->rbp_at);
        for (uint32_t i = hinge->slot_end; i-- > 0;)
            list_slot(&l, m->slots[i].at);
    } else if (!list_path(&l, memo_key(MEMO_OUTER, leaf->pc), leaf->sp, leaf->rbp_at)) {
        return 0;
    }
    *uses_rbp = l.uses_rbp;
    return l.overflow ? 0 : l.count;
}
