// sources: tests/unit/profile_builder.c tests/unit/rust_stacks.c
// libs: analyzer
//
// The rules about containers that grow by copying, on made profiles: hash-growth, map-reuse,
// hasher, copy-growth; and the reckoning of hash tables under them. The constants of cost.c hold:
// 11 ns for an item moved, 13 and 33 for a pair of malloc and free.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "analyzer/rules/containers.h"
#include "analyzer/rules/tables.h"
#include "tests/unit/rule_checks.h"

/* ---- tables ---- */

/* Tables of (u64, u64) with 4, 8, 16, ... buckets: rounded pairs, a control byte each, 16 more. */
static const uint64_t table_bytes[] = {84, 152, 288, 560, 1104, 2192, 4368, 8720, 17424, 34832};

static void tables_hold_seven_eighths(void **state)
{
    (void)state;
    struct table t = tables_at(6, 16);
    assert_int_equal(t.bytes, 84);
    assert_int_equal(t.items, 3);
    t = tables_at(15, 16);
    assert_int_equal(t.bytes, 34832);
    assert_int_equal(t.items, 1792);
    t = tables_at(5, 4); /* u32: 36 and 56 bytes are both below 64 */
    assert_int_equal(t.bytes, 56);
    assert_int_equal(t.items, 7);
    assert_int_equal(tables_at(5, 0).items, 0);
    assert_int_equal(tables_at(3, 16).items, 0); /* none is so small */
    assert_int_equal(tables_at(63, UINT64_MAX).items, 0);
}

static void items_follow_from_the_sum_of_sizes(void **state)
{
    (void)state;
    /* two tables of 2,048 buckets, 1,792 items each */
    assert_true(fabs(tables_items(2, 2 * 34832, 16) - 2 * 1792) < 0.5);
    assert_true(tables_items(5, 10, 16) == 0); /* sizes that cannot be */
}

/* ---- hash-growth ---- */

/* n maps that grow step by step from 4 buckets. */
static uint32_t maps(const struct stack_frame *via, uint64_t n, uint32_t steps)
{
    uint32_t p = pb_point(b, "malloc", via, "app::index", 30);
    for (uint32_t i = 0; i <= steps; i++) {
        pb_births(b, p, n, table_bytes[i]);
        if (i)
            pb_handover(b, p, p, n, table_bytes[i - 1], table_bytes[i]);
    }
    pb_freed_all(b, p, 0);
    pb_freed_at(b, p, 10, PB_IN_GROWTH, NULL);
    pb_freed_at(b, p, 40, PB_SAME_FUNCTION, NULL);
    return p;
}

static void maps_that_grow_are_told_with_their_capacity(void **state)
{
    (void)state;
    maps(stack_hash_insert, 1000, 9);
    const struct finding *f = only(&rule_hash_growth);
    assert_told(f);
    assert_int_equal(f->location.line, 30);
    assert_int_equal(evidence_of(f, "maps"), 1000);
    assert_int_equal(evidence_of(f, "tables"), 10000);
    assert_int_equal(evidence_of(f, "steps"), 9000);
    /* 3 + 7 + 14 + 28 + ... + 896: each time the table was full */
    assert_int_equal(evidence_of(f, "items_moved"), 1000 * 1788);
    assert_non_null(strstr(f->what, "moved: 1,788,000 in all"));
    assert_int_equal(evidence_of(f, "capacity_p50"), 1792);
    assert_int_equal(evidence_of(f, "advised_capacity"), 1792);
    assert_non_null(strstr(f->what, "HashMap<u64, u64>"));
    assert_non_null(strstr(f->what, "897 to 1,792"));
    assert_non_null(strstr(f->code, "HashMap::with_capacity(1792)"));
    assert_int_equal(f->saving.calls, 18000);
    uint64_t moved = 1000 * 1788 * 11;
    assert_in_range(f->saving.ns, moved + 9000 * 13, moved + 9000 * 33);
    assert_int_equal(f->severity, FINDING_HIGH); /* 20 of 100 ms */
}

static void one_map_is_filled_once(void **state)
{
    (void)state;
    maps(stack_hash_insert, 1, 9);
    assert_quiet(&rule_hash_growth);
    again();
    maps(stack_hash_insert, 7, 7); /* 49 steps */
    assert_quiet(&rule_hash_growth);
    again();
    maps(stack_hash_insert, 10, 5); /* 50 */
    assert_int_equal(only(&rule_hash_growth)->severity, FINDING_LOW);
}

static void maps_of_the_right_capacity_are_quiet(void **state)
{
    (void)state;
    uint32_t p = pb_point(b, "malloc", stack_hash_capacity, "app::index", 30);
    pb_births(b, p, 100000, 34832);
    pb_freed_all(b, p, 0);
    assert_quiet(&rule_hash_growth);
    assert_quiet(&rule_map_reuse);
}

static void small_maps_that_never_grow_are_quiet(void **state)
{
    (void)state;
    maps(stack_hash_insert, 100000, 0); /* three items or less */
    assert_quiet(&rule_hash_growth);
    assert_quiet(&rule_map_reuse);
}

static void maps_of_many_sizes_are_told_by_nine_in_ten(void **state)
{
    (void)state;
    maps(stack_hash_insert, 1900, 2);
    uint32_t p = pb_point(b, "malloc", stack_hash_insert, "app::index", 30);
    for (uint32_t i = 0; i <= 9; i++) {
        pb_births(b, p, 100, table_bytes[i]);
        if (i)
            pb_handover(b, p, p, 100, table_bytes[i - 1], table_bytes[i]);
    }
    const struct finding *f = only(&rule_hash_growth);
    assert_int_equal(evidence_of(f, "maps"), 2000);
    assert_int_equal(evidence_of(f, "capacity_p50"), 14);
    assert_int_equal(evidence_of(f, "capacity_max"), 1792);
    assert_int_equal(evidence_of(f, "advised_capacity"), 14);
    assert_int_equal(f->confidence, FINDING_LIKELY);
}

/* Tables of `item` bytes for each item, of so many buckets. */
static uint64_t table_of(uint64_t item, uint64_t buckets)
{
    return (buckets * item + 15) / 16 * 16 + buckets + 16;
}

/* n more maps of the point, which grow from `first` buckets on, doubling them at each step. */
static void grow(uint32_t p, uint64_t n, uint64_t item, uint64_t first, uint32_t steps)
{
    for (uint32_t i = 0; i <= steps; i++) {
        pb_births(b, p, n, table_of(item, first << i));
        if (i)
            pb_handover(b, p, p, n, table_of(item, first << (i - 1)), table_of(item, first << i));
    }
}

static uint32_t table_point(const struct stack_frame *via)
{
    return pb_point(b, "malloc", via, "app::index", 30);
}

static struct tally tally_of(uint32_t point)
{
    struct tally t = {0};
    tally_points(&t, pb_evidence(b), &point, 1);
    return t;
}

static void ends_are_told_where_two_sizes_share_a_power_of_two(void **state)
{
    (void)state;
    uint32_t p = table_point(symbols_hash_insert);
    grow(p, 1000, 6, 4, 7); /* 16 and 32 buckets: 128 and 240 bytes */
    struct tally t = tally_of(p);
    struct table_ends ends = tables_ends(&t, 6);
    assert_true(ends.known);
    assert_int_equal(ends.least.items, 448);
    assert_int_equal(ends.half.items, 448);
    assert_int_equal(containers_of(&t).finals.count[11], 1000);
    assert_int_equal(containers_of(&t).finals.sum, 1000);
    again(); /* where maps end in that power of two, the bytes tell with which */
    p = table_point(symbols_hash_insert);
    grow(p, 300, 6, 4, 1);
    grow(p, 400, 6, 4, 2);
    grow(p, 250, 6, 4, 3);
    grow(p, 50, 6, 4, 4);
    t = tally_of(p);
    ends = tables_ends(&t, 6);
    assert_true(ends.known);
    assert_int_equal(ends.least.items, 7);
    assert_int_equal(ends.half.items, 14);
    assert_int_equal(ends.most.items, 28);
    assert_int_equal(ends.largest.items, 56);
    assert_true(containers_of(&t).finals.sum <= 1000);
    again(); /* the first two: 36 and 56 bytes */
    p = table_point(symbols_hash_insert);
    grow(p, 60, 4, 4, 0);
    grow(p, 50, 4, 4, 1);
    grow(p, 890, 4, 4, 4);
    t = tally_of(p);
    ends = tables_ends(&t, 4);
    assert_true(ends.known);
    assert_int_equal(ends.least.items, 3);
    assert_int_equal(ends.half.items, 56);
}

static void steps_over_a_size_leave_the_ends_unknown(void **state)
{
    (void)state;
    uint32_t p = table_point(stack_hash_insert);
    pb_births(b, p, 1000, table_of(16, 4));
    pb_births(b, p, 400, table_of(16, 64)); /* reserve(50) */
    pb_handover(b, p, p, 400, table_of(16, 4), table_of(16, 64));
    const struct finding *f = only(&rule_hash_growth);
    assert_told(f);
    assert_null(finding_evidence(f, "capacity_p50"));
    assert_int_equal(evidence_of(f, "capacity_max"), 56);
    /* 600 of 3 and 400 of 56 are 24.2 each; the smallest are taken for 3.5 */
    assert_non_null(strstr(f->what, "moved: about 1,400 in all"));
    assert_non_null(strstr(f->what, "about 25 items on average, 56 at most"));
    assert_int_equal(f->confidence, FINDING_LIKELY);
}

static void sizes_of_other_tables_tell_no_capacity(void **state)
{
    (void)state;
    uint32_t p = table_point(stack_hash_insert); /* (u64, u64) */
    grow(p, 1000, 6, 4, 7);
    const struct finding *f = only(&rule_hash_growth);
    assert_null(finding_evidence(f, "capacity_max"));
    assert_null(finding_evidence(f, "advised_capacity"));
    assert_null(strstr(f->what, "room for"));
    assert_non_null(strstr(f->code, "with_capacity(items.len())"));
}

/* Of maps that grow so, where names alone are known. */
static struct table_pair pair_of_maps(uint64_t item, uint64_t first, uint32_t steps)
{
    again();
    grow(table_point(symbols_hash_insert), 100, item, first, steps);
    struct case_of_line one = pb_case(b, &(struct case_filter){0});
    return tables_pair(&one);
}

static void sizes_of_tables_tell_how_large_an_item_is(void **state)
{
    (void)state;
    for (uint64_t item = 1; item <= 40; item++)
        for (uint64_t first = 4; first <= 8; first *= 2)
            for (uint32_t steps = first == 4 ? 2 : 1; steps <= 7; steps++) {
                struct table_pair pair = pair_of_maps(item, first, steps);
                /* of 1 byte: 36, 40, 48, 80 fit 3 bytes nearly as well as 36, 56, 80 */
                assert_true(pair.exact || (item == 1 && first == 4));
                assert_int_equal(pair.bytes, item);
            }
    /* 8 buckets of 15 or 16 bytes: 152 in either case */
    struct table_pair pair = pair_of_maps(15, 4, 1);
    assert_false(pair.exact);
    assert_int_equal(pair.bytes, 16);
    assert_int_equal(pair_of_maps(16, 16, 3).bytes, 0); /* 288: 16 buckets, or 32 of 8 bytes, ... */
}

static void items_are_as_large_as_the_largest_table_allows(void **state)
{
    (void)state;
    grow(table_point(symbols_hash_insert), 1200, 6, 4, 7); /* 52 bytes, as of items of 8 */
    const struct finding *f = only(&rule_hash_growth);
    assert_int_equal(evidence_of(f, "item_bytes"), 6);
    assert_int_equal(evidence_of(f, "advised_capacity"), 448);
    again();
    grow(table_point(symbols_hash_insert), 1200, 15, 4, 1);
    f = only(&rule_hash_growth);
    assert_int_equal(evidence_of(f, "item_bytes"), 0);
    assert_int_equal(evidence_of(f, "advised_capacity"), 7);
    again(); /* two maps of different items in one function */
    grow(table_point(symbols_hash_insert), 1000, 8, 4, 4);
    grow(table_point(symbols_hash_insert), 1000, 24, 4, 7);
    f = only(&rule_hash_growth);
    assert_int_equal(evidence_of(f, "item_bytes"), 0);
    assert_null(finding_evidence(f, "advised_capacity"));
}

static void a_text_freed_after_a_table_was_made_is_no_step(void **state)
{
    (void)state;
    uint32_t text = pb_point(b, "malloc", stack_format, "app::index", 28);
    uint32_t p = table_point(stack_hash_insert);
    pb_births(b, text, 100000, 8);
    grow(p, 100000, 16, 4, 0);
    pb_handover(b, text, p, 100000, 8, table_of(16, 4));
    assert_quiet(&rule_hash_growth);
    assert_quiet(&rule_map_reuse);
}

static void a_map_grown_from_a_capacity_counts_too(void **state)
{
    (void)state;
    uint32_t made = pb_point(b, "malloc", stack_hash_capacity, "app::index", 29);
    uint32_t p = pb_point(b, "malloc", stack_hash_insert, "app::index", 30);
    pb_births(b, made, 5000, 1104);
    pb_births(b, p, 5000, 2192);
    pb_handover(b, made, p, 5000, 1104, 2192);
    const struct finding *f = only(&rule_hash_growth);
    assert_int_equal(f->location.line, 30);
    assert_int_equal(evidence_of(f, "maps"), 5000);
    assert_int_equal(evidence_of(f, "steps"), 5000);
    assert_int_equal(evidence_of(f, "capacity_p50"), 112);
}

static void symbols_alone_tell_maps_that_grow(void **state)
{
    (void)state;
    maps(symbols_hash_insert, 1000, 9);
    const struct finding *f = only(&rule_hash_growth);
    assert_told(f);
    assert_int_equal(evidence_of(f, "steps"), 9000);
    assert_int_equal(f->severity, FINDING_HIGH);
}

#define REGISTRY "/home/u/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/"

/* hashbrown of the registry, with allocator-api2 between it and the allocator. */
static const struct stack_frame crate_hash_insert[] = {
    {OWNER_STD, "alloc", "", "/rustc/1.95.0/library/alloc/src/alloc.rs", 95, "alloc", true},
    {OWNER_DEP, "alloc_impl", "", REGISTRY "allocator-api2-0.2.21/src/stable/alloc/global.rs", 35,
     "allocator_api2", true},
    {OWNER_DEP, "allocate", "", REGISTRY "allocator-api2-0.2.21/src/stable/alloc/global.rs", 100,
     "allocator_api2", true},
    {OWNER_DEP, "hashbrown::raw::RawTableInner::fallible_with_capacity",
     "fallible_with_capacity<allocator_api2::stable::alloc::global::Global>",
     REGISTRY "hashbrown-0.15.5/src/raw/mod.rs", 1515, "hashbrown", false},
    {OWNER_DEP, "resize_inner<allocator_api2::stable::alloc::global::Global>", "",
     REGISTRY "hashbrown-0.15.5/src/raw/mod.rs", 2782, "hashbrown", true},
    {OWNER_DEP, "hashbrown::raw::RawTable<T,A>::reserve_rehash", "reserve_rehash<(u64, u64)>",
     REGISTRY "hashbrown-0.15.5/src/raw/mod.rs", 991, "hashbrown", false},
    {OWNER_DEP,
     "insert<u64, u64, foldhash::fast::RandomState, allocator_api2::stable::alloc::global::Global>",
     "", REGISTRY "hashbrown-0.15.5/src/map.rs", 1792, "hashbrown", true},
    {0},
};

static void maps_of_the_crate_hashbrown_are_told_too(void **state)
{
    (void)state;
    maps(crate_hash_insert, 1000, 9);
    const struct finding *f = only(&rule_hash_growth);
    assert_told(f);
    assert_int_equal(evidence_of(f, "steps"), 9000);
    assert_int_equal(evidence_of(f, "advised_capacity"), 1792);
    assert_non_null(strstr(f->code, "HashMap::with_capacity(1792)"));
    again();
    maps(crate_hash_insert, 1000, 9);
    assert_quiet(&rule_hasher); /* foldhash's RandomState is not std's */
}

static void a_hasher_that_does_not_show_is_said_to_be_assumed(void **state)
{
    (void)state;
    maps(symbols_hash_insert, 1000, 9);
    assert_non_null(strstr(only(&rule_hash_growth)->advice, "Which hasher it has does not show"));
    again();
    maps(stack_hash_insert, 1000, 9);
    assert_null(strstr(only(&rule_hash_growth)->advice, "does not show"));
}

/* ---- map-reuse, hasher ---- */

static void reuse_is_a_remark_beside_growth(void **state)
{
    (void)state;
    maps(stack_hash_insert, 1000, 9);
    const struct finding *f = only(&rule_map_reuse);
    assert_told(f);
    assert_int_equal(f->severity, FINDING_INFO);
    assert_int_equal(f->saving.ns, 0);
    /* and explained as one */
    assert_non_null(strstr(rule_map_reuse.explain.what, "only a remark (info)"));
    assert_non_null(strstr(rule_map_reuse.explain.what, "hash-growth"));
    again();
    maps(stack_hash_insert, 199, 9);
    assert_quiet(&rule_map_reuse);
}

static void maps_that_are_kept_are_not_to_be_reused(void **state)
{
    (void)state;
    uint32_t p = pb_point(b, "malloc", stack_hash_insert, "app::index", 30);
    pb_births(b, p, 1000, 84);
    pb_births(b, p, 1000, 152);
    pb_handover(b, p, p, 1000, 84, 152);
    pb_freed(b, p, 1000, 0); /* the first tables alone */
    pb_freed_at(b, p, 20, PB_IN_GROWTH, NULL);
    pb_live(b, p, 1000);
    assert_quiet(&rule_map_reuse);
}

/* n maps that grow four times and are kept, `most` of them at once, in a Vec of the caller's. */
static uint32_t kept_maps(uint64_t n, uint64_t most, enum pb_place dropped_at)
{
    uint32_t p = table_point(stack_hash_insert);
    grow(p, n, 16, 4, 4);
    pb_freed(b, p, 4 * n, 0);
    pb_freed(b, p, n, most);
    pb_live(b, p, most + 1); /* while the last one grows */
    pb_freed_at(b, p, 80, PB_IN_GROWTH, NULL);
    pb_freed_at(b, p, 20, dropped_at, NULL);
    return p;
}

#define KEPT_AND_CLEARED "one that is kept and cleared"

static void maps_that_are_kept_for_a_while_are_not_to_be_reused(void **state)
{
    (void)state;
    kept_maps(1200, 30, PB_CALLER); /* one in 40 maps, but one in 200 tables */
    assert_quiet(&rule_map_reuse);
    assert_null(strstr(only(&rule_hash_growth)->advice, KEPT_AND_CLEARED));
    again();
    kept_maps(1200, 1, PB_FAR);
    assert_quiet(&rule_map_reuse);
    assert_null(strstr(only(&rule_hash_growth)->advice, KEPT_AND_CLEARED));
    again();
    kept_maps(1200, 6, PB_IN_VEC);
    assert_quiet(&rule_map_reuse);
    again();
    kept_maps(1200, 1, PB_CALLER);
    assert_int_equal(evidence_of(only(&rule_map_reuse), "maps"), 1200);
    assert_non_null(strstr(only(&rule_hash_growth)->advice, KEPT_AND_CLEARED));
}

static void siphash_of_many_items_is_a_remark(void **state)
{
    (void)state;
    maps(stack_hash_insert, 1000, 9);
    const struct finding *f = only(&rule_hasher);
    assert_told(f);
    assert_int_equal(f->severity, FINDING_INFO);
    assert_non_null(strstr(f->code, "FxHashMap"));
    again();
    maps(stack_hash_insert, 100, 9); /* 900 steps, below 300,000 items */
    assert_quiet(&rule_hasher);
    again();
    maps(symbols_hash_insert, 1000, 9); /* the hasher is not known */
    assert_quiet(&rule_hasher);
}

/* ---- copy-growth ---- */

/* n buffers whose blocks double: 256, 512, ... bytes. */
static uint32_t copied(const char *hook, const struct stack_frame *via, uint64_t n, uint32_t steps)
{
    uint32_t p = pb_point(b, hook, via, "app::load", 40);
    for (uint32_t i = 0; i <= steps; i++) {
        pb_births(b, p, n, 256ull << i);
        if (i)
            pb_handover(b, p, p, n, 128ull << i, 256ull << i);
    }
    pb_freed_all(b, p, 0);
    return p;
}

static void elements_of_large_alignment_are_copied(void **state)
{
    (void)state;
    copied("posix_memalign", stack_over_aligned, 10000, 4);
    const struct finding *f = only(&rule_copy_growth);
    assert_told(f);
    assert_string_equal(f->variant, "over-aligned");
    assert_int_equal(evidence_of(f, "steps"), 40000);
    assert_int_equal(evidence_of(f, "containers"), 10000);
    assert_int_equal(evidence_of(f, "bytes_copied"), 10000 * (256 + 512 + 1024 + 2048));
    assert_non_null(strstr(f->code, "with_capacity(64)")); /* 4,096 bytes of 64 each */
    assert_int_equal(f->severity, FINDING_MEDIUM);
}

/* push, whose realloc is GlobalAlloc's default in a wrapper of the program's. */
static const struct stack_frame stack_default_realloc[] = {
    {OWNER_STD, "<std::alloc::System as core::alloc::global::GlobalAlloc>::alloc", "alloc",
     "/rustc/1.95.0/library/std/src/sys/alloc/unix.rs", 14, "std", true},
    {OWNER_USER, "<app::Counting as core::alloc::global::GlobalAlloc>::alloc", "alloc",
     "/home/me/app/src/alloc.rs", 7, "app", true},
    {OWNER_STD, "core::alloc::global::GlobalAlloc::realloc", "realloc<app::Counting>",
     "/rustc/1.95.0/library/core/src/alloc/global.rs", 292, "core", true},
    {OWNER_RT, "__rustc::__rust_realloc", "__rust_realloc", "/home/me/app/src/alloc.rs", 3, "app",
     true},
    {OWNER_STD, "alloc::alloc::realloc", "realloc", "/rustc/1.95.0/library/alloc/src/alloc.rs", 135,
     "alloc", true},
    {OWNER_STD, "alloc::raw_vec::RawVecInner<A>::finish_grow", "finish_grow<alloc::alloc::Global>",
     "/rustc/1.95.0/library/alloc/src/raw_vec/mod.rs", 555, "alloc", false},
    {OWNER_STD, "alloc::raw_vec::RawVecInner<A>::grow_amortized",
     "grow_amortized<alloc::alloc::Global>", "/rustc/1.95.0/library/alloc/src/raw_vec/mod.rs", 527,
     "alloc", false},
    {OWNER_STD, "alloc::raw_vec::RawVec<T,A>::grow_one", "grow_one<u64, alloc::alloc::Global>",
     "/rustc/1.95.0/library/alloc/src/raw_vec/mod.rs", 188, "alloc", false},
    {OWNER_STD, "alloc::vec::Vec<T,A>::push", "push<u64, alloc::alloc::Global>",
     "/rustc/1.95.0/library/alloc/src/vec/mod.rs", 992, "alloc", true},
    {0},
};

static void an_allocator_without_realloc_is_named(void **state)
{
    (void)state;
    copied("malloc", stack_default_realloc, 30000, 4);
    const struct finding *f = only(&rule_copy_growth);
    assert_told(f);
    assert_string_equal(f->variant, "global-alloc");
    assert_string_equal(f->location.function, "app::load"); /* not the allocator's */
    assert_non_null(strstr(f->advice, "alloc.rs:7"));
    assert_non_null(strstr(f->code, "fn realloc"));
    assert_int_equal(f->severity, FINDING_MEDIUM);
}

static void blocks_that_double_without_realloc_tell_an_inlined_allocator(void **state)
{
    (void)state;
    copied("malloc", symbols_push, 30000, 4);
    assert_string_equal(only(&rule_copy_growth)->variant, "global-alloc");
    again(); /* but not in a program that does realloc */
    copied("malloc", symbols_push, 30000, 4);
    uint32_t p = pb_point(b, "malloc", symbols_push, "app::other", 50);
    pb_births(b, p, 100, 32);
    pb_growth(b, p, 100, 3, 32);
    assert_quiet(&rule_copy_growth);
}

static void a_text_made_of_itself_is_told(void **state)
{
    (void)state;
    uint32_t p = pb_point(b, "malloc", stack_format, "app::list", 60);
    for (uint64_t i = 1; i <= 400; i++)
        pb_births(b, p, 100, 10 * i);
    pb_freed_all(b, p, 1);
    pb_growth(b, p, 40000, 1, 2000);
    pb_handover(b, p, p, 39900, 3990, 4010);
    const struct finding *f = only(&rule_copy_growth);
    assert_told(f);
    assert_string_equal(f->variant, "format");
    assert_int_equal(evidence_of(f, "steps"), 39900);
    assert_non_null(strstr(f->code, "write!"));
    assert_int_equal(f->confidence, FINDING_LIKELY);
}

static void texts_that_replace_each_other_are_longer_by_chance(void **state)
{
    (void)state;
    uint32_t p = pb_point(b, "malloc", stack_format, "app::list", 60);
    pb_births(b, p, 40000, 40);
    pb_freed_all(b, p, 1);
    pb_handover(b, p, p, 31999, 30, 40); /* just below four of five */
    assert_quiet(&rule_copy_growth);
    again();
    p = pb_point(b, "malloc", stack_format, "app::list", 60);
    pb_births(b, p, 40000, 40);
    pb_freed_all(b, p, 1);
    pb_handover(b, p, p, 32000, 30, 40);
    only(&rule_copy_growth);
}

static void hash_tables_and_vecs_that_realloc_are_not_copies(void **state)
{
    (void)state;
    maps(stack_hash_insert, 1000, 9);
    assert_quiet(&rule_copy_growth);
    again();
    uint32_t p = pb_point(b, "malloc", stack_push, "app::load", 40);
    pb_births(b, p, 100000, 32);
    pb_freed_all(b, p, 1);
    pb_growth(b, p, 100000, 5, 32);
    assert_quiet(&rule_copy_growth);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_hold_seven_eighths),
        cmocka_unit_test(items_follow_from_the_sum_of_sizes),
        RULE_TEST(maps_that_grow_are_told_with_their_capacity),
        RULE_TEST(one_map_is_filled_once),
        RULE_TEST(maps_of_the_right_capacity_are_quiet),
        RULE_TEST(small_maps_that_never_grow_are_quiet),
        RULE_TEST(maps_of_many_sizes_are_told_by_nine_in_ten),
        RULE_TEST(ends_are_told_where_two_sizes_share_a_power_of_two),
        RULE_TEST(steps_over_a_size_leave_the_ends_unknown),
        RULE_TEST(sizes_of_other_tables_tell_no_capacity),
        RULE_TEST(sizes_of_tables_tell_how_large_an_item_is),
        RULE_TEST(items_are_as_large_as_the_largest_table_allows),
        RULE_TEST(a_text_freed_after_a_table_was_made_is_no_step),
        RULE_TEST(a_map_grown_from_a_capacity_counts_too),
        RULE_TEST(symbols_alone_tell_maps_that_grow),
        RULE_TEST(maps_of_the_crate_hashbrown_are_told_too),
        RULE_TEST(a_hasher_that_does_not_show_is_said_to_be_assumed),
        RULE_TEST(reuse_is_a_remark_beside_growth),
        RULE_TEST(maps_that_are_kept_are_not_to_be_reused),
        RULE_TEST(maps_that_are_kept_for_a_while_are_not_to_be_reused),
        RULE_TEST(siphash_of_many_items_is_a_remark),
        RULE_TEST(elements_of_large_alignment_are_copied),
        RULE_TEST(an_allocator_without_realloc_is_named),
        RULE_TEST(blocks_that_double_without_realloc_tell_an_inlined_allocator),
        RULE_TEST(a_text_made_of_itself_is_told),
        RULE_TEST(texts_that_replace_each_other_are_longer_by_chance),
        RULE_TEST(hash_tables_and_vecs_that_realloc_are_not_copies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
