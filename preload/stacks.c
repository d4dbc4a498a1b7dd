/* stacks.c - interns stack nodes.
 *
 * Called by the walker with the frames that it does not remember, outermost first. Most nodes have
 * one child, and a new stack's nodes follow one another: so a node's first child stands in an array
 * by the node's number, where a walk along a stack finds the next one in the same cache line. The
 * other children are in a hash table, which stays several times smaller for that.
 *
 * Readers take no lock: a first child is one word, and a slot's key is written last. The array
 * grows by pieces, which stay where they are; the table is only ever replaced by a bigger one, and
 * who still reads the old one misses what is new, and looks again under the lock. The key stands in
 * the slot, so that a look-up does not touch the recording.
 */
#include "preload/stacks.h"

#include <stddef.h>

#include "preload/hidden.h"
#include "preload/memory.h"
#include "preload/recording.h"
#include "preload/single.h"
#include "preload/spin.h"
#include "preload/table.h"

enum {
    FIRST_BITS = 11,
    MAX_BITS = 30,
    PIECE_BITS = 18, /* of nodes: a huge page */
    PIECES = 512     /* for as many nodes as a recording has room for */
};

struct slot {
    uint64_t
        key; /* parent << 32 | location; 0: empty (location 0 is malloc under a root: see key_of) */
    uint32_t node;
    uint32_t reserved;
};

struct stacks {
    unsigned bits;
    uint64_t used;
    struct slot slots[];
};

static struct stacks *stacks;
/* By node: its first child's location << 32 | the child; 0: none. A site has no children, and its
 * word is thread.c's. */
static uint64_t *firsts[PIECES];
static struct spin lock;

/* Parent 0 is a root and location 0 a function, so their pair needs a key that is not 0. */
static uint64_t key_of(uint32_t parent, uint32_t location)
{
    return ((uint64_t)parent << 32 | location) + 1;
}

static struct stacks *new_stacks(unsigned bits)
{
    struct stacks *s = memory_map_filled(sizeof *s + sizeof(struct slot) * ((size_t)1 << bits));

    if (s)
        s->bits = bits;
    return s;
}

/* Most programs do not fill the first piece: its pages come as they are touched. */
static bool add_piece(uint32_t piece)
{
    size_t bytes = sizeof *firsts[piece] << PIECE_BITS;
    uint64_t *fresh = piece ? memory_map_filled(bytes) : memory_map(bytes);

    if (fresh)
        __atomic_store_n(&firsts[piece], fresh, __ATOMIC_RELEASE);
    return fresh;
}

bool stacks_start(void)
{
    for (uint32_t i = 0; i < PIECES; i++)
        firsts[i] = NULL; /* in a forked child they are the parent's */
    stacks = new_stacks(FIRST_BITS);
    return stacks && add_piece(0);
}

static uint32_t find(const struct stacks *s, uint64_t key)
{
    uint64_t mask = ((uint64_t)1 << s->bits) - 1;

    for (uint64_t i = table_hash(key, s->bits);; i = (i + 1) & mask) {
        uint64_t there = __atomic_load_n(&s->slots[i].key, __ATOMIC_ACQUIRE);
        if (there == key)
            return s->slots[i].node;
        if (there == 0)
            return 0;
    }
}

static void put(struct stacks *s, uint64_t key, uint32_t node)
{
    uint64_t mask = ((uint64_t)1 << s->bits) - 1, i = table_hash(key, s->bits);

    while (s->slots[i].key)
        i = (i + 1) & mask;
    s->slots[i].node = node;
    __atomic_store_n(&s->slots[i].key, key, __ATOMIC_RELEASE);
    s->used++;
}

static bool grow(void)
{
    struct stacks *old = stacks, *fresh = old->bits < MAX_BITS ? new_stacks(old->bits + 1) : NULL;

    if (!fresh)
        return false;
    for (uint64_t i = 0; i < (uint64_t)1 << old->bits; i++)
        if (old->slots[i].key)
            put(fresh, old->slots[i].key, old->slots[i].node);
    __atomic_store_n(&stacks, fresh, __ATOMIC_RELEASE);
    return true;
}

/* The place of a node's first child; NULL: there is none yet. */
static uint64_t *first_of(uint32_t node)
{
    uint32_t piece = node >> PIECE_BITS;
    uint64_t *at = piece < PIECES ? __atomic_load_n(&firsts[piece], __ATOMIC_ACQUIRE) : NULL;

    return at ? at + (node & ((1u << PIECE_BITS) - 1)) : NULL;
}

/* The node, 0 if there is none. *first: it would be its parent's first child. */
static HOT uint32_t find_node(uint32_t parent, uint32_t location, bool *first)
{
    const uint64_t *place = first_of(parent);
    uint64_t child = place ? __atomic_load_n(place, __ATOMIC_ACQUIRE) : 0;

    *first = child == 0;
    if (__builtin_expect(child >> 32 == location && child, 1))
        return (uint32_t)child;
    return child ? find(__atomic_load_n(&stacks, __ATOMIC_ACQUIRE), key_of(parent, location)) : 0;
}

/* The place of a node's first child, made if need be; NULL: no memory. Lock held. */
static uint64_t *make_first(uint32_t node)
{
    uint64_t *place = first_of(node);
    uint32_t piece = node >> PIECE_BITS;

    if (__builtin_expect(!place, 0) && piece < PIECES && add_piece(piece))
        place = first_of(node);
    return place;
}

static bool has_slot(void)
{
    return stacks->used < ((uint64_t)3 << stacks->bits) / 4 || grow();
}

/* Makes `node` the child. Lock held; false: there is no memory for its place. */
static bool put_child(uint32_t parent, uint32_t location, uint32_t node, bool first)
{
    uint64_t *place = first ? make_first(parent) : NULL;

    if (__builtin_expect(first ? !place : !has_slot(), 0))
        return false;
    *recording_node(node) = (struct rec_node){parent, location};
    if (first)
        __atomic_store_n(place, (uint64_t)location << 32 | node, __ATOMIC_RELEASE);
    else
        put(stacks, key_of(parent, location), node);
    return true;
}

/* Adds what is new of a path, all of it below the first new node; first: that one is its parent's
 * first child. Returns how many are known now. */
static uint32_t __attribute__((noinline))
add(uint32_t parent, const uint32_t *locations, uint32_t count, uint32_t *nodes, bool first)
{
    uint32_t known = 0, node;

    spin_lock(&lock);
    if (!single()) /* another thread may have been first */
        while (known < count && (node = find_node(parent, locations[known], &first)))
            nodes[known++] = parent = node;
    node = known < count ? recording_add_many(REC_NODES, count - known) : 0;
    for (; node && known < count && put_child(parent, locations[known], node, first); first = true)
        nodes[known++] = parent = node++;
    spin_unlock(&lock);
    return known;
}

uint32_t stacks_intern_path(uint32_t parent, const uint32_t *locations, uint32_t count,
                            uint32_t *nodes)
{
    bool first;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t node = find_node(parent, locations[i], &first);
        if (!node)
            return i + add(parent, locations + i, count - i, nodes + i, first);
        nodes[i] = parent = node;
    }
    return count;
}

uint32_t stacks_intern(uint32_t parent, uint32_t location)
{
    uint32_t node;

    return stacks_intern_path(parent, &location, 1, &node) ? node : 0;
}

uint64_t *stacks_word(uint32_t site)
{
    return site >= REC_FIRST_REAL_NODE ? first_of(site) : NULL;
}

void stacks_expect(uint32_t parent, uint32_t location)
{
    const struct stacks *s = __atomic_load_n(&stacks, __ATOMIC_ACQUIRE);

    __builtin_prefetch(&s->slots[table_hash(key_of(parent, location), s->bits)]);
}
