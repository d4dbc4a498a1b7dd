/* single.h - whether the program has a single thread, so that what guards against others can be
 * left out.
 *
 * A second thread is made by the single one: whatever that one has stored before, plainly, the
 * second one sees. So it does not matter when it is asked, as long as all that is done with the
 * answer is stored. May be asked at any time, by anyone.
 */
#ifndef HEAPCOACH_SINGLE_H
#define HEAPCOACH_SINGLE_H

#include <stdbool.h>

#include "preload/hidden.h"

/* glibc's word (<sys/single_threaded.h>, 2.32 on). Weak: older ones lack it, and then there may
 * always be a second one. */
extern char __libc_single_threaded __attribute__((weak, visibility("default")));

/* A byte that says no, for ever. */
static const char single_never[1];

/* Where the word is. Weak, so that this header is all there is of it. */
HIDDEN extern const char *single_threaded;
__attribute__((weak, visibility("hidden"))) const char *single_threaded = single_never;

/* Before the first event. */
static inline void single_start(void)
{
    if (&__libc_single_threaded)
        single_threaded = &__libc_single_threaded;
}

static HOT bool single(void)
{
    return *single_threaded;
}

#endif
