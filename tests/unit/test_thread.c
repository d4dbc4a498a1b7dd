// sources: preload/thread.c preload/stacks.c preload/rules.c preload/modules.c preload/cfi.c
// sources: preload/proven.c preload/recording.c preload/memory.c preload/clock.c
// sources: preload/timeline.c preload/walk.c preload/counters.c preload/holder.c
// sources: preload/fingerprint.c preload/slow_walk.c preload/environment.c preload/gate.c
// sources: preload/histogram.c
// sources: preload/cfi_memo.c preload/rows.c
// libs: libunwind
// threads
/* test_thread.c - what a thread keeps: one record for a site, one row for a pair of sites.
 *
 * Not covered: several threads (test_recorder_threads.c). */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "preload/blocks.h"
#include "preload/clock.h"
#include "preload/environment.h"
#include "preload/gate.h"
#include "preload/modules.h"
#include "preload/rules.h"
#include "preload/stacks.h"
#include "preload/thread.h"
#include "tests/unit/open_recording.h"

static struct thread *self;

static void a_record_is_a_sites_for_good(void **state)
{
    (void)state;
    enum { SITES = 20000 };
    static struct rec_record *made[SITES];

    for (uint32_t i = 0; i < SITES; i++) {
        made[i] = thread_record(self, 10 + i);
        assert_non_null(made[i]);
        assert_int_equal(made[i]->node, 10 + i);
        assert_int_equal(made[i]->thread, self->index | REC_RECORD_YOUNG);
        assert_int_equal(made[i]->size_min, UINT32_MAX);
        assert_int_equal(made[i]->total_blocks, 0);
    }
    uint64_t records = recording.header->count[REC_RECORDS];
    for (uint32_t i = 0; i < SITES; i++)
        assert_ptr_equal(thread_record(self, 10 + i), made[i]);
    assert_int_equal(recording.header->count[REC_RECORDS], records);
    assert_int_equal(self->records_used, SITES);
}

/* Every kind, from few sites to few, both ways. */
static void a_link_is_a_pairs_for_good(void **state)
{
    (void)state;
    enum { SITES = 40, KINDS = 3 };
    static struct rec_link *made[KINDS][SITES][SITES];
    static const enum rec_link_kind kinds[] = {REC_LINK_GREW, REC_LINK_HANDOVER, REC_LINK_FREED};

    for (int round = 0; round < 2; round++)
        for (int k = 0; k < KINDS; k++)
            for (uint32_t from = 0; from < SITES; from++)
                for (uint32_t to = 0; to < SITES; to++) {
                    struct rec_record *birth = thread_record(self, from + 4);
                    struct rec_link *link = thread_link(self, kinds[k], birth, to + 4);
                    assert_non_null(link);
                    if (round == 1)
                        assert_ptr_equal(link, made[k][from][to]);
                    made[k][from][to] = link;
                    assert_int_equal(link->kind, kinds[k]);
                    assert_int_equal(link->from, from + 4);
                    assert_int_equal(link->to, to + 4);
                }
    assert_int_equal(self->links_used, KINDS * SITES * SITES);
}

/* The record says which was its latest, for each kind; but to its own thread alone. */
static void a_records_latest_link_is_at_hand(void **state)
{
    (void)state;
    struct rec_record *own = thread_record(self, 5000), *others = thread_record(self, 5001);
    struct rec_link *grew = thread_link(self, REC_LINK_GREW, own, 7);
    struct rec_link *freed = thread_link(self, REC_LINK_FREED, own, 8);

    assert_ptr_equal(recording_link(own->latest_links[REC_LINK_GREW - 1]), grew);
    assert_ptr_equal(recording_link(own->latest_links[REC_LINK_FREED - 1]), freed);
    assert_int_equal(own->latest_links[REC_LINK_HANDOVER - 1], 0);
    assert_ptr_equal(thread_link(self, REC_LINK_GREW, own, 7), grew);
    others->thread = (self->index + 1) | REC_RECORD_YOUNG;
    struct rec_link *elsewhere = thread_link(self, REC_LINK_FREED, others, 8);
    assert_int_equal(elsewhere->from, 5001);
    assert_int_equal(others->latest_links[REC_LINK_FREED - 1], 0);
    assert_ptr_equal(thread_link(self, REC_LINK_FREED, others, 8), elsewhere);
}

static void a_set_says_whose_it_is(void **state)
{
    (void)state;
    const struct rec_thread *c = self->counts;

    assert_int_equal(c->live, 1);
    assert_int_equal(c->owners, 1);
    assert_int_equal(c->tid, getpid());
    assert_string_equal(c->name, "set-of-main");
    assert_int_not_equal(c->started_ticks, 0);
}

static struct thread *registered;
static uint32_t registered_tid;

static void *register_thread(void *named)
{
    prctl(PR_SET_NAME, named);
    registered = thread_register();
    registered_tid = (uint32_t)syscall(SYS_gettid);
    return NULL;
}

static void run_thread(const char *name)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, register_thread, (void *)(uintptr_t)name), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    while (syscall(SYS_tgkill, getpid(), registered_tid, 0) == 0)
        sched_yield(); /* joined, but the kernel is not quite done with it */
    assert_non_null(registered);
}

/* With its counters, but not with what it remembered: that was of another stack. */
static void an_ended_threads_set_is_the_next_ones(void **state)
{
    (void)state;
    run_thread("first");
    struct thread *first = registered;
    assert_ptr_not_equal(first, self);
    struct rec_record *record = thread_record(first, 99);
    struct block_entry latest = {.first = 5};
    first->last = &latest;
    first->last_address = 16;
    first->walk.frame_count = 3;

    run_thread("second");
    assert_ptr_equal(registered, first);
    assert_int_equal(first->counts->owners, 2);
    assert_int_equal(first->counts->tid, registered_tid);
    assert_string_equal(first->counts->name, "first");
    assert_ptr_equal(thread_record(first, 99), record);
    assert_int_equal(first->last->first, 0);
    assert_true(first->last_address == THREAD_NO_ADDRESS);
    assert_int_equal(first->walk.frame_count, 0);
    assert_int_equal(recording.header->threaded, 1);
}

/* The site's own word is the first one's; others have tables, which grow. */
static void two_sets_have_records_of_their_own_for_a_site(void **state)
{
    (void)state;
    enum { FROM = 30000, SITES = 20000 };
    static struct rec_record *others[SITES];
    struct thread *other = registered;

    for (uint32_t i = 0; i < SITES; i++) {
        struct rec_record *record = thread_record(self, FROM + i);
        assert_int_equal(record->thread & REC_RECORD_THREAD, self->index);
        others[i] = thread_record(other, FROM + i);
        assert_int_equal(others[i]->node, FROM + i);
        assert_int_equal(others[i]->thread & REC_RECORD_THREAD, other->index);
        assert_ptr_equal(thread_record(self, FROM + i), record);
    }
    uint64_t records = recording.header->count[REC_RECORDS];
    for (uint32_t i = 0; i < SITES; i++)
        assert_ptr_equal(thread_record(other, FROM + i), others[i]);
    assert_int_equal(recording.header->count[REC_RECORDS], records);
}

/* A root is the site of stacks without any room; and it has children. */
static void a_roots_record_is_none_of_its_children(void **state)
{
    (void)state;
    for (uint32_t root = 0; root < REC_FIRST_REAL_NODE; root++) {
        struct rec_record *record = thread_record(self, root);
        uint32_t child = stacks_intern(root, self->index);
        assert_int_equal(record->node, root);
        assert_ptr_equal(thread_record(self, root), record);
        assert_int_equal(stacks_intern(root, self->index), child);
        assert_int_equal(recording_node(child)->parent, root);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_is_a_sites_for_good),
        cmocka_unit_test(a_link_is_a_pairs_for_good),
        cmocka_unit_test(a_records_latest_link_is_at_hand),
        cmocka_unit_test(a_set_says_whose_it_is),
        cmocka_unit_test(an_ended_threads_set_is_the_next_ones),
        cmocka_unit_test(two_sets_have_records_of_their_own_for_a_site),
        cmocka_unit_test(a_roots_record_is_none_of_its_children),
    };

    open_recording();
    clock_start();
    assert_true(gate_start(64));
    environment_start();
    modules_start();
    prctl(PR_SET_NAME, "set-of-main");
    if (!rules_start() || !stacks_start() || !(self = thread_register()))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
