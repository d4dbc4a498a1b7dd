// sources: preload/stacks.c preload/rules.c preload/modules.c preload/cfi.c preload/proven.c
// sources: preload/recording.c preload/memory.c preload/blocks.c preload/counters.c
// sources: preload/clock.c preload/timeline.c preload/growth.c preload/thread.c preload/walk.c
// sources: preload/fingerprint.c preload/slow_walk.c preload/environment.c
// sources: preload/gate.c preload/histogram.c
// libs: libunwind
// threads
/* test_recorder_threads.c - several threads in the recorder's tables at once.
 *
 * Threads intern the same stacks and rules at the same time, allocate, and free what others
 * allocated; afterwards the sums must be right. Built with ThreadSanitizer, too, which says
 * whether they would be on other processors.
 *
 * Not covered: hooks, and the peak, which with several threads is exact but for events under
 * way. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "preload/blocks.h"
#include "preload/counters.h"
#include "preload/environment.h"
#include "preload/growth.h"
#include "preload/gate.h"
#include "preload/modules.h"
#include "preload/rules.h"
#include "preload/stacks.h"
#include "preload/thread.h"
#include "tests/unit/open_recording.h"
#include "tests/unit/record_events.h"

enum { THREADS = 4 };

static pthread_barrier_t barrier;

/* Runs `work` in THREADS threads that begin together; each gets its number. */
static void in_threads(void *(*work)(void *))
{
    pthread_t threads[THREADS];

    assert_int_equal(pthread_barrier_init(&barrier, NULL, THREADS), 0);
    for (uintptr_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, (void *)i), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    pthread_barrier_destroy(&barrier);
}

/* ---- stacks and rules ---- */

enum { NODES = 20000, RULES = 6000 };
static uint32_t nodes[THREADS][NODES];
static uint32_t locations[THREADS][RULES];

static void *intern_all(void *argument)
{
    uint32_t *made = nodes[(uintptr_t)argument];

    pthread_barrier_wait(&barrier);
    for (uint32_t i = 0; i < NODES; i++)
        made[i] = stacks_intern(i < 8 ? REC_ROOT_WHOLE : made[i / 8], 100 + i % 64);
    return NULL;
}

static void a_stack_is_one_node_for_all_threads(void **state)
{
    (void)state;
    uint64_t before = recording.header->count[REC_NODES];

    in_threads(intern_all);
    assert_int_equal(recording.header->count[REC_NODES], before + NODES);
    for (int i = 0; i < THREADS; i++)
        assert_memory_equal(nodes[i], nodes[0], sizeof nodes[0]);
    for (uint32_t i = 0; i < NODES; i++) {
        assert_int_not_equal(nodes[0][i], 0);
        assert_int_equal(recording_node(nodes[0][i])->location, 100 + i % 64);
    }
}

static void *find_all_rules(void *argument)
{
    uint32_t *found = locations[(uintptr_t)argument];
    uintptr_t code = (uintptr_t)abort; /* somewhere in the C library */

    pthread_barrier_wait(&barrier);
    for (uintptr_t i = 0; i < RULES; i++)
        found[i] = rules_find(code + i)->location;
    return NULL;
}

static void a_return_address_is_one_location_for_all_threads(void **state)
{
    (void)state;
    uint64_t before = recording.header->count[REC_LOCATIONS];

    in_threads(find_all_rules);
    assert_int_equal(recording.header->count[REC_LOCATIONS], before + RULES);
    for (int i = 0; i < THREADS; i++)
        assert_memory_equal(locations[i], locations[0], sizeof locations[0]);
    for (uintptr_t i = 0; i < RULES; i++) {
        const struct rec_location *l = recording_location(locations[0][i]);
        assert_int_equal(l->pc, (uintptr_t)abort + i);
        assert_int_equal(l->live, 1);
        assert_int_equal(l->module, recording_location(locations[0][0])->module);
    }
}

/* ---- blocks ---- */

enum { EVENTS = 30000, SITES = 40, MAILBOXES = 256 };

/* Where a thread leaves blocks for others. */
static uintptr_t mailboxes[MAILBOXES];

static struct sums {
    uint64_t births, deaths, reallocs, bytes, freed_elsewhere, set;
    int64_t unpublished;
} sums[THREADS];

static uint32_t random_below(uint64_t *random, uint32_t n)
{
    *random = *random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*random >> 33) % n;
}

/* As recorder_birth does. */
static void be_born(struct thread *t, uint32_t node, uintptr_t address, uint64_t size)
{
    struct block_entry *e = blocks_entry(address, true);

    clock_look(t);
    struct rec_record *r = thread_record(t, node);
    uint64_t units = t->units, clock = ++t->counts->allocs;
    record_birth(r, size, units);
    counters_total_up(t, size);
    blocks_put(e, address, size, recording_record_handle(r), units, (uint32_t)clock);
}

static struct rec_record *own_record(struct thread *t, struct rec_record *birth)
{
    return (birth->thread & REC_RECORD_THREAD) == t->index ? birth : thread_record(t, birth->node);
}

/* As recorder_take and recorder_resized do. */
static void grow(struct thread *t, uintptr_t address)
{
    struct block_entry *e = blocks_entry(address, false);
    struct block b = blocks_read(e);
    struct rec_record *r = own_record(t, recording_record(b.record));
    uint64_t size = 2 * b.size;

    blocks_clear(e);
    clock_look(t);
    t->counts->allocs++;
    counters_resize(r, b.size, size);
    counters_total_up(t, size - b.size);
    if (!b.chain)
        b.chain = growth_begin(t, &b, b.units, b.clock);
    growth_step(recording_chain(b.chain), size, true, b.size);
    blocks_put_chained(e, address, size, b.record, b.chain);
    thread_link(t, REC_LINK_GREW, recording_record(b.record)->node, r->node)->n++;
}

/* As recorder_take and recorder_death do. Returns the size. */
static uint64_t die(struct thread *t, uintptr_t address, struct sums *s)
{
    struct block_entry *e = blocks_entry(address, false);
    struct block b = blocks_read(e);
    struct rec_record *birth = recording_record(b.record), *r = own_record(t, birth);

    blocks_clear(e);
    clock_look(t);
    record_death(r, b.size, t->units);
    counters_total_down(t, b.size);
    if (r != birth) {
        r->freed_elsewhere++;
        s->freed_elsewhere++;
    }
    if (b.chain)
        growth_end(t, r, b.chain);
    return b.size;
}

/* Each event makes a block and swaps it for one that lies in a mailbox, which dies. */
static void *allocate_and_free(void *argument)
{
    uintptr_t number = (uintptr_t)argument, next = (number + 1) << 36;
    struct sums *s = &sums[number];
    uint64_t random = number;

    pthread_barrier_wait(&barrier);
    struct thread *t = thread_register();
    pthread_barrier_wait(&barrier); /* nobody ends before all have their sets */
    if (!t)
        return NULL;
    for (int i = 0; i < EVENTS; i++) {
        uint64_t size = 16 + random_below(&random, 1000);
        uint32_t node = nodes[0][random_below(&random, SITES)];
        uintptr_t address = next += 48 + 4096 * (i % 64 == 0);
        be_born(t, node, address, size);
        s->births++;
        s->bytes += size;
        if (random_below(&random, 4) == 0) {
            grow(t, address);
            s->reallocs++;
            s->bytes += 2 * size;
        }
        address = __atomic_exchange_n(&mailboxes[random_below(&random, MAILBOXES)], address,
                                      __ATOMIC_ACQ_REL);
        if (address) {
            die(t, address, s);
            s->deaths++;
        }
    }
    s->unpublished = t->unpublished;
    assert_true(s->unpublished <= t->slack && -s->unpublished <= t->slack);
    return t;
}

static struct sums all_sums(void)
{
    struct sums all = {0};

    for (int i = 0; i < THREADS; i++) {
        all.births += sums[i].births;
        all.deaths += sums[i].deaths;
        all.reallocs += sums[i].reallocs;
        all.bytes += sums[i].bytes;
        all.freed_elsewhere += sums[i].freed_elsewhere;
        all.unpublished += sums[i].unpublished;
    }
    return all;
}

static void what_all_threads_counted_adds_up(void **state)
{
    (void)state;
    struct rec_record sum = {0};
    uint64_t sum_births = 0, live = 0, chains = 0, live_chains = 0, left = 0;

    in_threads(allocate_and_free);
    struct sums all = all_sums();
    assert_int_equal(all.births, THREADS * EVENTS);
    assert_true(all.freed_elsewhere > 0);
    for (int i = 0; i < MAILBOXES; i++)
        if (mailboxes[i]) {
            struct block b = blocks_read(blocks_entry(mailboxes[i], false));
            left++;
            live += b.size;
            live_chains += b.chain != 0;
        }
    for (uint32_t i = 1; i < recording.header->count[REC_RECORDS]; i++) {
        const struct rec_record *r = recording_element(REC_RECORDS, i, sizeof(struct rec_record));
        sum.total_bytes += r->total_bytes;
        sum.total_blocks += r->total_blocks;
        sum_births += r->total_blocks - r->reallocs;
        sum.reallocs += r->reallocs;
        sum.live_bytes += r->live_bytes;
        sum.live_blocks += r->live_blocks;
        sum.freed_blocks += r->freed_blocks;
        sum.freed_elsewhere += r->freed_elsewhere;
        chains += r->growth ? recording_growth(r->growth)->chains : 0;
        uint32_t thread = r->thread & REC_RECORD_THREAD;
        assert_true(thread >= 1 && thread < recording.header->count[REC_THREADS]);
    }
    assert_int_equal(sum.total_bytes, all.bytes);
    assert_int_equal(sum_births, all.births);
    assert_int_equal(sum.total_blocks, all.births + all.reallocs);
    assert_int_equal(sum.reallocs, all.reallocs);
    assert_int_equal(sum.freed_blocks, all.deaths);
    assert_int_equal(sum.freed_elsewhere, all.freed_elsewhere);
    assert_int_equal(sum.live_blocks, left);
    assert_int_equal(sum.live_bytes, live);
    assert_int_equal(recording.header->live_bytes + (uint64_t)all.unpublished, live);
    assert_true((uint64_t)llabs(all.unpublished) <= recording.header->slack_bytes);
    assert_true(recording.header->max_bytes >= live);
    assert_int_equal(chains + live_chains, all.reallocs);
}

static void live_chains_are_those_of_live_blocks(void **state)
{
    (void)state;
    uint64_t of_blocks = 0, in_recording = 0;

    for (int i = 0; i < MAILBOXES; i++)
        of_blocks += mailboxes[i] && blocks_read(blocks_entry(mailboxes[i], false)).chain != 0;
    for (uint32_t i = 1; i < recording.header->count[REC_CHAINS]; i++)
        in_recording += recording_chain(i)->live;
    assert_int_equal(in_recording, of_blocks);
    assert_true(of_blocks > 0);
}

/* ---- sets ---- */

static void *only_register(void *argument)
{
    pthread_barrier_wait(&barrier);
    struct thread *t = thread_register();
    if (t)
        sums[(uintptr_t)argument].set = t->index;
    pthread_barrier_wait(&barrier);
    return NULL;
}

static void a_set_is_one_threads_at_a_time(void **state)
{
    (void)state;
    for (int round = 0; round < 50; round++) {
        in_threads(only_register);
        for (int i = 0; i < THREADS; i++) {
            assert_int_not_equal(sums[i].set, 0);
            for (int other = 0; other < i; other++)
                assert_int_not_equal(sums[i].set, sums[other].set);
        }
    }
    /* and those of ended threads are taken over, as soon as the kernel is done with them */
    assert_true(recording.header->count[REC_THREADS] < 25 * THREADS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stack_is_one_node_for_all_threads),
        cmocka_unit_test(a_return_address_is_one_location_for_all_threads),
        cmocka_unit_test(what_all_threads_counted_adds_up),
        cmocka_unit_test(live_chains_are_those_of_live_blocks),
        cmocka_unit_test(a_set_is_one_threads_at_a_time),
    };

    open_recording();
    clock_start();
    assert_true(gate_start(64));
    environment_start();
    modules_start();
    if (!blocks_start(true) || !rules_start() || !stacks_start())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
