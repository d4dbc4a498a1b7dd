/* entry.h - what the program calls where blocks are sampled: see entry.c.
 *
 * malloc and free are in the file of the processor, entry_x86_64.c. */
#ifndef HEAPCOACH_ENTRY_H
#define HEAPCOACH_ENTRY_H

#include "preload/hidden.h"

/* The real free, for blocks that were not sampled; before the real functions are known another one,
 * which finds them. */
HIDDEN extern void (*entry_pass_free)(void *);

/* Once the real functions are known, before there is a second thread: has malloc and free jump
 * straight to the real ones. Where the system does not let code be written they
 * jump by way of pointers. Two system calls. */
void entry_straighten(void);

#endif
