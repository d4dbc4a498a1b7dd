/* site.h - the site of an event: which function was called from which stack.
 *
 * Called with the thread's set, by a hook whose caller is described; errno untouched, nothing
 * allocated. No locks but for what is new.
 */
#ifndef HEAPCOACH_SITE_H
#define HEAPCOACH_SITE_H

#include <stdint.h>

#include "preload/thread.h"
#include "preload/walk.h"

/* This thread's counters for the site, where a block is born. NULL: no room. */
struct rec_record *site_record(struct thread *t, unsigned function, const struct caller *caller);

/* The site's node alone, where no block is born: such sites have no counters. */
uint32_t site_node(struct thread *t, unsigned function, const struct caller *caller);

#endif
