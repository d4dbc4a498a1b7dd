/* rules.h - the unwind rule and the recorded location of each return address, made once.
 *
 * One table for all threads; looking up takes no lock. An entry is good until the module it
 * lies in is closed (rules_forget).
 */
#ifndef HEAPCOACH_RULES_H
#define HEAPCOACH_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "preload/cfi.h"

struct rule {
    uintptr_t pc;      /* a return address; 0: empty */
    uint32_t location; /* index in REC_LOCATIONS; 0: there was no room for it */
    struct cfi_rule cfi;
};

/* Allocates the table. Returns false without memory. */
bool rules_start(void);

/* The rule for a return address; never NULL. Costs a few ns when it is known; else reads the
 * module's unwind tables (about 1 us). */
const struct rule *rules_find(uintptr_t pc);

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
