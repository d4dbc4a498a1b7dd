// sources: tests/unit/profile_builder.c tests/unit/rust_stacks.c
// libs: analyzer
//
// The rules about containers that grow, on made profiles: growth with its variants,
// clone-then-grow, shrink. The constants of cost.c hold: a realloc in place is 8 ns, std's code
// around it 5; the program ran 100 ms, so a finding is shown from 1 ms on.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/rule_checks.h"

static uint32_t grown(const struct stack_frame *via, uint64_t n, uint64_t first, uint32_t steps)
{
    uint32_t p = pb_point(b, "malloc", via, "app::load", 12);
    pb_births(b, p, n, first);
    pb_freed_all(b, p, 3);
    pb_growth(b, p, n, steps, first);
    return p;
}

/* ---- growth ---- */

static void pushing_into_an_empty_vec_is_told_with_its_capacity(void **state)
{
    (void)state;
    grown(stack_push, 20000, 32, 8);
    const struct finding *f = only(&rule_growth);
    assert_told(f);
    assert_string_equal(f->variant, "");
    assert_string_equal(f->location.function, "app::load");
    assert_int_equal(f->location.line, 12);
    assert_int_equal(evidence_of(f, "buffers"), 20000);
    assert_int_equal(evidence_of(f, "reallocs"), 160000);
    assert_int_equal(evidence_of(f, "capacity_max"), 1024); /* 8192 bytes of u64 */
    assert_int_equal(evidence_of(f, "advised_capacity"), 1024);
    assert_non_null(strstr(f->what, "513..1,024"));
    assert_non_null(strstr(f->code, "with_capacity(1024)"));
    assert_int_equal(f->saving.calls, 160000);
    /* in place at 8; std's own code to 8, 16 and 32 elements 6.5, later -1.5 */
    assert_int_equal(f->saving.ns, 20000 * 3 * 14.5 + 20000 * 5 * 6.5);
    /* 64 + ... + 8192 each, instead of 8160 at once */
    assert_int_equal(f->saving.bytes, 20000 * 8160);
    assert_int_equal(f->severity, FINDING_MEDIUM); /* 1.52 ms of 100 */
    assert_int_equal(f->confidence, FINDING_CERTAIN);
}

/* malloc takes 24 ns and free 24, 4 of each for being timed. */
static void time_calls_of(uint32_t point)
{
    static const struct profile_cost_bar bars[] = {{PROFILE_COST_ALLOC, 100, 2400, 0, 0},
                                                   {PROFILE_COST_FREE, 100, 2400, 0, 0}};
    pb_own(b, point)->timed = (struct profile_cost_hist){bars, 2};
}

/* What is saved more per Vec when these calls were timed. */
static double gain_of_timing(uint32_t live, uint32_t steps)
{
    again();
    pb_live(b, grown(stack_push, 20000, 32, steps), live);
    double untimed = (double)only(&rule_growth)->saving.ns;
    again();
    uint32_t p = grown(stack_push, 20000, 32, steps);
    pb_live(b, p, live);
    time_calls_of(p);
    return ((double)only(&rule_growth)->saving.ns - untimed) / 20000;
}

/* Made with its final size a small block comes from the cache; a large one, or one that stays
 * among many, from where the first size came, or dearer. */
static void what_malloc_costs_for_the_final_size_is_reckoned(void **state)
{
    (void)state;
    assert_true(gain_of_timing(1, 3) == 40 - 10); /* to 256 bytes */
    assert_true(gain_of_timing(8, 3) == 40 - 33); /* eight live at once */
    assert_true(gain_of_timing(1, 8) == 0);       /* to 8,192 bytes: no cheaper than before */
}

static void growing_once_is_no_matter(void **state)
{
    (void)state;
    grown(stack_push, 1, 32, 18);
    assert_quiet(&rule_growth);
    again();
    grown(stack_push, 10, 32, 19); /* ten Vecs of two million: 190 steps */
    assert_quiet(&rule_growth);
    again();
    grown(stack_push, 10, 32, 20); /* the limit: 200 */
    assert_int_equal(only(&rule_growth)->severity, FINDING_LOW);
}

static void a_capacity_that_is_right_is_quiet(void **state)
{
    (void)state;
    uint32_t p = pb_point(b, "malloc", stack_with_capacity, "app::load", 12);
    pb_births(b, p, 100000, 8192);
    pb_freed_all(b, p, 3);
    assert_quiet(&rule_growth);
}

static void most_buffers_that_never_grow_have_their_capacity(void **state)
{
    (void)state;
    uint32_t p = pb_point(b, "malloc", stack_push, "app::load", 12);
    pb_births(b, p, 100000, 32);
    pb_growth(b, p, 49999, 1, 32); /* just below one realloc for two buffers */
    assert_quiet(&rule_growth);
    again();
    p = pb_point(b, "malloc", stack_push, "app::load", 12);
    pb_births(b, p, 100000, 32);
    pb_growth(b, p, 50000, 1, 32);
    only(&rule_growth);
}

static void below_a_millisecond_it_is_low(void **state)
{
    (void)state;
    grown(stack_push, 68965, 32, 1); /* 68,965 * 14.5 ns = 999,992 */
    assert_int_equal(only(&rule_growth)->severity, FINDING_LOW);
    again();
    grown(stack_push, 68966, 32, 1);
    assert_int_equal(only(&rule_growth)->severity, FINDING_MEDIUM);
}

static void two_percent_of_a_short_run_are_enough(void **state)
{
    (void)state;
    grown(stack_push, 10000, 32, 2); /* 290 us */
    b->profile.program.cpu_ns = 14500000;
    assert_int_equal(only(&rule_growth)->severity, FINDING_MEDIUM); /* 2 % */
    again();
    grown(stack_push, 10000, 32, 2);
    b->profile.program.cpu_ns = 14600000;
    assert_int_equal(only(&rule_growth)->severity, FINDING_LOW);
    again();
    grown(stack_push, 3448, 32, 2); /* 99,992 ns */
    b->profile.program.cpu_ns = 2000000;
    assert_int_equal(only(&rule_growth)->severity, FINDING_LOW);
}

static void a_few_long_ones_are_a_long_tail(void **state)
{
    (void)state;
    uint32_t p = grown(stack_push, 49000, 32, 2); /* 16 u64 */
    pb_births(b, p, 1000, 32);
    pb_freed_all(b, p, 3);
    pb_growth(b, p, 1000, 11, 32); /* 8,192 u64 */
    const struct finding *f = only(&rule_growth);
    assert_told(f);
    assert_string_equal(f->variant, "long-tail");
    assert_int_equal(evidence_of(f, "advised_capacity"), 16);
    assert_non_null(strstr(f->advice, "with_capacity(16): 109,000 -> 9,000 reallocs"));
    assert_non_null(strstr(f->advice, "with_capacity(8192): 109,000 -> 0 reallocs"));
    assert_int_equal(f->saving.calls, 100000); /* two each; the nine more of the long ones stay */
    assert_int_equal(f->confidence, FINDING_LIKELY);
}

static void a_capacity_that_is_too_small_is_told_where_it_is_given(void **state)
{
    (void)state;
    grown(stack_with_capacity, 60000, 800, 4);
    const struct finding *f = only(&rule_growth);
    assert_told(f);
    assert_string_equal(f->variant, "capacity-too-small");
    assert_non_null(strstr(f->advice, "too small for 100 %"));
    assert_int_equal(evidence_of(f, "advised_capacity"), 3200); /* 12,800 bytes of u32 */
}

static void collect_without_a_lower_bound_is_told_to_extend(void **state)
{
    (void)state;
    grown(stack_collect_filter, 60000, 32, 4);
    const struct finding *f = only(&rule_growth);
    assert_told(f);
    assert_string_equal(f->variant, "collect");
    assert_non_null(strstr(f->code, "with_capacity(64)"));
    assert_non_null(strstr(f->code, "extend"));
    /* three early steps and a late one, and collect's own code */
    assert_int_equal(f->saving.ns, 60000 * (3 * 14.5 + 6.5 + 4 * 4));
    again();
    grown(stack_collect_result, 60000, 32, 4);
    f = only(&rule_growth);
    assert_string_equal(f->variant, "collect");
    assert_non_null(strstr(f->code, "push(item?)"));
}

/* read_to_end of what it is not known of how much is left, as `via` asks for memory. */
static const struct stack_frame *read_by(const struct stack_frame *via)
{
    static struct stack_frame frames[32];
    static const struct stack_frame read = {OWNER_STD,
                                            "std::io::default_read_to_end",
                                            "default_read_to_end<app::Decoder>",
                                            "/rustc/59807616/library/std/src/io/mod.rs",
                                            480,
                                            "std",
                                            true};
    size_t n = 0;
    while (via[n].function) {
        frames[n] = via[n];
        n++;
    }
    frames[n] = read;
    frames[n + 1] = (struct stack_frame){.function = NULL};
    return frames;
}

static void a_reader_without_a_length_is_told_to_be_given_one(void **state)
{
    (void)state;
    grown(read_by(stack_push_str), 60000, 32, 4);
    const struct finding *f = only(&rule_growth);
    assert_told(f);
    assert_string_equal(f->variant, "read-to-end");
    assert_string_equal(f->condition, "if the length is known before, or about");
    assert_non_null(strstr(f->code, "metadata()"));
    assert_int_equal(evidence_of(f, "reallocs"), 240000);
    assert_int_equal(f->saving.calls, 240000); /* all, however long each becomes */
    again(); /* some much longer: no one figure suits all, a length that is known does */
    uint32_t p = grown(read_by(stack_push_str), 49000, 32, 2);
    pb_births(b, p, 1000, 32);
    pb_freed_all(b, p, 3);
    pb_growth(b, p, 1000, 11, 32);
    assert_int_equal(only(&rule_growth)->saving.calls, 49000 * 2 + 1000 * 11);
    again();
    grown(read_by(stack_push_str), 60000, 32, 2); /* the edge */
    assert_string_equal(only(&rule_growth)->variant, "read-to-end");
    again();
    grown(read_by(stack_push_str), 60000, 32, 1); /* a file's length, and what std asks beyond */
    assert_quiet(&rule_growth);
    again();
    grown(stack_push_str, 60000, 32, 1); /* where it is nobody's reading */
    assert_string_equal(only(&rule_growth)->variant, "");
}

static void collect_of_known_length_is_quiet(void **state)
{
    (void)state;
    uint32_t p = pb_point(b, "malloc", stack_collect, "app::load", 12);
    pb_births(b, p, 100000, 800);
    pb_freed_all(b, p, 3);
    assert_quiet(&rule_growth);
}

static uint32_t exact_steps(uint64_t n, uint64_t steps_each)
{
    uint32_t p = pb_point(b, "malloc", stack_reserve_exact, "app::load", 12);
    pb_births(b, p, n, 8);
    pb_freed_all(b, p, 3);
    pb_growth(b, p, n, 7, 8); /* to 1,024 bytes */
    struct profile_growth *g = &pb_own(b, p)->growth;
    g->steps = n * steps_each;
    g->equal_steps = n * (steps_each - 1);
    pb_own(b, p)->reallocs = g->steps;
    return p;
}

static void steps_of_one_size_are_reserve_exact(void **state)
{
    (void)state;
    exact_steps(2000, 127);
    const struct finding *f = only(&rule_growth);
    assert_told(f);
    assert_string_equal(f->variant, "reserve-exact");
    assert_int_equal(f->saving.calls, 2000 * (127 - 7)); /* doubling takes 7 */
    again();
    exact_steps(20000, 8); /* seven equal ones: may be chance */
    assert_string_equal(only(&rule_growth)->variant, "");
    again();
    exact_steps(20000, 9);
    assert_string_equal(only(&rule_growth)->variant, "reserve-exact");
}

static void what_another_edit_removes_is_left_to_it(void **state)
{
    (void)state;
    const struct stack_frame *const others[] = {
        stack_format,    stack_lines,         stack_path_join,   stack_string_clone,
        stack_vec_clone, stack_str_to_string, stack_hash_insert, stack_thread_spawn};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        again();
        grown(others[i], 100000, 32, 3);
        assert_quiet(&rule_growth);
    }
}

static void points_that_do_not_grow_do_not_count(void **state)
{
    (void)state;
    grown(stack_push, 50000, 32, 2);
    uint32_t p = pb_point(b, "malloc", stack_vec_n, "app::load", 12);
    pb_births(b, p, 1000000, 64); /* another mechanism of the same line */
    pb_freed_all(b, p, 1);
    assert_int_equal(evidence_of(only(&rule_growth), "buffers"), 50000);
}

static void containers_of_one_line_are_told_apart_by_what_they_hold(void **state)
{
    (void)state;
    grown(stack_push, 10, 32, 20);
    grown(stack_push_str, 60000, 8, 4);
    struct findings *found = pb_judge(b, &rule_growth);
    assert_int_equal(found->count, 2);
    for (size_t i = 0; i < 2; i++) { /* neither has the other's sizes */
        const struct finding *f = found->list[i];
        bool text = evidence_of(f, "element_bytes") == 1;
        assert_int_equal(evidence_of(f, "buffers"), text ? 60000 : 10);
        assert_int_equal(evidence_of(f, "capacity_max"), text ? 128 : 4 << 20);
        assert_string_equal(f->variant, "");
    }
}

/* A struct's size is in no name, and what with_capacity was given is not, either. */
static void without_an_elements_size_figures_are_bytes(void **state)
{
    static const struct stack_frame of_structs[] = {
        {OWNER_STD, "alloc::alloc::alloc", "alloc", "/rustc/1.95.0/library/alloc/src/alloc.rs", 95,
         "alloc", true},
        {OWNER_STD, "alloc::vec::Vec<T>::with_capacity", "with_capacity<app::Move>",
         "/rustc/1.95.0/library/alloc/src/vec/mod.rs", 480, "alloc", true},
        {0},
    };
    (void)state;
    grown(of_structs, 60000, 32, 4);
    const struct finding *f = only(&rule_growth);
    assert_string_equal(f->variant, "capacity-too-small");
    assert_int_equal(evidence_of(f, "element_bytes"), 0);
    assert_non_null(strstr(f->what, "512 bytes, so the elements take 257..512 of them"));
    assert_non_null(strstr(f->advice, "else room for 512 B of elements, which fits all"));
    assert_non_null(
        strstr(f->code, "Vec::<Move>::with_capacity(512 / std::mem::size_of::<Move>())"));
}

static void symbols_alone_tell_growth_in_bytes(void **state)
{
    (void)state;
    grown(symbols_push_str, 100000, 8, 3);
    const struct finding *f = only(&rule_growth);
    assert_told(f);
    assert_int_equal(evidence_of(f, "reallocs"), 300000);
    assert_int_equal(f->severity, FINDING_MEDIUM);
}

/* ---- clone-then-grow ---- */

static void a_copy_that_is_added_to_is_told(void **state)
{
    (void)state;
    uint32_t p = grown(stack_string_clone, 100000, 20, 1);
    pb_moved(b, p, 100000, 2000000);
    const struct finding *f = only(&rule_clone_then_grow);
    assert_told(f);
    assert_int_equal(evidence_of(f, "reallocs"), 100000);
    assert_int_equal(f->saving.calls, 100000);
    assert_int_equal(f->saving.bytes_copied, 2000000);
    assert_int_equal(f->severity, FINDING_MEDIUM);
    assert_non_null(strstr(f->code, "push_str"));
    again();
    grown(stack_to_vec, 100000, 80, 1);
    assert_non_null(strstr(only(&rule_clone_then_grow)->code, "extend_from_slice"));
}

static void copies_of_which_less_than_half_grow_are_quiet(void **state)
{
    (void)state;
    uint32_t p = pb_point(b, "malloc", stack_vec_clone, "app::load", 12);
    pb_births(b, p, 100000, 80);
    pb_growth(b, p, 49999, 1, 80);
    assert_quiet(&rule_clone_then_grow);
    again();
    p = pb_point(b, "malloc", stack_vec_clone, "app::load", 12);
    pb_births(b, p, 100000, 80);
    pb_growth(b, p, 50000, 1, 80);
    only(&rule_clone_then_grow);
}

static void copies_that_are_cut_do_not_grow(void **state)
{
    (void)state;
    uint32_t p = pb_point(b, "malloc", stack_vec_clone, "app::load", 12);
    pb_births(b, p, 100000, 80);
    pb_freed_all(b, p, 1);
    pb_shrunk(b, p, 100000, 40);
    assert_quiet(&rule_clone_then_grow);
    assert_quiet(&rule_growth);
}

static void growth_of_what_is_no_copy_is_not_clones(void **state)
{
    (void)state;
    grown(stack_push, 100000, 32, 2);
    assert_quiet(&rule_clone_then_grow);
    again();
    grown(stack_format, 100000, 8, 2);
    assert_quiet(&rule_clone_then_grow);
}

/* ---- shrink ---- */

static uint32_t shrunk(const struct stack_frame *via, uint64_t n, uint64_t from, uint64_t to)
{
    uint32_t p = pb_point(b, "malloc", via, "app::load", 12);
    pb_births(b, p, n, from);
    pb_freed_all(b, p, 2);
    pb_shrunk(b, p, n, to);
    return p;
}

static void buffers_that_are_cut_are_told(void **state)
{
    (void)state;
    shrunk(stack_with_capacity, 200000, 8192, 800);
    const struct finding *f = only(&rule_shrink);
    assert_told(f);
    assert_int_equal(evidence_of(f, "shrunk"), 200000);
    assert_int_equal(evidence_of(f, "bytes_after_mean"), 800);
    assert_int_equal(f->saving.ns, 200000 * (8 + 33 - 13)); /* and smaller blocks cost less */
    assert_int_equal(f->severity, FINDING_HIGH);            /* 5.6 ms of 100 */
    assert_non_null(strstr(f->advice, "leave them as large as they are"));
}

static void kept_buffers_are_told_to_be_cut_where_need_be(void **state)
{
    (void)state;
    uint32_t p = pb_point(b, "malloc", stack_with_capacity, "app::load", 12);
    pb_births(b, p, 200000, 8192);
    pb_shrunk(b, p, 200000, 800);
    const struct finding *f = only(&rule_shrink);
    assert_non_null(strstr(f->advice, "cutting them saves memory"));
    assert_true(f->condition[0]);
}

static void a_third_off_is_what_doubling_leaves(void **state)
{
    (void)state;
    shrunk(stack_with_capacity, 200000, 1200, 801);
    assert_quiet(&rule_shrink);
    again();
    shrunk(stack_with_capacity, 200000, 1200, 800); /* 1.5 times */
    only(&rule_shrink);
}

static void boxed_slices_of_collect_are_cut_by_design(void **state)
{
    (void)state;
    shrunk(stack_collect_filter, 200000, 1600, 800);
    assert_quiet(&rule_shrink);
}

static void the_exception_is_not_the_rule(void **state)
{
    (void)state;
    uint32_t p = pb_point(b, "malloc", stack_with_capacity, "app::load", 12);
    pb_births(b, p, 100000, 8192);
    pb_freed_all(b, p, 2);
    pb_shrunk(b, p, 49999, 800);
    assert_quiet(&rule_shrink);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE_TEST(pushing_into_an_empty_vec_is_told_with_its_capacity),
        RULE_TEST(what_malloc_costs_for_the_final_size_is_reckoned),
        RULE_TEST(growing_once_is_no_matter),
        RULE_TEST(a_capacity_that_is_right_is_quiet),
        RULE_TEST(most_buffers_that_never_grow_have_their_capacity),
        RULE_TEST(below_a_millisecond_it_is_low),
        RULE_TEST(two_percent_of_a_short_run_are_enough),
        RULE_TEST(a_few_long_ones_are_a_long_tail),
        RULE_TEST(a_capacity_that_is_too_small_is_told_where_it_is_given),
        RULE_TEST(collect_without_a_lower_bound_is_told_to_extend),
        RULE_TEST(a_reader_without_a_length_is_told_to_be_given_one),
        RULE_TEST(collect_of_known_length_is_quiet),
        RULE_TEST(steps_of_one_size_are_reserve_exact),
        RULE_TEST(what_another_edit_removes_is_left_to_it),
        RULE_TEST(points_that_do_not_grow_do_not_count),
        RULE_TEST(containers_of_one_line_are_told_apart_by_what_they_hold),
        RULE_TEST(without_an_elements_size_figures_are_bytes),
        RULE_TEST(symbols_alone_tell_growth_in_bytes),
        RULE_TEST(a_copy_that_is_added_to_is_told),
        RULE_TEST(copies_of_which_less_than_half_grow_are_quiet),
        RULE_TEST(copies_that_are_cut_do_not_grow),
        RULE_TEST(growth_of_what_is_no_copy_is_not_clones),
        RULE_TEST(buffers_that_are_cut_are_told),
        RULE_TEST(kept_buffers_are_told_to_be_cut_where_need_be),
        RULE_TEST(a_third_off_is_what_doubling_leaves),
        RULE_TEST(boxed_slices_of_collect_are_cut_by_design),
        RULE_TEST(the_exception_is_not_the_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
