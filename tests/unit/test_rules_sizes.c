// sources: tests/unit/profile_builder.c tests/unit/rust_stacks.c
// libs: analyzer
//
// The rules about blocks of a size that costs, small, huge, or of nodes and buffers, on made
// profiles: many-small, huge-churn, node-churn, io-buffer.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/rule_checks.h"

/* ---- many-small ---- */

static uint32_t small(const struct stack_frame *via, uint64_t n, uint64_t bytes)
{
    uint32_t p = pb_point(b, "malloc", via, "app::rows", 40);
    pb_births(b, p, n, bytes);
    pb_live(b, p, n);
    pb_freed_all(b, p, 1000);
    return p;
}

static void many_small_vecs_are_told_with_their_n(void **state)
{
    (void)state;
    small(stack_push, 100000, 32); /* four u64 */
    const struct finding *f = only(&rule_many_small);
    assert_told(f);
    assert_int_equal(f->severity, FINDING_MEDIUM);
    assert_int_equal(evidence_of(f, "chunk_bytes"), 48);
    assert_int_equal(evidence_of(f, "elements"), 4);
    assert_non_null(strstr(f->code, "SmallVec<[u64; 4]>"));
    /* a chunk of 48 and a Vec of 24 against 8 and four elements */
    assert_int_equal(f->saving.peak_bytes, 100000 * (48 + 24 - 40));
}

/* Other allocators than the C library's have no header, and sizes in steps of 8. */
static void an_allocator_of_the_programs_own_wastes_less(void **state)
{
    (void)state;
    small(stack_push, 100000, 12);
    b->profile.program.allocator = "jemalloc";
    assert_int_equal(evidence_of(only(&rule_many_small), "chunk_bytes"), 16);
}

/* A Vec<String> that is copied: of its texts only the copy's types are known, Vec<String>'s. */
static const struct stack_frame stack_text_of_a_copy[] = {
    {OWNER_STD, "<[u8]>::to_vec_in::<alloc::alloc::Global>", "to_vec_in<u8, alloc::alloc::Global>",
     "/rustc/1.95.0/library/alloc/src/slice.rs", 400, "alloc", true},
    {OWNER_STD, "<alloc::vec::Vec<u8> as core::clone::Clone>::clone",
     "clone<u8, alloc::alloc::Global>", "/rustc/1.95.0/library/alloc/src/vec/mod.rs", 3749, "alloc",
     true},
    {OWNER_STD, "<alloc::string::String as core::clone::Clone>::clone", "clone",
     "/rustc/1.95.0/library/alloc/src/string.rs", 2352, "alloc", false},
    {OWNER_STD, "<alloc::string::String as <[_]>::to_vec_in::ConvertVec>::to_vec",
     "to_vec<alloc::string::String, alloc::alloc::Global>",
     "/rustc/1.95.0/library/alloc/src/slice.rs", 422, "alloc", true},
    {OWNER_STD, "<alloc::vec::Vec<alloc::string::String> as core::clone::Clone>::clone",
     "clone<alloc::string::String, alloc::alloc::Global>",
     "/rustc/1.95.0/library/alloc/src/vec/mod.rs", 3749, "alloc", false},
    {0},
};

static void what_lies_in_a_copied_vec_is_not_taken_for_vecs(void **state)
{
    (void)state;
    small(stack_text_of_a_copy, 200000, 16);
    const struct finding *f = only(&rule_many_small);
    assert_told(f);
    assert_string_equal(f->variant, "copies");
    assert_int_equal(f->severity, FINDING_LOW);
    assert_non_null(strstr(f->what, "200,000 blocks of copies made by"));
}

/* A struct's Clone copies its fields: one line, one copy. */
static void copies_that_are_kept_are_told_together(void **state)
{
    (void)state;
    small(stack_vec_clone, 100000, 32);
    small(stack_string_clone, 100000, 16);
    const struct finding *f = only(&rule_many_small);
    assert_told(f);
    assert_string_equal(f->variant, "copies");
    assert_int_equal(f->severity, FINDING_MEDIUM);
    assert_non_null(strstr(f->what, "200,000 blocks of copies made by"));
    assert_int_equal(f->saving.peak_bytes, 200000 * 32); /* of 24 B each: all goes */
    assert_non_null(strstr(f->advice, "move it"));
}

/* Made as a box of an array, whose type is not that of the elements. */
static void a_literals_elements_are_the_arrays(void **state)
{
    (void)state;
    small(stack_vec_literal, 200000, 8);
    const struct finding *f = only(&rule_many_small);
    assert_told(f);
    assert_int_equal(evidence_of(f, "elements"), 2);
    assert_non_null(strstr(f->code, "SmallVec<[u32; 2]>"));
    assert_non_null(strstr(f->code, "flat: Vec<u32>"));
}

/* The making names no type there; the drop does, unless it is one of bytes, which may be a text's.
 */
static void a_literal_without_a_type_is_known_by_its_drop(void **state)
{
    (void)state;
    uint32_t p = small(stack_vec_literal_163, 200000, 12);
    pb_freed_at(b, p, 60, PB_CALLER, "alloc::vec::Vec<u32, alloc::alloc::Global>");
    const struct finding *f = only(&rule_many_small);
    assert_int_equal(f->severity, FINDING_MEDIUM);
    assert_int_equal(evidence_of(f, "elements"), 3);
    assert_non_null(strstr(f->code, "SmallVec<[u32; 3]>"));
    again();
    p = small(stack_vec_literal_163, 200000, 12);
    pb_freed_at(b, p, 60, PB_CALLER, "alloc::vec::Vec<u8, alloc::alloc::Global>");
    assert_int_equal(only(&rule_many_small)->severity, FINDING_LOW);
    again();
    p = small(stack_vec_literal_163, 200000, 12);
    pb_freed_at(b, p, 60, PB_CALLER, "alloc::boxed::Box<app::Node, alloc::alloc::Global>");
    assert_int_equal(only(&rule_many_small)->severity, FINDING_LOW);
}

static void the_limits_of_many_and_of_small(void **state)
{
    (void)state;
    small(stack_push, 9999, 32);
    assert_quiet(&rule_many_small);
    again();
    small(stack_push, 10000, 72);
    assert_quiet(&rule_many_small);
    again();
    small(stack_push, 10000, 64);
    assert_int_equal(pb_judge(b, &rule_many_small)->count, 1);
}

/* `items.map(|x| vec![x; 4]).collect()`: the Vec of all Vecs is made at the same line. */
static void a_vec_and_what_is_in_it_are_told_apart(void **state)
{
    (void)state;
    small(stack_push, 20000, 32);
    small(stack_box_new, 5000, 8);
    uint32_t outer = pb_point(b, "malloc", stack_with_capacity, "app::rows", 40);
    pb_births(b, outer, 1, 480000);
    pb_live(b, outer, 1);
    const struct finding *f = only(&rule_many_small); /* 5,000 boxes are too few */
    assert_int_equal(evidence_of(f, "peak_blocks"), 20000);
    assert_int_equal(evidence_of(f, "mean_bytes"), 32);
    assert_int_equal(f->point_count, 1);
}

static void kept_texts_are_minor(void **state)
{
    (void)state;
    small(stack_str_to_string, 1000000, 20);
    const struct finding *f = only(&rule_many_small);
    assert_told(f);
    assert_string_equal(f->variant, "texts");
    assert_int_equal(f->severity, FINDING_LOW);
}

static void shared_values_are_minor(void **state)
{
    (void)state;
    small(stack_rc_new, 1000000, 40);
    const struct finding *f = only(&rule_many_small);
    assert_told(f);
    assert_int_equal(f->severity, FINDING_LOW);
}

/* Entries of a cache: some always go and others come. Trees that are built and dropped die
 * together. */
static void what_is_replaced_one_by_one_is_minor(void **state)
{
    static const struct {
        uint64_t births;
        uint64_t until, usual,
            dip; /* live until that period, how many, and how many in the fifth */
        enum finding_severity severity;
    } expected[] = {{200001, 9, 25000, 25000, FINDING_LOW},
                    {200000, 9, 25000, 25000, FINDING_MEDIUM},
                    {200001, 8, 25000, 25000, FINDING_MEDIUM},
                    {200001, 9, 24999, 24999, FINDING_MEDIUM},
                    {200001, 9, 90000, 24999, FINDING_MEDIUM}};
    (void)state;
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        uint64_t blocks[PROFILE_SERIES] = {0};
        again();
        uint32_t p = pb_point(b, "malloc", stack_push, "app::rows", 40);
        pb_births(b, p, expected[i].births, 32);
        pb_live(b, p, 100000);
        pb_freed_all(b, p, 1000);
        for (uint32_t k = 0; k < expected[i].until; k++)
            blocks[k] = k == 4 ? expected[i].dip : expected[i].usual;
        pb_series(b, p, blocks);
        assert_int_equal(only(&rule_many_small)->severity, expected[i].severity);
    }
}

/* What a struct is large tells its block, if it is an element of a Vec and not a tree's node. */
static void boxes_of_small_structs_in_a_vec_are_advice(void **state)
{
    static const struct stack_frame box_of_struct[] = {
        {OWNER_STD, "alloc::alloc::alloc", "alloc", "/rustc/1.95.0/library/alloc/src/alloc.rs", 95,
         "alloc", true},
        {OWNER_STD, "alloc::boxed::Box<T>::new", "new<app::Header>",
         "/rustc/1.95.0/library/alloc/src/boxed.rs", 286, "alloc", true},
        {0},
    };
    static const struct {
        uint64_t bytes;
        enum pb_place place;
        const char *dropped;
        enum finding_severity severity;
    } expected[] = {
        {16, PB_IN_VEC, "alloc::boxed::Box<app::Header>", FINDING_MEDIUM},
        {24, PB_IN_VEC, "alloc::boxed::Box<app::Header>", FINDING_LOW},
        {16, PB_CALLER, "alloc::boxed::Box<app::Header>", FINDING_LOW},
        {16, PB_IN_VALUE, "alloc::boxed::Box<app::Header>", FINDING_LOW},
        {16, PB_IN_VEC, "alloc::boxed::Box<app::T>", FINDING_MEDIUM},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        again();
        uint32_t p = small(box_of_struct, 200000, expected[i].bytes);
        pb_freed_at(b, p, 1000, expected[i].place, expected[i].dropped);
        assert_int_equal(only(&rule_many_small)->severity, expected[i].severity);
    }
}

static void a_queues_backlog_is_not_told(void **state)
{
    (void)state;
    uint32_t p = pb_point(b, "malloc", stack_push, "app::rows", 40);
    pb_births(b, p, 100000, 32);
    pb_live(b, p, 50000);
    pb_freed_elsewhere(b, p, 100000);
    assert_quiet(&rule_many_small);
}

static void nodes_and_tables_are_not_small_blocks(void **state)
{
    (void)state;
    small(stack_linked_list, 100000, 24);
    assert_quiet(&rule_many_small);
}

/* ---- huge-churn ---- */

static uint32_t huge(uint64_t n, uint64_t bytes)
{
    uint32_t p = pb_point(b, "malloc", stack_with_capacity, "app::frame", 50);
    pb_births(b, p, n, bytes);
    pb_live(b, p, 1);
    pb_freed_all(b, p, 5);
    return p;
}

static void huge_blocks_again_and_again_are_told(void **state)
{
    (void)state;
    huge(5, 40 << 20);
    const struct finding *f = only(&rule_huge_churn);
    assert_told(f);
    assert_int_equal(evidence_of(f, "spared_blocks"), 4);
    assert_int_equal(f->saving.ns, 4ull * (40 << 20) / 4096 * 1400);
    assert_int_equal(f->severity, FINDING_HIGH);
}

/* Of 10,240 pages each, as many as the run had page faults for: 8,000 of five blocks. */
static void pages_that_were_not_touched_are_not_reckoned(void **state)
{
    (void)state;
    huge(5, 40 << 20);
    b->profile.program.page_faults = 8000;
    const struct finding *f = only(&rule_huge_churn);
    assert_int_equal(evidence_of(f, "pages_each"), 10240);
    assert_int_equal(evidence_of(f, "touched_pages_each"), 1600);
    assert_int_equal(f->saving.ns, 4 * 1600 * 1400);
    assert_non_null(strstr(f->what, "of 10,240 pages 1,600 at most, about 2.2 ms."));
    assert_non_null(strstr(f->how, "the run had 8,000 page faults"));
    again();
    huge(5, 40 << 20);
    b->profile.program.page_faults = 90000; /* more than all of them */
    assert_int_equal(only(&rule_huge_churn)->saving.ns, 4 * 10240 * 1400);
}

/* 4 x 10,240 pages at 1.4 us are 57 ms. */
static void no_more_is_saved_than_the_run_took(void **state)
{
    (void)state;
    huge(5, 40 << 20);
    b->profile.program.cpu_ns = 30000000;
    const struct finding *f = only(&rule_huge_churn);
    assert_int_equal(f->saving.ns, 30000000);
    assert_true(f->saving.share == 1);
    assert_non_null(strstr(f->how, "= 57.3 ms; cut to 30 ms, the time of the whole run"));
}

/* The recorder's part is an estimate: what was timed may be more than that leaves. */
static void a_saving_is_not_cut_to_an_estimate(void **state)
{
    (void)state;
    huge(5, 40 << 20);
    b->profile.program.cpu_ns = 70000000;
    b->profile.program.recorder_ns = 40000000;
    const struct finding *f = only(&rule_huge_churn);
    assert_int_equal(f->saving.ns, 4 * 10240 * 1400);
    assert_true(f->saving.share == 1);
    assert_non_null(strstr(f->how, "100 % of 30 ms, the CPU time of the run without"));
}

/* How many mappings it keeps is not known. */
static void of_an_allocator_of_the_programs_own_they_are_not_told(void **state)
{
    (void)state;
    huge(5, 40 << 20);
    b->profile.program.allocator = "mimalloc";
    assert_quiet(&rule_huge_churn);
}

static void two_are_the_programs_data(void **state)
{
    (void)state;
    huge(2, 40 << 20);
    assert_quiet(&rule_huge_churn);
}

static void blocks_below_the_limit_are_not_huge(void **state)
{
    (void)state;
    huge(50, (32 << 20) - 1);
    assert_quiet(&rule_huge_churn);
}

static void huge_blocks_that_live_together_are_not_told(void **state)
{
    (void)state;
    uint32_t p = huge(5, 40 << 20);
    pb_live(b, p, 4);
    assert_quiet(&rule_huge_churn);
}

/* An unrolled loop has a stack for each round; each of them has one block live. */
static void an_unrolled_loop_is_one_line(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        uint32_t p = huge(1, 40 << 20);
        pb_get(b, p)->peak_blocks = i == 0;
        pb_get(b, p)->peak_bytes = i == 0 ? 40 << 20 : 0;
    }
    assert_int_equal(evidence_of(only(&rule_huge_churn), "spared_blocks"), 3);
}

static void what_grows_huge_counts_too(void **state)
{
    (void)state;
    uint32_t p = pb_point(b, "malloc", stack_push, "app::frame", 50);
    pb_births(b, p, 6, 32);
    pb_live(b, p, 1);
    pb_freed_all(b, p, 5);
    pb_growth(b, p, 6, 21, 32); /* 64 MiB each */
    pb_get(b, p)->peak_bytes = 64 << 20;
    const struct finding *f = only(&rule_huge_churn);
    assert_int_equal(evidence_of(f, "bytes_each"), 64 << 20);
    assert_int_equal(evidence_of(f, "spared_blocks"), 5);
}

/* ---- node-churn ---- */

static uint32_t nodes(const struct stack_frame *via, uint64_t n, uint64_t live)
{
    uint32_t p = pb_point(b, "malloc", via, "app::index", 60);
    pb_births(b, p, n, 192);
    pb_live(b, p, live);
    pb_freed_all(b, p, 50);
    return p;
}

static void lists_are_told(void **state)
{
    (void)state;
    nodes(stack_linked_list, 100000, 100000);
    const struct finding *f = only(&rule_node_churn);
    assert_told(f);
    assert_string_equal(f->variant, "linked-list");
    assert_int_equal(f->severity, FINDING_MEDIUM); /* 1.3 ms */
}

static void trees_that_come_and_go_are_a_question(void **state)
{
    (void)state;
    nodes(stack_btree_insert, 40000, 167);
    const struct finding *f = only(&rule_node_churn);
    assert_told(f);
    assert_string_equal(f->variant, "btree");
    assert_int_equal(f->confidence, FINDING_DOUBTFUL);
    assert_int_equal(f->severity, FINDING_MEDIUM);
    assert_int_equal(f->saving.ns, 40000 * 170);
}

static void one_tree_that_is_kept_is_not_told(void **state)
{
    (void)state;
    nodes(stack_btree_insert, 40000, 40000);
    assert_quiet(&rule_node_churn);
}

static void few_nodes_are_not_told(void **state)
{
    (void)state;
    nodes(stack_linked_list, 9999, 1);
    assert_quiet(&rule_node_churn);
}

static void a_tree_collected_at_once_is_what_is_advised(void **state)
{
    (void)state;
    static const struct stack_frame bulk[] = {
        {OWNER_STD, "alloc::collections::btree::node::NodeRef<..>::new_leaf", "new_leaf<u64, u64>",
         "/rustc/1.95.0/library/alloc/src/collections/btree/node.rs", 217, "alloc", true},
        {OWNER_STD, "alloc::collections::btree::append::<impl ..>::bulk_push",
         "bulk_push<u64, u64>", "/rustc/1.95.0/library/alloc/src/collections/btree/append.rs", 37,
         "alloc", false},
        {0},
    };
    nodes(bulk, 40000, 92);
    assert_quiet(&rule_node_churn);
}

/* The first node of each tree: new_leaf, not split off from another. */
static const struct stack_frame stack_first_leaf[] = {
    {OWNER_STD, "alloc::collections::btree::node::NodeRef<..>::new_leaf", "new_leaf<u64, u64>",
     "/rustc/1.95.0/library/alloc/src/collections/btree/node.rs", 217, "alloc", true},
    {OWNER_STD, "alloc::collections::btree::map::BTreeMap<..>::insert", "insert<u64, u64>",
     "/rustc/1.95.0/library/alloc/src/collections/btree/map.rs", 1014, "alloc", false},
    {0},
};

static void maps_of_one_node_are_as_cheap_as_a_vec(void **state)
{
    (void)state;
    nodes(stack_first_leaf, 1000000, 2);
    assert_quiet(&rule_node_churn);
}

/* ---- io-buffer ---- */

static uint32_t readers(uint64_t n, uint64_t live)
{
    uint32_t p = pb_point(b, "malloc", stack_buf_reader, "app::first_line", 70);
    pb_births(b, p, n, 8192);
    pb_live(b, p, live);
    pb_freed_all(b, p, 3);
    return p;
}

static void a_buffer_per_record_is_told(void **state)
{
    (void)state;
    readers(100000, 1);
    const struct finding *f = only(&rule_io_buffer);
    assert_told(f);
    assert_int_equal(f->severity, FINDING_MEDIUM);
    assert_int_equal(f->saving.ns, 100000 * 33);
}

static void a_buffer_per_file_is_minor(void **state)
{
    (void)state;
    readers(100, 1);
    assert_int_equal(only(&rule_io_buffer)->severity, FINDING_LOW);
    again();
    readers(99, 1);
    assert_quiet(&rule_io_buffer);
}

static void readers_that_are_all_open_are_not_told(void **state)
{
    (void)state;
    readers(1000, 600);
    assert_quiet(&rule_io_buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE_TEST(many_small_vecs_are_told_with_their_n),
        RULE_TEST(an_allocator_of_the_programs_own_wastes_less),
        RULE_TEST(boxes_of_small_structs_in_a_vec_are_advice),
        RULE_TEST(a_literal_without_a_type_is_known_by_its_drop),
        RULE_TEST(what_lies_in_a_copied_vec_is_not_taken_for_vecs),
        RULE_TEST(copies_that_are_kept_are_told_together),
        RULE_TEST(a_literals_elements_are_the_arrays),
        RULE_TEST(the_limits_of_many_and_of_small),
        RULE_TEST(a_vec_and_what_is_in_it_are_told_apart),
        RULE_TEST(kept_texts_are_minor),
        RULE_TEST(what_is_replaced_one_by_one_is_minor),
        RULE_TEST(shared_values_are_minor),
        RULE_TEST(a_queues_backlog_is_not_told),
        RULE_TEST(nodes_and_tables_are_not_small_blocks),
        RULE_TEST(huge_blocks_again_and_again_are_told),
        RULE_TEST(pages_that_were_not_touched_are_not_reckoned),
        RULE_TEST(no_more_is_saved_than_the_run_took),
        RULE_TEST(a_saving_is_not_cut_to_an_estimate),
        RULE_TEST(of_an_allocator_of_the_programs_own_they_are_not_told),
        RULE_TEST(two_are_the_programs_data),
        RULE_TEST(blocks_below_the_limit_are_not_huge),
        RULE_TEST(huge_blocks_that_live_together_are_not_told),
        RULE_TEST(an_unrolled_loop_is_one_line),
        RULE_TEST(what_grows_huge_counts_too),
        RULE_TEST(lists_are_told),
        RULE_TEST(trees_that_come_and_go_are_a_question),
        RULE_TEST(one_tree_that_is_kept_is_not_told),
        RULE_TEST(few_nodes_are_not_told),
        RULE_TEST(a_tree_collected_at_once_is_what_is_advised),
        RULE_TEST(maps_of_one_node_are_as_cheap_as_a_vec),
        RULE_TEST(a_buffer_per_record_is_told),
        RULE_TEST(a_buffer_per_file_is_minor),
        RULE_TEST(readers_that_are_all_open_are_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
