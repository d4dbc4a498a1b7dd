// libs: analyzer
//
// Which crate a program point belongs to, and the sums per crate. Frames are made by hand; whether
// real ones have the right owner is tested in test_ownership.c.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "analyzer/core/crates.h"

enum { ROOT, HOOK, GROW, PARSE, CSV, READ, LIB, MAIN, START, FOPEN, BARE, NOTHING, GIVE, ASK };

#define FRAME(what, called, of)                                                                    \
    {                                                                                              \
        .kind = what, .function = called, .crate = of, .file = "", .name = "", .text = "",         \
        .object = ""                                                                               \
    }
static struct profile_frame frames[] = {
    [ROOT] = FRAME(OWNER_NONE, "", ""),
    [HOOK] = FRAME(OWNER_HOOK, "malloc", ""),
    [GROW] = FRAME(OWNER_STD, "alloc::raw_vec::finish_grow", "alloc"),
    [PARSE] = FRAME(OWNER_DEP, "serde_json::de::parse", "serde_json"),
    [CSV] = FRAME(OWNER_DEP, "csv::reader::read", "csv"),
    [READ] = FRAME(OWNER_USER, "app::read", "app"),
    [LIB] = FRAME(OWNER_USER, "app_lib::load", "app_lib"),
    [MAIN] = FRAME(OWNER_USER, "app::main", "app"),
    [START] = FRAME(OWNER_RT, "std::rt::lang_start", "std"),
    [FOPEN] = FRAME(OWNER_LIBC, "fopen", "libc"),
    [BARE] = FRAME(OWNER_USER, "read", ""), /* inlined, of line tables: no crate */
    [NOTHING] = FRAME(OWNER_NONE, "", ""),
    [GIVE] = FRAME(OWNER_DEP, "<mimalloc::MiMalloc as core::alloc::global::GlobalAlloc>::alloc",
                   "mimalloc"),
    [ASK] = FRAME(OWNER_STD, "alloc::alloc::alloc", "alloc"),
};

#define STACK(...)                                                                                 \
    .stack = (const uint32_t[]){__VA_ARGS__},                                                      \
    .depth = sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t)

static const char *crate_of(const uint32_t *stack, enum owner *owner)
{
    struct profile profile = {.path = "test", .frames = frames, .program = {.exe = "/bin/my-app"}};
    struct profile_point point = {.stack = stack};
    while (stack[point.depth])
        point.depth++;
    return crates_of_point(&profile, &point, owner);
}
#define CRATE(owner, ...) crate_of((const uint32_t[]){__VA_ARGS__, 0}, owner)

static void the_innermost_crate_behind_std_has_the_point(void **state)
{
    (void)state;
    enum owner owner;
    assert_string_equal(CRATE(&owner, HOOK, GROW, READ, MAIN, START), "app");
    assert_int_equal(owner, OWNER_USER);
    assert_string_equal(CRATE(&owner, HOOK, GROW, PARSE, GROW, READ), "serde_json");
    assert_int_equal(owner, OWNER_DEP);
    assert_string_equal(CRATE(NULL, HOOK, FOPEN, LIB, MAIN), "app_lib");
}

static void an_allocator_gives_and_does_not_ask(void **state)
{
    (void)state;
    assert_string_equal(CRATE(NULL, HOOK, GIVE, READ, MAIN), "app");
    assert_string_equal(CRATE(NULL, HOOK, GIVE, BARE, ASK, GROW, PARSE, MAIN), "serde_json");
    assert_string_equal(CRATE(NULL, HOOK, GIVE, BARE, ASK, START), "std");
}

static void a_stack_without_a_crate_is_of_std_or_of_the_c_library(void **state)
{
    (void)state;
    enum owner owner;
    assert_string_equal(CRATE(&owner, HOOK, FOPEN, GROW, START), "std");
    assert_int_equal(owner, OWNER_STD);
    assert_string_equal(CRATE(&owner, HOOK, FOPEN, START), "libc");
    assert_int_equal(owner, OWNER_LIBC);
    assert_string_equal(CRATE(&owner, HOOK, NOTHING), "");
    assert_int_equal(owner, OWNER_NONE);
}

static void a_frame_without_a_crate_is_of_the_function_around_it(void **state)
{
    (void)state;
    assert_string_equal(CRATE(NULL, HOOK, BARE, LIB, MAIN), "app_lib");
    assert_string_equal(CRATE(NULL, HOOK, BARE, START), "my-app"); /* the program's name */
}

/* Three points: app allocates 100 B itself; serde_json 40 B, called by app; csv 7 B, called by
 * serde_json (as if), called by app. */
static struct profile_point points[] = {
    {.total_bytes = 100, .total_blocks = 10, .peak_bytes = 1, STACK(HOOK, GROW, READ, MAIN)},
    {.total_bytes = 40, .total_blocks = 4, .end_bytes = 2, STACK(HOOK, PARSE, PARSE, READ, MAIN)},
    {.total_bytes = 7, .total_blocks = 1, STACK(HOOK, CSV, PARSE, MAIN)},
};
static const struct profile three = {
    .path = "test", .frames = frames, .points = points, .point_count = 3, .program = {.exe = ""}};

static void sums_are_by_crate_and_add_up(void **state)
{
    (void)state;
    struct crates crates;
    assert_int_equal(crates_build(&crates, &three, NULL, NULL), 0);
    assert_int_equal(crates.count, 3);
    assert_string_equal(crates.list[0].name, "app"); /* by bytes */
    assert_int_equal(crates.list[0].bytes, 100);
    assert_int_equal(crates.list[0].blocks, 10);
    assert_int_equal(crates.list[0].peak_bytes, 1);
    assert_string_equal(crates.list[1].name, "serde_json");
    assert_int_equal(crates.list[1].bytes, 40);
    assert_int_equal(crates.list[1].end_bytes, 2);
    assert_string_equal(crates.list[2].name, "csv");
    assert_int_equal(crates.all.bytes, 147);
    assert_int_equal(crates.all.blocks, 15);
    assert_int_equal(crates.all.points, 3);
    crates_free(&crates);
}

/* Everything is under app; under serde_json its own 40, counted once though it stands on the stack
 * twice, and csv's 7. */
static void what_passes_under_a_crate_overlaps(void **state)
{
    (void)state;
    struct crates crates;
    assert_int_equal(crates_build(&crates, &three, NULL, NULL), 0);
    assert_int_equal(crates_find(&crates, "app")->under_bytes, 147);
    assert_int_equal(crates_find(&crates, "serde-json")->under_bytes, 47);
    assert_int_equal(crates_find(&crates, "serde-json")->under_blocks, 5);
    assert_int_equal(crates_find(&crates, "csv")->under_bytes, 7);
    assert_null(crates_find(&crates, "serde"));
    crates_free(&crates);
}

static void the_order_is_by_time_where_it_is_known(void **state)
{
    (void)state;
    struct crates crates;
    static const double ns[] = {5, 70, 30};
    assert_int_equal(crates_build(&crates, &three, ns, NULL), 0);
    assert_string_equal(crates.list[0].name, "serde_json");
    assert_string_equal(crates.list[1].name, "csv");
    assert_string_equal(crates.list[2].name, "app");
    assert_true(crates.all.ns == 105);
    crates_free(&crates);
}

static void an_empty_profile_has_no_crates(void **state)
{
    (void)state;
    struct crates crates;
    struct profile empty = {.path = "test", .frames = frames, .program = {.exe = ""}};
    assert_int_equal(crates_build(&crates, &empty, NULL, NULL), 0);
    assert_int_equal(crates.count, 0);
    assert_null(crates_find(&crates, "app"));
    crates_free(&crates);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_innermost_crate_behind_std_has_the_point),
        cmocka_unit_test(an_allocator_gives_and_does_not_ask),
        cmocka_unit_test(a_stack_without_a_crate_is_of_std_or_of_the_c_library),
        cmocka_unit_test(a_frame_without_a_crate_is_of_the_function_around_it),
        cmocka_unit_test(sums_are_by_crate_and_add_up),
        cmocka_unit_test(what_passes_under_a_crate_overlaps),
        cmocka_unit_test(the_order_is_by_time_where_it_is_known),
        cmocka_unit_test(an_empty_profile_has_no_crates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
