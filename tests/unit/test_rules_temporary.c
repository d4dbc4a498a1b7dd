// sources: tests/unit/profile_builder.c tests/unit/rust_stacks.c
// libs: analyzer
//
// The rules on blocks that die where they were born, on made profiles: each fires, stays quiet, and
// sits at its edge, and each block is told by one of them alone. The constants of cost.c hold:
// malloc and free of a small block are 13 ns, a realloc in place with std's code 13; the program
// ran 100 ms, so a finding is shown from 1 ms on.
//
// Not covered: that the frames of real programs look like these (tests/rules), and whether the
// savings are right (tests/savings).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "analyzer/rules/closure_type.h"
#include "tests/unit/rule_checks.h"

static const struct rule *const family[] = {
    &rule_key_temp,    &rule_parallel_temp, &rule_error_box,    &rule_lines,
    &rule_path_join,   &rule_format_temp,   &rule_clone,        &rule_string_temp,
    &rule_box_churn,   &rule_small_buffer,  &rule_buffer_reuse, &rule_needless_collect,
    &rule_sort_buffer,
};

/* n blocks that app::load makes at line 12 and drops itself, one after the other. */
static uint32_t temporaries(const struct stack_frame *via, uint64_t n, uint64_t bytes,
                            const char *dropped)
{
    uint32_t p = pb_point(b, "malloc", via, "app::load", 12);
    pb_births(b, p, n, bytes);
    pb_freed_all(b, p, 1);
    pb_freed_at(b, p, n / 64 + 1, PB_SAME_FUNCTION, dropped);
    return p;
}

/* The rule's one finding, well told; good until the next question. */
static const struct finding *told_by(const struct rule *rule)
{
    struct findings *found = pb_judge(b, rule);
    const struct finding *told = found->count == 1 ? found->list[0] : NULL;
    assert_int_equal(found->count, 1);
    assert_told(told);
    assert_string_equal(told->location.function, "app::load");
    assert_int_equal(told->location.line, 12);
    assert_true(told->code[0] && told->how[0]);
    return told;
}

static void assert_told_once(const struct rule *rule)
{
    for (size_t i = 0; i < sizeof(family) / sizeof(family[0]); i++)
        if (pb_judge(b, family[i])->count != (family[i] == rule))
            fail_msg("%s %s", family[i]->id, family[i] == rule ? "is quiet" : "tells it, too");
}

/* ---- each by its own rule alone ---- */

static void each_kind_is_told_by_one_rule(void **state)
{
    (void)state;
    static const struct {
        const struct stack_frame *via;
        const char *dropped;
        const struct rule *rule;
    } kinds[] = {
        {stack_format, "alloc::string::String", &rule_format_temp},
        {stack_int_to_string, "alloc::string::String", &rule_string_temp},
        {stack_str_to_string, "alloc::string::String", &rule_string_temp},
        {stack_to_owned, "alloc::string::String", &rule_string_temp},
        {stack_join, "alloc::string::String", &rule_string_temp},
        {stack_to_vec, "alloc::vec::Vec<u8, alloc::alloc::Global>", &rule_clone},
        {stack_string_clone, "alloc::string::String", &rule_clone},
        {stack_vec_clone, "alloc::vec::Vec<u64, alloc::alloc::Global>", &rule_clone},
        {stack_struct_clone, "alloc::string::String", &rule_clone},
        {stack_box_new, "alloc::boxed::Box<app::P, alloc::alloc::Global>", &rule_box_churn},
        {stack_rc_new, "alloc::rc::Rc<u64, alloc::alloc::Global>", &rule_box_churn},
        {stack_arc_new, "alloc::sync::Arc<u64, alloc::alloc::Global>", &rule_box_churn},
        {stack_lines, "alloc::string::String", &rule_lines},
        {stack_path_join, "std::path::PathBuf", &rule_path_join},
        {stack_sort, NULL, &rule_sort_buffer},
        {stack_error_from_str, "alloc::boxed::Box<dyn core::error::Error, alloc::alloc::Global>",
         &rule_error_box},
        {stack_io_error, "std::io::error::Error", &rule_error_box},
        {stack_vec_literal, "alloc::vec::Vec<u32, alloc::alloc::Global>", &rule_small_buffer},
        {stack_push_str, "alloc::string::String", &rule_buffer_reuse},
        {stack_string_with_capacity, "alloc::string::String", &rule_buffer_reuse},
    };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        again();
        temporaries(kinds[i].via, 200000, 24, kinds[i].dropped);
        assert_told_once(kinds[i].rule);
        told_by(kinds[i].rule);
    }
}

static void what_is_kept_is_quiet(void **state)
{
    (void)state;
    static const struct stack_frame *const all[] = {
        stack_format,         stack_str_to_string, stack_to_vec,  stack_string_clone,
        stack_box_new,        stack_rc_new,        stack_lines,   stack_path_join,
        stack_error_from_str, stack_vec_literal,   stack_push_str};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        again();
        uint32_t p = pb_point(b, "malloc", all[i], "app::load", 12);
        pb_births(b, p, 200000, 24);
        pb_live(b, p, 200000);
        assert_told_once(NULL); /* never freed */
        again();
        p = pb_point(b, "malloc", all[i], "app::load", 12);
        pb_births(b, p, 200000, 24);
        pb_live(b, p, 200000);
        pb_freed_all(b, p, 200000);
        pb_freed_at(b, p, 3000, PB_FAR, "alloc::vec::Vec<u64, alloc::alloc::Global>");
        assert_told_once(NULL); /* freed much later, elsewhere */
    }
}

static void what_a_thread_gets_is_quiet(void **state)
{
    (void)state;
    static const struct stack_frame *const all[] = {stack_string_clone, stack_vec_clone,
                                                    stack_box_new, stack_with_capacity};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        again();
        uint32_t p = pb_point(b, "malloc", all[i], "app::load", 12);
        pb_births(b, p, 200000, 240);
        pb_freed_elsewhere(b, p, 200000);
        pb_freed_at(b, p, 3000, PB_OTHER_THREAD, "alloc::vec::Vec<u64, alloc::alloc::Global>");
        assert_told_once(NULL);
    }
}

static void others_memory_is_quiet(void **state)
{
    (void)state;
    static const struct stack_frame *const all[] = {
        stack_hash_insert,  stack_hash_capacity, stack_btree_insert, stack_linked_list,
        stack_thread_spawn, stack_mpsc,          stack_buf_reader,   stack_panic};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        again();
        temporaries(all[i], 200000, 200, NULL);
        assert_told_once(NULL);
    }
}

/* ---- gate L's edges ---- */

static void the_caller_may_drop_it_but_no_function_further_out(void **state)
{
    (void)state;
    uint32_t p = pb_point(b, "malloc", stack_format, "app::load", 12);
    pb_births(b, p, 200000, 24);
    pb_freed_all(b, p, 1);
    pb_freed_at(b, p, 500, PB_CALLER, "alloc::string::String");
    pb_freed_at(b, p, 500, PB_FAR, "alloc::string::String");
    told_by(&rule_format_temp);
    again();
    p = pb_point(b, "malloc", stack_format, "app::load", 12);
    pb_births(b, p, 200000, 24);
    pb_freed_all(b, p, 1);
    pb_freed_at(b, p, 499, PB_CALLER, "alloc::string::String");
    pb_freed_at(b, p, 501, PB_FAR, "alloc::string::String");
    assert_quiet(&rule_format_temp);
}

static void some_may_live_at_once_but_not_many(void **state)
{
    (void)state;
    uint32_t p = temporaries(stack_vec_clone, 20000, 64, NULL);
    pb_live(b, p, 200); /* one in a hundred */
    told_by(&rule_clone);
    again();
    p = temporaries(stack_vec_clone, 20000, 64, NULL);
    pb_live(b, p, 201);
    assert_quiet(&rule_clone);
}

/* A hundred live at once of 20,000, each freed after `allocs` others. */
static void gathered(const struct stack_frame *via, uint64_t allocs, const char *dropped)
{
    uint32_t p = pb_point(b, "malloc", via, "app::load", 12);
    pb_births(b, p, 20000, 400);
    pb_freed_all(b, p, allocs);
    pb_freed_at(b, p, 300, PB_CALLER, dropped);
    pb_live(b, p, 100);
}

/* For what is gathered one buffer cannot stand; copies may be spared all the same. In a queue each
 * is needed. */
static void what_is_gathered_or_queues_needs_each_its_own(void **state)
{
    static const char vec[] = "alloc::vec::Vec<u64, alloc::alloc::Global>";
    (void)state;
    gathered(stack_with_capacity, 4, vec);
    assert_told_once(&rule_buffer_reuse);
    again();
    gathered(stack_with_capacity, 130, vec);
    assert_told_once(NULL);
    again();
    gathered(stack_vec_clone, 4, vec);
    assert_told_once(&rule_clone);
    again();
    gathered(stack_vec_clone, 130, vec);
    assert_told_once(NULL);
    again(); /* made together, dropped together: a fifth of them soon */
    uint32_t p = pb_point(b, "malloc", stack_vec_clone, "app::load", 12);
    pb_births(b, p, 20000, 400);
    pb_freed(b, p, 4000, 10);
    pb_freed(b, p, 16000, 70);
    pb_freed_at(b, p, 300, PB_CALLER, vec);
    pb_live(b, p, 100);
    assert_told_once(&rule_clone);
    again();
    p = pb_point(b, "malloc", stack_with_capacity, "app::load", 12);
    pb_births(b, p, 20000, 400);
    pb_freed(b, p, 4000, 10);
    pb_freed(b, p, 16000, 70);
    pb_freed_at(b, p, 300, PB_CALLER, vec);
    pb_live(b, p, 100);
    assert_told_once(NULL);
}

/* <[u8]>::to_owned, which str's goes through, too. */
static void bytes_are_no_text(void **state)
{
    static const struct stack_frame bytes_to_owned[] = {
        {OWNER_STD, "alloc::vec::Vec<T,A>::with_capacity_in",
         "with_capacity_in<u8, alloc::alloc::Global>", "/rustc/1.95.0/library/alloc/src/vec/mod.rs",
         965, "alloc", true},
        {OWNER_STD, "alloc::slice::<impl [T]>::to_vec", "to_vec<u8>",
         "/rustc/1.95.0/library/alloc/src/slice.rs", 376, "alloc", true},
        {OWNER_STD, "alloc::slice::<impl alloc::borrow::ToOwned for [T]>::to_owned", "to_owned<u8>",
         "/rustc/1.95.0/library/alloc/src/slice.rs", 840, "alloc", true},
        {0}};
    (void)state;
    temporaries(bytes_to_owned, 200000, 24, "alloc::vec::Vec<u8, alloc::alloc::Global>");
    assert_told_once(&rule_clone);
}

static void without_samples_it_is_less_sure(void **state)
{
    (void)state;
    uint32_t p = pb_point(b, "malloc", stack_lines, "app::load", 12);
    pb_births(b, p, 100000, 24);
    pb_freed_all(b, p, 1);
    assert_int_equal(told_by(&rule_lines)->confidence, FINDING_LIKELY);
    again();
    temporaries(stack_lines, 100000, 24, NULL);
    assert_int_equal(told_by(&rule_lines)->confidence, FINDING_CERTAIN);
}

/* ---- what lies in a container ---- */

static void with_its_container(const struct stack_frame *via, uint64_t n, enum pb_place place)
{
    again();
    uint32_t p = pb_point(b, "malloc", via, "app::load", 12);
    pb_births(b, p, 200000, 24);
    pb_freed_all(b, p, 1);
    pb_freed_at(b, p, n, place, "alloc::string::String");
    pb_freed_at(b, p, 1000 - n, PB_SAME_FUNCTION, "alloc::string::String");
}

/* One buffer cannot hold them all at once. */
static void elements_are_no_temporaries(void **state)
{
    (void)state;
    static const struct {
        const struct stack_frame *via;
        const struct rule *rule;
        bool in_vec, in_value; /* told there, too */
    } kinds[] = {
        {stack_format, &rule_format_temp, false, false},
        {stack_push_str, &rule_buffer_reuse, true, false},
        {stack_path_join, &rule_path_join, false, false},
        {stack_collect, &rule_needless_collect, false, false},
        {stack_vec_literal, &rule_small_buffer, true, false},  /* a Vec<[T; N]> */
        {stack_str_to_string, &rule_string_temp, true, false}, /* a Vec<&str> */
        {stack_string_clone, &rule_clone, true, true},
        {stack_lines, &rule_lines, true, true},
    };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        with_its_container(kinds[i].via, 500, PB_IN_VEC);
        assert_int_equal(pb_judge(b, kinds[i].rule)->count, kinds[i].in_vec);
        with_its_container(kinds[i].via, 500, PB_IN_VALUE);
        assert_int_equal(pb_judge(b, kinds[i].rule)->count, kinds[i].in_value);
        with_its_container(kinds[i].via, 499, PB_IN_VALUE);
        told_by(kinds[i].rule);
    }
}

/* As stack_join, of Strings. */
static const struct stack_frame join_strings[] = {
    {OWNER_STD, "alloc::str::join_generic_copy",
     "join_generic_copy<str, u8, alloc::string::String>", "/rustc/1.95.0/library/alloc/src/str.rs",
     157, "alloc", false},
    {0},
};
static const struct stack_frame join_anything[] = {
    {OWNER_STD, "alloc::str::join_generic_copy", "", "/rustc/1.95.0/library/alloc/src/str.rs", 157,
     "alloc", false},
    {0},
};
static const struct stack_frame repeat_string[] = {
    {OWNER_STD, "alloc::slice::<impl [T]>::repeat", "repeat<alloc::string::String>",
     "/rustc/1.95.0/library/alloc/src/slice.rs", 500, "alloc", false},
    {0},
};
static const struct stack_frame collect_strings[] = {
    {OWNER_STD, "alloc::vec::Vec<T>::with_capacity", "with_capacity<alloc::string::String>",
     "/rustc/1.95.0/library/alloc/src/vec/mod.rs", 524, "alloc", true},
    {OWNER_STD, "<alloc::vec::Vec<T> as core::iter::FromIterator<T>>::from_iter",
     "from_iter<alloc::string::String, app::Iter>", "/rustc/1.95.0/library/alloc/src/vec/mod.rs",
     3600, "alloc", true},
    {0},
};

static void made_and_dropped(const struct stack_frame *via, const char *function, uint32_t line,
                             uint64_t n)
{
    uint32_t p = pb_point(b, "malloc", via, function, line);
    pb_births(b, p, n, 240);
    pb_freed_all(b, p, 1);
}

/* 200,000 Strings in Vecs of `most`, which app::load collects at line 13 and drops. */
static void pieces(uint64_t most, enum pb_place place)
{
    again();
    uint32_t p = pb_point(b, "malloc", stack_format, "app::load", 12);
    pb_births(b, p, 200000, 24);
    pb_live(b, p, most);
    pb_freed_all(b, p, most);
    pb_freed_at(b, p, 1000, place, "alloc::string::String");
    made_and_dropped(collect_strings, "app::load", 13, 200000 / most);
}

static void pieces_that_are_joined_are_told(void **state)
{
    (void)state;
    for (uint64_t most = 10; most <= 10000; most *= 10) { /* however many at once */
        pieces(most, PB_IN_VEC);
        made_and_dropped(join_strings, "app::load", 14, 200000 / most);
        const struct finding *told = told_by(&rule_format_temp);
        assert_string_equal(told->variant, "joined");
        assert_int_equal(told->saving.ns, 200000 * (13 + 14)); /* as if each were by itself */
        assert_int_equal(told->confidence, FINDING_LIKELY);
        assert_non_null(strstr(told->advice, "into one String"));
    }
}

static void pieces_that_may_be_needed_are_not_told(void **state)
{
    static const struct {
        const struct stack_frame *via;
        const char *function;
        uint32_t line;
        uint64_t joins;
        enum pb_place place;
        unsigned told;
    } cases[] = {
        {join_strings, "app::load", 13, 20000, PB_IN_VEC, 1},
        {join_strings, "app::load", 14, 10000, PB_IN_VEC, 1}, /* the others were empty */
        {join_strings, "app::load", 14, 9999, PB_IN_VEC, 0},  /* most are not joined */
        {join_strings, "app::load", 15, 20000, PB_IN_VEC, 0}, /* line 14 may have sorted them */
        {join_strings, "app::load", 12, 20000, PB_IN_VEC, 0}, /* before */
        {join_strings, "app::store", 14, 20000, PB_IN_VEC, 0},
        {stack_join, "app::load", 14, 20000, PB_IN_VEC, 0}, /* of &str */
        {join_anything, "app::load", 14, 20000, PB_IN_VEC, 0},
        {repeat_string, "app::load", 14, 20000, PB_IN_VEC, 0},
        {join_strings, "app::load", 14, 20000, PB_IN_VALUE, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        pieces(10, cases[i].place);
        made_and_dropped(cases[i].via, cases[i].function, cases[i].line, cases[i].joins);
        assert_int_equal(pb_judge(b, &rule_format_temp)->count, cases[i].told);
    }
    again(); /* kept */
    uint32_t p = pb_point(b, "malloc", stack_format, "app::load", 12);
    pb_births(b, p, 200000, 24);
    pb_live(b, p, 200000);
    made_and_dropped(collect_strings, "app::load", 13, 20000);
    made_and_dropped(join_strings, "app::load", 14, 20000);
    assert_quiet(&rule_format_temp);
}

/* Of one length an array can stand for each; of several, while they are gathered, it is a question
 * of taste. */
static void varied_elements_that_live_together_are_a_remark(void **state)
{
    static const struct {
        uint64_t most, least_bytes, lived;
        enum finding_severity severity;
    } expected[] = {{128, 8, 100, FINDING_LOW},
                    {128, 16, 100, FINDING_HIGH},
                    {8, 8, 100, FINDING_HIGH},
                    {128, 8, 1, FINDING_HIGH}};
    (void)state;
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        again();
        uint32_t p = pb_point(b, "malloc", stack_vec_literal, "app::load", 12);
        pb_births(b, p, 500000, expected[i].least_bytes);
        pb_births(b, p, 500000, 16);
        b->own[p].most_blocks = expected[i].most;
        pb_freed_all(b, p, expected[i].lived);
        pb_freed_at(b, p, 10000, PB_IN_VEC, "alloc::vec::Vec<u32, alloc::alloc::Global>");
        assert_int_equal(told_by(&rule_small_buffer)->severity, expected[i].severity);
    }
}

/* Two ways to a line need not have their blocks at one time. */
static void at_once_is_said_of_one_call_path(void **state)
{
    (void)state;
    temporaries(stack_push, 200000, 400, NULL);
    assert_non_null(strstr(told_by(&rule_buffer_reuse)->what, "never more than 1 alive at once."));
    again();
    temporaries(stack_push, 100000, 400, NULL);
    temporaries(stack_push, 100000, 400, NULL);
    assert_non_null(strstr(told_by(&rule_buffer_reuse)->what,
                           "never more than 1 alive at once by any one call path."));
}

/* ---- how many ---- */

static void few_are_no_matter(void **state)
{
    (void)state;
    static const struct {
        const struct stack_frame *via;
        const struct rule *rule;
        uint64_t least;
    } limits[] = {{stack_format, &rule_format_temp, 1000},
                  {stack_str_to_string, &rule_string_temp, 1000},
                  {stack_string_clone, &rule_clone, 1000},
                  {stack_lines, &rule_lines, 1000},
                  {stack_path_join, &rule_path_join, 1000},
                  {stack_error_from_str, &rule_error_box, 1000},
                  {stack_push_str, &rule_buffer_reuse, 1000},
                  {stack_sort, &rule_sort_buffer, 1000},
                  {stack_box_new, &rule_box_churn, 10000},
                  {stack_vec_literal, &rule_small_buffer, 10000},
                  {stack_collect, &rule_needless_collect, 1000}};
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        again();
        temporaries(limits[i].via, limits[i].least - 1, 32, NULL);
        assert_quiet(limits[i].rule);
        again();
        temporaries(limits[i].via, limits[i].least, 32, NULL);
        assert_int_equal(told_by(limits[i].rule)->severity, FINDING_LOW); /* 0.1 ms and less */
    }
}

/* ---- what they say ---- */

static void a_pair_costs_what_malloc_and_free_do(void **state)
{
    (void)state;
    temporaries(stack_box_new, 100000, 32, "alloc::boxed::Box<app::P, alloc::alloc::Global>");
    const struct finding *f = told_by(&rule_box_churn);
    assert_int_equal(f->saving.ns, 1300000);
    assert_int_equal(f->saving.calls, 200000);
    assert_int_equal(f->saving.bytes, 3200000);
    assert_int_equal(f->severity, FINDING_MEDIUM);
    assert_non_null(strstr(f->what, "100,000"));
    assert_non_null(strstr(f->what, "Box<P>"));
    assert_non_null(strstr(f->what, "32 B"));
    assert_int_equal(evidence_of(f, "blocks"), 100000);
}

static void shared_and_dyn_boxes_get_their_own_advice(void **state)
{
    (void)state;
    temporaries(stack_rc_new, 100000, 32, "alloc::rc::Rc<u64, alloc::alloc::Global>");
    const struct finding *shared = told_by(&rule_box_churn);
    assert_string_equal(shared->variant, "shared");
    assert_non_null(strstr(shared->code, "= Rc::new(value)"));
    again();
    temporaries(stack_arc_new, 20000, 24, "alloc::sync::Arc<app::Ticket, alloc::alloc::Global>");
    shared = told_by(&rule_box_churn);
    assert_string_equal(shared->variant, "shared");
    assert_non_null(strstr(shared->code, "= Arc::new(value)"));
    assert_non_null(strstr(shared->code, "or Arc::clone(&shared)"));
    again();
    temporaries(stack_box_new, 100000, 32,
                "alloc::boxed::Box<dyn app::Shape, alloc::alloc::Global>");
    const struct finding *f = told_by(&rule_box_churn);
    assert_string_equal(f->variant, "dyn");
    assert_non_null(strstr(f->advice, "&dyn"));
    again();
    temporaries(stack_box_new, 100000, 32,
                "alloc::boxed::Box<dyn app::ErrorSink, alloc::alloc::Global>");
    assert_string_equal(told_by(&rule_box_churn)->variant, "dyn"); /* no error */
    again();
    temporaries(stack_box_new, 20000, 16,
                "alloc::boxed::Box<app::Pool<alloc::boxed::Box<dyn app::S>>>");
    assert_string_equal(told_by(&rule_box_churn)->variant, ""); /* what holds one is none */
}

/* By debug information, by the symbols of legacy mangling. */
static void boxed_closures_are_written_as_rust_does(void **state)
{
    static const char *const dropped[] = {
        "alloc::boxed::Box<dyn core::ops::function::Fn<(i32), Output=i32>, alloc::alloc::Global>",
        "alloc::boxed::Box<dyn core::ops::function::Fn<(i32,)>+Output = i32>"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        again();
        temporaries(stack_box_new, 20000, 16, dropped[i]);
        const struct finding *f = told_by(&rule_box_churn);
        assert_non_null(strstr(f->what, " values of type Box<dyn Fn(i32) -> i32>, "));
        assert_non_null(strstr(f->advice, "impl Fn"));
        assert_non_null(strstr(f->code, "-> impl Fn(i32) -> i32 {"));
        assert_null(strstr(f->code, "Shape"));
    }
}

static void any_text_for_a_closure_does_no_harm(void **state)
{
    static const struct {
        const char *type, *written, *bound;
    } types[] = {
        {"Box<(dyn FnMut<(u8, &[u8]), Output=()> + Send)>", "Box<(dyn FnMut(u8, &[u8]) + Send)>",
         "FnMut(u8, &[u8]) + Send"},
        {"Box<dyn FnOnce<()>+Output = ()+Send>", "Box<dyn FnOnce()+Send>", "FnOnce()+Send"},
        {"Box<dyn Fn<(Box<dyn Fn<(u8), Output=u8>>), Output=Vec<u8>>>",
         "Box<dyn Fn(Box<dyn Fn(u8) -> u8>) -> Vec<u8>>", "Fn(Box<dyn Fn(u8) -> u8>) -> Vec<u8>"},
        {"Vec<dyn Shape>", "Vec<dyn Shape>", ""},
        {"Box<MyFn<(u8), Output=u8>>", "Box<MyFn<(u8), Output=u8>>", ""},
        {"Box<dyn Fnord<(u8), Output=u8>>", "Box<dyn Fnord<(u8), Output=u8>>", ""},
        {"Box<dyn Fn<(u8", "Box<dyn Fn<(u8", ""},
        {"Box<dyn Fn<(u8), Output=", "Box<dyn Fn<(u8), Output=", ""},
        {"Fn<()>", "Fn()", ""},
        {"Fn<(", "Fn<(", ""},
        {"<>", "<>", ""},
        {"", "", ""},
    };
    struct findings texts = {0};
    (void)state;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        const char *written = closure_type(&texts, types[i].type);
        assert_string_equal(written, types[i].written);
        assert_string_equal(closure_bound(&texts, written), types[i].bound);
    }
    findings_free(&texts);
}

/* A tree's boxes: no value could take their place. */
static void boxes_of_a_recursive_type_are_a_remark(void **state)
{
    static const char box[] = "alloc::boxed::Box<serde_json::value::Value, alloc::alloc::Global>";
    (void)state;
    for (uint64_t n = 499; n <= 500; n++) {
        again();
        uint32_t p = pb_point(b, "malloc", stack_box_new, "app::load", 12);
        pb_births(b, p, 200000, 24);
        pb_freed_all(b, p, 1);
        pb_freed_at(b, p, n, PB_IN_VALUE, box);
        pb_freed_at(b, p, 1000 - n, PB_SAME_FUNCTION, box);
        const struct finding *f = only(&rule_box_churn);
        assert_string_equal(f->variant, n < 500 ? "" : "recursive");
        assert_int_equal(f->severity, n < 500 ? FINDING_MEDIUM : FINDING_LOW);
    }
}

/* vec![vec![0; width]; rows]: each row is a copy that nobody could borrow. */
static void copies_of_one_value_are_no_clones(void **state)
{
    static const struct stack_frame rows[] = {
        {OWNER_STD, "<alloc::vec::Vec<T,A> as core::clone::Clone>::clone",
         "clone<u16, alloc::alloc::Global>", "/rustc/1.95.0/library/alloc/src/vec/mod.rs", 3749,
         "alloc", true},
        {OWNER_STD, "alloc::vec::Vec<T,A>::extend_with",
         "extend_with<alloc::vec::Vec<u16, alloc::alloc::Global>, alloc::alloc::Global>",
         "/rustc/1.95.0/library/alloc/src/vec/mod.rs", 3600, "alloc", true},
        {OWNER_STD, "alloc::vec::from_elem", "from_elem<alloc::vec::Vec<u16>>",
         "/rustc/1.95.0/library/alloc/src/vec/mod.rs", 3500, "alloc", true},
        {0}};
    (void)state;
    uint32_t p = temporaries(rows, 200000, 400, NULL);
    pb_freed_at(b, p, 100000, PB_IN_VEC, "alloc::vec::Vec<u16, alloc::alloc::Global>");
    assert_quiet(&rule_clone);
    const struct finding *f = told_by(&rule_buffer_reuse);
    assert_non_null(strstr(f->advice, "one flat Vec"));
}

/* A box of an error is an error by what drops it, though Box::new made it. */
static void a_box_dropped_as_an_error_is_one(void **state)
{
    (void)state;
    temporaries(stack_box_new, 20000, 16,
                "alloc::boxed::Box<dyn core::error::Error + core::marker::Send, "
                "alloc::alloc::Global>");
    assert_told_once(&rule_error_box);
    again();
    temporaries(stack_format, 20000, 16,
                "core::result::Result<u32, alloc::boxed::Box<dyn core::error::Error>>");
    assert_told_once(&rule_error_box);
    again(); /* the text may be what went well */
    temporaries(stack_format, 20000, 16,
                "core::result::Result<alloc::string::String, alloc::boxed::Box<dyn "
                "core::error::Error>>");
    assert_told_once(&rule_format_temp);
}

/* vec![a, b] is made as a box; what is dropped may be a Box all the same. */
static void a_box_without_frames_is_told_by_what_is_dropped(void **state)
{
    (void)state;
    static const struct stack_frame none[] = {{.function = NULL}};
    temporaries(none, 20000, 16, "alloc::boxed::Box<dyn app::Shape, alloc::alloc::Global>");
    assert_told_once(&rule_box_churn);
    again();
    temporaries(none, 20000, 16, "alloc::vec::Vec<u32, alloc::alloc::Global>");
    assert_told_once(&rule_small_buffer);
}

static void an_array_takes_the_place_of_a_literal(void **state)
{
    (void)state;
    temporaries(stack_vec_literal, 100000, 12, "alloc::vec::Vec<u32, alloc::alloc::Global>");
    const struct finding *f = told_by(&rule_small_buffer);
    assert_int_equal(f->confidence, FINDING_CERTAIN);
    assert_int_equal(evidence_of(f, "elements_max") * evidence_of(f, "element_bytes"), 12);
    assert_non_null(strstr(f->code, "let v: ["));
}

static void small_is_128_bytes_and_16_elements(void **state)
{
    (void)state;
    temporaries(stack_with_capacity, 20000, 64, "alloc::vec::Vec<u32, alloc::alloc::Global>");
    const struct finding *f = told_by(&rule_small_buffer);
    assert_int_equal(evidence_of(f, "elements_max"), 16);
    assert_non_null(strstr(f->code, "ArrayVec::<u32, 16>"));
    assert_quiet(&rule_buffer_reuse);
    again();
    temporaries(stack_with_capacity, 20000, 68, "alloc::vec::Vec<u32, alloc::alloc::Global>");
    assert_told_once(&rule_buffer_reuse);
    again(); /* elements of a type that is not known: one, perhaps */
    temporaries(stack_vec_literal, 20000, 128, "alloc::vec::Vec<app::P, alloc::alloc::Global>");
    assert_told_once(&rule_small_buffer);
    again();
    temporaries(stack_vec_literal, 20000, 132, "alloc::vec::Vec<app::P, alloc::alloc::Global>");
    assert_told_once(&rule_buffer_reuse);
}

static void a_small_vec_that_grows_twice_is_to_be_reused(void **state)
{
    (void)state;
    uint32_t p = temporaries(stack_push, 100000, 32, NULL);
    pb_growth(b, p, 100000, 1, 32);
    assert_told_once(&rule_small_buffer);
    again();
    p = temporaries(stack_push, 100000, 32, NULL);
    pb_growth(b, p, 100000, 2, 32);
    assert_told_once(&rule_buffer_reuse);
}

static void a_reused_buffer_saves_growth_and_small_blocks_only(void **state)
{
    (void)state;
    temporaries(stack_with_capacity, 20000, 1024, "alloc::vec::Vec<u64, alloc::alloc::Global>");
    const struct finding *f = told_by(&rule_buffer_reuse);
    assert_int_equal(f->saving.ns, 20000 * 13);
    assert_non_null(strstr(f->code, "with_capacity(256)"));
    assert_non_null(strstr(f->code, "clear()"));
    again();
    temporaries(stack_with_capacity, 20000, 8192, "alloc::vec::Vec<u64, alloc::alloc::Global>");
    f = told_by(&rule_buffer_reuse);
    assert_int_equal(f->saving.ns, 0);
    assert_int_equal(f->severity, FINDING_LOW);
    assert_non_null(strstr(f->advice, "small"));
}

static void zeroed_buffers_are_filled_or_overwritten(void **state)
{
    (void)state;
    uint32_t p = pb_point(b, "calloc", stack_zeroed, "app::load", 12);
    pb_births(b, p, 20000, 1024);
    pb_freed_all(b, p, 1);
    pb_freed_at(b, p, 300, PB_SAME_FUNCTION, "alloc::vec::Vec<u64, alloc::alloc::Global>");
    const struct finding *f = told_by(&rule_buffer_reuse);
    assert_string_equal(f->variant, "zeroed");
    assert_non_null(strstr(f->code, "fill(0)"));
    /* of C, which names no type */
    static const struct stack_frame directly[] = {{0}};
    again();
    p = pb_point(b, "calloc", directly, "app::load", 12);
    pb_births(b, p, 20000, 1024);
    pb_freed_all(b, p, 1);
    pb_freed_at(b, p, 300, PB_SAME_FUNCTION, NULL);
    f = told_by(&rule_buffer_reuse);
    assert_string_equal(f->variant, "zeroed");
    assert_non_null(strstr(f->code, "fill(0)"));
}

static void format_adds_its_own_machinery(void **state)
{
    (void)state;
    temporaries(stack_format, 100000, 24, "alloc::string::String");
    assert_int_equal(told_by(&rule_format_temp)->saving.ns, 100000 * (13 + 14));
}

static void a_copy_that_is_grown_is_another_rules(void **state)
{
    (void)state;
    uint32_t p = temporaries(stack_vec_clone, 10000, 64, NULL);
    pb_growth(b, p, 4999, 1, 64);
    told_by(&rule_clone);
    again();
    p = temporaries(stack_vec_clone, 10000, 64, NULL);
    pb_growth(b, p, 5000, 1, 64);
    assert_quiet(&rule_clone);
}

/* The first field of it is a String. */
static void a_copied_struct_is_called_by_its_name(void **state)
{
    (void)state;
    temporaries(stack_struct_clone, 20000, 64, NULL);
    temporaries(stack_struct_clone, 20000, 32, NULL);
    const struct finding *f = told_by(&rule_clone);
    assert_string_equal(finding_evidence(f, "type")->text, "Big");
    assert_non_null(strstr(f->what, "values of type Big and what they hold: 40,000 blocks"));
    assert_non_null(strstr(f->code, "data: &Big)"));
    assert_non_null(strstr(f->code, "Cow::Borrowed(&original);"));
    assert_non_null(strstr(f->code, "scratch.field.clone_from(")); /* derived: none of its own */
}

/* `stack` with its last frame called `function`. */
static const struct stack_frame *called(const struct stack_frame *stack, const char *function)
{
    static struct stack_frame all[PB_STACK];
    uint32_t n = 0;
    for (; stack[n].function; n++)
        all[n] = stack[n];
    all[n] = (struct stack_frame){0};
    all[n - 1].function = function;
    return all;
}

static void a_copied_struct_without_a_name_is_told_by_its_clone(void **state)
{
    (void)state;
    temporaries(called(stack_struct_clone, "clone"), 20000, 64, NULL); /* line tables */
    const struct finding *f = told_by(&rule_clone);
    assert_null(finding_evidence(f, "type"));
    assert_non_null(strstr(f->what, "values of a type whose Clone is at mech.rs:4 and what they"));
    again(); /* of another module */
    temporaries(
        called(stack_struct_clone, "app::x::<impl core::clone::Clone for app::y::Row>::clone"),
        20000, 64, NULL);
    assert_string_equal(finding_evidence(told_by(&rule_clone), "type")->text, "Row");
}

/* An unrolled loop has several stacks for the same Vec. */
static void what_holds_nothing_is_not_said_to(void **state)
{
    (void)state;
    temporaries(stack_vec_clone, 20000, 64, NULL);
    temporaries(stack_vec_clone, 20000, 64, NULL);
    const struct finding *f = told_by(&rule_clone);
    assert_non_null(strstr(f->what, "copied values of type Vec<u64>: 40,000 blocks"));
    assert_non_null(strstr(f->code, "data: &[u64])"));
    assert_non_null(strstr(f->code, "scratch.clone_from(&original);"));
}

static void values_of_two_types_are_told_as_two(void **state)
{
    (void)state;
    temporaries(stack_vec_clone, 30000, 64, NULL);
    temporaries(stack_string_clone, 20000, 64, NULL);
    assert_non_null(strstr(told_by(&rule_clone)->what, "values of type Vec<u64> and of others: "));
}

static void sorting_is_never_more_than_a_remark(void **state)
{
    (void)state;
    temporaries(stack_sort, 10000000, 64, NULL); /* 130 ms of 100 */
    assert_int_equal(told_by(&rule_sort_buffer)->severity, FINDING_LOW);
}

static void collecting_is_a_question(void **state)
{
    (void)state;
    uint32_t p = temporaries(stack_collect, 20000, 800, NULL);
    const struct finding *f = told_by(&rule_needless_collect);
    assert_int_equal(f->confidence, FINDING_DOUBTFUL);
    assert_string_equal(f->condition, "if it is only iterated once");
    assert_non_null(
        strstr(f->what, "Vecs of u64 of known length (800 B each, up to 100 elements)"));
    pb_free(b); /* grown: its length was not known, and growth is the story */
    pb_init(b);
    p = temporaries(stack_collect_filter, 20000, 32, NULL);
    pb_growth(b, p, 20000, 3, 32);
    assert_quiet(&rule_needless_collect);
}

/* 10,000 Vecs that grow from 128 B to 2,048 B, each time into a new block; the old one is freed
 * at once, the last one after `allocs` others. */
static void grown_by_new_blocks(uint64_t live, uint64_t allocs)
{
    uint32_t p = pb_point(b, "posix_memalign", stack_over_aligned, "app::load", 12);
    for (uint64_t bytes = 128; bytes <= 2048; bytes *= 2) {
        pb_births(b, p, 10000, bytes);
        if (bytes > 128)
            pb_handover(b, p, p, 10000, bytes / 2, bytes);
    }
    pb_live(b, p, live);
    pb_freed(b, p, 40000, 0);
    pb_freed(b, p, 10000, allocs);
    pb_freed_at(b, p, 700, PB_SAME_FUNCTION, NULL);
}

static void steps_of_growing_are_no_buffers(void **state)
{
    (void)state;
    grown_by_new_blocks(2, 0);
    const struct finding *f = told_by(&rule_buffer_reuse);
    assert_non_null(strstr(f->what, "made 10,000 buffers"));
    assert_non_null(strstr(f->what, "up to 2,048 B) and grew them 4.0 times each"));
    assert_int_equal(evidence_of(f, "buffers"), 10000);
    assert_int_equal(evidence_of(f, "blocks"), 50000);
    again(); /* a hundred of them are kept together */
    grown_by_new_blocks(102, 250);
    assert_quiet(&rule_buffer_reuse);
}

static void joined_bytes_are_no_text(void **state)
{
    static const struct stack_frame concat[] = {
        {OWNER_STD, "alloc::vec::Vec<T,A>::with_capacity_in",
         "with_capacity_in<u8, alloc::alloc::Global>", "/rustc/1.95.0/library/alloc/src/vec/mod.rs",
         965, "alloc", true},
        {OWNER_STD, "<[V] as alloc::slice::Concat<T>>::concat", "concat<u8, &[u8]>",
         "/rustc/1.95.0/library/alloc/src/slice.rs", 731, "alloc", false},
        {OWNER_STD, "alloc::slice::<impl [T]>::concat", "concat<&[u8], u8>",
         "/rustc/1.95.0/library/alloc/src/slice.rs", 581, "alloc", true},
        {0}};
    (void)state;
    temporaries(concat, 20000, 64, "alloc::vec::Vec<u8, alloc::alloc::Global>");
    const struct finding *f = told_by(&rule_string_temp);
    assert_string_equal(f->variant, "slices");
    assert_null(strstr(f->title, "String"));
    assert_non_null(strstr(f->what, "joined slices into a new Vec 20,000 times"));
    assert_null(strstr(f->advice, "ASCII"));
    assert_null(strstr(f->code, "push_str"));
    again();
    temporaries(stack_join, 20000, 64, "alloc::string::String");
    f = told_by(&rule_string_temp);
    assert_string_equal(f->variant, "transform");
    assert_non_null(strstr(f->what, "joined copy of a text"));
}

/* Room for four u64 is what a Vec begins with: how many came, nobody knew. */
static void what_never_outgrew_the_least_is_of_no_known_length(void **state)
{
    (void)state;
    temporaries(stack_collect, 20000, 32, NULL);
    const struct finding *f = told_by(&rule_needless_collect);
    assert_null(strstr(f->what, "known length"));
    assert_non_null(strstr(f->what, "(32 B each, the least that a Vec takes: never more than 4 "
                                    "elements)"));
    again(); /* up to as many, by a filter */
    temporaries(stack_collect_filter, 20000, 64, NULL);
    assert_null(strstr(told_by(&rule_needless_collect)->what, "known length"));
}

/* ---- keys ---- */

static uint32_t keys(uint64_t n, uint64_t dropped)
{
    uint32_t p = pb_point(b, "malloc", stack_str_to_string, "app::load", 12);
    pb_births(b, p, n, 16);
    pb_freed(b, p, dropped, 1);
    pb_live(b, p, n - dropped + 1);
    pb_freed_at(b, p, dropped / 64 + 1, PB_IN_ENTRY, "alloc::string::String");
    return p;
}

static void keys_that_were_there_are_told(void **state)
{
    (void)state;
    keys(100000, 99500);
    assert_told_once(&rule_key_temp);
    const struct finding *f = told_by(&rule_key_temp);
    assert_int_equal(evidence_of(f, "keys_dropped"), 99500);
    /* malloc, free and carrying of those dropped, less looking up the new ones twice */
    assert_int_equal(f->saving.ns, 99500 * (13 + 5.5) - 500 * 20);
    assert_non_null(strstr(f->code, "get_mut"));
}

static void keys_that_are_mostly_new_are_quiet(void **state)
{
    (void)state;
    keys(100000, 30000); /* the edge: the second lookups cost more, so it is not shown */
    assert_int_equal(told_by(&rule_key_temp)->severity, FINDING_LOW);
    again();
    keys(100000, 29000);
    assert_quiet(&rule_key_temp);
}

/* The tables of a map are freed inside of insert, too. */
static void tables_freed_inside_insert_are_no_keys(void **state)
{
    (void)state;
    uint32_t p = pb_point(b, "malloc", stack_hash_insert, "app::load", 12);
    pb_births(b, p, 100000, 152);
    pb_freed_all(b, p, 3);
    pb_freed_at(b, p, 1000, PB_IN_ENTRY, NULL);
    pb_freed_at(b, p, 1000, PB_IN_GROWTH, NULL);
    assert_told_once(NULL);
}

/* ---- parallel iterators ---- */

static uint32_t in_rayon(const struct stack_frame *via, uint64_t n, uint64_t bytes)
{
    static const struct stack_frame plumbing = {
        OWNER_DEP,
        "rayon::iter::plumbing::bridge_producer_consumer::helper",
        "helper<rayon::range::IterProducer<u64>>",
        "/home/me/.cargo/registry/src/index/rayon-1.10.0/src/iter/plumbing/mod.rs",
        436,
        "rayon",
        false};
    uint32_t outer[] = {pb_frame(b, &plumbing), pb_user_frame(b, "app::main", 100)};
    uint32_t p = pb_point_in(b, "malloc", via, "app::load", 12, outer, 2);
    pb_births(b, p, n, bytes);
    pb_freed_all(b, p, 1);
    pb_freed_at(b, p, n / 64 + 1, PB_SAME_FUNCTION, NULL);
    return p;
}

static void a_buffer_per_item_of_a_parallel_iterator_is_told(void **state)
{
    (void)state;
    in_rayon(stack_with_capacity, 200000, 512);
    assert_told_once(&rule_parallel_temp);
    assert_non_null(strstr(told_by(&rule_parallel_temp)->code, "map_init(Vec::new"));
    assert_null(strstr(told_by(&rule_parallel_temp)->what, "grown"));
    again();
    pb_growth(b, in_rayon(stack_with_capacity, 200000, 512), 1000, 1, 512);
    assert_non_null(strstr(told_by(&rule_parallel_temp)->what, ", a few of them grown)"));
    again();
    in_rayon(stack_format, 200000, 24);
    assert_told_once(&rule_parallel_temp);
    assert_string_equal(told_by(&rule_parallel_temp)->variant, "format");
    again();
    in_rayon(stack_string_clone, 200000, 24); /* borrowing is the better edit */
    assert_told_once(&rule_clone);
}

static void a_buffer_per_split_is_right(void **state)
{
    (void)state;
    in_rayon(stack_with_capacity, 500, 512);
    assert_told_once(NULL);
}

/* ---- symbols only ---- */

static void without_lines_small_blocks_are_short_lived(void **state)
{
    (void)state;
    b->profile.program.lines = false;
    b->module.lines = false;
    temporaries(symbols_format, 100000, 24, NULL);
    assert_int_equal(only(&rule_format_temp)->severity, FINDING_MEDIUM);
}

static void of_symbols(const struct stack_frame *via, uint64_t allocs, uint64_t most)
{
    uint32_t p = pb_point(b, "malloc", via, "app::load", 12);
    pb_births(b, p, 100000, 24);
    pb_freed_all(b, p, allocs);
    pb_freed_at(b, p, 1500, PB_SAME_FUNCTION, NULL);
    pb_live(b, p, most);
    b->profile.program.lines = false;
    b->module.lines = false;
    for (uint32_t i = 0; i < b->profile.frame_count; i++)
        b->frames[i].line = 0;
}

/* Many at once are the elements of something, as far as anybody can tell; unless none of them was
 * there when the next came. */
static void without_lines_few_live_at_once(void **state)
{
    (void)state;
    for (uint64_t most = 8; most <= 9; most++)
        for (uint64_t allocs = 1; allocs <= 4; allocs += 3) {
            again();
            of_symbols(stack_join, allocs, most);
            assert_int_equal(pb_judge(b, &rule_buffer_reuse)->count, most == 8 || allocs == 1);
        }
}

/* The rule about small ones wants to see lines. */
static void without_lines_small_collects_are_buffers(void **state)
{
    static const struct stack_frame from_iter[] = {
        {OWNER_STD,
         "<alloc::vec::Vec<T> as alloc::vec::spec_from_iter_nested::SpecFromIterNested<T,I>>::"
         "from_iter",
         "", "", 0, "alloc", false},
        {0}};
    (void)state;
    of_symbols(from_iter, 1, 1);
    const struct finding *f = only(&rule_buffer_reuse);
    assert_string_equal(f->variant, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE_TEST(varied_elements_that_live_together_are_a_remark),
        RULE_TEST(at_once_is_said_of_one_call_path),
        RULE_TEST(each_kind_is_told_by_one_rule),
        RULE_TEST(what_is_kept_is_quiet),
        RULE_TEST(what_a_thread_gets_is_quiet),
        RULE_TEST(others_memory_is_quiet),
        RULE_TEST(the_caller_may_drop_it_but_no_function_further_out),
        RULE_TEST(some_may_live_at_once_but_not_many),
        RULE_TEST(what_is_gathered_or_queues_needs_each_its_own),
        RULE_TEST(bytes_are_no_text),
        RULE_TEST(without_samples_it_is_less_sure),
        RULE_TEST(elements_are_no_temporaries),
        RULE_TEST(pieces_that_are_joined_are_told),
        RULE_TEST(pieces_that_may_be_needed_are_not_told),
        RULE_TEST(few_are_no_matter),
        RULE_TEST(a_pair_costs_what_malloc_and_free_do),
        RULE_TEST(shared_and_dyn_boxes_get_their_own_advice),
        RULE_TEST(boxed_closures_are_written_as_rust_does),
        RULE_TEST(any_text_for_a_closure_does_no_harm),
        RULE_TEST(boxes_of_a_recursive_type_are_a_remark),
        RULE_TEST(copies_of_one_value_are_no_clones),
        RULE_TEST(a_box_dropped_as_an_error_is_one),
        RULE_TEST(a_box_without_frames_is_told_by_what_is_dropped),
        RULE_TEST(an_array_takes_the_place_of_a_literal),
        RULE_TEST(small_is_128_bytes_and_16_elements),
        RULE_TEST(a_small_vec_that_grows_twice_is_to_be_reused),
        RULE_TEST(a_reused_buffer_saves_growth_and_small_blocks_only),
        RULE_TEST(zeroed_buffers_are_filled_or_overwritten),
        RULE_TEST(format_adds_its_own_machinery),
        RULE_TEST(a_copy_that_is_grown_is_another_rules),
        RULE_TEST(a_copied_struct_is_called_by_its_name),
        RULE_TEST(a_copied_struct_without_a_name_is_told_by_its_clone),
        RULE_TEST(what_holds_nothing_is_not_said_to),
        RULE_TEST(values_of_two_types_are_told_as_two),
        RULE_TEST(sorting_is_never_more_than_a_remark),
        RULE_TEST(collecting_is_a_question),
        RULE_TEST(what_never_outgrew_the_least_is_of_no_known_length),
        RULE_TEST(steps_of_growing_are_no_buffers),
        RULE_TEST(joined_bytes_are_no_text),
        RULE_TEST(keys_that_were_there_are_told),
        RULE_TEST(keys_that_are_mostly_new_are_quiet),
        RULE_TEST(tables_freed_inside_insert_are_no_keys),
        RULE_TEST(a_buffer_per_item_of_a_parallel_iterator_is_told),
        RULE_TEST(a_buffer_per_split_is_right),
        RULE_TEST(without_lines_small_blocks_are_short_lived),
        RULE_TEST(without_lines_few_live_at_once),
        RULE_TEST(without_lines_small_collects_are_buffers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
