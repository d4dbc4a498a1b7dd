// sources: preload/recorder.c preload/cost.c preload/site.c
// sources: preload/stacks.c preload/rules.c preload/modules.c preload/cfi.c preload/proven.c
// sources: preload/recording.c preload/memory.c preload/blocks.c preload/counters.c preload/holder.c
// sources: preload/clock.c preload/timeline.c preload/growth.c preload/thread.c preload/walk.c
// sources: preload/fingerprint.c preload/slow_walk.c preload/environment.c
// sources: preload/gate.c preload/histogram.c
// sources: preload/cfi_memo.c preload/rows.c
// libs: libunwind
// threads
/* test_hooks_threads.c - the hooks, called by several threads at once.
 *
 * Threads allocate, resize, and free what others allocated, and afterwards every sum must be right.
 * Built with ThreadSanitizer, too, which says whether it would be on other processors. The hooks
 * are hooks.c's own under other names. The allocator under them is the test's own: it gives out
 * addresses without memory, and one that a thread has freed to another thread at once.
 *
 * Not covered: the peak (test_peak_threads.c), ends of threads, the start, and libraries that come
 * and go. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/in_threads.h"
#include "tests/unit/open_recording.h"

/* From here on these names are the hooks' and, in struct real, those of what is below them. */
#define malloc hooked_malloc
#define calloc hooked_calloc
#define realloc hooked_realloc
#define reallocarray hooked_reallocarray
#define free hooked_free
#define cfree hooked_cfree
#define posix_memalign hooked_posix_memalign
#define aligned_alloc hooked_aligned_alloc
#define memalign hooked_memalign
#define valloc hooked_valloc
#define pvalloc hooked_pvalloc
#define malloc_usable_size hooked_malloc_usable_size
#define free_sized hooked_free_sized
#define free_aligned_sized hooked_free_aligned_sized
#include "preload/hooks.c"

#include "preload/clock.h"
#include "preload/counters.h"
#include "preload/environment.h"
#include "preload/gate.h"
#include "preload/growth.h"
#include "preload/rules.h"
#include "preload/stacks.h"
#include "preload/thread.h"
#include "preload/timeline.h"

#define NOINLINE __attribute__((noinline))
/* Keeps the compiler from making a call the last thing that a function does. */
#define NOT_LAST() __asm__ volatile("" ::: "memory")

enum { THREADS = 4, EVENTS = 30000, DEPTHS = 8, MAILBOXES = 256, FREED = 64 };

static __thread uintptr_t number; /* of the thread */
static __thread uint64_t random_state;

static uint32_t random_below(uint32_t n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % n;
}

/* ---- the allocator below ---- */

static uintptr_t freed[FREED]; /* addresses; 0: none */
static uintptr_t next = (uintptr_t)1 << 36;

/* The addresses of all threads lie in between each other, in many regions of the table. */
static void *give(size_t size)
{
    uintptr_t address = __atomic_exchange_n(&freed[random_below(FREED)], 0, __ATOMIC_ACQ_REL);
    uintptr_t step = random_below(64) ? 48 : (uintptr_t)1 << (BLOCKS_REGION_BITS - 4);

    (void)size;
    return (void *)(address ? address : __atomic_fetch_add(&next, step, __ATOMIC_RELAXED));
}

static void *give_zeroed(size_t count, size_t size)
{
    return give(count * size);
}

static void take(void *block)
{
    __atomic_store_n(&freed[random_below(FREED)], (uintptr_t)block, __ATOMIC_RELEASE);
}

static void *give_other(void *block, size_t size)
{
    if (random_below(2))
        return block;
    void *moved = give(size);
    take(block);
    return moved;
}

struct real real = {
    .malloc = give, .calloc = give_zeroed, .realloc = give_other, .free = take, .libc = true};

void real_resolve(void)
{
}

/* ---- the recorder stands already ---- */

void start_once(void)
{
}

static uint64_t missed_early;

void start_count_closed(void)
{
}

void start_count_early(void)
{
    __atomic_fetch_add(&missed_early, 1, __ATOMIC_RELAXED);
}

/* ---- the program above ---- */

/* What a thread did, as it knows itself. */
static struct sums {
    uint64_t births, resizes, deaths, bytes, from_others;
    int64_t unpublished;
} sums[THREADS];

/* Where a thread leaves blocks for others. Their addresses are multiples of 16: the lowest bits
 * say whose it was. */
static uintptr_t mailboxes[MAILBOXES];

static void *block_of(uintptr_t mail)
{
    return (void *)(mail & ~(uintptr_t)15);
}

/* From one of 2 * DEPTHS places. */
NOINLINE static void *allocate(uint32_t depth, size_t size)
{
    void *block;

    if (depth > 0)
        block = allocate(depth - 1, size);
    else if (random_below(2))
        block = malloc(size);
    else
        block = calloc(1, size);
    NOT_LAST();
    return block;
}

NOINLINE static void *resize(void *block, size_t size)
{
    block = realloc(block, size);
    NOT_LAST();
    return block;
}

NOINLINE static void release(void *block)
{
    free(block);
    NOT_LAST();
}

/* Makes a block and swaps it for one that lies in a mailbox, which dies. */
NOINLINE static void act(struct sums *s)
{
    size_t size = 16 + random_below(1000);
    void *block = allocate(random_below(DEPTHS), size);

    s->births++;
    s->bytes += size;
    if (random_below(4) == 0) {
        block = resize(block, 2 * size);
        s->resizes++;
        s->bytes += 2 * size;
    }
    uintptr_t other = __atomic_exchange_n(&mailboxes[random_below(MAILBOXES)],
                                          (uintptr_t)block | number, __ATOMIC_ACQ_REL);
    if (!other)
        return;
    s->deaths++;
    s->from_others += other % 16 != number;
    release(block_of(other));
}

/* They begin together, and have a set each before they go on. Not in `work`: of a loop with such a
 * condition compilers make two, and two places of the call. */
NOINLINE static void await_others(int event)
{
    if (event < 2)
        pthread_barrier_wait(&barrier);
}

static void *work(void *argument)
{
    number = random_state = (uintptr_t)argument;
    for (int i = 0; i < EVENTS; i++) {
        await_others(i);
        act(&sums[number]);
    }
    sums[number].unpublished = gate_thread.thread->unpublished;
    pthread_barrier_wait(&barrier); /* nobody ends before */
    return NULL;
}

static int run_threads(void **state)
{
    (void)state;
    in_threads(THREADS, work);
    return 0;
}

static struct sums all_sums(void)
{
    struct sums all = {0};

    for (int i = 0; i < THREADS; i++) {
        all.births += sums[i].births;
        all.resizes += sums[i].resizes;
        all.deaths += sums[i].deaths;
        all.bytes += sums[i].bytes;
        all.from_others += sums[i].from_others;
        all.unpublished += sums[i].unpublished;
    }
    return all;
}

/* What lies in the mailboxes at the end. */
static struct left {
    uint64_t blocks, bytes, chains;
} all_left(void)
{
    struct left left = {0};

    for (int i = 0; i < MAILBOXES; i++)
        if (mailboxes[i]) {
            struct block b = blocks_read(blocks_entry((uintptr_t)block_of(mailboxes[i]), false));
            assert_int_not_equal(b.record, 0);
            left.blocks++;
            left.bytes += b.size;
            left.chains += b.chain != 0;
        }
    return left;
}

/* ---- what was recorded ---- */

static void what_all_threads_counted_adds_up(void **state)
{
    (void)state;
    const struct sums all = all_sums();
    struct rec_thread sum = {0};

    assert_int_equal(all.births, THREADS * EVENTS);
    assert_int_equal(recording.header->count[REC_THREADS], THREADS + 1);
    for (uint32_t i = 1; i < recording.header->count[REC_THREADS]; i++) {
        const struct rec_thread *t = recording_element(REC_THREADS, i, sizeof(struct rec_thread));
        sum.allocs += t->allocs;
        sum.reallocs += t->reallocs;
        sum.frees += t->frees;
        sum.bytes += t->bytes;
        assert_int_equal(t->frees_unknown, 0);
        assert_int_equal(t->blocks_overwritten, 0);
        assert_int_equal(t->missed_reentrant, 0);
        assert_int_equal(t->missed_no_room, 0);
        assert_int_equal(t->walks_slow, 0);
    }
    assert_int_equal(sum.allocs, all.births + all.resizes);
    assert_int_equal(sum.reallocs, all.resizes);
    assert_int_equal(sum.frees, all.deaths);
    assert_int_equal(sum.bytes, all.bytes);
    assert_int_equal(missed_early, 0);
    assert_int_equal(recording.header->missed_no_room, 0);
}

static void what_all_sites_counted_adds_up(void **state)
{
    (void)state;
    const struct sums all = all_sums();
    const struct left left = all_left();
    struct rec_record sum = {0};
    uint64_t ended_chains = 0;

    for (uint32_t i = 1; i < recording.header->count[REC_RECORDS]; i++) {
        const struct rec_record *r = recording_element(REC_RECORDS, i, sizeof(struct rec_record));
        sum.total_bytes += r->total_bytes;
        sum.total_blocks += r->total_blocks;
        sum.reallocs += r->reallocs;
        sum.live_bytes += r->live_bytes;
        sum.live_blocks += r->live_blocks;
        sum.freed_elsewhere += r->freed_elsewhere;
        ended_chains += r->growth ? recording_growth(r->growth)->chains : 0;
    }
    assert_int_equal(sum.total_bytes, all.bytes);
    assert_int_equal(sum.total_blocks, all.births + all.resizes);
    assert_int_equal(sum.reallocs, all.resizes);
    assert_true(all.from_others > 0);
    assert_int_equal(sum.freed_elsewhere, all.from_others);
    assert_int_equal(sum.live_blocks, left.blocks);
    assert_int_equal(sum.live_blocks, all.births - all.deaths);
    assert_int_equal(sum.live_bytes, left.bytes);
    assert_int_equal(ended_chains + left.chains, all.resizes);
}

/* Every thread's stacks are the same ones: from allocate to the start of a thread. */
static void a_site_is_one_for_all_threads(void **state)
{
    (void)state;
    uint32_t sites[2 * DEPTHS + 1], count = 0, records = 0;

    for (uint32_t i = 1; i < recording.header->count[REC_RECORDS]; i++) {
        const struct rec_record *r = recording_element(REC_RECORDS, i, sizeof(struct rec_record));
        uint32_t same = 0;
        if (r->node == 0) /* each thread's pages have some left */
            continue;
        records++;
        while (same < count && sites[same] != r->node)
            same++;
        if (same < count)
            continue;
        assert_true(count < 2 * DEPTHS);
        sites[count++] = r->node;
    }
    assert_int_equal(count, 2 * DEPTHS);
    assert_int_equal(records, THREADS * 2 * DEPTHS);
}

/* Else one would make the others wait; see preload/rows.h. */
static void no_page_has_records_of_two_threads(void **state)
{
    (void)state;
    const struct rec_record *before = NULL;

    for (uint32_t i = 1; i < recording.header->count[REC_RECORDS]; i++) {
        const struct rec_record *r = recording_element(REC_RECORDS, i, sizeof(struct rec_record));
        if (r->node == 0)
            continue;
        if (before && (uintptr_t)r / 4096 == (uintptr_t)before / 4096)
            assert_int_equal(r->thread & REC_RECORD_THREAD, before->thread & REC_RECORD_THREAD);
        before = r;
    }
}

static void the_live_total_is_that_of_the_live_blocks(void **state)
{
    (void)state;
    const struct left left = all_left();
    const int64_t unpublished = all_sums().unpublished;

    assert_int_equal(recording.header->live_bytes + (uint64_t)unpublished, left.bytes);
    assert_true((uint64_t)llabs(unpublished) <= recording.header->slack_bytes);
    assert_true(recording.header->max_bytes >= left.bytes);
}

static void live_chains_are_those_of_live_blocks(void **state)
{
    (void)state;
    uint64_t live = 0;

    for (uint32_t i = 1; i < recording.header->count[REC_CHAINS]; i++)
        live += recording_chain(i)->live;
    assert_int_equal(live, all_left().chains);
    assert_true(live > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_all_threads_counted_adds_up),
        cmocka_unit_test(what_all_sites_counted_adds_up),
        cmocka_unit_test(a_site_is_one_for_all_threads),
        cmocka_unit_test(no_page_has_records_of_two_threads),
        cmocka_unit_test(the_live_total_is_that_of_the_live_blocks),
        cmocka_unit_test(live_chains_are_those_of_live_blocks),
    };

    open_recording();
    environment_start();
    clock_start();
    single_start();
    timeline_start();
    modules_start();
    if (!gate_start(64) || !blocks_start(real.libc) || !rules_start() || !stacks_start())
        return 1;
    gate_set(true);
    return cmocka_run_group_tests(tests, run_threads, NULL);
}
