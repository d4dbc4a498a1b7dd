// sources: tests/unit/profile_builder.c tests/unit/rust_stacks.c
// libs: analyzer
//
// By way of which crates a dependency's line is called, on made profiles.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "analyzer/rules/ways.h"
#include "tests/unit/rule_checks.h"

static struct stack_frame dep(const char *crate, const char *function, const char *file,
                              uint32_t line)
{
    return (struct stack_frame){
        .kind = OWNER_DEP, .function = function, .file = file, .line = line, .crate = crate};
}

/* What is told of a buffer that grows in the innermost of these frames, which app::load calls. */
static const char *told(const struct stack_frame *frames, uint32_t n, bool users)
{
    uint32_t stack[64], count = 0;
    for (const struct stack_frame *via = stack_push; via->function; via++)
        stack[count++] = pb_frame(b, via);
    for (uint32_t i = 0; i < n; i++)
        stack[count++] = pb_frame(b, &frames[i]);
    if (users)
        stack[count++] = pb_user_frame(b, "app::load", 12);
    uint32_t p = pb_point_of(b, "malloc", stack, count);
    pb_births(b, p, 20000, 32);
    pb_freed_all(b, p, 3);
    pb_growth(b, p, 20000, 8, 32);
    if (!users)
        pb_births(b, pb_point(b, "malloc", stack_push, "app::main", 3), 1, 32);
    struct findings *found = pb_judge(b, &rule_growth);
    assert_int_equal(found->count, 1);
    ways_tell(&b->profile, found);
    assert_false(found->failed);
    return found->list[0]->what;
}

static void assert_way(const char *what, const char *way)
{
    const char *sentence = strstr(what, " It is called by way of ");
    if (way)
        assert_non_null(sentence);
    else
        assert_null(sentence);
    if (way)
        assert_string_equal(sentence + strlen(" It is called by way of "), way);
}

static void the_crates_between_are_told_from_the_inside(void **state)
{
    (void)state;
    const struct stack_frame frames[] = {
        dep("inner", "inner::grow", "/c/inner-1.0.0/src/lib.rs", 5),
        dep("inner", "inner::start", "/c/inner-1.0.0/src/lib.rs", 50),
        dep("middle", "middle::Thing::work", "/c/middle-1.0.0/src/thing.rs", 7),
        dep("middle", "middle::go", "/c/middle-1.0.0/src/lib.rs", 70),
        dep("outer", "outer::run", "/c/outer-1.0.0/src/lib.rs", 9),
    };
    assert_way(told(frames, 5, true), "middle's work (thing.rs:7), outer's run (lib.rs:9).");
    again();
    assert_way(told(frames, 2, true), NULL); /* none between */
    again();
    assert_way(told(frames, 5, false), NULL); /* called by nobody who is known */
}

static void each_is_told_once_the_innermost_four(void **state)
{
    (void)state;
    const struct stack_frame frames[] = {
        dep("a", "a::f", "/c/a/src/lib.rs", 1), dep("b", "b::f", "/c/b/src/lib.rs", 2),
        dep("a", "a::g", "/c/a/src/lib.rs", 3), dep("c", "c::f", "/c/c/src/lib.rs", 4),
        dep("b", "b::g", "/c/b/src/lib.rs", 5), dep("d", "d::f", "/c/d/src/lib.rs", 6),
        dep("e", "e::f", "/c/e/src/lib.rs", 7), dep("g", "g::f", "/c/g/src/lib.rs", 8),
    };
    assert_way(told(frames, 8, true),
               "b's f (lib.rs:2), c's f (lib.rs:4), d's f (lib.rs:6), e's f (lib.rs:7).");
}

/* Work that a thread took over: the line that asked for it is in no frame. */
static void without_the_caller_in_the_stack_there_is_no_way(void **state)
{
    (void)state;
    const struct stack_frame frames[] = {dep("a", "a::f", "/c/a/src/lib.rs", 1),
                                         dep("b", "b::f", "/c/b/src/lib.rs", 2)};
    told(frames, 2, false);
    struct finding *finding = pb_judge(b, &rule_growth)->list[0];
    finding->caller.function = "app::load";
    ways_tell(&b->profile, &b->findings);
    assert_way(finding->what, NULL);
}

static void what_has_no_line_or_no_name_is_told_as_it_is(void **state)
{
    (void)state;
    const struct stack_frame frames[] = {
        dep("inner", "inner::grow", "/c/inner-1.0.0/src/lib.rs", 5),
        dep("middle", "middle::work", "", 0),
        dep("hashbrown", "hashbrown::map::insert", "/c/hashbrown-0.15.0/src/map.rs", 8),
        dep("outer", "{closure#0}", "/c/outer-1.0.0/src/lib.rs", 9),
    };
    assert_way(told(frames, 4, true), "middle's work, outer's code (lib.rs:9).");
}

/* What a web server does with a request before the handler runs: no frame is the user's yet. */
static void without_a_frame_the_names_tell_whom_it_is_for(void **state)
{
    (void)state;
    struct stack_frame frames[] = {
        dep("serde_json", "serde_json::read::parse", "/c/serde_json/src/read.rs", 5),
        dep("axum", "<F as axum::handler::Handler<T,S>>::call::{{closure}}",
            "/c/axum/src/handler/mod.rs", 255),
    };
    frames[1].name =
        "{async_block#0}<axum::serve::go::{async_fn_env#0}, app::order::{async_fn_env#0}>";
    const char *what = told(frames, 2, false);
    assert_non_null(strstr(what, " It is done for app::order."));
    again();
    frames[1].name = "{async_block#0}<axum::serve::go::{async_fn_env#0}>";
    assert_null(strstr(told(frames, 2, false), "It is done for"));
}

static void own_lines_have_no_way(void **state)
{
    (void)state;
    assert_way(told(NULL, 0, true), NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE_TEST(the_crates_between_are_told_from_the_inside),
        RULE_TEST(each_is_told_once_the_innermost_four),
        RULE_TEST(without_the_caller_in_the_stack_there_is_no_way),
        RULE_TEST(what_has_no_line_or_no_name_is_told_as_it_is),
        RULE_TEST(without_a_frame_the_names_tell_whom_it_is_for),
        RULE_TEST(own_lines_have_no_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
