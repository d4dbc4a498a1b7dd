// sources: tests/unit/profile_builder.c tests/unit/rust_stacks.c
// libs: analyzer
//
// The rules about threads and panics, on made profiles: thread-spawn, cross-thread-free,
// panic-churn.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/rule_checks.h"

/* ---- thread-spawn ---- */

/* A spawned thread makes two blocks here, at two stacks of one line. */
static void spawn(uint64_t n)
{
    for (int i = 0; i < 2; i++) {
        uint32_t p = pb_point(b, "malloc", stack_thread_spawn, "app::start", 7);
        pb_births(b, p, n, 48);
        pb_freed_elsewhere(b, p, n);
    }
}

static void threads_at_once(uint32_t n)
{
    static struct profile_thread threads[300];
    for (uint32_t i = 0; i < n + 1; i++)
        threads[i] = (struct profile_thread){.name = "", .tid = i + 1, .owners = 1, .allocs = 10};
    b->profile.threads = threads;
    b->profile.thread_count = n + 1;
}

static void spawning_in_a_loop_is_told_once_per_thread(void **state)
{
    (void)state;
    spawn(500);
    const struct finding *f = only(&rule_thread_spawn);
    assert_told(f);
    assert_int_equal(f->location.line, 7);
    assert_int_equal(evidence_of(f, "spawns"), 500); /* not 1000: both stacks are one spawn */
    assert_int_equal(f->saving.ns, 500 * 43600);
    assert_int_equal(f->severity, FINDING_HIGH); /* 21.8 of 100 ms */
}

static void hundred_threads_are_the_limit(void **state)
{
    (void)state;
    spawn(99);
    assert_quiet(&rule_thread_spawn);
    again();
    spawn(100);
    assert_int_equal(only(&rule_thread_spawn)->severity, FINDING_MEDIUM); /* 4.36 ms of 100 */
}

static void threads_that_live_together_are_a_pool(void **state)
{
    (void)state;
    spawn(200);
    threads_at_once(200);
    assert_quiet(&rule_thread_spawn);
}

static void few_at_a_time_are_no_pool(void **state)
{
    (void)state;
    spawn(200);
    threads_at_once(100);
    assert_int_equal(evidence_of(only(&rule_thread_spawn), "threads_at_once_max"), 100);
}

/* Fifty pools of four, one after the other: each start is paid for. */
static void pools_made_anew_are_a_loop_of_spawns(void **state)
{
    (void)state;
    spawn(200);
    threads_at_once(4);
    assert_int_equal(only(&rule_thread_spawn)->saving.ns, 200 * 43600);
}

static void two_callers_of_one_line_add_up(void **state)
{
    (void)state;
    for (uint32_t line = 200; line < 202; line++) {
        uint32_t outer = pb_user_frame(b, "app::caller", line);
        uint32_t p = pb_point_in(b, "malloc", stack_thread_spawn, "app::start", 7, &outer, 1);
        pb_births(b, p, 60, 48);
        pb_freed_elsewhere(b, p, 60);
    }
    assert_int_equal(evidence_of(only(&rule_thread_spawn), "spawns"), 120);
}

/* Blocks of the sizes that a spawn asks for; each returns to an address of its own in the user's
 * function, where spawn is inlined. */
static void spawn_in_line(uint64_t n)
{
    static const uint64_t sizes[] = {64, 48, 24, 32, 16};
    static const struct stack_frame user = {OWNER_USER, "app::start", "",   "/src/main.rs",
                                            7,          "app",        false};
    uint32_t main_frame = pb_user_frame(b, "app::main", 100);
    for (int i = 0; i < 5; i++) {
        const struct stack_frame *spawn_frame = &stack_thread_spawn[1];
        for (int k = 1; stack_thread_spawn[k].function; k++)
            if (strstr(stack_thread_spawn[k].function, "spawn"))
                spawn_frame = &stack_thread_spawn[k];
        uint32_t frames[] = {pb_frame(b, spawn_frame), pb_frame(b, &user), main_frame};
        b->frames[frames[0]].address = b->frames[frames[1]].address; /* inlined */
        uint32_t p = pb_point_of(b, "malloc", frames, 3);
        pb_births(b, p, n, sizes[i]);
        pb_freed_elsewhere(b, p, n);
    }
}

static void stacks_that_part_in_the_users_function_are_one_spawn(void **state)
{
    (void)state;
    spawn_in_line(300);
    assert_int_equal(evidence_of(only(&rule_thread_spawn), "spawns"), 300);
}

/* Each copy of the line starts a third of the threads. */
static void an_unrolled_line_is_one_spawn_each(void **state)
{
    (void)state;
    for (int copy = 0; copy < 3; copy++)
        spawn_in_line(60);
    assert_int_equal(evidence_of(only(&rule_thread_spawn), "spawns"), 180);
}

static void symbols_alone_tell_of_spawned_threads(void **state)
{
    (void)state;
    uint32_t p = pb_point(b, "malloc", symbols_thread_spawn, "app::start", 0);
    pb_births(b, p, 1000, 48);
    pb_freed_elsewhere(b, p, 1000);
    assert_int_equal(evidence_of(only(&rule_thread_spawn), "spawns"), 1000);
}

/* ---- cross-thread-free ---- */

static uint32_t sent(uint64_t n, uint64_t elsewhere)
{
    uint32_t p = pb_point(b, "malloc", stack_box_new, "app::produce", 20);
    pb_births(b, p, n, 64);
    pb_freed_elsewhere(b, p, elsewhere);
    pb_freed(b, p, n - elsewhere, 3);
    return p;
}

static void a_flow_between_threads_is_told(void **state)
{
    (void)state;
    sent(200000, 200000);
    const struct finding *f = only(&rule_cross_thread_free);
    assert_told(f);
    assert_int_equal(f->saving.ns, 200000 * 9);
    assert_int_equal(f->severity, FINDING_LOW);
    assert_int_equal(evidence_of(f, "freed_elsewhere"), 200000);
}

static void a_flow_that_costs_little_is_minor(void **state)
{
    (void)state;
    sent(50000, 50000); /* 0.45 ms */
    assert_int_equal(only(&rule_cross_thread_free)->severity, FINDING_LOW);
}

static void it_is_never_more_than_low(void **state)
{
    (void)state;
    sent(10000000, 10000000); /* 90 of 100 ms */
    assert_int_equal(only(&rule_cross_thread_free)->severity, FINDING_LOW);
}

static void few_blocks_or_a_small_part_are_no_flow(void **state)
{
    (void)state;
    sent(9999, 9999);
    assert_quiet(&rule_cross_thread_free);
    again();
    sent(100000, 49000);
    assert_quiet(&rule_cross_thread_free);
}

static void results_that_are_handed_over_whole_are_no_flow(void **state)
{
    (void)state;
    uint32_t p = sent(200000, 200000);
    pb_live(b, p, 190000);
    assert_quiet(&rule_cross_thread_free);
}

/* Both std's and crossbeam's channels make a block for 31 messages. */
static void a_channels_backlog_is_a_flow_all_the_same(void **state)
{
    (void)state;
    uint32_t p = sent(200000, 200000);
    pb_live(b, p, 190000);
    uint32_t blocks = pb_point(b, "calloc", stack_mpsc, "app::produce", 21);
    pb_births(b, blocks, 200000 / 31, 1000);
    pb_freed_elsewhere(b, blocks, 200000 / 31);
    assert_int_equal(only(&rule_cross_thread_free)->location.line, 20);
}

static void items_that_die_with_their_batch_are_what_is_advised(void **state)
{
    (void)state;
    uint32_t p = pb_point(b, "malloc", stack_box_new, "app::produce", 20);
    pb_births(b, p, 200000, 64);
    pb_freed_elsewhere(b, p, 200000);
    static const char *const dropped[] = {"alloc::boxed::Box<u64>",
                                          "alloc::vec::Vec<alloc::boxed::Box<u64>>"};
    struct profile_link *link = &b->links[b->profile.link_count++];
    *link = (struct profile_link){
        .kind = PROFILE_FREED, .from = p, .to = PROFILE_NONE, .n = 3000, .moved = 3000};
    uint32_t *stack = b->link_stacks[b->profile.link_count - 1];
    link->to_stack = stack;
    for (int i = 0; i < 2; i++) {
        char *name = arena_alloc(&b->profile.arena, 100);
        strcat(strcat(strcpy(name, "drop_in_place<"), dropped[i]), ">");
        stack[link->to_depth++] =
            pb_frame(b, &(struct stack_frame){OWNER_STD, name, name, "core/src/ptr/mod.rs", 1,
                                              "core", true});
    }
    stack[link->to_depth++] = pb_user_frame(b, "app::consume", 40);
    assert_quiet(&rule_cross_thread_free);
}

/* ---- panic-churn ---- */

/* The exception of a panic!; stack_panic is of the backtrace that the default hook prints. */
static const struct stack_frame stack_exception[] = {
    {OWNER_STD, "<alloc::boxed::Box<panic_unwind::imp::Exception>>::new",
     "new<panic_unwind::imp::Exception>", "/rustc/1.95.0/library/alloc/src/boxed.rs", 286, "alloc",
     true},
    {OWNER_RT, "__rustc::__rust_start_panic", "__rust_start_panic",
     "/rustc/1.95.0/library/panic_unwind/src/lib.rs", 108, "panic_unwind", false},
    {OWNER_STD, "__rustc::rust_panic", "rust_panic", "/rustc/1.95.0/library/std/src/panicking.rs",
     886, "std", false},
    {OWNER_STD, "__rustc::rust_begin_unwind", "panic_handler",
     "/rustc/1.95.0/library/std/src/panicking.rs", 689, "std", false},
    {OWNER_STD, "core::panicking::panic_fmt", "panic_fmt",
     "/rustc/1.95.0/library/core/src/panicking.rs", 80, "core", false},
    {0},
};

static void panicking(uint64_t n)
{
    for (int i = 0; i < 3; i++) { /* message, box, exception */
        uint32_t p = pb_point(b, "malloc", stack_exception, "app::parse", 9);
        pb_births(b, p, n, 56);
        pb_freed_all(b, p, 2);
    }
}

static void panics_in_a_loop_are_told(void **state)
{
    (void)state;
    panicking(2000);
    const struct finding *f = only(&rule_panic_churn);
    assert_told(f);
    assert_int_equal(f->location.line, 9);
    assert_int_equal(f->scope, FINDING_OWN);
    assert_int_equal(f->saving.ns, 2000 * 2200);
    assert_int_equal(f->severity, FINDING_MEDIUM); /* 4.4 of 100 ms */
}

static void some_panics_are_not(void **state)
{
    (void)state;
    panicking(99);
    assert_quiet(&rule_panic_churn);
}

static void a_backtraces_blocks_are_no_panics(void **state)
{
    (void)state;
    uint32_t p = pb_point(b, "malloc", stack_panic, "app::parse", 9);
    pb_births(b, p, 95000, 56);
    pb_freed_all(b, p, 2);
    assert_quiet(&rule_panic_churn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE_TEST(spawning_in_a_loop_is_told_once_per_thread),
        RULE_TEST(hundred_threads_are_the_limit),
        RULE_TEST(threads_that_live_together_are_a_pool),
        RULE_TEST(few_at_a_time_are_no_pool),
        RULE_TEST(pools_made_anew_are_a_loop_of_spawns),
        RULE_TEST(two_callers_of_one_line_add_up),
        RULE_TEST(stacks_that_part_in_the_users_function_are_one_spawn),
        RULE_TEST(an_unrolled_line_is_one_spawn_each),
        RULE_TEST(symbols_alone_tell_of_spawned_threads),
        RULE_TEST(a_flow_between_threads_is_told),
        RULE_TEST(a_flow_that_costs_little_is_minor),
        RULE_TEST(it_is_never_more_than_low),
        RULE_TEST(few_blocks_or_a_small_part_are_no_flow),
        RULE_TEST(results_that_are_handed_over_whole_are_no_flow),
        RULE_TEST(a_channels_backlog_is_a_flow_all_the_same),
        RULE_TEST(items_that_die_with_their_batch_are_what_is_advised),
        RULE_TEST(panics_in_a_loop_are_told),
        RULE_TEST(some_panics_are_not),
        RULE_TEST(a_backtraces_blocks_are_no_panics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
