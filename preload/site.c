/* site.c - finds the site of an event: by fingerprint, else by a walk.
 *
 * Called by the recorder, and first by hot.h in its own way, with the thread's set. A stack gets
 * its fingerprint when it comes the third time: many come once or twice, and learning takes longer
 * than a walk.
 */
#include "preload/site.h"

#include "preload/fingerprint.h"
#include "preload/modules.h"
#include "preload/recording.h"

/* A library may have been closed since this thread last looked. Frees from within the
 * loader are passed over: the closing may be half done. */
static void __attribute__((noinline)) look_at_modules(struct thread *t, const struct caller *caller)
{
    uint32_t version = __atomic_load_n(&modules_version, __ATOMIC_ACQUIRE);

    if (modules_is_loader(caller->pc))
        return;
    uint32_t times_gone = modules_check(version);
    if (times_gone != t->walk.times_gone)
        walk_forget(&t->walk, t->walk.stack_high);
    t->walk.times_gone = times_gone;
    /* One that never is the present one keeps hot.h out: each stack is to be checked. */
    t->walk.modules_version = walk_options.check ? ~version : version;
}

enum { BIRTHS_BEFORE_LEARNING = 2 };

/* Walks. *again: the site was known already. */
static uint32_t walk(struct thread *t, unsigned function, const struct caller *caller, bool *again)
{
    uint64_t known = __atomic_load_n(&recording.header->count[REC_NODES], __ATOMIC_RELAXED);
    uint32_t node = walk_stack(t, function, caller);

    *again = node < known;
    return node;
}

/* Makes a fingerprint of the stack that was just walked. */
static void learn(struct thread *t, unsigned function, uintptr_t purpose,
                  const struct caller *caller, struct fingerprint_site site)
{
    struct walk_memory *m = &t->walk;
    const struct base_slot *slots;
    bool uses_rbp;
    uint32_t count = walk_slots(m, &slots, &uses_rbp);

    if (count)
        fingerprint_learn(&m->whole, fingerprint_key(function, caller->pc) | purpose, caller->sp,
                          caller->rbp, uses_rbp, slots, count, site);
}

/* The thread's counters for a stack that has no fingerprint. NULL: no room. */
static struct rec_record *__attribute__((noinline))
record_slowly(struct thread *t, unsigned function, const struct caller *caller)
{
    bool again;
    struct rec_record *record = thread_record(t, walk(t, function, caller, &again));

    if (record && modules_is_loader(caller->pc))
        thread_record_flags(record, REC_RECORD_LOADER, 0);
    if (record && again && record->total_blocks >= BIRTHS_BEFORE_LEARNING)
        learn(t, function, 0, caller, fingerprint_record(record));
    return record;
}

static uint32_t __attribute__((noinline))
node_slowly(struct thread *t, unsigned function, const struct caller *caller)
{
    bool again;
    uint32_t node = walk(t, function, caller, &again);

    if (again)
        learn(t, function, FINGERPRINT_NODE, caller, fingerprint_node(node));
    return node;
}

/* The thread's counters for a stack that has a fingerprint. NULL: it has none. */
static struct rec_record *record_quickly(struct thread *t, unsigned function,
                                         const struct caller *caller)
{
    if (caller->unseen)
        return NULL;
    return fingerprint_find(&t->walk.whole, fingerprint_key(function, caller->pc), caller->sp,
                            caller->rbp)
        .record;
}

struct rec_record *site_record(struct thread *t, unsigned function, const struct caller *caller)
{
    if (__builtin_expect(modules_changed(t->walk.modules_version), 0))
        look_at_modules(t, caller);
    struct rec_record *record = record_quickly(t, function, caller);
    if (__builtin_expect(!record, 0))
        record = record_slowly(t, function, caller);
    if (__builtin_expect(walk_options.check, 0) && record)
        walk_check(t, caller, record->node);
    return record;
}

uint32_t site_node(struct thread *t, unsigned function, const struct caller *caller)
{
    if (__builtin_expect(modules_changed(t->walk.modules_version), 0))
        look_at_modules(t, caller);
    uint32_t node =
        fingerprint_find(&t->walk.whole, fingerprint_key(function, caller->pc) | FINGERPRINT_NODE,
                         caller->sp, caller->rbp)
            .node;
    if (__builtin_expect(!node, 0))
        node = node_slowly(t, function, caller);
    if (__builtin_expect(walk_options.check, 0))
        walk_check(t, caller, node);
    return node;
}
