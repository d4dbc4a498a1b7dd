// sources: preload/blocks.c preload/memory.c
/* test_blocks.c - the table of live blocks gives back what was put, and nothing else.
 *
 * Addresses are numbers here: no block is touched. Not covered: a system without memory for a
 * region, and two threads that want the same region at once (test_hooks_threads.c). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "preload/blocks.h"
#include "preload/memory.h"

#define REGION ((uintptr_t)1 << BLOCKS_REGION_BITS)
#define RECORD_MAX ((1u << 26) - 1)

static const uintptr_t heap = 0x555555000000;

static void start(bool libc)
{
    assert_true(blocks_start(libc));
}

static struct block take(uintptr_t address)
{
    struct block_entry *e = blocks_entry(address, false);
    assert_non_null(e);
    struct block b = blocks_read(e);
    blocks_clear(e);
    assert_int_equal(e->first, 0);
    return b;
}

static void assert_round_trip(uintptr_t address, uint64_t size, uint32_t record, uint64_t units,
                              uint32_t clock)
{
    struct block_entry *e = blocks_entry(address, true);
    assert_non_null(e);
    blocks_put(e, address, size, record, units, clock);
    assert_int_equal(e->first & 1u << 5, blocks_half(address));
    struct block b = take(address);
    assert_int_equal(b.size, size);
    assert_int_equal(b.record, record);
    assert_int_equal(b.chain, 0);
    assert_int_equal(b.units, units & BLOCKS_UNITS_MASK);
    assert_int_equal(b.clock, clock);
}

static void every_field_comes_back(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {0, 1, 24, 0x80000000, BLOCKS_SIZE_MAX};
    static const uint32_t records[] = {1, 9, 0x2000000, RECORD_MAX};
    static const uint64_t units[] = {0, 1, 0x800000000, BLOCKS_UNITS_MASK};
    static const uint32_t clocks[] = {0, 1, 0x0fffffff, 0x10000000, 0xf0000000, UINT32_MAX};

    for (int libc = 0; libc < 2; libc++) {
        start(libc);
        for (int s = 0; s < 5; s++)
            for (int r = 0; r < 4; r++)
                for (int u = 0; u < 4; u++)
                    for (int c = 0; c < 6; c++)
                        for (uintptr_t at = heap; at < heap + 64; at += 16)
                            assert_round_trip(at, sizes[s], records[r], units[u], clocks[c]);
    }
}

static void the_birth_in_units_wraps_at_36_bits(void **state)
{
    (void)state;
    start(true);
    assert_round_trip(heap, 8, 9, (uint64_t)1 << 36, 0);
    assert_round_trip(heap, 8, 9, ((uint64_t)1 << 36) + 5, UINT32_MAX);
    assert_round_trip(heap, 8, 9, UINT64_MAX, 0);
    /* so a life across the wrap is still a difference */
    uint64_t birth = ((uint64_t)1 << 36) - 3, death = ((uint64_t)1 << 36) + 4;
    blocks_put(blocks_entry(heap, true), heap, 8, 9, birth, 0);
    assert_int_equal((death - take(heap).units) & BLOCKS_UNITS_MASK, 7);
}

static void a_chained_block_has_its_chain(void **state)
{
    (void)state;
    start(true);
    static const uint32_t chains[] = {1, 0x0fffffff, UINT32_MAX};
    static const uint64_t sizes[] = {1, BLOCKS_SIZE_MAX, BLOCKS_SIZE_MAX + 1, (uint64_t)1 << 40};

    for (int c = 0; c < 3; c++)
        for (int s = 0; s < 4; s++) {
            blocks_put_chained(blocks_entry(heap + 16, true), heap + 16, sizes[s], RECORD_MAX,
                               chains[c]);
            assert_int_equal(blocks_entry(heap + 16, false)->first & 1u << 5, 1u << 5);
            struct block b = take(heap + 16);
            assert_int_equal(b.chain, chains[c]);
            assert_int_equal(b.record, RECORD_MAX);
            if (sizes[s] <= BLOCKS_SIZE_MAX)
                assert_int_equal(b.size, sizes[s]);
            else
                assert_true(b.size > BLOCKS_SIZE_MAX); /* so the chain is asked */
        }
}

/* With the C library two blocks begin 32 bytes apart at least, with others 8. */
static void neighbours_do_not_meet(void **state)
{
    (void)state;
    for (int libc = 0; libc < 2; libc++) {
        uintptr_t step = libc ? 32 : 8;
        start(libc);
        for (uintptr_t first = heap; first < heap + 2 * REGION; first += REGION - 4 * step) {
            for (uint32_t i = 0; i < 64; i++)
                blocks_put(blocks_entry(first + i * step, true), first + i * step, i, i + 1, i, i);
            for (uint32_t i = 0; i < 64; i += 2) /* those between stay */
                take(first + i * step);
            for (uint32_t i = 0; i < 64; i++) {
                struct block b = blocks_read(blocks_entry(first + i * step, false));
                assert_int_equal(b.record, i % 2 ? i + 1 : 0);
                if (i % 2)
                    assert_int_equal(b.size, i);
            }
        }
    }
}

static void both_halves_of_a_granule_are_one_place(void **state)
{
    (void)state;
    start(true);
    assert_ptr_equal(blocks_entry(heap, true), blocks_entry(heap + 16, true));
    assert_ptr_not_equal(blocks_entry(heap, true), blocks_entry(heap + 32, true));
    assert_int_not_equal(blocks_half(heap), blocks_half(heap + 16));
    start(false);
    assert_ptr_not_equal(blocks_entry(heap, true), blocks_entry(heap + 8, true));
}

static void a_region_is_mapped_when_it_is_wanted(void **state)
{
    (void)state;
    start(true);
    uint64_t before = blocks_bytes();
    uintptr_t at = 0x7f0000000000;

    assert_null(blocks_entry(at, false));
    assert_int_equal(blocks_bytes(), before);
    assert_non_null(blocks_entry(at, true));
    uint64_t one = blocks_bytes() - before;
    assert_int_equal(one, REGION / 32 * sizeof(struct block_entry));
    assert_non_null(blocks_entry(at + REGION - 1, false));
    assert_null(blocks_entry(at + REGION, false));
    assert_null(blocks_entry(at - 1, false));
    assert_int_equal(blocks_read(blocks_entry(at, false)).record, 0);
    uintptr_t from = blocks_add_region(at); /* as for a thread that comes second */
    assert_true(from + (at >> 5) * sizeof(struct block_entry) ==
                (uintptr_t)blocks_entry(at, false));
    assert_int_equal(blocks_bytes() - before, one);
    start(false);
    before = blocks_bytes();
    assert_non_null(blocks_entry(at, true));
    assert_int_equal(blocks_bytes() - before, REGION / 8 * sizeof(struct block_entry));
}

static void addresses_that_no_program_has_have_no_place(void **state)
{
    (void)state;
    start(true);
    assert_null(blocks_entry((uintptr_t)1 << 47, true));
    assert_null(blocks_entry(UINTPTR_MAX, true));
    assert_non_null(blocks_entry(((uintptr_t)1 << 47) - 16, true));
    assert_non_null(blocks_entry(16, true));
}

/* Puts and takes in any order, against an array. */
static void a_long_history_is_kept(void **state)
{
    (void)state;
    enum { PLACES = 512 };
    static struct block model[PLACES];
    uint64_t random = 1;

    start(true);
    memset(model, 0, sizeof model);
    for (int i = 0; i < 200000; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        uint32_t place = (uint32_t)(random >> 33) % PLACES;
        uintptr_t at = heap + REGION - 128 + 32 * place + (random >> 60 & 1) * 16;
        struct block *m = &model[place];
        struct block_entry *e = blocks_entry(at, true);
        struct block b = blocks_read(e);
        assert_int_equal(b.record, m->record);
        if (m->record) {
            assert_int_equal(b.size, m->size);
            assert_int_equal(b.units, m->units);
            assert_int_equal(b.clock, m->clock);
            blocks_clear(e);
            m->record = 0;
        } else {
            *m = (struct block){.size = random >> 40,
                                .record = 1 + (uint32_t)(random >> 38) % RECORD_MAX,
                                .units = random >> 28 & BLOCKS_UNITS_MASK,
                                .clock = (uint32_t)(random >> 20)};
            blocks_put(e, at, m->size, m->record, m->units, m->clock);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_comes_back),
        cmocka_unit_test(the_birth_in_units_wraps_at_36_bits),
        cmocka_unit_test(a_chained_block_has_its_chain),
        cmocka_unit_test(neighbours_do_not_meet),
        cmocka_unit_test(both_halves_of_a_granule_are_one_place),
        cmocka_unit_test(a_region_is_mapped_when_it_is_wanted),
        cmocka_unit_test(addresses_that_no_program_has_have_no_place),
        cmocka_unit_test(a_long_history_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
