/* stacks.c - interns stack nodes.
 *
 * Called by the walker with the frames that it does not remember, outermost first. Readers
 * take no lock: a slot's key is written last. The key stands in the slot, so that a look-up
 * touches one cache line and not the recording.
 */
#include "preload/stacks.h"

#include <stddef.h>

#include "preload/memory.h"
#include "preload/recording.h"
#include "preload/spin.h"
#include "preload/table.h"

enum { FIRST_BITS = 13, MAX_BITS = 30 };

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
static struct spin lock;

/* Parent 0 is a root and location 0 a function, so their pair needs a key that is not 0. */
static uint64_t key_of(uint32_t parent, uint32_t location)
{
    return ((uint64_t)parent << 32 | location) + 1;
}

static struct stacks *new_stacks(unsigned bits)
{
    struct stacks *s = memory_map(sizeof *s + sizeof(struct slot) * ((size_t)1 << bits));

    if (s)
        s->bits = bits;
    return s;
}

bool stacks_start(void)
{
    stacks = new_stacks(FIRST_BITS);
    return stacks != NULL;
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

static uint32_t add(uint64_t key, uint32_t parent, uint32_t location)
{
    void *element;

    spin_lock(&lock);
    uint32_t node = find(stacks, key); /* another thread may have been first */
    if (!node && (stacks->used < ((uint64_t)3 << stacks->bits) / 4 || grow())) {
        node = recording_add(REC_NODES, &element);
        if (node) {
            *(struct rec_node *)element = (struct rec_node){parent, location};
            put(stacks, key, node);
        }
    }
    spin_unlock(&lock);
    return node;
}

uint32_t stacks_intern(uint32_t parent, uint32_t location)
{
    uint64_t key = key_of(parent, location);
    uint32_t node = find(__atomic_load_n(&stacks, __ATOMIC_ACQUIRE), key);

    return __builtin_expect(node != 0, 1) ? node : add(key, parent, location);
}
