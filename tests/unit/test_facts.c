// sources: tests/unit/profile_builder.c tests/unit/rust_stacks.c
// libs: analyzer
//
// What stacks tell: by which of std's functions a block is asked for, of what type it is, whose
// line it is, and where it ends. The stacks are those of rust_stacks.h; whether rustc makes others
// in other versions and builds is tested end to end.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/profile_builder.h"

static struct profile_builder *b;

static int set_up(void **state)
{
    (void)state;
    b = test_malloc(sizeof(*b));
    pb_init(b);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pb_free(b);
    test_free(b);
    return 0;
}

/* The facts of one point that `hook` made through these frames. */
static const struct facts *facts_of(const char *hook, const struct stack_frame *via)
{
    uint32_t point = pb_point(b, hook, via, "app::site", 12);
    pb_births(b, point, 1, 32);
    return &pb_evidence(b)->facts[point];
}

/* ---- mechanisms ---- */

static void each_way_to_allocate_is_told(void **state)
{
    static const struct {
        const char *hook;
        const struct stack_frame *via;
        uint64_t leaf; /* exactly */
        const char *container, *element;
    } expected[] = {
        {"malloc", stack_push, FACT_GROW, "Vec", "u64"},
        {"malloc", stack_extend, FACT_GROW | FACT_EXTEND, "Vec", "u32"},
        {"malloc", stack_extend_iter, FACT_GROW | FACT_EXTEND | FACT_ITER_ADAPTER, "Vec", "u32"},
        {"malloc", stack_push_str, FACT_GROW | FACT_EXTEND, "String", "u8"},
        {"malloc", stack_reserve_exact, FACT_GROW | FACT_RESERVE_EXACT, "Vec", "u32"},
        {"malloc", stack_with_capacity, FACT_WITH_CAPACITY, "Vec", "u32"},
        {"malloc", stack_string_with_capacity, FACT_WITH_CAPACITY, "String", "u8"},
        {"malloc", stack_vec_n, FACT_WITH_CAPACITY | FACT_FILL, "Vec", "u32"},
        {"calloc", stack_zeroed, FACT_WITH_CAPACITY | FACT_FILL | FACT_ZEROED, "Vec", "u8"},
        {"malloc", stack_vec_literal, FACT_VEC_LITERAL, "Box", "[u32; 2]"},
        {"malloc", stack_collect, FACT_COLLECT, "Vec", "u64"},
        {"malloc", stack_collect_filter, FACT_COLLECT | FACT_ITER_ADAPTER, "Vec", "u64"},
        {"malloc", stack_collect_result, FACT_COLLECT | FACT_TRY_COLLECT, "Vec", "u64"},
        {"malloc", stack_hash_insert, FACT_HASH | FACT_HASH_GROW | FACT_MAP_ENTRY | FACT_MAP_INSERT,
         "HashMap", ""},
        {"malloc", stack_hash_capacity, FACT_HASH | FACT_HASH_CAPACITY, "HashMap", ""},
        {"malloc", stack_btree_insert, FACT_BTREE | FACT_MAP_ENTRY | FACT_MAP_INSERT, "BTreeMap",
         ""},
        {"malloc", stack_linked_list, FACT_LINKED_LIST, "LinkedList", "u32"},
        {"malloc", stack_vec_deque, FACT_GROW | FACT_VEC_DEQUE, "VecDeque", "u32"},
        {"malloc", stack_format, FACT_GROW | FACT_EXTEND | FACT_FORMAT | FACT_FMT_WRITE, "String",
         "u8"},
        {"malloc", stack_str_to_string, FACT_TO_VEC | FACT_TO_OWNED | FACT_TO_STRING, "String",
         "u8"},
        {"malloc", stack_to_owned, FACT_TO_VEC | FACT_TO_OWNED, "String", "u8"},
        {"malloc", stack_to_vec, FACT_TO_VEC, "Vec", "u32"},
        {"malloc", stack_string_clone, FACT_CLONE | FACT_TO_VEC, "String", "u8"},
        {"malloc", stack_vec_clone, FACT_CLONE | FACT_TO_VEC, "Vec", "u64"},
        {"malloc", stack_box_new, FACT_BOX, "Box", "[u64; 4]"},
        {"malloc", stack_rc_new, FACT_RC, "Rc", "[u64; 4]"},
        {"malloc", stack_arc_new, FACT_ARC, "Arc", "[u64; 4]"},
        {"malloc", stack_lines, FACT_GROW | FACT_EXTEND | FACT_LINES, "String", "u8"},
        {"malloc", stack_path_join, FACT_TO_VEC | FACT_TO_OWNED | FACT_PATH_JOIN | FACT_PATH,
         "PathBuf", "u8"},
        {"malloc", stack_sort, FACT_SORT, "Vec", "u64"},
        {"malloc", stack_error_from_str,
         FACT_TO_VEC | FACT_TO_OWNED | FACT_TO_STRING | FACT_BOX | FACT_ERROR_BOX, NULL, NULL},
        {"posix_memalign", stack_over_aligned, FACT_GROW | FACT_OVER_ALIGNED, "Vec", "A"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        const struct facts *facts = facts_of(expected[i].hook, expected[i].via);
        for (int f = 0; f < FACT_COUNT; f++)
            if ((facts->leaf ^ expected[i].leaf) >> f & 1)
                fail_msg("case %zu: %s is %s", i, fact_keys[f],
                         facts->leaf >> f & 1 ? "there and not expected" : "missing");
        if (expected[i].container) {
            assert_string_equal(facts->types.container, expected[i].container);
            assert_string_equal(facts->types.element, expected[i].element);
        }
        pb_free(b);
        pb_init(b);
    }
}

static void symbols_alone_tell_what_is_not_inlined(void **state)
{
    static const struct {
        const struct stack_frame *via;
        uint64_t leaf;
    } expected[] = {
        {symbols_push, FACT_GROW},
        {symbols_push_str, FACT_GROW},
        {symbols_hash_insert, FACT_HASH | FACT_HASH_GROW},
        {symbols_format, FACT_GROW | FACT_FORMAT | FACT_FMT_WRITE},
        {symbols_collect_filter, FACT_COLLECT},
        {symbols_string_clone, FACT_CLONE},
        {symbols_sort, FACT_SORT},
        {symbols_path_join, FACT_PATH_JOIN | FACT_PATH},
        {symbols_lines, FACT_GROW},
        {symbols_btree_insert, FACT_BTREE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        const struct facts *facts = facts_of("malloc", expected[i].via);
        if ((facts->leaf & expected[i].leaf) != expected[i].leaf)
            fail_msg("case %zu: %#llx is missing of %#llx", i,
                     (unsigned long long)(expected[i].leaf & ~facts->leaf),
                     (unsigned long long)expected[i].leaf);
        pb_free(b);
        pb_init(b);
    }
}

static void maps_have_key_value_and_hasher(void **state)
{
    const struct facts *facts = facts_of("malloc", stack_hash_insert);
    (void)state;
    assert_string_equal(facts->types.key, "u64");
    assert_string_equal(facts->types.value, "u64");
    assert_string_equal(facts->types.hasher, "RandomState");
}

/* ---- whose line ---- */

/* Functions of different types that came out the same are one in the file: what a real frame of std
 * says of its T may be another's. */
static void the_type_is_that_of_inlined_frames(void **state)
{
    static const struct stack_frame via[] = {
        {OWNER_STD, "alloc::vec::Vec<T,A>::push", "push<*const app::Node, alloc::alloc::Global>",
         "/rustc/1.95.0/library/alloc/src/vec/mod.rs", 992, "alloc", true},
        {OWNER_STD, "alloc::vec::Vec<T,A>::extend_trusted",
         "extend_trusted<u64, alloc::alloc::Global>", "/rustc/1.95.0/library/alloc/src/vec/mod.rs",
         1188, "alloc", false},
        {0},
    };
    (void)state;
    assert_string_equal(facts_of("malloc", via)->types.element, "*const Node");
}

static void a_user_allocator_is_passed_over(void **state)
{
    static const struct stack_frame via[] = {
        {OWNER_USER, "<app::Counting as core::alloc::global::GlobalAlloc>::alloc", "alloc",
         "/home/me/app/src/main.rs", 5, "app", false},
        {OWNER_RT, "__rustc::__rust_alloc", "", "", 0, "", false},
        {OWNER_STD, "alloc::boxed::Box<T>::new", "new<u64>",
         "/rustc/1.95.0/library/alloc/src/boxed.rs", 1, "alloc", true},
        {0},
    };
    const struct facts *facts = facts_of("malloc", via);
    const struct profile *profile = pb_evidence(b)->profile;
    (void)state;
    assert_string_equal(profile->frames[profile->points[0].stack[facts->user.at]].function,
                        "app::site");
    assert_true((facts->leaf & FACT_GLOBAL_ALLOC) && (facts->leaf & FACT_BOX));
}

static void the_start_of_main_is_no_allocator(void **state)
{
    static const struct stack_frame start = {
        OWNER_RT, "__rust_begin_short_backtrace", "", "", 0, "std", false};
    uint32_t frames[] = {pb_user_frame(b, "app::main", 1), pb_frame(b, &start)};
    (void)state;
    pb_births(b, pb_point_of(b, "malloc", frames, 2), 1, 8);
    assert_int_equal(pb_evidence(b)->facts[0].user.at, 1);
}

static void a_derived_clone_is_its_callers(void **state)
{
    const struct stack_frame derived = {OWNER_USER, "<app::Item as core::clone::Clone>::clone",
                                        "clone",    "/home/me/app/src/main.rs",
                                        3,          "app",
                                        true};
    uint32_t frames[PB_STACK], n = 0;
    (void)state;
    for (const struct stack_frame *f = stack_string_clone; f->function; f++)
        frames[n++] = pb_frame(b, f);
    frames[n++] = pb_frame(b, &derived);
    frames[n++] = pb_user_frame(b, "app::site", 12);
    pb_births(b, pb_point_of(b, "malloc", frames, n), 1, 8);
    const struct facts *facts = &pb_evidence(b)->facts[0];
    assert_int_equal(facts->user.at, n); /* the hook stands before */
    assert_true(facts->leaf & FACT_CLONE);
}

static void text_written_for_another_is_the_formatters(void **state)
{
    const struct stack_frame display = {OWNER_USER, "<app::Id as core::fmt::Display>::fmt",
                                        "fmt",      "/home/me/app/src/main.rs",
                                        3,          "app",
                                        false};
    uint32_t frames[PB_STACK], n = 0, k = 0;
    (void)state;
    while (strcmp(stack_format[k].function, "core::fmt::write") != 0)
        frames[n++] = pb_frame(b, &stack_format[k++]);
    frames[n++] = pb_frame(b, &stack_format[k]); /* write! of the Display impl */
    frames[n++] = pb_frame(b, &display);
    for (; stack_format[k].function; k++)
        frames[n++] = pb_frame(b, &stack_format[k]);
    frames[n++] = pb_user_frame(b, "app::site", 12);
    pb_births(b, pb_point_of(b, "malloc", frames, n), 1, 8);
    const struct facts *facts = &pb_evidence(b)->facts[0];
    assert_int_equal(facts->user.at, n);
    assert_true(facts->leaf & FACT_FORMAT);
}

static void code_of_a_dependency_ends_the_leaf(void **state)
{
    const struct stack_frame dep = {OWNER_DEP, "serde_json::de::from_str",
                                    "",        "/registry/src/x/serde_json-1.0.0/src/de.rs",
                                    9,         "serde_json",
                                    false};
    uint32_t frames[PB_STACK], n = 0;
    (void)state;
    for (const struct stack_frame *f = stack_push; f->function; f++)
        frames[n++] = pb_frame(b, f);
    frames[n++] = pb_frame(b, &dep);
    for (const struct stack_frame *f = stack_collect; f->function; f++)
        if (strstr(f->function, "FromIterator")) /* what calls it, no allocator */
            frames[n++] = pb_frame(b, f);
    frames[n++] = pb_user_frame(b, "app::site", 12);
    pb_births(b, pb_point_of(b, "malloc", frames, n), 1, 8);
    const struct facts *facts = &pb_evidence(b)->facts[0];
    assert_true((facts->leaf & FACT_GROW) && !(facts->leaf & FACT_COLLECT));
    assert_true(facts->inside & FACT_COLLECT);
    assert_true(pb_evidence(b)->dependency[0] != PROFILE_NONE);
}

static void a_tail_call_is_named_by_its_closure(void **state)
{
    static const struct stack_frame via[] = {
        {OWNER_STD,
         "<alloc::vec::Vec<T> as core::iter::traits::collect::FromIterator<T>>::from_iter",
         "from_iter<u64, core::iter::adapters::map::Map<core::ops::range::Range<u64>, "
         "app::{impl#2}::squares::{closure_env#0}>>",
         "/rustc/1.95.0/library/alloc/src/vec/mod.rs", 1, "alloc", false},
        {0},
    };
    const struct facts *facts = facts_of("malloc", via);
    (void)state;
    assert_true(facts->tail_called);
    assert_string_equal(facts->closure, "app::squares");
}

static void the_closure_of_a_frame_that_is_there_is_no_tail_call(void **state)
{
    (void)state;
    /* stack_collect's closure is app::site's */
    assert_false(facts_of("malloc", stack_collect)->tail_called);
}

static void stacks_of_std_alone_are_before_main(void **state)
{
    static const struct stack_frame start = {
        OWNER_RT, "std::rt::lang_start_internal", "", "", 0, "std", false};
    uint32_t frame = pb_frame(b, &start);
    (void)state;
    pb_births(b, pb_point_of(b, "malloc", &frame, 1), 1, 8);
    assert_true(pb_evidence(b)->facts[0].leaf & FACT_BEFORE_MAIN);
}

/* ---- types ---- */

static void sizes_of_types_by_name(void **state)
{
    static const struct {
        const char *type;
        uint64_t bytes;
    } expected[] = {
        {"u8", 1},
        {"u64", 8},
        {"char", 4},
        {"&str", 16},
        {"&u8", 8},
        {"&[u8]", 16},
        {"&[u8; 4]", 8},
        {"[u32; 3]", 12},
        {"(u8, u32)", 8},
        {"(u8, u64, u8)", 16},
        {"(u64, u64)", 16},
        {"alloc::string::String", 24},
        {"Vec<u8>", 24},
        {"(alloc::string::String, u32)", 32},
        {"alloc::boxed::Box<dyn core::error::Error, alloc::alloc::Global>", 16},
        {"app::Item", 0},
        {"(u8, app::Item)", 0},
        {"(", 0},
        {"[u8", 0},
        {"", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
        if (facts_type_bytes(expected[i].type) != expected[i].bytes)
            fail_msg("%s: %llu", expected[i].type,
                     (unsigned long long)facts_type_bytes(expected[i].type));
}

static void short_types_lose_paths_and_allocators(void **state)
{
    struct arena arena = {0};
    (void)state;
    assert_string_equal(facts_short_type(&arena, "alloc::vec::Vec<u8, alloc::alloc::Global>"),
                        "Vec<u8>");
    assert_string_equal(facts_short_type(&arena, "(alloc::string::String, &[app::model::Item])"),
                        "(String, &[Item])");
    assert_string_equal(facts_short_type(&arena, ""), "");
    arena_free(&arena);
}

/* ---- ends ---- */

static const struct fact_ends *ends_at(enum pb_place place)
{
    uint32_t point = pb_point(b, "malloc", stack_box_new, "app::site", 12);
    pb_births(b, point, 100, 32);
    pb_freed_at(b, point, 10, place, "alloc::vec::Vec<u64, alloc::alloc::Global>");
    return &pb_evidence(b)->facts[point].ends;
}

static void a_free_in_the_same_function(void **state)
{
    const struct fact_ends *ends = ends_at(PB_SAME_FUNCTION);
    (void)state;
    assert_int_equal(ends->samples, 10);
    assert_int_equal(ends->same_function, 10);
    assert_int_equal(ends->caller, 0);
    assert_string_equal(ends->dropped, "Vec<u64>");
}

static void a_free_in_the_caller(void **state)
{
    const struct fact_ends *ends = ends_at(PB_CALLER);
    (void)state;
    assert_int_equal(ends->same_function, 0);
    assert_int_equal(ends->caller, 10);
}

/* Who gets the block back is the function that called the one that jumped. */
static void who_left_by_a_jump_is_no_caller(void **state)
{
    (void)state;
    for (uint64_t jumped = 0; jumped <= 1; jumped++) {
        uint32_t outer[] = {pb_user_frame(b, "app::passes_on", 20),
                            pb_user_frame(b, "app::main", 100)};
        uint32_t point = pb_point_in(b, "malloc", stack_box_new, "app::site", 12, outer, 2),
                 left = 0;
        b->frames[outer[0]].jumped = jumped;
        pb_births(b, point, 100, 32);
        pb_freed_at(b, point, 10, PB_CALLER, "alloc::boxed::Box<u64>");
        struct profile_link *link = &b->links[0];
        for (uint32_t i = 0; i < link->to_depth; i++) /* freed by main, one further out */
            if (strcmp(b->frames[b->link_stacks[0][i]].function, "app::passes_on") != 0)
                b->link_stacks[0][left++] = b->link_stacks[0][i];
        assert_int_equal(left + 1, link->to_depth);
        link->to_depth = left;
        assert_int_equal(pb_evidence(b)->facts[point].ends.caller, jumped ? 10 : 0);
        pb_free(b);
        pb_init(b);
    }
}

static void a_free_with_the_container(void **state)
{
    static const struct {
        enum pb_place place;
        uint64_t in_container, in_other_type, in_struct;
    } expected[] = {{PB_SAME_FUNCTION, 0, 0, 0}, {PB_IN_VEC, 10, 0, 0}, {PB_IN_VALUE, 10, 10, 10}};
    (void)state;
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        const struct fact_ends *ends = ends_at(expected[i].place);
        assert_int_equal(ends->same_function, 10);
        assert_int_equal(ends->in_container, expected[i].in_container);
        assert_int_equal(ends->in_other_type, expected[i].in_other_type);
        assert_int_equal(ends->in_struct, expected[i].in_struct);
        assert_int_equal(ends->in_own_type, 0);
        pb_free(b);
        pb_init(b);
    }
}

/* Box<Expr> in an Expr; what only sounds like it is another type. */
static void a_box_of_its_owners_type(void **state)
{
    static const struct {
        const char *dropped;
        uint64_t in_own_type;
    } expected[] = {{"alloc::boxed::Box<serde_json::value::Value, alloc::alloc::Global>", 10},
                    {"alloc::rc::Rc<core::cell::RefCell<serde_json::value::Value>>", 10},
                    {"alloc::boxed::Box<serde_json::value::ValueKind, alloc::alloc::Global>", 0},
                    {"alloc::boxed::Box<my::serde_json::value::Value, alloc::alloc::Global>", 0},
                    {"serde_json::value::Value", 0}};
    (void)state;
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        uint32_t point = pb_point(b, "malloc", stack_box_new, "app::site", 12);
        pb_births(b, point, 100, 32);
        pb_freed_at(b, point, 10, PB_IN_VALUE, expected[i].dropped);
        assert_int_equal(pb_evidence(b)->facts[point].ends.in_own_type, expected[i].in_own_type);
        pb_free(b);
        pb_init(b);
    }
}

static void an_array_is_no_container(void **state)
{
    uint32_t point = pb_point(b, "malloc", stack_box_new, "app::site", 12);
    (void)state;
    pb_births(b, point, 100, 32);
    pb_freed_at(b, point, 10, PB_SAME_FUNCTION, "[alloc::string::String; 3]");
    pb_freed_at(b, point, 5, PB_SAME_FUNCTION, "[alloc::string::String]");
    assert_int_equal(pb_evidence(b)->facts[point].ends.in_container, 5);
}

static void a_free_far_away(void **state)
{
    const struct fact_ends *ends = ends_at(PB_FAR);
    (void)state;
    assert_int_equal(ends->samples, 10);
    assert_int_equal(ends->same_function + ends->caller + ends->other_thread, 0);
}

static void a_free_in_another_thread(void **state)
{
    const struct fact_ends *ends = ends_at(PB_OTHER_THREAD);
    (void)state;
    assert_int_equal(ends->other_thread, 10);
    assert_int_equal(ends->same_function + ends->caller, 0);
}

static void a_free_inside_a_map_entry(void **state)
{
    const struct fact_ends *ends = ends_at(PB_IN_ENTRY);
    (void)state;
    assert_int_equal(ends->in_map_entry, 10);
    assert_int_equal(ends->in_growth, 0);
    assert_int_equal(ends->same_function, 10);
}

static void a_table_freed_while_growing_is_no_dropped_key(void **state)
{
    const struct fact_ends *ends = ends_at(PB_IN_GROWTH);
    (void)state;
    assert_int_equal(ends->in_growth, 10);
    assert_int_equal(ends->in_map_entry, 0);
}

static void no_samples_no_ends(void **state)
{
    const struct facts *facts = facts_of("malloc", stack_box_new);
    (void)state;
    assert_int_equal(facts->ends.samples, 0);
    assert_string_equal(facts->ends.dropped, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_way_to_allocate_is_told),
        TEST(symbols_alone_tell_what_is_not_inlined),
        TEST(maps_have_key_value_and_hasher),
        TEST(the_type_is_that_of_inlined_frames),
        TEST(a_user_allocator_is_passed_over),
        TEST(the_start_of_main_is_no_allocator),
        TEST(a_derived_clone_is_its_callers),
        TEST(text_written_for_another_is_the_formatters),
        TEST(code_of_a_dependency_ends_the_leaf),
        TEST(a_tail_call_is_named_by_its_closure),
        TEST(the_closure_of_a_frame_that_is_there_is_no_tail_call),
        TEST(stacks_of_std_alone_are_before_main),
        TEST(sizes_of_types_by_name),
        TEST(short_types_lose_paths_and_allocators),
        TEST(a_free_in_the_same_function),
        TEST(a_free_in_the_caller),
        TEST(a_free_with_the_container),
        TEST(a_box_of_its_owners_type),
        TEST(who_left_by_a_jump_is_no_caller),
        TEST(an_array_is_no_container),
        TEST(a_free_far_away),
        TEST(a_free_in_another_thread),
        TEST(a_free_inside_a_map_entry),
        TEST(a_table_freed_while_growing_is_no_dropped_key),
        TEST(no_samples_no_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
