// libs: analyzer
//
// --own: whose frames become whose. Which names the command takes, and what it says of others, is
// tested in tests/cli/test_findings.py.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "analyzer/core/own_crates.h"

enum { ROOT, APP, INLINED, LIB, DEP, STD, BARE, COUNT };

#define FRAME(whose, of, path)                                                                     \
    {                                                                                              \
        .kind = whose, .crate = of, .file = path                                                   \
    }
static const struct profile_frame made[COUNT] = {
    [ROOT] = FRAME(OWNER_NONE, "", ""),
    [APP] = FRAME(OWNER_USER, "app", "/app/src/main.rs"),
    [INLINED] = FRAME(OWNER_USER, "", "/app/src/main.rs"), /* of line tables: no crate */
    [LIB] = FRAME(OWNER_USER, "app_core", "/app/core/src/lib.rs"),
    [DEP] = FRAME(OWNER_DEP, "my_fork", "/vendor/my-fork/src/lib.rs"),
    [STD] = FRAME(OWNER_STD, "alloc", "/rustc/0/library/alloc/src/vec/mod.rs"),
    [BARE] = FRAME(OWNER_USER, "", ""),
};

static struct profile_frame frames[COUNT];
static struct profile profile = {.path = "test", .frames = frames, .frame_count = COUNT};
static struct error error;

static int apply(const char *names)
{
    memcpy(frames, made, sizeof(frames));
    return own_crates_apply(&profile, names, &error);
}

static void named_crates_are_the_users_and_no_others(void **state)
{
    (void)state;
    assert_int_equal(apply("app,my-fork"), 0);
    assert_int_equal(frames[APP].kind, OWNER_USER);
    assert_int_equal(frames[DEP].kind, OWNER_USER);
    assert_int_equal(frames[LIB].kind, OWNER_DEP);
}

static void an_inlined_frame_goes_with_its_file(void **state)
{
    (void)state;
    assert_int_equal(apply("app-core"), 0);
    assert_int_equal(frames[INLINED].kind, OWNER_DEP);
    assert_string_equal(frames[INLINED].crate, "app");
    assert_int_equal(frames[LIB].kind, OWNER_USER);
}

static void std_and_what_nothing_tells_stay(void **state)
{
    (void)state;
    assert_int_equal(apply("my_fork"), 0);
    assert_int_equal(frames[STD].kind, OWNER_STD);
    assert_int_equal(frames[BARE].kind, OWNER_USER);
    assert_int_equal(frames[ROOT].kind, OWNER_NONE);
}

static void a_name_that_no_crate_has_is_an_error(void **state)
{
    static const char *const wrong[] = {"ap", "appp", "app,nope", "app,,my_fork", "alloc", ",app"};
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(apply(wrong[i]), -1);
    assert_int_equal(apply("nope"), -1);
    assert_non_null(strstr(error.text, "`nope`"));
    assert_non_null(strstr(error.text, "app, app_core, my_fork"));
}

static void nothing_is_changed_by_an_error(void **state)
{
    (void)state;
    assert_int_equal(apply("my_fork,nope"), -1);
    assert_memory_equal(frames, made, sizeof(frames));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(named_crates_are_the_users_and_no_others),
        cmocka_unit_test(an_inlined_frame_goes_with_its_file),
        cmocka_unit_test(std_and_what_nothing_tells_stay),
        cmocka_unit_test(a_name_that_no_crate_has_is_an_error),
        cmocka_unit_test(nothing_is_changed_by_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
