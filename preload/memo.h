/* memo.h - looking up a remembered stack; what is remembered, and why it suffices, is in
 * walk_memory.h.
 *
 * Asked where a whole stack has no fingerprint yet (fingerprint.h), and told by memo_slots what the
 * fingerprint is to be made of. One thread only; nothing is locked or allocated. Every slot read
 * lies between sp and the end of the thread's stack, as it did when it was walked from the same sp.
 */
#ifndef HEAPCOACH_MEMO_H
#define HEAPCOACH_MEMO_H

#include <stdbool.h>

#include "preload/table.h"
#include "preload/walk_memory.h"

/* The "function" of outer paths, from a hinge to the outermost frame: they have a tree of the
 * same kind. */
enum { MEMO_OUTER = 15 };

static inline uintptr_t memo_key(unsigned function, uintptr_t pc)
{
    return (uintptr_t)function << 48 | pc;
}

static inline struct memo_edge *memo_edge(const struct walk_memory *m, uintptr_t from,
                                          uintptr_t value)
{
    uint64_t i = table_hash(from * 31 + value, m->edges_bits);

    while (m->edges[i].to && (m->edges[i].from != from || m->edges[i].value != value))
        i = (i + 1) & ((1u << m->edges_bits) - 1);
    return &m->edges[i];
}

static inline struct memo_pair *memo_pair(const struct walk_memory *m, const struct memo_leaf *leaf,
                                          uint32_t outer)
{
    uint64_t key = (uint64_t)(leaf - m->leaves) << 32 | outer;
    uint64_t i = table_hash(key, m->pairs_bits);

    while (m->pairs[i].key && m->pairs[i].key != key)
        i = (i + 1) & ((1u << m->pairs_bits) - 1);
    return &m->pairs[i];
}

/* Whether all of [s, end) hold. Four at a time with one branch: there are as many slots as
 * frames, and nearly always all hold. */
static inline bool memo_hold(const struct memo_slot *s, const struct memo_slot *end)
{
    uintptr_t differ = 0;

    for (; end - s >= 4; s += 4) {
        differ = (walk_slot(s[0].at) ^ s[0].value) | (walk_slot(s[1].at) ^ s[1].value) |
                 (walk_slot(s[2].at) ^ s[2].value) | (walk_slot(s[3].at) ^ s[3].value);
        if (__builtin_expect(differ != 0, 0))
            return false;
    }
    for (; s < end; s++)
        differ |= walk_slot(s->at) ^ s->value;
    return differ == 0;
}

/* The inner path that stands in memory now, NULL if it is not remembered. */
static inline struct memo_leaf *memo_inner(struct walk_memory *m, uintptr_t key, uintptr_t sp,
                                           uintptr_t rbp)
{
    struct memo_run *run = memo_edge(m, key, sp)->to;

    m->entry_rbp = rbp;
    while (run) {
        if (!memo_hold(run->slots, run->slots + run->count))
            return NULL;
        if (__builtin_expect(run->end == MEMO_LEAF, 1))
            return run->leaf;
        if (run->end == MEMO_NEXT)
            run = run->next;
        else
            run = memo_edge(m, run->branch, walk_slot(run->branch_at))->to;
    }
    return NULL;
}

/* Whether the base has the leaf's hinge at its place. */
static inline bool memo_hinged(const struct walk_memory *m, const struct memo_leaf *leaf)
{
    const struct walk_state *f = &m->frames[leaf->index];

    return leaf->index < m->frame_count && f->pc == leaf->pc && f->sp == leaf->sp &&
           (!f->needs_rbp || f->rbp == walk_slot(leaf->rbp_at));
}

/* Whether the base still is as it was from its frame `index` outward. */
static inline bool memo_base_holds(const struct walk_memory *m, uint32_t index)
{
    return memo_hold(m->slots, m->slots + m->frames[index].slot_end);
}

/* The node of the leaf's hinge as the stack stands now, 0 if that is not remembered: from the
 * base, or from the tree of outer paths. */
static inline uint32_t memo_outer(struct walk_memory *m, const struct memo_leaf *leaf)
{
    if (__builtin_expect(memo_hinged(m, leaf) && memo_base_holds(m, leaf->index), 1))
        return m->frames[leaf->index].node;
    const struct memo_leaf *outer =
        memo_inner(m, memo_key(MEMO_OUTER, leaf->pc), leaf->sp, walk_slot(leaf->rbp_at));
    return outer ? outer->node : 0;
}

/* The stack that stands in memory now, if it is remembered: its site in leaf->node and this
 * thread's counters in leaf->record. Else NULL. */
static inline struct memo_leaf *memo_find(struct walk_memory *m, uintptr_t key, uintptr_t sp,
                                          uintptr_t rbp)
{
    struct memo_leaf *leaf = memo_inner(m, key, sp, rbp);

    if (__builtin_expect(!leaf, 0))
        return NULL;
    uint32_t outer = memo_outer(m, leaf);
    if (__builtin_expect(leaf->outer != outer || outer == 0, 0)) {
        const struct memo_pair *pair = outer ? memo_pair(m, leaf, outer) : NULL;
        if (!pair || !pair->key)
            return NULL;
        leaf->outer = outer;
        leaf->node = pair->node;
        leaf->record = pair->record;
    }
    return leaf;
}

/* The slots by which the present stack was just found (or remembered) under `leaf`, for
 * fingerprints: fills at[0 .. WALK_SLOTS_MAX) and returns how many; 0: more than that, or the
 * stack is not remembered. *uses_rbp: the caller's rbp, given here, is one more. */
uint32_t memo_slots(struct walk_memory *m, uintptr_t key, uintptr_t sp, uintptr_t rbp,
                    const uintptr_t **at, bool *uses_rbp);

/* Maps the tables, small at first. False without memory. */
bool memo_start(struct walk_memory *m);
/* Forgets all inner paths and what they led to. */
void memo_forget(struct walk_memory *m);

/* Remembers the way from the base's innermost frame to frame `joined` (or further out, where
 * other stacks make that necessary) as an inner path. The base is the present stack. Returns
 * its leaf, NULL if it cannot be kept. May forget all others. */
struct memo_leaf *memo_insert(struct walk_memory *m, unsigned function, uint32_t joined);

/* Remembers the base as an outer path, so that its innermost frame's node will be found from
 * that frame's pc and sp while other stacks are the base. */
void memo_insert_outer(struct walk_memory *m);

/* Notes what a leaf leads to when its hinge is the node `outer`. */
void memo_answer(struct walk_memory *m, struct memo_leaf *leaf, uint32_t outer, uint32_t node,
                 struct rec_record *record);

#endif
