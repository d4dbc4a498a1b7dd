/* carried.h - the allocator that a program carries with it, if Rust's code calls it by way of the
 * program's table of addresses, where the recorder can put its hooks: see preload/carried.h.
 */
#ifndef HEAPCOACH_ANALYZER_CARRIED_H
#define HEAPCOACH_ANALYZER_CARRIED_H

#include <gelf.h>
#include <stdbool.h>

/* The allocator's name ("mimalloc"), NULL: the program carries none, or the table does not lead to
 * it. *whole: nothing in Rust's code calls it, or takes the address of a function of it, past the
 * table, as it does where the linker wrote an address into the code (GNU ld's and gold's
 * relaxation of `mov`). Static. */
const char *carried_allocator(Elf *elf, bool *whole);

/* The same of the program's file at `path`; NULL, too, where it cannot be read. */
const char *carried_allocator_of(const char *path, bool *whole);

#endif
