// libs: analyzer
//
// Whose code a frame is, by paths and crates as toolchains, cargo and distributions make them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyzer/core/ownership.h"

static void path_is(const char *path, enum owner owner, const char *crate)
{
    char found[OWNERSHIP_CRATE_BYTES];
    enum owner is = ownership_of_path(path, found);
    if (is != owner)
        fail_msg("%s is %s, expected %s", path, ownership_name(is), ownership_name(owner));
    assert_string_equal(found, crate);
}

static void sources_of_std(void **state)
{
    (void)state;
    path_is("/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/alloc/src/vec/mod.rs",
            OWNER_STD, "alloc");
    path_is("/rustc/4b91a6ea7258a947e59c6522cd5898e7c0a6a88f/library/std/src/../../backtrace/src/"
            "lib.rs",
            OWNER_STD, "std");
    path_is("/rustc/0123456789/src/libcore/ptr.rs", OWNER_STD, "core");
    path_is(
        "/home/me/.rustup/toolchains/stable-x86_64-unknown-linux-gnu/lib/rustlib/src/rust/library/"
        "core/src/iter/mod.rs",
        OWNER_STD, "core");
    path_is("/usr/src/rustc-1.63.0/library/std/src/rt.rs", OWNER_STD, "std");
    path_is("/usr/src/rustc-1.63.0/vendor/hashbrown/src/raw/mod.rs", OWNER_STD, "hashbrown");
    path_is("/build/rustc-Ab1cD/rustc-1.63.0+dfsg1/library/alloc/src/string.rs", OWNER_STD,
            "alloc");
    path_is("/rust/deps/hashbrown-0.16.1/src/raw/mod.rs", OWNER_STD, "hashbrown");
    path_is("/cargo/registry/src/github.com-1ecc6299db9ec823/hashbrown-0.12.3/src/map.rs",
            OWNER_STD, "hashbrown");
}

static void sources_of_dependencies(void **state)
{
    (void)state;
    path_is("/home/me/.cargo/registry/src/index.crates.io-6f17d22bba15001f/serde_json-1.0.128/src/"
            "de.rs",
            OWNER_DEP, "serde_json");
    path_is("/usr/local/cargo/registry/src/x/proc-macro2-1.0.86/src/lib.rs", OWNER_DEP,
            "proc_macro2");
    path_is("/a/registry/src/x/md-5-0.10.1/src/lib.rs", OWNER_DEP, "md_5");
    path_is("/usr/share/cargo/registry/regex-1.7.1/src/exec.rs", OWNER_DEP, "regex");
    path_is("/home/me/.cargo/git/checkouts/my-lib-0123456789abcdef/abcdef0/src/lib.rs", OWNER_DEP,
            "my_lib");
    path_is("/home/me/work/app/vendor/rayon-core/src/job.rs", OWNER_DEP, "rayon_core");
    path_is("vendor/itoa/src/lib.rs", OWNER_DEP, "itoa");
    path_is("/cargo/registry/src/x/itoa-1.0.1/src/lib.rs", OWNER_DEP, "itoa");
    path_is("/home/me/.cargo/registry/src/x/libz-sys-1.1.20/src/zlib/deflate.c", OWNER_DEP,
            "libz_sys");
}

static void sources_of_the_user(void **state)
{
    (void)state;
    path_is("/home/me/app/src/main.rs", OWNER_USER, "");
    path_is("src/lib.rs", OWNER_USER, "");
    path_is("/home/me/registry/src/main.rs", OWNER_USER, "");
    path_is("/home/me/library/core/src/x.rs", OWNER_USER, "");
    path_is("/home/vendor/main.rs", OWNER_USER, ""); /* a file, not a package */
    path_is("/build/app/src/main.rs", OWNER_USER, "");
}

static void frame_is(struct ownership_question question, enum owner owner, const char *crate)
{
    char found[OWNERSHIP_CRATE_BYTES];
    enum owner is = ownership_of(&question, found);
    if (is != owner)
        fail_msg("%s is %s, expected %s", question.function, ownership_name(is),
                 ownership_name(owner));
    assert_string_equal(found, crate);
}

static void names_do_not_decide_where_a_file_does(void **state)
{
    (void)state;
    frame_is((struct ownership_question){.file = "/home/me/app/src/main.rs",
                                         .crate = "app",
                                         .function = "<u32 as core::fmt::Display>::fmt",
                                         .module = "/home/me/app/target/release/app"},
             OWNER_USER, "app");
    frame_is(
        (struct ownership_question){.file = "/rustc/00/library/alloc/src/string.rs",
                                    .crate = "alloc",
                                    .function = "<app::T as alloc::string::ToString>::to_string",
                                    .module = "/home/me/app/target/release/app"},
        OWNER_STD, "alloc");
}

static void a_program_built_in_the_registry_is_the_users(void **state)
{
    (void)state;
    struct ownership_question q = {
        .file =
            "/home/me/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/xsv-0.13.0/src/main.rs",
        .crate = "xsv",
        .module = "/home/me/.cargo/bin/xsv",
        .main_crate = "xsv"};

    frame_is(q, OWNER_USER, "xsv");
    q.main_crate = "other";
    frame_is(q, OWNER_DEP, "xsv");
}

static void what_a_build_script_wrote_is_of_its_package(void **state)
{
    (void)state;
    char crate[OWNERSHIP_CRATE_BYTES];
    const char *file =
        "/home/me/build/app/target/release/build/tree-sitter-2e0e1eb4d522b53a/out/a/b.rs";
    assert_true(ownership_is_generated(file, crate));
    assert_string_equal(crate, "tree_sitter");
    frame_is((struct ownership_question){.file = file, .function = "step", .main_crate = "app"},
             OWNER_USER, "tree_sitter");
    frame_is((struct ownership_question){.file = file, .function = "step", .crate = "ts"},
             OWNER_USER, "ts");
    static const char *const others[] = {"/home/me/build/tree-2e0e1eb4d522b53a/src/out/b.rs",
                                         "/build/tree/out/b.rs",
                                         "/build/tree-2e0e1eb4d522b53/out/b.rs",
                                         "/build/2e0e1eb4d522b53a/out/b.rs",
                                         "/build/-2e0e1eb4d522b53a/out/b.rs",
                                         "/build/tree-2e0e1eb4d522b53z/out/b.rs",
                                         "/build/tree-2e0e1eb4d522b53a/out",
                                         ""};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_false(ownership_is_generated(others[i], crate));
        assert_string_equal(crate, "");
    }
}

static void crates_decide_where_there_is_no_file(void **state)
{
    (void)state;
    struct ownership_question q = {.function = "f", .module = "/home/me/app", .main_crate = "app"};
    q.crate = "app";
    frame_is(q, OWNER_USER, "app");
    q.crate = "serde_json";
    frame_is(q, OWNER_DEP, "serde_json");
    q.crate = "core";
    frame_is(q, OWNER_STD, "core");
    q.crate = "serde_json";
    q.main_crate = "";
    frame_is(q, OWNER_USER, "serde_json"); /* nobody is known to be the user */
    frame_is((struct ownership_question){.module = "/home/me/app"}, OWNER_NONE, "");
}

static void the_runtime_is_known_by_its_role(void **state)
{
    (void)state;
    struct ownership_question q = {.file = "/rustc/00/library/std/src/rt.rs",
                                   .crate = "std",
                                   .module = "/home/me/app",
                                   .main_crate = "app"};
    static const char *const functions[] = {
        "std::rt::lang_start",
        "std::rt::lang_start::{{closure}}",
        "std::rt::lang_start::<()>",
        "std::rt::lang_start::<()>::{closure#0}",
        "lang_start<()>",
        "std::rt::lang_start_internal",
        "std::sys::backtrace::__rust_begin_short_backtrace",
    };
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        q.function = functions[i];
        frame_is(q, OWNER_RT, "std");
    }
    q.function = "std::alloc::__default_lib_allocator::__rdl_alloc"; /* as 1.63 has it */
    frame_is(q, OWNER_RT, "std");
    q.function = "std::rt::cleanup";
    frame_is(q, OWNER_STD, "std");

    q = (struct ownership_question){.module = "/home/me/app", .main_crate = "app"};
    q.function = "__rust_alloc";
    frame_is(q, OWNER_RT, "");
    q.function = "_start";
    frame_is(q, OWNER_RT, "");
    q.function = "main";
    frame_is(q, OWNER_RT, ""); /* rustc's, before the user's */
    q.crate = "__rustc";
    q.function = "__rustc::__rust_alloc";
    frame_is(q, OWNER_RT, "__rustc");
    q = (struct ownership_question){.function = "main", .module = "/home/me/c"};
    frame_is(q, OWNER_USER, ""); /* a C program's */
    q.file = "/home/me/app/src/x.rs";
    q.crate = "app";
    q.function = "app::lang_start";
    frame_is(q, OWNER_USER, "app"); /* a name that anyone may use */
}

static void libraries_by_their_module(void **state)
{
    (void)state;
    frame_is((struct ownership_question){.file = "./libio/genops.c",
                                         .function = "_IO_doallocbuf",
                                         .module = "/lib/x86_64-linux-gnu/libc.so.6"},
             OWNER_LIBC, "libc");
    frame_is((struct ownership_question){.function = "f", .module = "[vdso]"}, OWNER_LIBC,
             "[vdso]");
    frame_is((struct ownership_question){.function = "malloc", .module = "/x/libheapcoach.so"},
             OWNER_HOOK, "");
    frame_is((struct ownership_question){.function = "SSL_new", .module = "/usr/lib/libssl.so.3"},
             OWNER_DEP, "libssl");
    frame_is((struct ownership_question){.file = "./ssl/ssl_lib.c",
                                         .function = "SSL_new",
                                         .module = "/usr/lib/libssl.so.3"},
             OWNER_DEP, "libssl");
}

static void names_of_owners_go_both_ways(void **state)
{
    (void)state;
    for (int i = 0; i < OWNER_COUNT; i++)
        assert_int_equal(ownership_from_name(ownership_name((enum owner)i)), i);
    assert_int_equal(ownership_from_name("alien"), OWNER_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sources_of_std),
        cmocka_unit_test(sources_of_dependencies),
        cmocka_unit_test(sources_of_the_user),
        cmocka_unit_test(names_do_not_decide_where_a_file_does),
        cmocka_unit_test(a_program_built_in_the_registry_is_the_users),
        cmocka_unit_test(what_a_build_script_wrote_is_of_its_package),
        cmocka_unit_test(crates_decide_where_there_is_no_file),
        cmocka_unit_test(the_runtime_is_known_by_its_role),
        cmocka_unit_test(libraries_by_their_module),
        cmocka_unit_test(names_of_owners_go_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
