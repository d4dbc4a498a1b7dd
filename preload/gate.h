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

struct thread;

/* The page; before the start it is a static one that is closed. */
extern const volatile uint32_t *gate_open;

/* All the thread-local storage that the recorder has: initial-exec, so reading it never
 * allocates, and small, so that it fits what the loader keeps for late libraries. */
struct gate_thread {
    struct thread *thread; /* NULL: not registered, or not to be recorded */
    uint32_t busy;         /* in the recorder: calls from below pass through */
    uint32_t refused;      /* no set could be had; not asked for again */
};
extern __thread struct gate_thread gate_thread __attribute__((tls_model("initial-exec")));

/* Makes the page; closed. Returns false without memory. */
bool gate_start(void);
/* In a forked child: back to what was before the start. */
void gate_forget(void);
/* Opens or closes it for all threads. */
void gate_set(bool open);

#endif
