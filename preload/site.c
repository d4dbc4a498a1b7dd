/* site.c - finds the site of an event: by fingerprint, else as memo.h or walk.h can.
 *
 * Called by the recorder, and first by hot.h in its own way, with the thread's set. What the
 * slower ways find, the quicker ones are told of, so each is asked about a stack once or a few
 * times.
 */
#include "preload/site.h"

#include "preload/fingerprint.h"
#include "preload/memo.h"
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

/* What the slower ways say of a stack. */
struct found {
    uint32_t node;
    struct rec_record *record; /* this thread's counters for it, where they are known already */
    bool again; /* seen before, so worth a fingerprint: memo.h can say which slots lead there */
};

static struct found __attribute__((noinline))
find_slowly(struct thread *t, unsigned function, const struct caller *caller)
{
    struct memo_leaf *leaf =
        memo_find(&t->walk, memo_key(function, caller->pc), caller->sp, caller->rbp);
    uint32_t outer;

    if (leaf)
        return (struct found){leaf->node, leaf->record, true};
    uint32_t node = walk_stack(t, function, caller, &leaf, &outer);
    if (leaf)
        memo_answer(&t->walk, leaf, outer, node, NULL);
    return (struct found){.node = node};
}

/* Tells the fingerprints of it. */
static void learn(struct thread *t, unsigned function, uintptr_t purpose,
                  const struct caller *caller, struct fingerprint_site site)
{
    struct walk_memory *m = &t->walk;
    uintptr_t key = memo_key(function, caller->pc);
    bool uses_rbp = false;
    uint32_t count = memo_slots(m, key, caller->sp, caller->rbp, m->slot_list, &uses_rbp);

    if (count)
        fingerprint_learn(&m->whole, key | purpose, caller->sp, caller->rbp, uses_rbp, m->slot_list,
                          count, site);
}

/* The thread's counters for a stack that has no fingerprint yet; NULL: no room. */
static struct rec_record *__attribute__((noinline))
record_slowly(struct thread *t, unsigned function, const struct caller *caller)
{
    struct found found = find_slowly(t, function, caller);
    struct rec_record *record = found.record ? found.record : thread_record(t, found.node);

    if (record && found.again)
        learn(t, function, 0, caller, fingerprint_record(record));
    return record;
}

struct rec_record *site_record(struct thread *t, unsigned function, const struct caller *caller)
{
    if (__builtin_expect(t->walk.modules_version != modules_version, 0))
        look_at_modules(t, caller);
    struct rec_record *record =
        fingerprint_find(&t->walk.whole, memo_key(function, caller->pc), caller->sp, caller->rbp)
            .record;
    if (__builtin_expect(!record, 0))
        record = record_slowly(t, function, caller);
    if (__builtin_expect(walk_options.check, 0) && record)
        walk_check(t, caller, record->node);
    return record;
}

uint32_t site_node(struct thread *t, unsigned function, const struct caller *caller)
{
    if (__builtin_expect(t->walk.modules_version != modules_version, 0))
        look_at_modules(t, caller);
    uint32_t node =
        fingerprint_find(&t->walk.whole, memo_key(function, caller->pc) | FINGERPRINT_NODE,
                         caller->sp, caller->rbp)
            .node;
    if (__builtin_expect(!node, 0)) {
        struct found found = find_slowly(t, function, caller);
        node = found.node;
        if (found.again)
            learn(t, function, FINGERPRINT_NODE, caller, fingerprint_node(node));
    }
    if (__builtin_expect(walk_options.check, 0))
        walk_check(t, caller, node);
    return node;
}
