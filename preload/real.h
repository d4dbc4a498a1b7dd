/* real.h - the functions under ours: the program's own allocator.
 *
 * "Real" is the first definition in load order that is not ours, so that another preloaded
 * allocator stays in place. Found by reading the loaded modules' symbol tables: dlsym would
 * allocate (dlerror's buffer) in the middle of our first hook.
 */
#ifndef HEAPCOACH_REAL_H
#define HEAPCOACH_REAL_H

#include <stdbool.h>
#include <stddef.h>

#include "preload/hidden.h"
#include "preload/hooks_list.h"

#define REAL_MEMBER(type, name, params) type(*name) params;
struct real {
    HEAPCOACH_HOOKS(REAL_MEMBER)
    bool preceded; /* a module before ours in load order defines malloc: ours is not called */
    bool libc;     /* malloc is the C library's own (so are its chunk sizes and alignments) */
};
#undef REAL_MEMBER

HIDDEN extern struct real real;

/* Fills `real`; may be called again, does nothing the second time. Functions that no module
 * defines stay NULL (free_sized before glibc 2.40, cfree after 2.26): their hooks say what
 * happens then. Takes the loader's lock for reading: call it holding no lock. Safe against
 * being called by two threads at once, as both find the same. Allocates nothing. */
void real_resolve(void);

#endif
