/* rules.c - the table from return addresses to unwind rules and locations.
 *
 * Called by the walker for each frame that is not remembered. Readers take no lock: an
 * entry's pc is written last. Writers hold one spin lock; the module's tables are read before it is
 * taken, and what shortens that is for one thread at a time, whoever comes first.
 */
#include "preload/rules.h"

#include <stddef.h>

#include "preload/cfi_memo.h"
#include "preload/memory.h"
#include "preload/modules.h"
#include "preload/recording.h"
#include "preload/spin.h"
#include "preload/table.h"

enum { FIRST_BITS = 11, MAX_BITS = 26 };

/* An exact address is kept in the same table, under a key that no return address has. */
#define EXACT ((uintptr_t)1 << 63)

struct rules *rules;
static bool strays; /* there are rules of addresses where no module was */
static struct spin lock;

/* What rules_find gives when the table cannot grow: the walk goes libunwind's way. */
static const struct rule no_room = {.cfi = {.kind = CFI_COMPLEX}};

/* Present at once: each page is looked at before it is written. */
static struct rules *new_rules(unsigned bits)
{
    size_t bytes = sizeof(struct rules) + sizeof(struct rule) * ((size_t)1 << bits);
    struct rules *r = memory_map_filled(bytes);

    if (r)
        r->bits = bits;
    return r;
}

static struct cfi_memo memo;
static struct spin memo_lock; /* of the memo alone; who finds it held goes the long way */

bool rules_start(void)
{
    cfi_memo_clear(&memo); /* in a forked child another thread was perhaps at work on it */
    rules = new_rules(FIRST_BITS);
    strays = false;
    return rules != NULL;
}

/* CFI_COMPLEX where an offset is no number of words, or too big. */
static struct packed_rule packed(struct cfi_rule rule)
{
    struct packed_rule p = {.kind = rule.kind,
                            .rbp_saved = rule.rbp_saved,
                            .rbp_words = rule.rbp_offset / 8,
                            .cfa_words = rule.cfa_offset / 8};

    if (p.rbp_words * 8 != rule.rbp_offset || p.cfa_words * 8 != rule.cfa_offset)
        p.kind = CFI_COMPLEX;
    return p;
}

static const struct rule *put(struct rules *r, const struct rule *rule)
{
    uint64_t mask = ((uint64_t)1 << r->bits) - 1, i = rules_place(r, rule->pc);

    while (r->entries[i].pc)
        i = (i + 1) & mask;
    r->entries[i].cfi = rule->cfi;
    r->entries[i].location = rule->location;
    __atomic_store_n(&r->entries[i].pc, rule->pc, __ATOMIC_RELEASE);
    r->used++;
    return &r->entries[i];
}

/* Twice the room. */
static bool grow(void)
{
    struct rules *old = rules, *fresh = old->bits < MAX_BITS ? new_rules(old->bits + 1) : NULL;

    if (!fresh)
        return false;
    for (uint64_t i = 0; i < (uint64_t)1 << old->bits; i++)
        if (old->entries[i].pc)
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

/* Takes up the dead entry for the same place in the same module, NULL if there is none. Several
 * modules may have been there one after the other. Lock held. */
static const struct rule *revive(uintptr_t key, const struct module *m)
{
    uint64_t mask = ((uint64_t)1 << rules->bits) - 1;

    for (uint64_t i = rules_place(rules, key); m && rules->entries[i].pc; i = (i + 1) & mask) {
        struct rule *entry = &rules->entries[i];
        if (entry->pc == (key | RULES_DEAD) && entry->location &&
            recording_location(entry->location)->module == m->index) {
            __atomic_store_n(&entry->pc, key, __ATOMIC_RELEASE);
            return entry;
        }
    }
    return NULL;
}

/* Puts an entry for `rule->pc`, unless another thread was first; NULL without room, or if the
 * library has been closed, or another one loaded there, since it was asked for: rules_forget has
 * then been here already, or waits for the lock and takes this entry, too. */
static const struct rule *add(struct rule *rule, const struct module *m)
{
    uintptr_t pc = rule->pc & ~EXACT, inside = rule->pc & EXACT ? pc : pc - 1;

    spin_lock(&lock);
    const struct rule *known = rules_entry(rules, rule->pc);
    bool stale = modules_known(inside) != m;
    if (!known && !stale)
        known = revive(rule->pc, m);
    if (!known && !stale && (rules->used < ((uint32_t)3 << rules->bits) / 4 || grow())) {
        rule->location = record_location(pc, m, (rule->pc & EXACT) != 0);
        strays |= m == NULL;
        known = put(rules, rule);
    }
    spin_unlock(&lock);
    return known;
}

/* The memo keeps nothing of a library that has been closed meanwhile: either rules_forget comes
 * after us, or we see that it has been here. */
static struct cfi_rule read_rule(const struct module *m, uintptr_t pc)
{
    bool mine = spin_try(&memo_lock);
    struct cfi_rule rule = cfi_rule_at(&m->tables, pc, mine ? &memo : NULL);

    if (mine) {
        if (modules_known(pc) != m)
            cfi_memo_clear(&memo);
        spin_unlock(&memo_lock);
    }
    return rule;
}

/* Libraries that come and go meanwhile do not go on for ever; so often is enough. */
enum { TRIES = 4 };

const struct rule *rules_make(uintptr_t pc)
{
    const struct module *m;
    int tries = TRIES;

    do {
        struct rule rule = {.pc = pc};
        m = modules_find(pc - 1);
        if (m && m->tables.header)
            rule.cfi = packed(read_rule(m, pc - 1));
        const struct rule *known = add(&rule, m);
        if (known)
            return known;
    } while (--tries && modules_known(pc - 1) != m);
    return &no_room;
}

uint32_t rules_exact_location(uintptr_t pc)
{
    const struct rule *known = rules_entry(__atomic_load_n(&rules, __ATOMIC_ACQUIRE), pc | EXACT);

    if (!known) {
        struct rule rule = {.pc = pc | EXACT, .cfi = {.kind = CFI_COMPLEX}};
        known = add(&rule, modules_find(pc));
    }
    return known ? known->location : 0;
}

static void forget_memo(void)
{
    spin_lock(&memo_lock);
    cfi_memo_clear(&memo);
    spin_unlock(&memo_lock);
}

/* Lock held. */
static void kill_rules(uintptr_t from, uintptr_t to)
{
    for (uint64_t i = 0; i < (uint64_t)1 << rules->bits; i++) {
        uintptr_t key = rules->entries[i].pc;
        if (key && !(key & RULES_DEAD) && (key & ~EXACT) - from < to - from)
            __atomic_store_n(&rules->entries[i].pc, key | RULES_DEAD, __ATOMIC_RELEASE);
    }
}

void rules_forget(uintptr_t from, uintptr_t to)
{
    spin_lock(&lock);
    kill_rules(from, to);
    spin_unlock(&lock);
    forget_memo();
}

void rules_forget_strays(uintptr_t from, uintptr_t to)
{
    spin_lock(&lock);
    if (strays)
        kill_rules(from, to);
    spin_unlock(&lock); /* the memo has nothing of what was no module */
}
