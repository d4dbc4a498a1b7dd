/* gate.h - whether this process records, and which thread is at work in the recorder.
 *
 * The gate is a page that the kernel wipes in a forked child (MADV_WIPEONFORK), so that a
 * child - made by fork or by a raw clone - finds it closed at once and never writes into
 * its parent's recording. A child that shares our memory until it execs (vfork, posix_spawn)
 * sees the gate open and acts as the thread that made it, which waits meanwhile.
 */
#ifndef HEAPCOACH_GATE_H
#define HEAPCOACH_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "preload/hidden.h"

struct thread;

/* The page; before the start it is a static one that is closed. */
HIDDEN extern const volatile uint32_t *gate_open;

/* All the thread-local storage that the recorder has: initial-exec, so reading it never
 * allocates, and small, so that it fits what the loader keeps for late libraries. */
struct gate_thread {
    struct thread *ready;  /* what a hook may enter with; NULL while one is in the recorder, so that
                            * calls from below pass through, and where `thread` is NULL */
    int32_t *countdown;    /* see gate_countdown; with `ready` */
    struct thread *thread; /* NULL: not registered, or not to be recorded */
    uint32_t starting;     /* the recorder is being brought up, or the thread registered */
    uint32_t refused;      /* no set could be had; not asked for again */
};
HIDDEN extern __thread struct gate_thread gate_thread __attribute__((tls_model("initial-exec")));

/* Whether this thread is in the recorder now: a signal's handler or a forked child may ask. */
static inline bool gate_in_use(void)
{
    return gate_thread.starting || (gate_thread.thread && !gate_thread.ready);
}

/* Makes the page; closed. `threads`: how many countdowns there will be at most. Returns false
 * without memory. */
bool gate_start(uint32_t threads);
/* Events that thread set `i` may still pass before it looks at the gate and the clock: counted
 * down by its owner. It lies with the gate and is wiped with it, so in a forked child each thread
 * looks at once. */
int32_t *gate_countdown(uint32_t i);
/* In a forked child: back to what was before the start. */
void gate_forget(void);
/* Opens or closes it for all threads. */
void gate_set(bool open);

#endif
