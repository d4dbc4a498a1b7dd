/* rules.h - the unwind rule and the recorded location of each return address, made once.
 *
 * One table for all threads; looking up takes no lock. An entry is good until the module it
 * lies in is closed (rules_forget).
 */
#ifndef HEAPCOACH_RULES_H
#define HEAPCOACH_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "preload/cfi.h"
#include "preload/hidden.h"
#include "preload/table.h"

/* A struct cfi_rule in one word, with its offsets in words of 8 bytes. One that does not fit (a
 * frame of 4 MiB) is CFI_COMPLEX. */
struct packed_rule {
    uint32_t kind : 3;      /* enum cfi_kind */
    uint32_t rbp_saved : 2; /* enum cfi_saved */
    int32_t rbp_words : 7;
    int32_t cfa_words : 20;
};

static inline uintptr_t rule_cfa_offset(struct packed_rule rule)
{
    return (uintptr_t)(intptr_t)rule.cfa_words * 8;
}

static inline uintptr_t rule_rbp_offset(struct packed_rule rule)
{
    return (uintptr_t)(intptr_t)rule.rbp_words * 8;
}

/* Four in a cache line: what a walk waits for is mostly the next frame's. */
struct rule {
    uintptr_t pc;      /* a return address; 0: empty */
    uint32_t location; /* index in REC_LOCATIONS; 0: there was no room for it */
    struct packed_rule cfi;
};

/* The table; replaced by a bigger one when it is full. */
struct rules {
    unsigned bits;
    uint32_t used;
    struct rule entries[];
};
HIDDEN extern struct rules *rules;

/* Set in the key of a place in a closed library, kept in case it comes back. Such an entry stays
 * where it is, so that nothing has to be rebuilt: it lies where the key without RULES_DEAD does. */
#define RULES_DEAD ((uintptr_t)1 << 62)

/* Allocates the table. Returns false without memory. */
bool rules_start(void);

/* Where the search for a key begins. */
static HOT uint64_t rules_place(const struct rules *r, uintptr_t key)
{
    return table_hash(key & ~RULES_DEAD, r->bits);
}

/* The table's entry for a key, NULL if there is none. */
static HOT const struct rule *rules_entry(const struct rules *r, uintptr_t key)
{
    uint64_t mask = ((uint64_t)1 << r->bits) - 1;

    for (uint64_t i = rules_place(r, key);; i = (i + 1) & mask) {
        uintptr_t there = __atomic_load_n(&r->entries[i].pc, __ATOMIC_ACQUIRE);
        if (__builtin_expect(there == key, 1))
            return &r->entries[i];
        if (there == 0)
            return NULL;
    }
}

/* For rules_find, when the rule is not known. */
const struct rule *rules_make(uintptr_t pc);

/* The rule for a return address; never NULL. Costs a few ns when it is known; else reads the
 * module's unwind tables (about 1 us). */
static inline const struct rule *rules_find(uintptr_t pc)
{
    const struct rule *rule = rules_entry(__atomic_load_n(&rules, __ATOMIC_ACQUIRE), pc);

    return __builtin_expect(rule != NULL, 1) ? rule : rules_make(pc);
}

/* The location of an address that is no return address (a signal interrupted it there);
 * 0: no room. Slow. */
uint32_t rules_exact_location(uintptr_t pc);

/* Forgets the rules of the addresses in [from, to), of a module that is gone. Entries already
 * handed out stay readable. If the same file comes back to the same place, its addresses get
 * the locations that they had. */
void rules_forget(uintptr_t from, uintptr_t to);

/* The same for a module that is new: what was asked for when there was none in its place. */
void rules_forget_strays(uintptr_t from, uintptr_t to);

#endif
