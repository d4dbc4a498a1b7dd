/* holder.h - the thread that has to itself what all threads change, until another one comes.
 *
 * In most programs of several threads one works while the others wait, as the main thread does for
 * a test's. Locked instructions for the live total were more than half of what an event took there.
 * So a thread that finds the total as it has left it many times in a row, while no other has any
 * event, becomes its holder, and changes it, its maximum and the stamps by plain loads and stores.
 *
 * Whoever changes them says so first, by a plain store, and then looks whether he is the holder, or
 * whether there is none; another's holding he ends, and waits until that one is not changing
 * anything. This is Dekker's algorithm with one side's fences left out: who takes the holding or
 * ends it has all running threads of the process pass a fence (membarrier(2), Linux 4.14). Where
 * the kernel refuses that, nobody ever holds.
 *
 * A holder that loses it soon makes the next one wait longer for it, so that threads that work at
 * the same time are not stopped again and again.
 *
 * Callable in any hook, by the thread's own set; signal-safe as they are. Nothing here allocates.
 */
#ifndef HEAPCOACH_HOLDER_H
#define HEAPCOACH_HOLDER_H

#include <stdbool.h>
#include <stdint.h>

#include "preload/hidden.h"
#include "preload/sys.h"
#include "preload/thread.h"

/* NULL: none. On cache lines of its own: all but the holder read it with each change. */
HIDDEN extern struct holder {
    struct thread *now;
    int32_t wish; /* how many times in a row a thread must have met nobody */
} __attribute__((aligned(ARCH_APART_BYTES))) holder;

/* Before the first event, and in a forked child: nobody holds. */
void holder_start(void);

/* Makes the thread the holder, if there is none, no other has had an event since it was called the
 * last time, and the kernel plays along. Not between holder_begin and holder_end. Some
 * microseconds. */
void holder_take(struct thread *t);

/* Ends another thread's holding, if there is one. As holder_take; may wait until that thread is no
 * longer changing anything. */
void holder_claim(const struct thread *t);

/* Before the thread changes what all share. True: it is the holder, and plain stores do. Then
 * nobody becomes the holder or stops being it until holder_end, which must be called in any case.
 */
static inline bool holder_begin(struct thread *t)
{
    for (;;) {
        __atomic_store_n(&t->changing, true, __ATOMIC_RELAXED);
        __atomic_signal_fence(__ATOMIC_SEQ_CST); /* the others' fence makes it a real one */
        if (__atomic_load_n(&t->holds, __ATOMIC_ACQUIRE))
            return true;
        if (__builtin_expect(!__atomic_load_n(&holder.now, __ATOMIC_ACQUIRE), 1))
            return false;
        __atomic_store_n(&t->changing, false, __ATOMIC_RELEASE);
        holder_claim(t);
    }
}

static inline void holder_end(struct thread *t)
{
    __atomic_store_n(&t->changing, false, __ATOMIC_RELEASE);
}

#endif
