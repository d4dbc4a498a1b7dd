// sources: tests/unit/profile_builder.c tests/unit/rust_stacks.c
// libs: analyzer
//
// Copies that make_mut makes of what is shared, on made profiles. The constants of cost.c hold:
// malloc and free of a small block are 13 ns; the program ran 100 ms, so a finding is shown from 1
// ms on.
//
// Not covered: that the frames of real programs look like these (tests/rules).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "analyzer/rules/crate_parts.h"
#include "tests/unit/rule_checks.h"

#define STD "/rustc/59807616/library/alloc/src/"

static const struct stack_frame make_mut = {
    OWNER_STD, "alloc::sync::Arc<T,A>::make_mut", "", STD "sync.rs", 2505, "alloc", false};

/* Frames of `via` and make_mut around them. */
static const struct stack_frame *copied(const struct stack_frame *via)
{
    static struct stack_frame frames[40];
    size_t n = 0;
    for (; via[n].function; n++)
        frames[n] = via[n];
    frames[n] = make_mut;
    frames[n + 1] = (struct stack_frame){.function = NULL};
    return frames;
}

/* n copies at the line: the Arc and a Vec of so many bytes. */
static uint32_t copy(const char *function, uint32_t line, uint64_t n, uint64_t bytes)
{
    static const struct stack_frame whole[] = {
        {OWNER_STD, "allocate_for_layout<app::Table>", "", STD "sync.rs", 4236, "alloc", true},
        {.function = NULL}};
    uint32_t p = pb_point(b, "malloc", copied(stack_vec_clone), function, line);
    pb_births(b, p, n, bytes);
    pb_freed_all(b, p, 3);
    p = pb_point(b, "malloc", copied(whole), function, line);
    pb_births(b, p, n, 64);
    pb_freed_all(b, p, 3);
    return p;
}

static void copies_of_what_is_shared_are_told_once(void **state)
{
    (void)state;
    copy("app::load", 12, 20000, 4096);
    const struct finding *f = only(&rule_copy_on_write);
    assert_told(f);
    assert_string_equal(f->location.function, "app::load");
    assert_int_equal(f->location.line, 12);
    assert_int_equal(evidence_of(f, "copies"), 20000);
    assert_int_equal(f->point_count, 2);
    assert_non_null(strstr(f->what, "20,000 copies of a value by make_mut"));
    assert_non_null(strstr(f->what, "40,000 blocks, 83.2 MB; the largest of 4,096 B"));
    assert_string_equal(f->condition, "if nobody needs the old versions");
    /* the Vecs 33 ns a pair, beyond the cache, the Arcs 13; 2 for each block; 83.2 MB of bytes */
    assert_int_equal(f->saving.ns, 20000 * (33 + 13) + 40000 * 2 + 83200000 * 0.015);
    assert_quiet(&rule_clone);
    assert_quiet(&rule_clone_then_grow);
    assert_quiet(&rule_buffer_reuse);
}

static void a_copy_now_and_then_is_quiet(void **state)
{
    (void)state;
    copy("app::load", 12, 999, 4096);
    assert_quiet(&rule_copy_on_write);
    again();
    copy("app::load", 12, 1000, 4096); /* the edge */
    only(&rule_copy_on_write);
}

static void each_line_is_told(void **state)
{
    (void)state;
    copy("app::load", 12, 2000, 4096);
    copy("app::save", 40, 3000, 4096);
    struct findings *found = pb_judge(b, &rule_copy_on_write);
    assert_int_equal(found->count, 2);
    assert_int_equal(evidence_of(found->list[0], "copies"), 2000);
    assert_int_equal(evidence_of(found->list[1], "copies"), 3000);
}

/* The closure that changes the value is no part of the copy. */
static void what_is_done_with_the_copy_is_its_own(void **state)
{
    (void)state;
    uint32_t p = pb_point(b, "malloc", stack_push, "app::load", 12);
    assert_int_equal(pb_evidence(b)->facts[p].part, CRATE_PART_NONE);
    again();
    uint32_t frames[32], n = 0;
    for (const struct stack_frame *via = stack_box_new; via->function; via++)
        frames[n++] = pb_frame(b, via);
    frames[n++] = pb_user_frame(b, "app::change", 7);
    frames[n++] = pb_frame(b, &make_mut); /* around it: of another value */
    frames[n++] = pb_user_frame(b, "app::load", 12);
    p = pb_point_of(b, "malloc", frames, n);
    assert_int_equal(pb_evidence(b)->facts[p].part, CRATE_PART_NONE);
}

static void functions_of_that_name_are_not_std(void **state)
{
    (void)state;
    static const struct stack_frame of_crate[] = {
        {OWNER_DEP, "cow::Cow::make_mut", "", "/c/cow-1.0.0/src/lib.rs", 9, "cow", false},
        {.function = NULL}};
    uint32_t p = pb_point(b, "malloc", of_crate, "app::load", 12);
    assert_int_equal(pb_evidence(b)->facts[p].part, CRATE_PART_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE_TEST(copies_of_what_is_shared_are_told_once),
        RULE_TEST(a_copy_now_and_then_is_quiet),
        RULE_TEST(each_line_is_told),
        RULE_TEST(what_is_done_with_the_copy_is_its_own),
        RULE_TEST(functions_of_that_name_are_not_std),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
