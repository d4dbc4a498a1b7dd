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

/* Copies the entries outside of [from, to) into a table of `bits`, and makes it the table. */
static bool rebuild(unsigned bits, uintptr_t from, uintptr_t to)
{
    struct rules *old = rules, *fresh = bits <= MAX_BITS ? new_rules(bits) : NULL;

    if (!fresh)
        return false;
    for (uint64_t i = 0; i < (uint64_t)1 << old->bits; i++)
        if (old->entries[i].pc && (old->entries[i].pc & ~EXACT) - from >= to - from)
            put(fresh, &old->entries[i]);
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

static const struct rule *add(uintptr_t pc)
{
    const struct module *m = modules_find(pc - 1);
    struct rule rule = {.pc = pc};

    if (m && m->tables.header)
        rule.cfi = cfi_rule_at(&m->tables, pc - 1);
    spin_lock(&lock);
    const struct rule *known = find(rules, pc); /* another thread may have been first */
    if (!known &&
        (rules->used < ((uint32_t)3 << rules->bits) / 4 || rebuild(rules->bits + 1, 0, 0))) {
        rule.location = record_location(pc, m, false);
        known = put(rules, &rule);
    }
    spin_unlock(&lock);
    return known ? known : &no_room;
}

const struct rule *rules_find(uintptr_t pc)
{
    const struct rule *rule = find(__atomic_load_n(&rules, __ATOMIC_ACQUIRE), pc);

    return __builtin_expect(rule != NULL, 1) ? rule : add(pc);
}

uint32_t rules_exact_location(uintptr_t pc)
{
    uintptr_t key = pc | EXACT;
    const struct rule *known = find(__atomic_load_n(&rules, __ATOMIC_ACQUIRE), key);

    if (!known) {
        const struct module *m = modules_find(pc);
        spin_lock(&lock);
        known = find(rules, key);
        if (!known &&
            (rules->used < ((uint32_t)3 << rules->bits) / 4 || rebuild(rules->bits + 1, 0, 0))) {
            struct rule rule = {.pc = key, .cfi = {.kind = CFI_COMPLEX}};
            rule.location = record_location(pc, m, true);
            known = put(rules, &rule);
        }
        spin_unlock(&lock);
    }
    return known ? known->location : 0;
}

void rules_forget(uintptr_t from, uintptr_t to)
{
    spin_lock(&lock);
    rebuild(rules->bits, from, to);
    spin_unlock(&lock);
}
