/* hooks.c - the interposed functions, and no logic: enter, real call, record, leave.
 *
 * Each keeps a frame pointer (CALLER_HERE needs it), so the caller's registers are read and
 * not guessed. The recorder's own part changes no errno, since it makes no library calls.
 * A call is passed through when the recorder does not stand, is not for this process, or is
 * itself at work in this thread. recorder_enter has found the real functions in any case; those
 * that need one before, or do not enter, ask for it themselves.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include "preload/cost.h"
#include "preload/hot.h"
#include "preload/modules.h"
#include "preload/real.h"
#include "preload/recorder.h"
#include "preload/start.h"

#define EXPORT __attribute__((visibility("default")))

/* Declared here and not by <stdlib.h>, whose attributes (malloc, nonnull) would let the
 * compiler drop the checks that these functions are made of. */
#define DECLARE(type, name, params) EXPORT type name params;
HEAPCOACH_HOOKS(DECLARE)

/* The end of every function that gives out a block. */
static inline void *given(struct thread *t, unsigned function, void *block, size_t size,
                          struct caller caller)
{
    if (t) {
        if (block)
            recorder_birth(t, function, (uintptr_t)block, size, &caller);
        cost_charge(t);
        recorder_leave(t);
    }
    return block;
}

/* A real call that gives out a block of `size` bytes; timed now and then. */
#define GIVE(t, size, call)                                                                        \
    ({                                                                                             \
        void *block_;                                                                              \
        if (__builtin_expect(cost_due(t), 0)) {                                                    \
            uint64_t before_ = arch_ticks();                                                       \
            block_ = (call);                                                                       \
            uint64_t ticks_ = arch_ticks() - before_;                                              \
            if (block_)                                                                            \
                cost_note((t), REC_COST_ALLOC, (size), ticks_);                                    \
        } else {                                                                                   \
            block_ = (call);                                                                       \
        }                                                                                          \
        block_;                                                                                    \
    })

/* The rare parts of malloc, calloc and free are functions of their own, so that the common ones
 * need few registers; `end`: as for CALLER_BELOW. */
#define RARELY static __attribute__((noinline))

RARELY void *malloc_slowly(size_t size, const uintptr_t *end)
{
    struct caller caller = CALLER_BELOW(end);
    struct thread *t = recorder_enter();

    return given(t, REC_FN_malloc, GIVE(t, size, real.malloc(size)), size, caller);
}

RARELY void *calloc_slowly(size_t count, size_t size, const uintptr_t *end)
{
    struct caller caller = CALLER_BELOW(end);
    struct thread *t = recorder_enter();
    size_t bytes = count * size; /* when this overflows, there will be no block */

    return given(t, REC_FN_calloc, GIVE(t, bytes, real.calloc(count, size)), bytes, caller);
}

/* Like `given`, for a thread that has entered. */
RARELY void *give_slowly(struct thread *t, unsigned function, void *block, size_t size,
                         const uintptr_t *end, bool unseen)
{
    struct caller caller = CALLER_BELOW(end);

    caller.unseen = unseen;
    return given(t, function, block, size, caller);
}

RARELY void *give_rest(struct thread *t, struct rec_record *record, struct block_entry *entry,
                       void *block, size_t size)
{
    hot_count_birth(t, record, entry, (uintptr_t)block, size);
    recorder_leave(t);
    return block;
}

/* What malloc and calloc share: `call` is the real one, `slowly` the way of the rare cases. */
#define GIVE_QUICKLY(function, size, call, slowly)                                                 \
    do {                                                                                           \
        struct thread *t_ = recorder_enter_quick();                                                \
        if (__builtin_expect(!t_, 0))                                                              \
            return (slowly);                                                                       \
        void *block_ = (call);                                                                     \
        struct hot_birth birth_ =                                                                  \
            hot_birth(t_, (function), (uintptr_t)block_, (size), FRAME_HERE());                    \
        if (__builtin_expect(!birth_.record, 0))                                                   \
            return give_slowly(t_, (function), block_, (size), END_HERE(), birth_.unseen);         \
        if (__builtin_expect(!birth_.done, 0))                                                     \
            return give_rest(t_, birth_.record, birth_.entry, block_, (size));                     \
        recorder_leave(t_);                                                                        \
        return block_;                                                                             \
    } while (0)

void *malloc(size_t size)
{
    GIVE_QUICKLY(REC_FN_malloc, size, real.malloc(size), malloc_slowly(size, END_HERE()));
}

void *calloc(size_t count, size_t size)
{
    /* when the product overflows, there will be no block */
    GIVE_QUICKLY(REC_FN_calloc, count * size, real.calloc(count, size),
                 calloc_slowly(count, size, END_HERE()));
}

/* What realloc and reallocarray share: `again` is the real call. */
#define RESIZE(function, block, size, again)                                                       \
    ({                                                                                             \
        struct caller caller_ = CALLER_HERE();                                                     \
        struct thread *t_ = recorder_enter();                                                      \
        struct taken taken_ = {0};                                                                 \
        bool known_ = t_ && (block) && recorder_take(t_, (uintptr_t)(block), &taken_);             \
        bool timed_ = cost_due(t_);                                                                \
        uint64_t before_ = timed_ ? arch_ticks() : 0;                                              \
        void *result_ = (again);                                                                   \
        if (__builtin_expect(timed_ && result_, 0))                                                \
            cost_note(t_,                                                                          \
                      !(block)             ? REC_COST_ALLOC                                        \
                      : result_ == (block) ? REC_COST_GROW_IN_PLACE                                \
                                           : REC_COST_GROW_MOVED,                                  \
                      (size), arch_ticks() - before_);                                             \
        if (t_) {                                                                                  \
            if (known_)                                                                            \
                resized(t_, (function), &taken_, (uintptr_t)(block), (uintptr_t)result_, (size),   \
                        &caller_);                                                                 \
            else if (result_)                                                                      \
                recorder_birth(t_, (function), (uintptr_t)result_, (size), &caller_);              \
            cost_charge(t_);                                                                       \
            recorder_leave(t_);                                                                    \
        }                                                                                          \
        result_;                                                                                   \
    })

/* After a real realloc of a known block. The C library frees a block resized to 0 and gives
 * NULL; any other NULL is a failure, and the block is as it was. */
static inline void resized(struct thread *t, unsigned function, const struct taken *taken,
                           uintptr_t old, uintptr_t address, size_t size,
                           const struct caller *caller)
{
    if (address)
        recorder_resized(t, function, taken, old, address, size, caller);
    else if (size == 0)
        recorder_death(t, taken, caller);
    else
        recorder_put_back(taken);
}

void *realloc(void *block, size_t size)
{
    return RESIZE(REC_FN_realloc, block, size, real.realloc(block, size));
}

void *reallocarray(void *block, size_t count, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return RESIZE(REC_FN_reallocarray, block, bytes, real.realloc(block, bytes));
}

/* Before a real free. `t` has entered, or is NULL. Returns the block's size, 0: not known. */
RARELY uint64_t dying(struct thread *t, void *block, const struct caller *caller)
{
    struct taken taken;

    if (__builtin_expect(modules_is_loader(caller->pc), 0))
        __atomic_fetch_add(&modules_version, 1, __ATOMIC_RELEASE);
    if (!t || !block || !recorder_take(t, (uintptr_t)block, &taken))
        return 0;
    recorder_death(t, &taken, caller);
    return taken.block.size;
}

/* The whole of a function that frees, for a thread that has entered, or NULL: `call` is the real
 * one. */
#define FREE_ENTERED(t, block, call, caller)                                                       \
    do {                                                                                           \
        uint64_t size_ = dying((t), (block), (caller));                                            \
        if (size_ && cost_due(t)) {                                                                \
            uint64_t before_ = arch_ticks();                                                       \
            call;                                                                                  \
            cost_note((t), REC_COST_FREE, size_, arch_ticks() - before_);                          \
            cost_charge(t);                                                                        \
        } else {                                                                                   \
            call;                                                                                  \
        }                                                                                          \
        if (t)                                                                                     \
            recorder_leave(t);                                                                     \
    } while (0)

#define FREE(block, call)                                                                          \
    do {                                                                                           \
        struct caller caller_ = CALLER_HERE();                                                     \
        struct thread *t_ = recorder_enter();                                                      \
        FREE_ENTERED(t_, block, call, &caller_);                                                   \
    } while (0)

/* The thread has entered. The rest of the common way; false: all is to be done. */
static inline bool free_once_more(struct thread *t, void *block)
{
    struct hot_death death =
        hot_is_latest(t, (uintptr_t)block) ? hot_death_of_latest_held(t) : (struct hot_death){0};

    if (!death.record)
        death = hot_death(t, (uintptr_t)block, true);
    if (!death.record)
        return false;
    hot_rest(t, &death);
    recorder_leave(t);
    return true;
}

/* The thread is not ready, or enters for the first time. */
RARELY void free_slowly(void *block, const uintptr_t *end)
{
    struct caller caller = CALLER_BELOW(end);
    struct thread *t = recorder_enter();

    FREE_ENTERED(t, block, real.free(block), &caller);
}

/* The thread has entered, or is NULL. */
RARELY void free_entered(struct thread *t, void *block, bool once_more, const uintptr_t *end)
{
    struct caller caller = CALLER_BELOW(end);

    if (once_more && free_once_more(t, block))
        real.free(block);
    else
        FREE_ENTERED(t, block, real.free(block), &caller);
}

/* The clock is to be read: the free may have to be looked at, or timed. Mostly not. */
RARELY void free_at_reading(void *block, struct thread *t, const uintptr_t *end)
{
    if (__builtin_expect(!recorder_tick(t), 0)) {
        recorder_turn_back(t);
        t = NULL;
    }
    if (__builtin_expect(t && !t->timed && !recorder_is_free_due(t) && free_once_more(t, block),
                         1)) {
        real.free(block);
    } else {
        free_entered(t, block, false, end);
    }
}

RARELY void free_rest(struct thread *t, void *block, struct rec_record *record, uint64_t size)
{
    hot_rest(t, &(struct hot_death){record, size, true});
    recorder_leave(t);
    real.free(block);
}

/* The end of a free. The real call comes last, when the recorder is left, so that it is a jump. */
static HOT void free_dead(struct thread *t, void *block, struct hot_death death,
                          const uintptr_t *end)
{
    if (__builtin_expect(!death.record, 0)) {
        free_entered(t, block, death.more, end);
    } else if (__builtin_expect(death.more, 0)) {
        free_rest(t, block, death.record, death.size);
    } else {
        recorder_leave(t);
        real.free(block);
    }
}

/* Of another block than the latest: a function of its own, as it needs more registers, which are to
 * be saved. The block comes first, where the real free expects it. */
RARELY void free_earlier(void *block, struct thread *t, const uintptr_t *end)
{
    free_dead(t, block, hot_death(t, (uintptr_t)block, false), end);
}

void free(void *block)
{
    bool due;
    struct thread *t = recorder_enter_calm(&due);

    if (__builtin_expect(!t, 0))
        free_slowly(block, END_HERE());
    else if (__builtin_expect(due, 0))
        free_at_reading(block, t, END_HERE());
    else if (hot_is_latest(t, (uintptr_t)block))
        free_dead(t, block, hot_death_of_latest(t), END_HERE());
    else
        free_earlier(block, t, END_HERE());
}

void cfree(void *block)
{
    FREE(block, real.free(block));
}

void free_sized(void *block, size_t size)
{
    real_resolve();
    if (real.free_sized)
        FREE(block, real.free_sized(block, size));
    else
        FREE(block, real.free(block));
}

void free_aligned_sized(void *block, size_t alignment, size_t size)
{
    real_resolve();
    if (real.free_aligned_sized)
        FREE(block, real.free_aligned_sized(block, alignment, size));
    else
        FREE(block, real.free(block));
}

int posix_memalign(void **block, size_t alignment, size_t size)
{
    struct thread *t = recorder_enter();

    int error = real.posix_memalign(block, alignment, size);
    given(t, REC_FN_posix_memalign, error ? NULL : *block, size, CALLER_HERE());
    return error;
}

void *aligned_alloc(size_t alignment, size_t size)
{
    struct thread *t = recorder_enter();

    return given(t, REC_FN_aligned_alloc, GIVE(t, size, real.aligned_alloc(alignment, size)), size,
                 CALLER_HERE());
}

void *memalign(size_t alignment, size_t size)
{
    struct thread *t = recorder_enter();

    return given(t, REC_FN_memalign, GIVE(t, size, real.memalign(alignment, size)), size,
                 CALLER_HERE());
}

void *valloc(size_t size)
{
    struct thread *t = recorder_enter();

    return given(t, REC_FN_valloc, GIVE(t, size, real.valloc(size)), size, CALLER_HERE());
}

void *pvalloc(size_t size)
{
    struct thread *t = recorder_enter();

    return given(t, REC_FN_pvalloc, GIVE(t, size, real.pvalloc(size)), size, CALLER_HERE());
}

size_t malloc_usable_size(void *block)
{
    real_resolve();
    return real.malloc_usable_size(block);
}
