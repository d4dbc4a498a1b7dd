// sources: preload/counters.c preload/holder.c preload/clock.c preload/timeline.c preload/recording.c
// sources: preload/memory.c preload/histogram.c
/* test_counters.c - what the counters say is what a ledger that copies everything says.
 *
 * The ledger keeps the live values of all sites, and at each new maximum of the total it copies
 * all of them: the plain meaning of "at the peak", which the recorder reaches without copying.
 * The same for the line over time, which the ledger keeps at every unit.
 *
 * Not covered: several threads (test_hooks_threads.c). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "preload/counters.h"
#include "tests/unit/histogram_counts.h"
#include "tests/unit/open_recording.h"
#include "tests/unit/record_events.h"

static struct rec_header *header;
static struct thread self;
static struct rec_thread self_counts;

static int reset(void **state)
{
    (void)state;
    header = recording.header;
    begin_totals(header);
    self = (struct thread){.counts = &self_counts, .single = single_never};
    return 0;
}

static uint64_t random_state;

static uint32_t random_below(uint32_t n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % n;
}

/* By the thread's clock. */
static void new_period(uint64_t units)
{
    self.units = units;
    counters_new_period(&self);
}

/* ---- events, as recorder.c counts them ---- */

static void be_born(struct rec_record *r, uint64_t size, uint64_t units)
{
    self.now = units;
    record_birth(r, size, units);
    counters_total_up(&self, size);
}

static void die(struct rec_record *r, uint64_t size, uint64_t units)
{
    self.units = units;
    record_death(&self, r, size);
    counters_total_down(&self, size);
}

static void resize(struct rec_record *r, uint64_t from, uint64_t to, uint64_t units)
{
    self.now = units;
    counters_resize(&self, r, from, to);
    if (to >= from)
        counters_total_up(&self, to - from);
    else
        counters_total_down(&self, from - to);
}

/* A record's values at the peak, as the format says that they are to be read. */
static int64_t bytes_at_peak(const struct rec_record *record)
{
    struct rec_record spelled = record_spelled_out(record), *r = &spelled;

    return REC_STAMP_EPOCH(r->stamp) == REC_STAMP_EPOCH(header->stamp) &&
                   header->fall_stamp < REC_AT_PEAK
               ? r->peak_bytes
               : r->live_bytes;
}

static int64_t blocks_at_peak(const struct rec_record *r)
{
    return REC_STAMP_EPOCH(r->stamp) == REC_STAMP_EPOCH(header->stamp) &&
                   header->fall_stamp < REC_AT_PEAK
               ? r->peak_blocks
               : r->live_blocks;
}

/* ---- one record ---- */

static void a_birth_and_a_death_are_counted(void **state)
{
    (void)state;
    struct rec_record r = NEW_RECORD;

    be_born(&r, 100, 10);
    be_born(&r, 28, 11);
    die(&r, 100, 30);
    assert_int_equal(r.total_bytes, 128);
    assert_int_equal(r.total_blocks, 2);
    assert_int_equal(r.total_blocks, 2);
    assert_int_equal(r.live_bytes, 28);
    assert_int_equal(r.live_blocks, 1);
    assert_int_equal(counters_freed(&r), 1);
    assert_int_equal(r.life_units + 50, 20 + 39); /* one lived 20; the other has 39 at 50 */
    assert_int_equal(r.size_min, 28);
    assert_int_equal(r.size_max, 100);
    assert_int_equal(counts_of(&r.size_hist, 4), 1);
    assert_int_equal(counts_of(&r.size_hist, 6), 1);
    assert_int_equal(header->live_bytes, 28);
    assert_int_equal(header->max_bytes, 128);
}

static void a_realloc_counts_its_new_size(void **state)
{
    (void)state;
    struct rec_record r = NEW_RECORD;

    be_born(&r, 100, 0);
    resize(&r, 100, 300, 1);
    resize(&r, 300, 50, 2);
    assert_int_equal(r.total_bytes, 450);
    assert_int_equal(r.total_blocks, 3);
    assert_int_equal(r.total_blocks - r.reallocs, 1);
    assert_int_equal(r.reallocs, 2);
    assert_int_equal(r.live_bytes, 50);
    assert_int_equal(r.live_blocks, 1);
    assert_int_equal(r.size_max, 100); /* of births */
    assert_int_equal(header->live_bytes, 50);
    assert_int_equal(header->max_bytes, 300);
    assert_int_equal(header->max_ticks, clock_start_ticks + 1);
}

static void of_one_size_only_blocks_are_counted(void **state)
{
    (void)state;
    struct rec_record r = NEW_RECORD;

    for (uint64_t i = 0; i < 3; i++)
        be_born(&r, 24, 0);
    die(&r, 24, 0);
    assert_int_equal(r.one_size, 24);
    assert_int_equal(r.total_blocks, 3);
    assert_int_equal(r.most_blocks, 3);
    assert_int_equal(r.total_bytes, 0);
    assert_int_equal(r.live_bytes, 0);
    assert_int_equal(r.size_hist.place, REC_NO_WINDOW);

    be_born(&r, 8, 0);
    assert_true(r.one_size == REC_MIXED_SIZES);
    assert_int_equal(r.total_bytes, 80);
    assert_int_equal(r.live_bytes, 56);
    assert_int_equal(r.max_bytes, 72);
    assert_int_equal(r.max_blocks, 3);
    assert_int_equal(r.peak_bytes, 72);
    assert_int_equal(r.size_min, 8);
    assert_int_equal(r.size_max, 24);
    assert_int_equal(counts_of(&r.size_hist, 4), 3);
    assert_int_equal(counts_of(&r.size_hist, 3), 1);
}

static void a_realloc_or_a_big_block_makes_sizes_mixed(void **state)
{
    (void)state;
    struct rec_record r = NEW_RECORD, big = NEW_RECORD, freed = NEW_RECORD;

    be_born(&r, 24, 0);
    resize(&r, 24, 24, 0);
    assert_true(r.one_size == REC_MIXED_SIZES);
    assert_int_equal(r.total_bytes, 48);
    assert_int_equal(r.max_bytes, 24);
    be_born(&big, REC_ONE_SIZE_MAX, 0);
    assert_int_equal(big.one_size, REC_ONE_SIZE_MAX);
    be_born(&big, REC_ONE_SIZE_MAX + 1, 0);
    assert_true(big.one_size == REC_MIXED_SIZES);
    /* blocks that another thread allocated */
    die(&freed, 24, 0);
    die(&freed, 24, 0);
    assert_int_equal(record_spelled_out(&freed).live_bytes, -48);
    assert_int_equal(record_spelled_out(&freed).max_bytes, 0);
    assert_int_equal(record_spelled_out(&freed).size_min, UINT32_MAX); /* none was born */
    die(&freed, 25, 0);
    assert_int_equal(freed.live_bytes, -73);
}

static void sizes_saturate_at_32_bits(void **state)
{
    (void)state;
    struct rec_record r = NEW_RECORD;

    be_born(&r, (uint64_t)5 << 32, 0);
    assert_int_equal(r.size_min, UINT32_MAX);
    assert_int_equal(r.size_max, UINT32_MAX);
    assert_int_equal(counts_of(&r.size_hist, 31), 1);
    assert_int_equal(r.live_bytes, (int64_t)5 << 32);
}

static void an_own_maximum_is_the_latest_of_equals(void **state)
{
    (void)state;
    struct rec_record r = NEW_RECORD;

    be_born(&r, 60, 0);
    be_born(&r, 40, 0); /* 100 in 2 blocks */
    die(&r, 60, 0);
    die(&r, 40, 0);
    be_born(&r, 100, 0); /* 100 in 1 */
    assert_int_equal(r.max_bytes, 100);
    assert_int_equal(r.max_blocks, 1);
    assert_int_equal(r.most_blocks, 2);
    resize(&r, 100, 101, 0);
    assert_int_equal(r.max_bytes, 101);
}

/* ---- the peak ---- */

static void of_equal_peaks_the_latest_counts(void **state)
{
    (void)state;
    struct rec_record a = NEW_RECORD, b = NEW_RECORD;

    be_born(&a, 100, 1);
    die(&a, 100, 2);
    be_born(&b, 60, 3);
    be_born(&b, 40, 4);
    die(&b, 60, 5);
    assert_int_equal(bytes_at_peak(&a), 0);
    assert_int_equal(bytes_at_peak(&b), 100);
    assert_int_equal(blocks_at_peak(&b), 2);
    assert_int_equal(header->max_ticks, clock_start_ticks + 4);
}

static void a_lower_total_does_not_disturb_the_peak(void **state)
{
    (void)state;
    struct rec_record a = NEW_RECORD, b = NEW_RECORD;

    be_born(&a, 70, 1);
    be_born(&b, 30, 2);
    die(&a, 70, 3);
    be_born(&b, 60, 4); /* 90 */
    die(&b, 30, 5);
    assert_int_equal(bytes_at_peak(&a), 70);
    assert_int_equal(bytes_at_peak(&b), 30);
    assert_int_equal(blocks_at_peak(&b), 1);
    assert_int_equal(REC_STAMP_EPOCH(header->stamp), 2);
}

static void before_the_first_fall_all_is_at_the_peak(void **state)
{
    (void)state;
    struct rec_record a = NEW_RECORD;

    be_born(&a, 10, 1);
    be_born(&a, 10, 2);
    resize(&a, 10, 30, 3);
    assert_int_equal(REC_STAMP_EPOCH(header->stamp), 1);
    assert_int_equal(bytes_at_peak(&a), 40);
    assert_int_equal(blocks_at_peak(&a), 2);
}

/* ---- against the ledger ---- */

enum { SITES = 5, LIVE_MAX = 24, UNITS = 600 };

struct live_block {
    uint32_t site;
    uint64_t size;
};

static struct rec_record sites[SITES];
static struct live_block live[LIVE_MAX];
static uint32_t live_count;

static struct {
    int64_t bytes[SITES], blocks[SITES];
    int64_t peak_bytes[SITES], peak_blocks[SITES];
    int64_t total, max;
    uint32_t sizes;
    int64_t bytes_after[UNITS][SITES], blocks_after[UNITS][SITES]; /* at the end of each unit */
} ledger;

static void ledger_change(uint32_t site, int64_t bytes, int64_t blocks)
{
    ledger.bytes[site] += bytes;
    ledger.blocks[site] += blocks;
    ledger.total += bytes;
    if (bytes >= 0 && ledger.total >= ledger.max) {
        ledger.max = ledger.total;
        memcpy(ledger.peak_bytes, ledger.bytes, sizeof ledger.bytes);
        memcpy(ledger.peak_blocks, ledger.blocks, sizeof ledger.blocks);
    }
}

/* Sizes from a few, so that totals often are equal; with `sizes` 1 records stay of one size. */
static uint64_t random_size(void)
{
    static const uint64_t few[] = {8, 16, 24, 64};
    return few[random_below(ledger.sizes)];
}

static void random_event(uint64_t units)
{
    uint32_t what = random_below(10), i = live_count ? random_below(live_count) : 0;

    if (live_count == 0 || (what < 4 && live_count < LIVE_MAX)) {
        struct live_block b = {random_below(SITES), random_size()};
        be_born(&sites[b.site], b.size, units);
        ledger_change(b.site, (int64_t)b.size, 1);
        live[live_count++] = b;
    } else if (what < 7 && ledger.sizes > 1) {
        uint64_t size = random_size();
        resize(&sites[live[i].site], live[i].size, size, units);
        ledger_change(live[i].site, (int64_t)size - (int64_t)live[i].size, 0);
        live[i].size = size;
    } else {
        die(&sites[live[i].site], live[i].size, units);
        ledger_change(live[i].site, -(int64_t)live[i].size, -1);
        live[i] = live[--live_count];
    }
}

static void begin(uint64_t seed)
{
    random_state = seed;
    reset(NULL);
    live_count = 0;
    memset(&ledger, 0, sizeof ledger);
    ledger.sizes = seed % 4 + 1;
    memset(sites, 0, sizeof sites);
    for (int s = 0; s < SITES; s++)
        sites[s] = (struct rec_record)NEW_RECORD;
}

static void assert_peak_is_the_ledgers(void)
{
    assert_int_equal(header->max_bytes, ledger.max);
    assert_int_equal(header->live_bytes, ledger.total);
    for (int s = 0; s < SITES; s++) {
        assert_int_equal(record_spelled_out(&sites[s]).live_bytes, ledger.bytes[s]);
        assert_int_equal(sites[s].live_blocks, ledger.blocks[s]);
        assert_int_equal(bytes_at_peak(&sites[s]), ledger.peak_bytes[s]);
        assert_int_equal(blocks_at_peak(&sites[s]), ledger.peak_blocks[s]);
    }
}

/* After every event, since the program may end at any. */
static void the_peak_is_the_ledgers(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 4000; seed++) {
        begin(seed);
        for (uint32_t i = 0; i < 60; i++) {
            random_event(0);
            assert_peak_is_the_ledgers();
        }
    }
}

/* Both kinds of stamp at once. */
static void periods_do_not_disturb_the_peak(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 500; seed++) {
        uint64_t units = 0;
        begin(seed);
        for (uint32_t i = 0; i < 100; i++) {
            units += random_below(3) * random_below(4);
            if (units >= header->period_end)
                new_period(units);
            random_event(units);
            assert_peak_is_the_ledgers();
        }
    }
}

static int64_t point_bytes(const struct rec_record *r, uint64_t i)
{
    return r->series ? recording_series(r->series)->bytes[i] : 0;
}

static int64_t point_blocks(const struct rec_record *r, uint64_t i)
{
    return r->series ? recording_series(r->series)->blocks[i] : 0;
}

/* What the format says of point i, where the record has it. */
static void assert_line_is_the_ledgers(const struct rec_record *record, int site, uint64_t now)
{
    struct rec_record spelled = record_spelled_out(record), *r = &spelled;
    uint64_t ended = now >> r->series_shift;

    assert_true(r->series_count <= REC_POINTS);
    assert_true(r->series_shift <= header->series_shift);
    assert_true(now >> header->series_shift < REC_POINTS);
    for (uint64_t i = 0; i < ended; i++) {
        uint64_t last = ((i + 1) << r->series_shift) - 1;
        bool noted = i < r->series_count;
        assert_int_equal(noted ? point_bytes(r, i) : r->live_bytes, ledger.bytes_after[last][site]);
        assert_int_equal(noted ? point_blocks(r, i) : r->live_blocks,
                         ledger.blocks_after[last][site]);
    }
}

static void the_line_over_time_is_the_ledgers(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 300; seed++) {
        begin(seed);
        uint32_t busy = 1 + random_below(9);
        for (uint64_t unit = 0; unit < UNITS; unit++) {
            for (uint32_t n = random_below(20) < busy ? random_below(4) : 0; n > 0; n--) {
                if (unit >= header->period_end) /* as the clock does, when it is read */
                    new_period(unit);
                random_event(unit);
            }
            memcpy(ledger.bytes_after[unit], ledger.bytes, sizeof ledger.bytes);
            memcpy(ledger.blocks_after[unit], ledger.blocks, sizeof ledger.blocks);
            if (unit >= header->period_end)
                new_period(unit);
            if (random_below(10) == 0)
                for (int s = 0; s < SITES; s++)
                    assert_line_is_the_ledgers(&sites[s], s, unit);
        }
    }
}

static void a_long_silence_is_one_step_of_the_line(void **state)
{
    (void)state;
    struct rec_record r = NEW_RECORD;

    be_born(&r, 10, 0);
    new_period((uint64_t)1 << 40);
    assert_int_equal(header->series_shift, 37); /* 8 periods of 2^37 are over */
    be_born(&r, 20, (uint64_t)1 << 40);
    assert_int_equal(r.series_shift, 37);
    assert_int_equal(r.series_count, 8);
    for (int i = 0; i < 8; i++)
        assert_int_equal(point_bytes(&r, (uint64_t)i), 10);
    assert_int_equal(point_blocks(&r, 7), 1);
}

/* Most sites of short-lived blocks are never alive when a period ends. */
static void points_that_are_all_0_take_no_room(void **state)
{
    (void)state;
    struct rec_record r = NEW_RECORD;
    uint64_t rows = header->count[REC_SERIES];

    for (uint64_t unit = 0; unit < 200; unit += 3) {
        if (unit >= header->period_end)
            new_period(unit);
        be_born(&r, 10, unit);
        die(&r, 10, unit);
    }
    assert_int_equal(r.series, 0);
    assert_true(r.series_count > 1);
    be_born(&r, 10, 200);
    new_period((uint64_t)r.series_count * 2 << r.series_shift);
    uint16_t zeros = r.series_count;
    be_born(&r, 20, 1000);
    assert_int_equal(header->count[REC_SERIES], rows + 1);
    assert_int_equal(point_bytes(&r, zeros / 2 - 1u), 0);
    assert_int_equal(point_bytes(&r, r.series_count - 1u), 10);
}

/* No set is waited for: nobody holds here (test_holder.c). */
struct thread *threads_at(uint32_t i)
{
    (void)i;
    return NULL;
}

/* ---- who keeps changes to himself: two sets, played by one thread ---- */

static struct rec_record keepers, others;

/* A thread that keeps changes, and one that counts exactly. */
struct pair {
    struct thread keeper, exact;
    struct rec_thread keeper_counts, exact_counts;
};

static int reset_pair(void **state)
{
    reset(state);
    single_threaded = single_never;
    counters_exact_peak = false;
    header->count[REC_THREADS] = 3;
    header->slack_bytes = 0;
    keepers = others = (struct rec_record)NEW_RECORD;
    return 0;
}

static int forget_pair(void **state)
{
    (void)state;
    single_start();
    counters_exact_peak = false;
    return 0;
}

static void start_pair(struct pair *p, uint64_t now)
{
    *p = (struct pair){.keeper = {.slack = 4096, .now = now, .single = single_never},
                       .exact = {.now = now, .single = single_never}};
    p->keeper.counts = &p->keeper_counts;
    p->exact.counts = &p->exact_counts;
}

static void allocate(struct thread *t, struct rec_record *r)
{
    t->counts->allocs++;
    record_birth(r, 32, t->units);
    counters_total_up(t, 32);
}

static void release(struct thread *t, struct rec_record *r)
{
    record_death(t, r, 32);
    counters_total_down(t, 32);
}

/* The exact one comes back to its peak, where the other one frees: one of `n` that it allocates. */
static void disturb(struct pair *p, int n)
{
    allocate(&p->keeper, &keepers);
    allocate(&p->exact, &others);
    release(&p->keeper, &keepers);
    release(&p->exact, &others);
    for (int i = 1; i < n; i++) {
        allocate(&p->keeper, &keepers);
        release(&p->keeper, &keepers);
    }
}

static void who_disturbs_keepers_is_asked_to_keep_too(void **state)
{
    (void)state;
    struct pair p;
    int rounds = 0;

    for (start_pair(&p, 1000); p.exact.slack == 0 && rounds < 1000; rounds++)
        disturb(&p, 1);
    assert_in_range(rounds, 2, 100);
    assert_true(p.exact.slack > 0);
    uint64_t stamp = header->stamp;
    for (int i = 0; i < 100; i++)
        disturb(&p, 1);
    assert_in_range(REC_STAMP_EPOCH(header->stamp - stamp), 0, 1);
    assert_in_range(header->slack_bytes, 1, 2 * 4096);
    assert_int_equal(header->live_bytes + (uint64_t)(p.keeper.unpublished + p.exact.unpublished),
                     0);
}

static void who_disturbs_seldom_is_not_asked(void **state)
{
    (void)state;
    struct pair p;

    start_pair(&p, 1 << 24);
    for (int i = 0; i < 100; i++)
        disturb(&p, 1000);
    assert_int_equal(p.exact.slack, 0);
}

/* One epoch, at which many records of the other thread's fall. */
static void what_many_records_meet_is_one_epoch(void **state)
{
    (void)state;
    enum { RECORDS = 64 };
    static struct rec_record records[RECORDS];
    struct pair p;

    start_pair(&p, UINT64_C(1) << 28);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < RECORDS; i++) {
            if (round == 0)
                records[i] = (struct rec_record)NEW_RECORD;
            allocate(&p.keeper, &records[i]);
        }
        allocate(&p.exact, &others);
        for (int i = 0; i < RECORDS; i++)
            release(&p.keeper, &records[i]);
        release(&p.exact, &others);
    }
    assert_int_equal(p.exact.slack, 0);
}

static void what_was_asked_is_forgotten_in_time(void **state)
{
    (void)state;
    struct pair p;

    start_pair(&p, UINT64_C(1) << 30);
    for (int i = 0; i < 100; i++)
        disturb(&p, 1);
    assert_true(p.exact.slack > 0);
    p.exact = (struct thread){
        .now = p.keeper.now + (1 << 21), .counts = &p.exact_counts, .single = single_never};
    allocate(&p.exact, &others);
    assert_int_equal(p.exact.slack, 0);
    p.exact.now = p.keeper.now - 100; /* it has read the clock before */
    allocate(&p.exact, &others);
    assert_true(p.exact.slack > 0);
}

static void for_an_exact_peak_nobody_is_asked(void **state)
{
    (void)state;
    struct pair p;

    counters_exact_peak = true;
    start_pair(&p, UINT64_C(1) << 32);
    for (int i = 0; i < 1000; i++)
        disturb(&p, 1);
    assert_int_equal(p.exact.slack, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_birth_and_a_death_are_counted, reset),
        cmocka_unit_test_setup(a_realloc_counts_its_new_size, reset),
        cmocka_unit_test_setup(of_one_size_only_blocks_are_counted, reset),
        cmocka_unit_test_setup(a_realloc_or_a_big_block_makes_sizes_mixed, reset),
        cmocka_unit_test_setup(sizes_saturate_at_32_bits, reset),
        cmocka_unit_test_setup(an_own_maximum_is_the_latest_of_equals, reset),
        cmocka_unit_test_setup(of_equal_peaks_the_latest_counts, reset),
        cmocka_unit_test_setup(a_lower_total_does_not_disturb_the_peak, reset),
        cmocka_unit_test_setup(before_the_first_fall_all_is_at_the_peak, reset),
        cmocka_unit_test_setup(the_peak_is_the_ledgers, reset),
        cmocka_unit_test_setup(periods_do_not_disturb_the_peak, reset),
        cmocka_unit_test_setup(the_line_over_time_is_the_ledgers, reset),
        cmocka_unit_test_setup(a_long_silence_is_one_step_of_the_line, reset),
        cmocka_unit_test_setup(points_that_are_all_0_take_no_room, reset),
        cmocka_unit_test_setup_teardown(who_disturbs_keepers_is_asked_to_keep_too, reset_pair,
                                        forget_pair),
        cmocka_unit_test_setup_teardown(who_disturbs_seldom_is_not_asked, reset_pair, forget_pair),
        cmocka_unit_test_setup_teardown(what_many_records_meet_is_one_epoch, reset_pair,
                                        forget_pair),
        cmocka_unit_test_setup_teardown(what_was_asked_is_forgotten_in_time, reset_pair,
                                        forget_pair),
        cmocka_unit_test_setup_teardown(for_an_exact_peak_nobody_is_asked, reset_pair, forget_pair),
    };

    open_recording();
    clock_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
