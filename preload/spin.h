/* spin.h - the lock of the recorder's slow paths: a new stack node, a new rule, a new chunk.
 *
 * Never taken on the hot path, never held while the program's or the loader's code runs or
 * while another spin lock of ours is wanted in the other order (order: threads, modules, rules,
 * stacks, recording). The holder cannot be interrupted by our own code: hooks called from a signal
 * handler see the thread busy and pass through. In a forked child
 * that is recorded, too, no lock is held any more, whatever another thread held during fork.
 */
#ifndef HEAPCOACH_SPIN_H
#define HEAPCOACH_SPIN_H

#include <stdbool.h>
#include <stdint.h>

#include "preload/calls.h"
#include "preload/single.h"

struct spin {
    uint32_t held; /* spin_generation: yes; anything else: no */
};

/* A new one makes all locks free. Changed in a forked child only, before it has a second thread.
 * Weak, so that this header is all there is of it. */
extern uint32_t spin_generation;
__attribute__((weak, visibility("hidden"))) uint32_t spin_generation = 1;

static inline bool spin_try(struct spin *lock)
{
    uint32_t seen = __atomic_load_n(&lock->held, __ATOMIC_RELAXED);

    if (seen == spin_generation)
        return false;
    if (!single())
        return __atomic_compare_exchange_n(&lock->held, &seen, spin_generation, false,
                                           __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
    __atomic_store_n(&lock->held, spin_generation, __ATOMIC_RELAXED);
    return true;
}

/* Between two tries for what another thread will soon be done with. */
static inline void spin_wait(unsigned tries)
{
    if (tries > 1024)
        sys_nap(); /* yielding is no help where we have a higher priority than the other */
    else if (tries > 64)
        sys_sched_yield(); /* it may have been preempted */
}

/* Apart, so that what it needs of registers is not saved where the lock is free, as it mostly is.
 */
void spin_lock_held(struct spin *lock);
__attribute__((weak, visibility("hidden"), noinline, cold)) void spin_lock_held(struct spin *lock)
{
    for (unsigned tries = 0; !spin_try(lock); tries++)
        spin_wait(tries);
}

static inline void spin_lock(struct spin *lock)
{
    if (__builtin_expect(!spin_try(lock), 0))
        spin_lock_held(lock);
}

static inline void spin_unlock(struct spin *lock)
{
    __atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);
}

#endif
