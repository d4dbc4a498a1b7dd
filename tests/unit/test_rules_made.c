// sources: tests/unit/profile_builder.c tests/unit/rust_stacks.c
// libs: analyzer
//
// What is made to be kept and made again, on made profiles: how often, by whom, and what else is
// not told of it. The constants of cost.c hold: malloc and free of a small block are 13 ns; the
// program ran 100 ms, so a finding is shown from 1 ms on.
//
// Not covered: that the frames of the crates look like these (tests/real; of reqwest's client and
// of tokio's many threads it was looked at by hand).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "analyzer/rules/costly_makes.h"
#include "tests/unit/rule_checks.h"

#define CARGO "/home/me/.cargo/registry/src/index/"

static struct stack_frame dep(const char *crate, const char *function, const char *file)
{
    return (struct stack_frame){
        .kind = OWNER_DEP, .function = function, .file = file, .line = 7, .crate = crate};
}

static struct stack_frame pool(void)
{
    return dep("rayon_core", "rayon_core::ThreadPoolBuilder<S>::build",
               CARGO "rayon-core-1.13.0/src/lib.rs");
}

static struct stack_frame automaton(void)
{
    return dep("aho_corasick", "aho_corasick::ahocorasick::AhoCorasick::new",
               CARGO "aho-corasick-1.1.4/src/ahocorasick.rs");
}

static struct stack_frame client(void)
{
    return dep("reqwest", "reqwest::blocking::client::Client::new",
               CARGO "reqwest-0.12.28/src/blocking/client.rs");
}

static struct stack_frame runtime(void)
{
    return dep("tokio", "tokio::runtime::builder::Builder::build",
               CARGO "tokio-1.48.0/src/runtime/builder.rs");
}

static uint32_t point(const struct stack_frame *crates, uint32_t n, const char *user,
                      uint64_t blocks)
{
    uint32_t frames[32], count = 0;
    for (const struct stack_frame *via = stack_with_capacity; via->function; via++)
        frames[count++] = pb_frame(b, via);
    for (uint32_t i = 0; i < n; i++)
        frames[count++] = pb_frame(b, &crates[i]);
    if (user)
        frames[count++] = pb_user_frame(b, user, 12);
    uint32_t p = pb_point_of(b, "malloc", frames, count);
    pb_births(b, p, blocks, 64);
    pb_freed_all(b, p, 5);
    if (user)
        pb_freed_at(b, p, blocks / 64 + 1, PB_SAME_FUNCTION, NULL);
    return p;
}

/* Made n times: ten blocks once, three twice, one now and then for all of them. */
static void make(struct stack_frame maker, const char *user, uint64_t n)
{
    for (int i = 0; i < 10; i++)
        point(&maker, 1, user, n);
    for (int i = 0; i < 3; i++)
        point(&maker, 1, user, 2 * n);
    point(&maker, 1, user, n / 100 + 1);
}

static const struct finding *told(void)
{
    const struct finding *finding = only(&rule_made_again);
    assert_told(finding);
    assert_true(finding->code[0] && finding->how[0]);
    return finding;
}

static void a_pool_for_each_use_is_told(void **state)
{
    (void)state;
    make(pool(), "app::load", 400);
    const struct finding *f = told();
    assert_int_equal(f->scope, FINDING_OWN);
    assert_string_equal(f->location.function, "app::load");
    assert_string_equal(f->variant, "rayon_core");
    assert_string_equal(f->title, "a pool of rayon's is made again and again");
    assert_int_equal(evidence_of(f, "times_made"), 400);
    assert_non_null(strstr(f->what, "app::load made 400 pools of rayon's, of 16 blocks each"));
    assert_non_null(strstr(f->what, ", always the same."));
    assert_int_equal(f->saving.ns, 400 * 50000); /* its threads */
    assert_int_equal(f->confidence, FINDING_CERTAIN);
    assert_quiet(&rule_buffer_reuse);
    assert_quiet(&rule_small_buffer);
    assert_quiet(&rule_thread_spawn);
    assert_quiet(&rule_parallel_pieces);
}

static void without_threads_its_blocks_count(void **state)
{
    (void)state;
    make(automaton(), "app::load", 400);
    const struct finding *f = told();
    assert_in_range(f->saving.ns, 400 * 16 * 13 * 8 / 5, 400 * 17 * 13 * 8 / 5);
    assert_non_null(strstr(f->how, "beside the blocks, 0.6 of that"));
}

static void some_are_quiet(void **state)
{
    (void)state;
    make(pool(), "app::load", 19);
    assert_quiet(&rule_made_again);
    again();
    make(pool(), "app::load", 20); /* the edge */
    told();
}

/* Whose first time builds what all of them share: most kinds of blocks are made once or thrice. */
static void what_the_first_one_makes_is_not_counted(void **state)
{
    (void)state;
    struct stack_frame maker = automaton();
    for (int i = 0; i < 30; i++)
        point(&maker, 1, "app::load", (uint64_t)(i % 3 + 1));
    point(&maker, 1, "app::load", 400);
    point(&maker, 1, "app::load", 1200);
    assert_int_equal(evidence_of(told(), "times_made"), 400);
    again(); /* all made ten times, some twice each: twenty is not how often */
    make(maker, "app::load", 10);
    assert_quiet(&rule_made_again);
}

/* Some that are made now and then are too few to say how often. */
static void a_rare_block_is_not_what_counts(void **state)
{
    (void)state;
    struct stack_frame maker = automaton();
    make(maker, "app::load", 400);
    point(&maker, 1, "app::load", 50); /* one of fifteen kinds, and divides 400 */
    assert_int_equal(evidence_of(told(), "times_made"), 400);
}

static void others_each_time_are_less_sure(void **state)
{
    (void)state;
    struct stack_frame maker = automaton();
    make(maker, "app::load", 400);
    point(&maker, 1, "app::load", 5 * 401);
    const struct finding *f = told();
    assert_null(strstr(f->what, "always the same"));
    assert_int_equal(f->confidence, FINDING_LIKELY);
    assert_string_equal(f->condition, "if the same will do");
}

static void what_one_makes_for_itself_belongs_to_it(void **state)
{
    (void)state;
    struct stack_frame inner[] = {runtime(), client()};
    for (int i = 0; i < 10; i++)
        point(inner, 2, "app::load", 400);
    const struct finding *f = told();
    assert_string_equal(f->variant, "reqwest");
    again(); /* in the client's own thread */
    struct stack_frame thread[] = {
        runtime(), dep("reqwest", "reqwest::blocking::client::ClientHandle::new::{closure#0}",
                       CARGO "reqwest-0.12.28/src/blocking/client.rs")};
    for (int i = 0; i < 10; i++)
        point(thread, 2, NULL, 400);
    point(thread, 1, "app::other", 1);
    assert_quiet(&rule_made_again);
}

/* The crate's other functions on the way are no callers. */
static void the_caller_is_outside_of_the_crate(void **state)
{
    (void)state;
    struct stack_frame frames[] = {dep("handlebars", "handlebars::template::Template::compile2",
                                       CARGO "handlebars-6.3.2/src/template.rs"),
                                   dep("handlebars",
                                       "handlebars::registry::Registry::register_template_string",
                                       CARGO "handlebars-6.3.2/src/registry.rs")};
    for (int i = 0; i < 10; i++)
        point(frames, 2, "app::load", 400);
    const struct finding *f = told();
    assert_int_equal(f->scope, FINDING_OWN);
    assert_string_equal(f->location.function, "app::load");
    assert_string_equal(f->title, "a template of handlebars's is made again and again");
}

static void a_dependency_that_makes_them_is_told_as_such(void **state)
{
    (void)state;
    struct stack_frame frames[] = {automaton(),
                                   dep("words", "words::find", CARGO "words-1.0.0/src/lib.rs")};
    for (int i = 0; i < 10; i++)
        point(frames, 2, "app::load", 400);
    const struct finding *f = told();
    assert_int_equal(f->scope, FINDING_DEPENDENCY);
    assert_string_equal(f->location.crate, "words");
    assert_string_equal(f->caller.function, "app::load");
}

static void only_the_functions_that_make_them_are_known(void **state)
{
    (void)state;
    const struct stack_frame frames[] = {
        dep("tokio", "tokio::runtime::runtime::Runtime::block_on",
            CARGO "tokio-1.48.0/src/runtime/runtime.rs"),
        dep("tokio", "tokio::net::TcpStream::new", CARGO "tokio-1.48.0/src/net/tcp.rs"),
        dep("other", "other::Builder::build", CARGO "other-1.0.0/src/runtime/builder.rs"),
    };
    for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
        uint32_t f = pb_frame(b, &frames[i]);
        assert_null(costly_make_of(&b->frames[f]));
    }
    const struct stack_frame made[] = {
        dep("syntect", "syntect::parsing::syntax_set::SyntaxSet::load_defaults_newlines",
            CARGO "syntect-5.3.0/src/dumps.rs"),
        dep("tera", "tera::tera::Tera::one_off", CARGO "tera-1.20.0/src/tera.rs"),
        dep("minijinja", "minijinja::environment::Environment::template_from_str",
            CARGO "minijinja-2.12.0/src/environment.rs"),
        dep("jsonschema", "jsonschema::validator_for", CARGO "jsonschema-0.33.0/src/lib.rs"),
        dep("handlebars", "handlebars::registry::Registry::new",
            CARGO "handlebars-6.3.2/src/registry.rs"),
        dep("globset", "globset::glob::Glob::compile_matcher", CARGO "globset-0.4.18/src/glob.rs"),
    };
    for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
        uint32_t at = pb_frame(b, &made[i]);
        assert_non_null(costly_make_of(&b->frames[at]));
        assert_string_equal(costly_make_of(&b->frames[at])->crate, made[i].crate);
    }
    struct stack_frame known = runtime();
    uint32_t f = pb_frame(b, &known);
    assert_non_null(costly_make_of(&b->frames[f]));
    b->frames[f].function = "tokio::runtime::builder::Builder::build::{closure#0}"; /* runs later */
    assert_null(costly_make_of(&b->frames[f]));
    b->frames[f].function = known.function;
    b->frames[f].line = 0;
    assert_null(costly_make_of(&b->frames[f]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE_TEST(a_pool_for_each_use_is_told),
        RULE_TEST(without_threads_its_blocks_count),
        RULE_TEST(some_are_quiet),
        RULE_TEST(what_the_first_one_makes_is_not_counted),
        RULE_TEST(a_rare_block_is_not_what_counts),
        RULE_TEST(others_each_time_are_less_sure),
        RULE_TEST(what_one_makes_for_itself_belongs_to_it),
        RULE_TEST(the_caller_is_outside_of_the_crate),
        RULE_TEST(a_dependency_that_makes_them_is_told_as_such),
        RULE_TEST(only_the_functions_that_make_them_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
