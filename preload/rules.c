/* rules.c - the table from return addresses to unwind rules and locations.
 *
 * Called by the walker for each frame that is not remembered. Readers take no lock: an
 * entry's pc is written last. Writers hold one spin lock, which is held over reading the
 * module's tables (never over the loader's code where _dl_find_object exists).
 */
#include "preload/rules.h"

#include <stddef.h>

#include "preload/memory.h"
#include "preload/modules.h"
#include "preload/recording.h"
#include "preload/spin.h"
#include "preload/table.h"

enum { FIRST_BITS = 12, MAX_BITS = 26 };

/* An exact address is kept in the same table, under a key that no return address has. */
#define EXACT ((uintptr_t)1 << 63)
/* The place of a closed library, kept in case it comes back. */
#define DEAD ((uintptr_t)1 << 62)

struct rules {
    unsigned bits;
    uint32_t used;
    struct rule entries[];
};

static struct rules *rules;
static struct spin lock;

/* What rules_find gives when the table cannot grow: the walk goes libunwind's way. */
static const struct rule no_room = {.cfi = {.kind = CFI_COMPLEX}};

static struct rules *new_rules(unsigned bits)
{
    struct rules *r = memory_map(sizeof *r + sizeof(struct rule) * ((size_t)1 << bits));

    if (r)
        r->bits = bits;
    return r;
}

bool rules_start(void)
{
    rules = new_rules(FIRST_BITS);
    return rules != NULL;
}

static const struct rule *find(const struct rules *r, uintptr_t pc)
{
    uint64_t mask = ((uint64_t)1 << r->bits) - 1;

    for (uint64_t i = table_hash(pc, r->bits);; i = (i + 1) & mask) {
        uintptr_t there = __atomic_load_n(&r->entries[i].pc, __ATOMIC_ACQUIRE);
        if (there == pc)
            return &r->entries[i];
        if (there == 0)
            return NULL;
    }
}

static const struct rule *put(struct rules *r, const struct rule *rule)
{
    uint64_t mask = ((uint64_t)1 << r->bits) - 1, i = table_hash(rule->pc, r->bits);

    while (r->entries[i].pc)
        i = (i + 1) & mask;
    r->entries[i].cfi = rule->cfi;
    r->entries[i].location = rule->location;
    __atomic_store_n(&r->entries[i].pc, rule->pc, __ATOMIC_RELEASE);
    r->used++;
    return &r->entries[i];
}

/* Makes a table of `bits` the table. Entries in [from, to) become dead in it: no look-up finds
 * them, but if the same file comes back to the same place they are taken up again. */
static bool rebuild(unsigned bits, uintptr_t from, uintptr_t to)
{
    struct rules *old = rules, *fresh = bits <= MAX_BITS ? new_rules(bits) : NULL;

    if (!fresh)
        return false;
    for (uint64_t i = 0; i < (uint64_t)1 << old->bits; i++) {
        struct rule entry = old->entries[i];
        if (!entry.pc)
            continue;
        if (!(entry.pc & DEAD) && (entry.pc & ~EXACT) - from < to - from)
            entry.pc |= DEAD;
        put(fresh, &entry);
    }
    __atomic_store_n(&rules, fresh, __ATOMIC_RELEASE);
    return true;
}

static uint32_t record_location(uintptr_t pc, const struct module *m, bool exact)
{
    void *element;
    uint32_t index = recording_add(REC_LOCATIONS, &element);

    if (index) {
        struct rec_location *location = element;
        location->pc = pc;
        location->module = m ? m->index : 0;
        location->exact = exact;
        __atomic_store_n(&location->live, 1, __ATOMIC_RELEASE);
    }
    return index;
}

/* The location of a dead entry for the same place in the same module, 0 if there is none.
 * Several modules may have been there one after the other. */
static uint32_t dead_location(uintptr_t key, const struct module *m)
{
    uint64_t mask = ((uint64_t)1 << rules->bits) - 1;

    for (uint64_t i = table_hash(key | DEAD, rules->bits); m && rules->entries[i].pc;
         i = (i + 1) & mask) {
        const struct rule *entry = &rules->entries[i];
        if (entry->pc == (key | DEAD) && entry->location &&
            recording_location(entry->location)->module == m->index)
            return entry->location;
    }
    return 0;
}

/* Puts an entry for `rule->pc`, unless another thread was first; NULL without room. */
static const struct rule *add(struct rule *rule, const struct module *m)
{
    uintptr_t pc = rule->pc & ~EXACT;

    spin_lock(&lock);
    const struct rule *known = find(rules, rule->pc);
    if (!known &&
        (rules->used < ((uint32_t)3 << rules->bits) / 4 || rebuild(rules->bits + 1, 0, 0))) {
        rule->location = dead_location(rule->pc, m);
        if (!rule->location)
            rule->location = record_location(pc, m, (rule->pc & EXACT) != 0);
        known = put(rules, rule);
    }
    spin_unlock(&lock);
    return known;
}

static const struct rule *__attribute__((noinline)) make(uintptr_t pc)
{
    const struct module *m = modules_find(pc - 1);
    struct rule rule = {.pc = pc};

    if (m && m->tables.header)
        rule.cfi = cfi_rule_at(&m->tables, pc - 1);
    const struct rule *known = add(&rule, m);
    return known ? known : &no_room;
}

const struct rule *rules_find(uintptr_t pc)
{
    const struct rule *rule = find(__atomic_load_n(&rules, __ATOMIC_ACQUIRE), pc);

    return __builtin_expect(rule != NULL, 1) ? rule : make(pc);
}

uint32_t rules_exact_location(uintptr_t pc)
{
    const struct rule *known = find(__atomic_load_n(&rules, __ATOMIC_ACQUIRE), pc | EXACT);

    if (!known) {
        struct rule rule = {.pc = pc | EXACT, .cfi = {.kind = CFI_COMPLEX}};
        known = add(&rule, modules_find(pc));
    }
    return known ? known->location : 0;
}

void rules_forget(uintptr_t from, uintptr_t to)
{
    spin_lock(&lock);
    rebuild(rules->bits, from, to);
    spin_unlock(&lock);
}
