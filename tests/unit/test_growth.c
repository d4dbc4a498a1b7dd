// sources: preload/growth.c preload/histogram.c preload/recording.c preload/memory.c
// sources: preload/rows.c
/* test_growth.c - growth chains are kept step by step and folded by hand-derived numbers.
 *
 * Not covered: what the hooks make of a realloc (moved, copied); here they are arguments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "preload/growth.h"
#include "tests/unit/histogram_counts.h"
#include "tests/unit/open_recording.h"

static struct thread thread;
static struct rec_thread counts;
static struct rec_record record;

static int reset(void **state)
{
    (void)state;
    thread = (struct thread){.counts = &counts};
    counts = (struct rec_thread){0};
    record = (struct rec_record){0};
    return 0;
}

static uint32_t begin(uint64_t size)
{
    struct block b = {.size = size, .record = 12};
    uint32_t index = growth_begin(&thread, &b, 7, 8);
    assert_int_not_equal(index, 0);
    return index;
}

/* A step in which the allocator copied what it moved. */
static void step(uint32_t index, uint64_t size, bool moved)
{
    struct rec_chain *chain = recording_chain(index);
    growth_step(chain, size, moved, moved ? (chain->size < size ? chain->size : size) : 0);
}

static const struct rec_growth *row(void)
{
    assert_int_not_equal(record.growth, 0);
    return recording_growth(record.growth);
}

static void a_chain_begins_with_its_block(void **state)
{
    (void)state;
    const struct rec_chain *chain = recording_chain(begin(24));

    assert_int_equal(chain->live, 1);
    assert_int_equal(chain->size, 24);
    assert_int_equal(chain->first_bytes, 24);
    assert_int_equal(chain->peak_bytes, 24);
    assert_int_equal(chain->birth_units, 7);
    assert_int_equal(chain->birth_clock, 8);
    assert_int_equal(chain->steps + chain->shrink_steps + chain->moved + chain->equal_steps, 0);
}

/* The block table has handles, the recording is to have indices: what the analyzer looks up. */
static void a_chain_names_its_birth_record_by_index(void **state)
{
    (void)state;
    void *element = NULL;

    for (int i = 0; i < 300; i++) { /* over several chunks */
        uint32_t index = recording_add(REC_RECORDS, &element);
        struct block b = {.size = 1, .record = recording_record_handle(element)};
        assert_ptr_equal(recording_record(b.record), element);
        uint32_t chain = growth_begin(&thread, &b, 0, 0);
        assert_int_equal(recording_chain(chain)->record, index);
        growth_end(&thread, &record, chain);
    }
}

/* 4 -> 8 -> 16 -> 32 -> 24: a vector that doubles, moving each other time, and is shrunk. */
static void a_chain_is_folded_into_its_row(void **state)
{
    (void)state;
    uint32_t index = begin(4);

    step(index, 8, true); /* copies 4 */
    step(index, 16, false);
    step(index, 32, true); /* copies 16 */
    step(index, 24, true); /* copies 24 */
    growth_end(&thread, &record, index);
    const struct rec_growth *g = row();
    assert_int_equal(g->chains, 1);
    assert_int_equal(g->steps, 3);
    assert_int_equal(g->shrink_steps, 1);
    assert_int_equal(g->moved, 3);
    assert_int_equal(g->bytes_copied, 44);
    assert_int_equal(g->first_bytes, 4);
    assert_int_equal(g->final_bytes, 24);
    assert_int_equal(g->peak_bytes, 32);
    assert_int_equal(g->final_max, 32);
    assert_int_equal(g->equal_steps, 0);
    assert_int_equal(counts_of(&g->steps_hist, 3), 1);
    assert_int_equal(counts_of(&g->first_hist, 2), 1);
    assert_int_equal(counts_of(&g->final_hist, 5), 1);
    assert_int_equal(recording_chain(index)->live, 0);
}

static void chains_of_a_record_add_up(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 3; i++) {
        uint32_t index = begin(10);
        for (uint64_t s = 0; s <= i; s++)
            step(index, 20 + 10 * s, false);
        growth_end(&thread, &record, index);
    }
    const struct rec_growth *g = row();
    assert_int_equal(g->chains, 3);
    assert_int_equal(g->steps, 1 + 2 + 3);
    assert_int_equal(g->first_bytes, 30);
    assert_int_equal(g->final_bytes, 20 + 30 + 40);
    assert_int_equal(g->final_max, 40);
    assert_int_equal(counts_of(&g->steps_hist, 1) + counts_of(&g->steps_hist, 2) +
                         counts_of(&g->steps_hist, 3),
                     3);
    assert_int_equal(counts_of(&g->first_hist, 3), 3);
    assert_int_equal(counts_of(&g->final_hist, 4), 2); /* 20, 30 */
    assert_int_equal(counts_of(&g->final_hist, 5), 1); /* 40 */
}

/* By 10, 10, 10, 20, 20: the second, third and fifth are like the one before. A shrinking step
 * in between changes nothing. */
static void equal_steps_are_those_like_the_one_before(void **state)
{
    (void)state;
    uint32_t index = begin(10);

    step(index, 20, false);
    step(index, 30, false);
    step(index, 25, false);
    step(index, 35, false);
    step(index, 55, false);
    step(index, 75, false);
    growth_end(&thread, &record, index);
    assert_int_equal(row()->steps, 5);
    assert_int_equal(row()->equal_steps, 3);
}

static void a_step_to_the_same_size_is_no_growth(void **state)
{
    (void)state;
    uint32_t index = begin(10);

    step(index, 10, false); /* by 0, as last_step_bytes is at first */
    step(index, 20, false);
    growth_end(&thread, &record, index);
    assert_int_equal(row()->steps, 1);
    assert_int_equal(row()->shrink_steps, 0);
    assert_int_equal(row()->equal_steps, 0);
}

static void many_steps_share_the_last_bucket(void **state)
{
    (void)state;
    for (int n = 30; n < 34; n++) {
        uint32_t index = begin(1);
        for (int i = 0; i < n; i++)
            step(index, 2 + (uint64_t)i, false);
        growth_end(&thread, &record, index);
    }
    assert_int_equal(counts_of(&row()->steps_hist, 30), 1);
    assert_int_equal(counts_of(&row()->steps_hist, 31), 3);
}

/* Blocks above 4 GiB have a chain for their size alone. */
static void a_chain_without_steps_leaves_no_row(void **state)
{
    (void)state;
    uint32_t index = begin((uint64_t)5 << 32);

    assert_int_equal(recording_chain(index)->size, (uint64_t)5 << 32);
    growth_end(&thread, &record, index);
    assert_int_equal(record.growth, 0);
    assert_int_equal(recording_chain(index)->live, 0);
}

static void ended_chains_are_used_again_latest_first(void **state)
{
    (void)state;
    uint32_t a = begin(1), b = begin(2), c = begin(3);
    uint32_t unused = thread.chain_rows.next;

    step(b, 9, true);
    growth_end(&thread, &record, a);
    growth_end(&thread, &record, b);
    assert_int_equal(begin(4), b);
    const struct rec_chain *again = recording_chain(b);
    assert_int_equal(again->live, 1);
    assert_int_equal(again->first_bytes, 4);
    assert_int_equal(again->steps + again->moved + again->bytes_copied, 0);
    assert_int_equal(begin(5), a);
    assert_int_equal(thread.chain_rows.next, unused);
    uint32_t d = begin(6);
    assert_true(d != a && d != b && d != c);
    assert_int_equal(thread.chain_rows.next, unused + 1);
}

static void a_thread_keeps_what_it_ends(void **state)
{
    (void)state;
    struct thread other = {.counts = &counts};
    uint32_t a = begin(1);

    growth_end(&other, &record, a); /* freed by another thread */
    assert_int_not_equal(begin(1), a);
    struct block b = {.size = 1, .record = 12};
    assert_int_equal(growth_begin(&other, &b, 0, 0), a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_chain_begins_with_its_block, reset),
        cmocka_unit_test_setup(a_chain_names_its_birth_record_by_index, reset),
        cmocka_unit_test_setup(a_chain_is_folded_into_its_row, reset),
        cmocka_unit_test_setup(chains_of_a_record_add_up, reset),
        cmocka_unit_test_setup(equal_steps_are_those_like_the_one_before, reset),
        cmocka_unit_test_setup(a_step_to_the_same_size_is_no_growth, reset),
        cmocka_unit_test_setup(many_steps_share_the_last_bucket, reset),
        cmocka_unit_test_setup(a_chain_without_steps_leaves_no_row, reset),
        cmocka_unit_test_setup(ended_chains_are_used_again_latest_first, reset),
        cmocka_unit_test_setup(a_thread_keeps_what_it_ends, reset),
    };

    open_recording();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
