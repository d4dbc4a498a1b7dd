// sources: tests/unit/profile_builder.c tests/unit/rust_stacks.c
// libs: analyzer
//
// What rayon allocates for itself, on made profiles: whose it is, that one rule alone tells it, and
// when. The constants of cost.c hold: malloc and free of a small block are 13 ns; the program ran
// 100 ms, so a finding is shown from 1 ms on.
//
// Not covered: that the frames of rayon's versions look like these (tests/real, where programs are
// built with the one that their lock file pins).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "analyzer/rules/closure_name.h"
#include "analyzer/rules/parallel.h"
#include "tests/unit/rule_checks.h"

#define CARGO "/home/me/.cargo/registry/src/index/"

static const struct rule *const others[] = {
    &rule_growth,       &rule_copy_growth,  &rule_parallel_temp,     &rule_box_churn,
    &rule_buffer_reuse, &rule_small_buffer, &rule_needless_collect,  &rule_node_churn,
    &rule_c_churn,      &rule_many_small,   &rule_cross_thread_free, &rule_shrink,
};

/* Frames of crates as rustc 1.95 names them with line tables: generic arguments where inlined. */
static struct stack_frame dep(const char *crate, const char *function, const char *name,
                              const char *file, uint32_t line)
{
    return (struct stack_frame){.kind = OWNER_DEP,
                                .function = function,
                                .name = name,
                                .file = file,
                                .line = line,
                                .crate = crate,
                                .inlined = true};
}

static struct stack_frame consume(void)
{
    return dep("rayon", "rayon::iter::extend::{impl#9}::consume", "consume<u64>",
               CARGO "rayon-1.12.0/src/iter/extend.rs", 122);
}

static struct stack_frame complete(void)
{
    return dep("rayon", "rayon::iter::extend::{impl#9}::complete", "complete<u64>",
               CARGO "rayon-1.12.0/src/iter/extend.rs", 137);
}

static struct stack_frame par_extend(void)
{
    return dep("rayon", "rayon::iter::extend::{impl#33}::par_extend", "par_extend<u64>",
               CARGO "rayon-1.12.0/src/iter/extend.rs", 589);
}

static struct stack_frame helper(const char *name)
{
    return dep("rayon", "rayon::iter::plumbing::bridge_producer_consumer::helper", name,
               CARGO "rayon-1.12.0/src/iter/plumbing/mod.rs", 432);
}

static struct stack_frame job(void)
{
    return dep(
        "rayon_core", "rayon_core::job::{impl#3}::new",
        "new<rayon_core::scope::{impl#0}::spawn::{closure_env#0}<app::load::{closure_env#0}>>",
        CARGO "rayon-core-1.13.0/src/job.rs", 144);
}

static struct stack_frame deque(void)
{
    return dep("crossbeam_deque", "crossbeam_deque::deque::Worker<T>::new_fifo", "new_fifo<u64>",
               CARGO "crossbeam-deque-0.8.8/src/deque.rs", 222);
}

static struct stack_frame bridge(void)
{
    return dep("rayon", "rayon::iter::par_bridge::{impl#1}::drive_unindexed", "drive_unindexed",
               CARGO "rayon-1.12.0/src/iter/par_bridge.rs", 87);
}

/* malloc through `via`, then a crate's frames, then what is outside; user: a line of app::load, or
 * 0. */
static uint32_t point(const struct stack_frame *via, const struct stack_frame *crates, uint32_t n,
                      uint32_t user)
{
    uint32_t frames[32], count = 0;
    for (; via->function; via++)
        frames[count++] = pb_frame(b, via);
    for (uint32_t i = 0; i < n; i++)
        frames[count++] = pb_frame(b, &crates[i]);
    if (user)
        frames[count++] = pb_user_frame(b, "app::load", user);
    return pb_point_of(b, "malloc", frames, count);
}

static void freed_by_another(uint32_t p, uint64_t n, uint64_t bytes)
{
    pb_births(b, p, n, bytes);
    pb_freed_elsewhere(b, p, n);
}

/* A collect of app::load's in n pieces, by threads that have no frame of it: each a Vec that grows
 * `steps` times from 32 bytes, and a node. */
static void collect(const char *work, uint64_t n, uint32_t steps)
{
    struct stack_frame vec[] = {consume(), helper(work)}, node[] = {complete(), helper(work)};
    pb_births(b, pb_point(b, "malloc", stack_push, "app::main", 3), 1, 64);
    uint32_t p = point(stack_push, vec, 2, 0);
    freed_by_another(p, n, 32);
    if (steps)
        pb_growth(b, p, n, steps, 32);
    freed_by_another(point(stack_linked_list, node, 2, 0), n, 40);
}

static const char of_load[] =
    "helper<rayon::range::IterProducer<u64>, rayon::iter::noop::{closure_env#0}, "
    "rayon::iter::filter::FilterConsumer<app::load::{closure_env#1}>>";

static const struct finding *told(const char *variant)
{
    const struct finding *finding = only(&rule_parallel_pieces);
    assert_told(finding);
    assert_string_equal(finding->variant, variant);
    assert_true(finding->code[0] && finding->how[0]);
    return finding;
}

static void assert_nobody_else(void)
{
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (pb_judge(b, others[i])->count)
            fail_msg("%s tells it, too", others[i]->id);
}

/* ---- pieces of a collect ---- */

static void pieces_are_told_once_by_the_function_they_are_for(void **state)
{
    (void)state;
    collect(of_load, 100000, 4);
    const struct finding *finding = told("collect");
    assert_int_equal(finding->scope, FINDING_DEPENDENCY);
    assert_string_equal(finding->location.crate, "rayon");
    assert_int_equal(finding->location.line, 122);
    assert_string_equal(finding->caller.function, "app::load");
    assert_int_equal(finding->caller.line, 0); /* no frame says which */
    assert_non_null(strstr(finding->what, "For app::load, "));
    assert_non_null(
        strstr(finding->what, "in 100,000 pieces (Vecs of 512 B on average, grown 4.0"));
    assert_int_equal(finding->point_count, 2);
    assert_int_equal(evidence_of(finding, "pieces"), 100000);
    assert_int_equal(evidence_of(finding, "blocks"), 200000);
    assert_int_equal(finding->severity, FINDING_HIGH);
    assert_nobody_else();
}

static void the_line_is_that_of_the_collection_filled_at_the_end(void **state)
{
    (void)state;
    struct stack_frame end = par_extend();
    collect(of_load, 100000, 4);
    freed_by_another(point(stack_with_capacity, &end, 1, 12), 100, 4096);
    assert_int_equal(told("collect")->caller.line, 12);
    again(); /* two calls in one function: either may be meant */
    collect(of_load, 100000, 4);
    freed_by_another(point(stack_with_capacity, &end, 1, 12), 100, 4096);
    freed_by_another(point(stack_with_capacity, &end, 1, 15), 100, 4096);
    assert_string_equal(told("collect")->caller.function, "app::load");
    assert_int_equal(told("collect")->caller.line, 0);
}

static void each_function_has_its_own(void **state)
{
    (void)state;
    collect(of_load, 100000, 4);
    collect("helper<rayon::iter::filter::FilterConsumer<app::{impl#2}::save::{closure#0}::"
            "{closure_env#0}>>",
            50000, 4);
    struct findings *found = pb_judge(b, &rule_parallel_pieces);
    assert_int_equal(found->count, 2);
    assert_string_equal(found->list[0]->caller.function, "app::load");
    assert_string_equal(found->list[1]->caller.function, "app::save");
}

/* An inlined function has no other name than the one with its arguments. */
static void the_arguments_may_be_in_the_only_name(void **state)
{
    (void)state;
    struct stack_frame vec[] = {consume(), helper("")};
    vec[1].function = of_load;
    pb_births(b, pb_point(b, "malloc", stack_push, "app::main", 3), 1, 64);
    freed_by_another(point(stack_push, vec, 2, 0), 100000, 512);
    assert_string_equal(told("collect")->caller.function, "app::load");
}

/* A closure of a dependency's, a function instead of a closure: nobody is known. */
static void pieces_for_nobody_known_are_told_by_their_line(void **state)
{
    (void)state;
    collect("helper<rayon::iter::filter::FilterConsumer<walker::go::{closure_env#0}>>", 100000, 4);
    struct findings *found = pb_judge(b, &rule_parallel_pieces);
    assert_int_equal(found->count, 2); /* Vecs and nodes are at two lines */
    assert_string_equal(found->list[0]->caller.function, "");
    assert_nobody_else();
}

static void few_or_large_pieces_are_quiet(void **state)
{
    (void)state;
    collect(of_load, 499, 4); /* 998 blocks */
    assert_quiet(&rule_parallel_pieces);
    again();
    collect(of_load, 500, 4); /* a thousand: the edge */
    told("collect");
    again();
    collect(of_load, 100000, 8); /* 8 KiB each: the edge */
    assert_quiet(&rule_parallel_pieces);
    assert_nobody_else();
    again();
    collect(of_load, 100000, 7);
    told("collect");
}

static void the_collection_filled_at_the_end_is_no_piece(void **state)
{
    (void)state;
    struct stack_frame end = par_extend();
    uint32_t p = point(stack_with_capacity, &end, 1, 12);
    pb_births(b, p, 200000, 512);
    pb_freed_all(b, p, 1);
    pb_freed_at(b, p, 3000, PB_SAME_FUNCTION, NULL);
    assert_quiet(&rule_parallel_pieces);
    assert_int_equal(pb_judge(b, &rule_buffer_reuse)->count, 1);
}

/* ---- tasks ---- */

static void a_task_for_each_item_is_told(void **state)
{
    (void)state;
    struct stack_frame frames[] = {job()};
    freed_by_another(point(stack_box_new, frames, 1, 12), 200000, 16);
    const struct finding *finding = told("task");
    assert_string_equal(finding->caller.function, "app::load");
    assert_int_equal(finding->caller.line, 12);
    assert_string_equal(finding->what,
                        "app::load spawned 200,000 tasks of rayon's, each a block (16 B each).");
    assert_int_equal(finding->saving.ns, 200000 * (13 + 30));
    assert_nobody_else();
    again();
    freed_by_another(point(stack_box_new, frames, 1, 12), 999, 16);
    assert_quiet(&rule_parallel_pieces);
}

static void a_task_of_tokios_is_told_of_who_spawned_it(void **state)
{
    (void)state;
    struct stack_frame frames[] = {
        dep("tokio", "tokio::runtime::task::core::Cell<T,S>::new",
            "new<app::answer::{async_fn_env#0}, alloc::sync::Arc<Handle>>",
            CARGO "tokio-1.54.1/src/runtime/task/core.rs", 261),
        dep("tokio", "tokio::task::spawn::spawn", "spawn<app::answer::{async_fn_env#0}>",
            CARGO "tokio-1.54.1/src/task/spawn.rs", 170)};
    freed_by_another(point(stack_box_new, frames, 2, 12), 200000, 256);
    const struct finding *finding = told("task");
    assert_string_equal(finding->what,
                        "app::load spawned 200,000 tasks of tokio's, each a block (256 B each).");
    assert_string_equal(finding->condition, "if they need not run in other threads");
    assert_int_equal(finding->saving.ns, 200000 * (13 + 200));
    assert_non_null(strstr(finding->code, "join_all"));
    assert_nobody_else();
    again(); /* many side by side */
    uint32_t p = point(stack_box_new, frames, 2, 12);
    freed_by_another(p, 200000, 256);
    pb_live(b, p, 8);
    told("task");
    again();
    p = point(stack_box_new, frames, 2, 12);
    freed_by_another(p, 200000, 256);
    pb_live(b, p, 9);
    assert_quiet(&rule_parallel_pieces);
    again(); /* a server's own, for each connection */
    pb_births(b, pb_point(b, "malloc", stack_push, "app::main", 3), 1, 64);
    freed_by_another(point(stack_box_new, frames, 2, 0), 200000, 256);
    assert_quiet(&rule_parallel_pieces);
    assert_nobody_else();
}

/* ---- queues ---- */

static void the_queues_of_par_bridge_are_told(void **state)
{
    (void)state;
    struct stack_frame frames[] = {deque(), bridge()};
    freed_by_another(point(stack_arc_new, frames, 2, 12), 200000, 384);
    const struct finding *finding = told("bridge");
    assert_int_equal(finding->caller.line, 12);
    assert_non_null(strstr(finding->what, "app::load called par_bridge so often that its queues"));
    assert_nobody_else();
}

/* ---- calls ---- */

/* A line of app::load's that calls rayon through these frames, from the outside or from a thread of
 * the pool's. */
static uint32_t call(const struct stack_frame *via, const struct stack_frame *crates, uint32_t n,
                     bool inside)
{
    uint32_t frames[32], count = 0;
    struct stack_frame outer = helper("helper<app::main::{closure_env#0}>");
    for (; via->function; via++)
        frames[count++] = pb_frame(b, via);
    for (uint32_t i = 0; i < n; i++)
        frames[count++] = pb_frame(b, &crates[i]);
    frames[count++] = pb_user_frame(b, "app::load", 12);
    if (inside)
        frames[count++] = pb_frame(b, &outer);
    frames[count++] = pb_user_frame(b, "app::main", 100);
    return pb_point_of(b, "malloc", frames, count);
}

static void calls_from_outside_of_the_pool_cost_more_than_blocks(void **state)
{
    (void)state;
    struct stack_frame end = par_extend(), queues[] = {deque(), bridge()}, own[] = {bridge()};
    for (int inside = 0; inside <= 1; inside++) {
        again();
        collect(of_load, 10000, 0);
        freed_by_another(call(stack_with_capacity, &end, 1, inside), 1000, 4096);
        const struct finding *finding = told("collect");
        assert_int_equal(evidence_of(finding, "calls_from_outside"), inside ? 0 : 1000);
        assert_int_equal(finding->saving.ns / 1000000, inside ? 0 : 7);
        assert_int_equal(strstr(finding->how, "1,000 times a call into rayon's pool") != NULL,
                         !inside);
        again(); /* two queues and a list of them in each of 1,000 calls */
        freed_by_another(call(stack_arc_new, queues, 2, inside), 2000, 384);
        freed_by_another(call(stack_with_capacity, own, 1, inside), 1000, 16);
        assert_int_equal(evidence_of(told("bridge"), "calls_from_outside"), inside ? 0 : 1000);
    }
}

static void queues_of_others_are_not(void **state)
{
    (void)state;
    struct stack_frame own[] = {deque()}, between[] = {deque(),
                                                       dep("pool", "pool::start", "start",
                                                           CARGO "pool-1.0.0/src/lib.rs", 7),
                                                       bridge()};
    freed_by_another(point(stack_arc_new, own, 1, 12), 200000, 384);
    assert_quiet(&rule_parallel_pieces);
    again(); /* an iterator's own items, made while par_bridge asks for the next */
    freed_by_another(point(stack_arc_new, between, 3, 12), 200000, 384);
    assert_quiet(&rule_parallel_pieces);
}

static void the_pools_own_is_left_alone(void **state)
{
    (void)state;
    struct stack_frame push[] = {deque(),
                                 dep("rayon_core", "rayon_core::registry::WorkerThread::push",
                                     "push", CARGO "rayon-core-1.13.0/src/registry.rs", 750)};
    uint32_t p = point(stack_with_capacity, push, 2, 12);
    pb_births(b, p, 200000, 512);
    pb_freed_all(b, p, 1);
    pb_freed_at(b, p, 3000, PB_SAME_FUNCTION, NULL);
    assert_quiet(&rule_parallel_pieces);
    assert_nobody_else();
}

/* ---- without what is needed ---- */

static void without_lines_nothing_is_marked(void **state)
{
    (void)state;
    collect(of_load, 100000, 4);
    b->profile.program.lines = false;
    b->module.lines = false;
    for (uint32_t i = 0; i < b->profile.frame_count; i++) {
        b->frames[i].line = 0;
        b->frames[i].file = "";
    }
    const struct evidence *e = pb_evidence(b);
    for (uint32_t i = 0; i < b->profile.point_count; i++)
        assert_int_equal(e->facts[i].part, CRATE_PART_NONE);
}

/* ---- names ---- */

static void closures_are_found_one_after_the_other(void **state)
{
    (void)state;
    const char *at = "f<a::b::{closure_env#0}, &c::{impl#1}::d::{closure#2}::{closure_env#3}<u8>>";
    size_t n;
    const char *one = closure_name_next(&at, &n);
    assert_memory_equal(one, "a::b", n);
    assert_int_equal(n, 4);
    one = closure_name_next(&at, &n);
    assert_int_equal(n, strlen("c::{impl#1}::d::{closure#2}"));
    assert_memory_equal(one, "c::{impl#1}::d::{closure#2}", n);
    assert_null(closure_name_next(&at, &n));
    at = "::{closure_env#";
    one = closure_name_next(&at, &n);
    assert_int_equal(n, 0); /* hostile: an empty path is nobody's */
    assert_null(closure_name_next(&at, &n));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE_TEST(pieces_are_told_once_by_the_function_they_are_for),
        RULE_TEST(the_line_is_that_of_the_collection_filled_at_the_end),
        RULE_TEST(each_function_has_its_own),
        RULE_TEST(the_arguments_may_be_in_the_only_name),
        RULE_TEST(pieces_for_nobody_known_are_told_by_their_line),
        RULE_TEST(few_or_large_pieces_are_quiet),
        RULE_TEST(the_collection_filled_at_the_end_is_no_piece),
        RULE_TEST(a_task_for_each_item_is_told),
        RULE_TEST(a_task_of_tokios_is_told_of_who_spawned_it),
        RULE_TEST(the_queues_of_par_bridge_are_told),
        RULE_TEST(queues_of_others_are_not),
        RULE_TEST(calls_from_outside_of_the_pool_cost_more_than_blocks),
        RULE_TEST(the_pools_own_is_left_alone),
        RULE_TEST(without_lines_nothing_is_marked),
        cmocka_unit_test(closures_are_found_one_after_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
