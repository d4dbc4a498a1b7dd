// libs: analyzer
//
// Which frame is the user's line, how functions are named in short, and how program points come
// together at one line. Frames are made by hand; whether real ones have the right owner is tested
// in test_ownership.c and on whole programs.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "analyzer/core/short_name.h"
#include "analyzer/core/frame_name.h"
#include "analyzer/core/sites.h"
#include "analyzer/core/user_frame.h"

/* The frames that the tests use; stacks below name them by number. */
enum {
    ROOT,
    HOOK,
    GROW,
    PUSH,
    READ,
    PARSE,
    MAIN,
    START,
    CATCH,
    STDOUT,
    CLOSURE,
    LIBC,
    NONE,
    READ2,
    BARE,
    BARE2,
    COPY,
    VISIT,
    DERIVED,
    DERIVED_PATH,
    VISIT_BY_HAND
};

#define FRAME(what, called, path, number)                                                          \
    {                                                                                              \
        .kind = what, .function = called, .file = path, .line = number, .name = "", .crate = "",   \
        .text = "", .object = ""                                                                   \
    }
static struct profile_frame frames[] = {
    [ROOT] = FRAME(OWNER_NONE, "", "", 0),
    [HOOK] = FRAME(OWNER_HOOK, "malloc", "", 0),
    [GROW] = FRAME(OWNER_STD, "alloc::raw_vec::finish_grow", "alloc/src/raw_vec/mod.rs", 400),
    [PUSH] = FRAME(OWNER_STD, "push", "/rustc/0/library/alloc/src/vec/mod.rs", 1029),
    [READ] = FRAME(OWNER_USER, "app::read", "src/main.rs", 9),
    [PARSE] = FRAME(OWNER_DEP, "serde_json::de::parse", "serde_json-1/src/de.rs", 5),
    [COPY] = FRAME(OWNER_DEP, "<serde_json::Value as core::clone::Clone>::clone",
                   "serde_json-1/src/value.rs", 7),
    [MAIN] = FRAME(OWNER_USER, "app::main", "src/main.rs", 30),
    [START] = FRAME(OWNER_RT, "std::rt::lang_start", "std/src/rt.rs", 206),
    [CATCH] = FRAME(OWNER_STD, "std::panicking::catch_unwind<i32, F>", "std/src/panicking.rs", 5),
    [STDOUT] = FRAME(OWNER_STD, "std::io::stdio::stdout", "std/src/io/stdio.rs", 719),
    [CLOSURE] = FRAME(OWNER_USER, "{closure#0}", "src/main.rs", 14),
    [LIBC] = FRAME(OWNER_LIBC, "fopen", "", 0),
    [NONE] = FRAME(OWNER_NONE, "", "", 0),
    [BARE] = {.kind = OWNER_NONE,
              .function = "",
              .file = "",
              .name = "",
              .crate = "",
              .text = "",
              .object = "/bin/app",
              .address = 0x1234},
    [BARE2] = {.kind = OWNER_NONE,
               .function = "",
               .file = "",
               .name = "",
               .crate = "",
               .text = "",
               .object = "/bin/app",
               .address = 0x5678},
    [READ2] = FRAME(OWNER_USER, "app::read<T>", "src/main.rs", 9),
    [VISIT] = FRAME(OWNER_USER, "visit_map<csv::DeRecord>", "src/main.rs", 3),
    [DERIVED] = FRAME(OWNER_USER, "deserialize<csv::DeRecord>", "src/main.rs", 3),
    [DERIVED_PATH] =
        FRAME(OWNER_USER, "app::_::<impl serde::ser::Serialize for app::Row>::serialize",
              "src/main.rs", 3),
    [VISIT_BY_HAND] = FRAME(OWNER_USER, "visit_map<csv::DeRecord>", "src/main.rs", 77),
};

static struct profile profile = {
    .path = "test", .frames = frames, .lifetimes = true, .program = {.exe = "/bin/app"}};

static struct user_frame find(const uint32_t *stack)
{
    struct profile_point point = {.stack = stack};
    while (stack[point.depth])
        point.depth++;
    return user_frame_find(&profile, &point);
}
#define FIND(...) find((const uint32_t[]){__VA_ARGS__, 0})

static void the_innermost_user_frame_is_taken(void **state)
{
    (void)state;
    struct user_frame found = FIND(HOOK, GROW, PUSH, READ, MAIN, START);
    assert_int_equal(found.basis, USER_FRAME_OWN);
    assert_int_equal(found.at, 3);
    assert_int_equal(found.via, 2);
    assert_int_equal(found.dep, PROFILE_NONE);
}

static void a_line_that_allocates_itself_has_no_via(void **state)
{
    (void)state;
    assert_int_equal(FIND(HOOK, READ, MAIN).via, PROFILE_NONE);
}

static void a_folded_dependency_is_remembered(void **state)
{
    (void)state;
    struct user_frame found = FIND(HOOK, GROW, PARSE, READ, MAIN);
    assert_int_equal(found.at, 3);
    assert_int_equal(found.dep, 2);
}

/* Who calls clone() wants the copy, whosever the Clone impl is. */
static void a_clone_is_no_dependencys_doing(void **state)
{
    (void)state;
    assert_int_equal(FIND(HOOK, GROW, COPY, READ, MAIN).dep, PROFILE_NONE);
    assert_int_equal(FIND(HOOK, GROW, COPY, PARSE, READ, MAIN).dep, 3);
}

/* The line of the attribute is nobody's to change; one written by hand is. */
static void derived_code_is_its_callers(void **state)
{
    (void)state;
    struct user_frame found = FIND(HOOK, GROW, VISIT, PARSE, DERIVED, PARSE, READ, MAIN);
    assert_int_equal(found.at, 6);
    assert_int_equal(found.dep, 3);
    assert_int_equal(FIND(HOOK, GROW, DERIVED_PATH, PARSE, READ, MAIN).at, 4);
    assert_int_equal(FIND(HOOK, GROW, VISIT_BY_HAND, PARSE, DERIVED, PARSE, READ, MAIN).at, 2);
    assert_int_equal(FIND(HOOK, GROW, VISIT, PARSE, READ, MAIN).at, 2);
}

static void without_a_user_frame_a_dependency_stands_in(void **state)
{
    (void)state;
    struct user_frame found = FIND(HOOK, GROW, PARSE, START);
    assert_int_equal(found.basis, USER_FRAME_DEP);
    assert_int_equal(found.at, 2);
}

static void then_the_outermost_telling_frame_of_std(void **state)
{
    (void)state;
    struct user_frame found = FIND(HOOK, GROW, STDOUT, CATCH, START, CATCH);
    assert_int_equal(found.basis, USER_FRAME_STD);
    assert_int_equal(found.at, 2);
}

static void then_an_address_in_the_program(void **state)
{
    char name[20];
    (void)state;
    struct user_frame found = FIND(HOOK, NONE, BARE, BARE2, LIBC);
    assert_int_equal(found.basis, USER_FRAME_ADDRESS);
    assert_int_equal(found.at, 2);
    assert_int_equal(site_address(&frames[BARE], name, sizeof(name)), 10);
    assert_string_equal(name, "app+0x1234");
}

static void addresses_are_sites_of_their_own(void **state)
{
    struct profile_point points[] = {
        {.total_bytes = 1, .stack = (const uint32_t[]){HOOK, BARE, BARE2}, .depth = 3},
        {.total_bytes = 2, .stack = (const uint32_t[]){HOOK, BARE2}, .depth = 2},
        {.total_bytes = 4, .stack = (const uint32_t[]){HOOK, BARE, LIBC}, .depth = 3},
    };
    struct sites sites;
    (void)state;
    profile.points = points;
    profile.point_count = 3;
    assert_int_equal(sites_build(&sites, &profile, NULL), 0);
    assert_int_equal(sites.count, 2);
    assert_int_equal(sites.of_point[0], sites.of_point[2]);
    sites_free(&sites);
}

static void then_any_name(void **state)
{
    (void)state;
    struct user_frame found = FIND(HOOK, NONE, LIBC);
    assert_int_equal(found.basis, USER_FRAME_OTHER);
    assert_int_equal(found.at, 2);
}

static void then_none(void **state)
{
    (void)state;
    assert_int_equal(FIND(HOOK, NONE).basis, USER_FRAME_NONE);
    assert_int_equal(FIND(HOOK, NONE).at, PROFILE_NONE);
    const uint32_t empty[] = {0};
    assert_int_equal(find(empty).basis, USER_FRAME_NONE);
}

static void assert_names(const char *function, const char *file, const char *whole,
                         const char *callee)
{
    struct profile_frame frame = FRAME(OWNER_STD, function, file, 1);
    char name[200];
    short_name_of_function(&frame, name, sizeof(name));
    assert_string_equal(name, whole);
    short_name_of_callee(&frame, name, sizeof(name));
    assert_string_equal(name, callee);
}

static void names_lose_their_generics(void **state)
{
    (void)state;
    assert_names("alloc::vec::Vec<T,A>::push", "", "alloc::vec::Vec::push", "Vec::push");
    assert_names("<alloc::string::String as core::clone::Clone>::clone", "",
                 "alloc::string::String::clone", "String::clone");
    assert_names("push<u64, alloc::alloc::Global>", "library/alloc/src/vec/mod.rs", "push",
                 "Vec::push");
    assert_names("grow_one<alloc::alloc::Global>", "/rustc/0/library/alloc/src/raw_vec/mod.rs",
                 "grow_one", "RawVec::grow_one");
    assert_names("<[T] as alloc::slice::Concat<Item>>::concat", "", "[T]::concat", "[T]::concat");
    assert_names("core::ops::function::FnOnce::call_once{{vtable.shim}}", "",
                 "core::ops::function::FnOnce::call_once{{vtable.shim}}",
                 "FnOnce::call_once{{vtable.shim}}");
    assert_names("a::f::<fn(u8) -> b::C>::g", "", "a::f::g", "f::g");
    assert_names("app::main::{closure#0}", "", "app::main::{closure#0}", "main::{closure#0}");
    assert_names("<T as alloc::string::ToString>::to_string", "",
                 "alloc::string::ToString::to_string", "ToString::to_string");
    assert_names("malloc", "", "malloc", "malloc");
    assert_names("", "", "?", "?");
}

static void brackets_that_do_not_match_are_harmless(void **state)
{
    static const char *const names[] = {
        "<",      ">",        "<<<<",   "a<b",  "a>b",
        "<a as ", "<a as b>", "::",     "<>::", "{",
        "}}",     "->",       "<a->b>", " as ", "<T as <U as V>::W>::f",
        "&<"};
    char name[8];
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct profile_frame frame = FRAME(OWNER_STD, names[i], names[i], 1);
        for (size_t n = 1; n <= sizeof(name); n++) {
            memset(name, 'x', sizeof(name));
            short_name_of_function(&frame, name, n);
            assert_non_null(memchr(name, 0, n));
            short_name_of_callee(&frame, name, n);
            assert_non_null(memchr(name, 0, n));
        }
    }
}

#define POINT(bytes, blocks, ...)                                                                  \
    {                                                                                              \
        .total_bytes = bytes, .total_blocks = blocks, .peak_bytes = bytes, .end_bytes = blocks,    \
        .life = UINT32_MAX, .stack = (const uint32_t[]){__VA_ARGS__},                              \
        .depth = sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t)                              \
    }

static void points_of_one_line_come_together(void **state)
{
    struct profile_point points[] = {
        POINT(10, 1, HOOK, PUSH, READ, MAIN),
        POINT(30, 2, HOOK, READ2, MAIN), /* another instance of the function, same line */
        POINT(500, 1, HOOK, MAIN),
        POINT(7, 70, HOOK, CLOSURE, MAIN),
    };
    struct sites sites;
    char name[100];
    (void)state;
    profile.points = points;
    profile.point_count = 4;
    assert_int_equal(sites_build(&sites, &profile, NULL), 0);
    assert_int_equal(sites.count, 3);
    assert_int_equal(sites.sum[SITE_BYTES], 547);
    const struct site *read = &sites.site[sites.of_point[0]];
    assert_int_equal(sites.of_point[0], sites.of_point[1]);
    assert_int_equal(read->metric[SITE_BYTES], 40);
    assert_int_equal(read->metric[SITE_BLOCKS], 3);
    assert_int_equal(read->points, 2);
    assert_int_equal(read->top, 1);
    const struct site *closure = &sites.site[sites.of_point[3]];
    assert_int_equal(site_function(&profile, closure, name, sizeof(name)), 22);
    assert_string_equal(name, "app::main::{closure#0}");
    sites_free(&sites);
}

/* A pool's thread runs the closure: its function is in no frame, but in the generics' arguments. */
static void a_closure_is_named_after_the_function_it_is_written_in(void **state)
{
    enum { IN_FILE = 1, WRAPS, HANDS, OTHER };
    struct profile_frame around[] = {
        [IN_FILE] = FRAME(OWNER_USER, "{closure#1}", "/app/src/blur.rs", 23),
        [WRAPS] = FRAME(OWNER_STD, "fold<core::iter::map::map_fold::{closure_env#1}<u32>>",
                        "core/src/iter.rs", 1),
        [HANDS] = FRAME(OWNER_STD, "call_once<(&[u32]), &blur::smooth::{closure_env#1}>",
                        "core/src/ops/function.rs", 1),
        [OTHER] = FRAME(OWNER_DEP, "run<blur::smooth::{closure_env#2}>", "rayon/src/lib.rs", 1),
    };
    struct profile pool = {.frames = around, .frame_count = 5};
    struct profile_point told = POINT(1, 1, IN_FILE, WRAPS, HANDS, OTHER);
    struct profile_point untold = POINT(1, 1, IN_FILE, WRAPS, OTHER);
    char name[100];
    (void)state;
    assert_int_equal(frame_name(&pool, &told, 0, name, sizeof(name)), 25);
    assert_string_equal(name, "blur::smooth::{closure#1}");
    frame_name(&pool, &untold, 0, name, sizeof(name));
    assert_string_equal(name, "{closure#1} in blur.rs");
}

/* Both are number 0 of their function; only one is a closure. */
static void an_async_function_is_no_closure(void **state)
{
    enum { IN_FILE = 1, RUNS };
    struct profile_frame around[] = {
        [IN_FILE] = FRAME(OWNER_USER, "{async_fn#0}", "/app/src/server.rs", 23),
        [RUNS] = FRAME(OWNER_DEP,
                       "enter<tokio::block_on::{closure_env#0}, app::serve::{async_fn_env#0}>",
                       "tokio/src/lib.rs", 1),
    };
    struct profile runtime = {.frames = around, .frame_count = 3};
    struct profile_point point = POINT(1, 1, IN_FILE, RUNS);
    char name[100];
    (void)state;
    frame_name(&runtime, &point, 0, name, sizeof(name));
    assert_string_equal(name, "app::serve::{async_fn#0}");
}

/* A web server polls a handler of the program's through generics of its own, async too. A function
 * that was not inlined has its arguments in another name. */
static void an_async_function_is_of_its_own_crate(void **state)
{
    enum { IN_FILE = 1, RUNS };
    struct profile_frame around[] = {
        [IN_FILE] = FRAME(OWNER_USER, "{async_fn#0}", "/app/src/server.rs", 23),
        [RUNS] = FRAME(OWNER_DEP, "<F as axum::handler::Handler<(M,T1,T2),S>>::call::{{closure}}",
                       "axum/src/handler/mod.rs", 255),
    };
    struct profile runtime = {.frames = around, .frame_count = 3};
    struct profile_point point = POINT(1, 1, IN_FILE, RUNS);
    char name[100];
    (void)state;
    around[IN_FILE].crate = "app";
    around[RUNS].name = "{async_block#0}<axum::serve::handle::{async_fn_env#0}, "
                        "fn(alloc::string::String) -> app::product::{async_fn_env#0}>";
    frame_name(&runtime, &point, 0, name, sizeof(name));
    assert_string_equal(name, "app::product::{async_fn#0}");
    around[IN_FILE].crate = "ap"; /* the beginning of a name is another crate */
    frame_name(&runtime, &point, 0, name, sizeof(name));
    assert_string_equal(name, "{async_fn#0} in server.rs");
    around[IN_FILE].crate = "application";
    frame_name(&runtime, &point, 0, name, sizeof(name));
    assert_string_equal(name, "{async_fn#0} in server.rs");
}

static void leaders_stand_at_the_front(void **state)
{
    struct profile_point points[] = {
        POINT(10, 1, HOOK, READ, MAIN),
        POINT(500, 1, HOOK, MAIN),
        POINT(7, 70, HOOK, CLOSURE, MAIN),
    };
    struct sites sites;
    (void)state;
    profile.points = points;
    profile.point_count = 3;
    assert_int_equal(sites_build(&sites, &profile, NULL), 0);
    assert_int_equal(sites_that_matter(&sites, 1), 2); /* by bytes and peak; by blocks */
    assert_int_equal(sites_that_matter(&sites, 2), 3);
    assert_int_equal(sites_that_matter(&sites, 0), 3);
    assert_int_equal(sites.site[0].frame->line, 30);
    assert_int_equal(sites.site[1].frame->line, 14);
    assert_int_equal(sites.site[0].rank[SITE_BYTES], 1);
    assert_int_equal(sites.site[0].rank[SITE_SHORT_LIVED], 0);
    assert_int_equal(sites.site[2].rank[SITE_BYTES], 2);
    sites_free(&sites);
}

static void sums_saturate(void **state)
{
    struct profile_point points[] = {
        POINT(UINT64_MAX, 1, HOOK, READ, MAIN),
        POINT(5, 1, HOOK, READ, MAIN),
    };
    struct sites sites;
    (void)state;
    profile.points = points;
    profile.point_count = 2;
    assert_int_equal(sites_build(&sites, &profile, NULL), 0);
    assert_true(sites.site[0].metric[SITE_BYTES] == UINT64_MAX);
    sites_free(&sites);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_innermost_user_frame_is_taken),
        cmocka_unit_test(a_line_that_allocates_itself_has_no_via),
        cmocka_unit_test(a_folded_dependency_is_remembered),
        cmocka_unit_test(a_clone_is_no_dependencys_doing),
        cmocka_unit_test(derived_code_is_its_callers),
        cmocka_unit_test(without_a_user_frame_a_dependency_stands_in),
        cmocka_unit_test(then_the_outermost_telling_frame_of_std),
        cmocka_unit_test(then_an_address_in_the_program),
        cmocka_unit_test(addresses_are_sites_of_their_own),
        cmocka_unit_test(then_any_name),
        cmocka_unit_test(then_none),
        cmocka_unit_test(names_lose_their_generics),
        cmocka_unit_test(brackets_that_do_not_match_are_harmless),
        cmocka_unit_test(points_of_one_line_come_together),
        cmocka_unit_test(a_closure_is_named_after_the_function_it_is_written_in),
        cmocka_unit_test(an_async_function_is_no_closure),
        cmocka_unit_test(an_async_function_is_of_its_own_crate),
        cmocka_unit_test(leaders_stand_at_the_front),
        cmocka_unit_test(sums_saturate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
