/* sampled_parts.h - what the functions for what may be sampled are made of: see sampled_hooks.c and
 * carried_sampled.c.
 */
#ifndef HEAPCOACH_SAMPLED_PARTS_H
#define HEAPCOACH_SAMPLED_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "preload/cost.h"
#include "preload/sample.h"

/* The calling thread's set, entered, if an allocation of that size is to be counted; else NULL.
 * Either way the real functions are known. */
static inline struct thread *enter_if_due(size_t size)
{
    struct thread *t = recorder_enter();

    if (!t)
        sample_miss();
    else if (!sample_due(t, size))
        recorder_leave(t);
    else
        return t;
    return NULL;
}

/* The end of every function that gives out a block. */
static inline void *given(struct thread *t, unsigned function, void *block, size_t size,
                          uint64_t ticks, const struct caller *caller)
{
    if (t && block) {
        cost_note(t, REC_COST_ALLOC, size, ticks);
        sample_birth(t, function, (uintptr_t)block, size, false, caller);
        cost_charge(t);
    }
    if (t)
        recorder_leave(t);
    return block;
}

/* The whole of a function that gives out a block: `call` is the real one. */
#define SAMPLED(function, size, call, end)                                                         \
    ({                                                                                             \
        struct caller caller_ = CALLER_BELOW(end);                                                 \
        struct thread *t_ = enter_if_due(size);                                                    \
        uint64_t before_ = arch_ticks();                                                           \
        void *block_ = (call);                                                                     \
        given(t_, (function), block_, (size), arch_ticks() - before_, &caller_);                   \
    })

/* Before a real realloc: an allocation that is counted if `due`, and a free if `known`. */
struct sampled_resize {
    struct thread *t; /* has entered, or NULL */
    bool due, known;
    struct taken taken;
    uint64_t before; /* ticks */
};

static inline struct sampled_resize resize_begin(void *block, size_t size)
{
    struct sampled_resize r = {.t = enter_if_due(size)};

    r.due = r.t != NULL;
    if (!r.t && block && !sample_passes_free(block))
        r.t = recorder_enter();
    r.known = r.t && block && sample_take((uintptr_t)block, &r.taken);
    r.before = arch_ticks();
    return r;
}

/* A realloc is a free and an allocation. A failed one is neither. */
static inline void *resize_end(struct sampled_resize *r, unsigned function, void *block,
                               void *result, size_t size, const struct caller *caller)
{
    uint64_t ticks = arch_ticks() - r->before;

    if (r->known && !result && size != 0)
        recorder_put_back(&r->taken);
    else if (r->known)
        sample_death(r->t, (uintptr_t)block, &r->taken, caller);
    if (r->due && result) {
        cost_note(r->t,
                  !block            ? REC_COST_ALLOC
                  : result == block ? REC_COST_GROW_IN_PLACE
                                    : REC_COST_GROW_MOVED,
                  size, ticks);
        sample_birth(r->t, function, (uintptr_t)result, size, block != NULL, caller);
        cost_charge(r->t);
    }
    if (r->t)
        recorder_leave(r->t);
    return result;
}

/* The whole of a function that resizes a block: `again` is the real call. */
#define SAMPLED_RESIZE(function, block, size, again, end)                                          \
    ({                                                                                             \
        struct caller caller_ = CALLER_BELOW(end);                                                 \
        struct sampled_resize resize_ = resize_begin((block), (size));                             \
        void *result_ = (again);                                                                   \
        resize_end(&resize_, (function), (block), result_, (size), &caller_);                      \
    })

/* The whole of a function that frees: `call` is the real one. */
#define SAMPLED_FREE(block, call, end)                                                             \
    do {                                                                                           \
        struct caller caller_ = CALLER_BELOW(end);                                                 \
        struct thread *t_ = recorder_enter();                                                      \
        struct taken taken_;                                                                       \
        bool known_ = t_ && (block) && sample_take((uintptr_t)(block), &taken_);                   \
        if (known_)                                                                                \
            sample_death(t_, (uintptr_t)(block), &taken_, &caller_);                               \
        uint64_t before_ = arch_ticks();                                                           \
        call;                                                                                      \
        if (known_) {                                                                              \
            cost_note(t_, REC_COST_FREE, taken_.block.size, arch_ticks() - before_);               \
            cost_charge(t_);                                                                       \
        }                                                                                          \
        if (t_)                                                                                    \
            recorder_leave(t_);                                                                    \
    } while (0)

#endif
