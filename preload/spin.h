/* spin.h - the lock of the recorder's slow paths: a new stack node, a new rule, a new chunk.
 *
 * Never taken on the hot path, never held while the program's or the loader's code runs or
 * while another spin lock of ours is wanted in the other order (order: threads, modules, rules,
 * stacks, recording). The holder cannot be interrupted by our own code: hooks called from a signal
 * handler see the thread busy and pass through. A forked child never takes one (it does
 * not record), so a lock that was held during fork harms nobody.
 */
#ifndef HEAPCOACH_SPIN_H
#define HEAPCOACH_SPIN_H

#include <stdint.h>

#include "preload/calls.h"

struct spin {
    uint32_t held;
};

static inline void spin_lock(struct spin *lock)
{
    for (unsigned tries = 0; __atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE); tries++)
        if (tries > 1024)
            sys_nap(); /* yielding is no help where we have a higher priority than the holder */
        else if (tries > 64)
            sys_sched_yield(); /* the holder may have been preempted */
}

static inline void spin_unlock(struct spin *lock)
{
    __atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);
}

#endif
