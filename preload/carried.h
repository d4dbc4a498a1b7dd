/* carried.h - the allocator that a program carries with it (mimalloc, jemalloc, snmalloc as
 * #[global_allocator]): its functions are the program's own, so the loader never asks for ours.
 *
 * Rust's code calls functions of C by way of the program's table of addresses (.got), whatever the
 * optimizer makes of the rest. So an entry there that leads to one of the functions of
 * carried_list.h is made to lead to a hook of ours, which calls it; what the allocator's own code
 * calls stays as it is. Which entries these are the symbol table of the program's file tells. No
 * code is written to.
 */
#ifndef HEAPCOACH_CARRIED_H
#define HEAPCOACH_CARRIED_H

#include <stdbool.h>
#include <stdint.h>

#include "preload/carried_list.h"
#include "preload/hidden.h"

/* A function that may be carried, our hook, and where the hook finds the function. */
struct carried_hook {
    const char *allocator, *name;
    uintptr_t hook;
    uintptr_t *real;
};

/* All of them, CARRIED_FUNCTIONS: in carried_hooks.c or, where blocks are sampled,
 * carried_sampled.c. */
HIDDEN extern const struct carried_hook carried_hooks[];

/* Puts the hooks into the program's table, if it carries an allocator and HEAPCOACH_CARRIED says
 * so. At the start, while the program has one thread and the gate is closed. Returns the
 * allocator's name, NULL: it carries none, or none that can be seen. */
const char *carried_start(void);

#endif
