/* holder.c - who holds, and how that changes; see holder.h. Called by counters.c, and at the start.
 *
 * Always holds: `now` is set before `holds` of that thread and outlasts it, with a fence of all
 * threads in between, and both change under the lock alone. So whoever has said that he is changing
 * something, and finds `now` empty, is waited for by the next holder.
 */
#include "preload/holder.h"

#include <stddef.h>
#include <stdint.h>

#include "preload/calls.h"
#include "preload/spin.h"

enum {
    WISH_LEAST = 1024, /* at some 20 ns each; taking costs two fences, of 0.2 to 2 us */
    WISH_MOST = 1 << 20,
    PUBLISHED_PER_LOOK = 64, /* to look at another thread is worth a few changes */
    THREADS_MANY = 1024,     /* whoever has had so many is not one that waits */
    SOON_TICKS = 1 << 23,    /* some milliseconds */
    PATIENCE = 1024 + 20000  /* naps: a second. Who is stopped for longer may lose a change */
};

struct holder holder;

static struct {
    struct spin lock;
    bool able;      /* the kernel makes fences */
    uint64_t since; /* when the present holder became it, by its clock */
} taking;

void holder_start(void)
{
    holder = (struct holder){NULL, WISH_LEAST};
    taking.able = !sys_failed(sys_membarrier_register());
}

static bool is_able(void)
{
    return __atomic_load_n(&taking.able, __ATOMIC_RELAXED);
}

/* Whether all of this process's threads that run now have passed a fence. Those that do not will
 * when they run. */
static bool fence(void)
{
    if (is_able() && sys_failed(sys_membarrier()))
        __atomic_store_n(&taking.able, false, __ATOMIC_RELAXED);
    return is_able();
}

/* Waits until the thread is not changing anything. False: it takes too long. */
static bool is_still(const struct thread *t)
{
    for (unsigned tries = 0; __atomic_load_n(&t->changing, __ATOMIC_ACQUIRE); tries++) {
        if (tries == PATIENCE)
            return false;
        spin_wait(tries);
    }
    return true;
}

static bool all_others_are_still(const struct thread *t)
{
    const struct thread *other;

    for (uint32_t i = 0; (other = threads_at(i)); i++)
        if (other != t && !is_still(other))
            return false;
    return true;
}

/* Whether no other thread has had an event since this was asked the last time. What is freed as
 * soon as it was allocated, or kept by a thread to itself, does not show in the total. Each thread
 * counts its own by plain stores: what is read here is a moment old. With many threads it takes
 * long, so the next time comes later. */
static __attribute__((no_sanitize("thread"))) bool others_rest(struct thread *t)
{
    const struct thread *other;
    uint64_t events = 0, before = t->others_events;
    uint32_t i = 0;

    for (; (other = threads_at(i)); i++)
        if (other != t)
            events += other->counts->allocs + other->counts->frees;
    t->others_events = events;
    t->alone_for = -(int32_t)i * PUBLISHED_PER_LOOK;
    return events == before;
}

void holder_take(struct thread *t)
{
    t->alone_for = 0;
    if (!is_able() || threads_at(THREADS_MANY) || !others_rest(t) || !spin_try(&taking.lock))
        return;
    if (!holder.now) {
        __atomic_store_n(&holder.now, t, __ATOMIC_RELEASE);
        if (fence() && all_others_are_still(t)) {
            taking.since = t->now;
            __atomic_store_n(&t->holds, true, __ATOMIC_RELEASE);
        } else {
            __atomic_store_n(&holder.now, NULL, __ATOMIC_RELEASE);
        }
    }
    spin_unlock(&taking.lock);
}

/* How long the next one is to wait, when this one has lost it at `now`. */
static int32_t next_wish(uint64_t now)
{
    int32_t wish = __atomic_load_n(&holder.wish, __ATOMIC_RELAXED);
    bool soon = now < taking.since || now - taking.since < SOON_TICKS;

    if (!soon)
        return WISH_LEAST;
    return wish < WISH_MOST ? wish * 2 : WISH_MOST;
}

void holder_claim(const struct thread *t)
{
    spin_lock(&taking.lock);
    struct thread *other = holder.now;
    if (other) {
        __atomic_store_n(&other->holds, false, __ATOMIC_RELEASE);
        if (!fence())
            sys_nap(); /* a sandbox came meanwhile; in so long any store arrives */
        is_still(other);
        __atomic_store_n(&holder.wish, next_wish(t->now), __ATOMIC_RELAXED);
        __atomic_store_n(&holder.now, NULL, __ATOMIC_RELEASE);
    }
    spin_unlock(&taking.lock);
}
