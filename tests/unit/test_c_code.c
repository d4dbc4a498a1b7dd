// sources: tests/unit/profile_builder.c tests/unit/rust_stacks.c
// libs: analyzer
//
// Blocks that code in C asks malloc for, on made profiles: which they are, and the rule c-churn.
// What that means for another allocator is in test_rules_program.c.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "analyzer/rules/evidence.h"
#include "tests/unit/rule_checks.h"

#define SOURCE "/registry/src/x/onig_sys-69/oniguruma/src/regexec.c"

/* A million blocks of app::load's, asked for by this frame; all freed at once. */
static uint32_t asked_by(struct stack_frame asking)
{
    struct stack_frame via[] = {asking, {0}};
    again();
    uint32_t p = pb_point(b, "malloc", via, "app::load", 12);
    pb_births(b, p, 1000000, 48);
    pb_freed_all(b, p, 1);
    pb_freed_at(b, p, 10000, PB_SAME_FUNCTION, NULL);
    return p;
}

static bool is_of_c(struct stack_frame asking)
{
    uint32_t p = asked_by(asking);
    return pb_evidence(b)->facts[p].leaf & FACT_C_CODE;
}

static struct stack_frame of_crate(const char *function, const char *file, uint32_t line)
{
    return (struct stack_frame){OWNER_DEP, function, "", file, line, "onig_sys", false};
}

static void c_is_known_by_its_source_and_its_names(void **state)
{
    (void)state;
    assert_true(is_of_c(of_crate("onig_new", SOURCE, 9)));
    assert_true(is_of_c(of_crate("LZ4_create", "/home/me/lz4.h", 9)));
    assert_false(is_of_c(of_crate("onig::Regex::new", "/registry/src/x/onig-6/src/lib.rs", 9)));
    /* a function that was inlined has no path; nor has what is exported */
    assert_false(is_of_c(of_crate("parse", "/registry/src/x/parser-1/src/lib.rs", 9)));
    assert_false(is_of_c(of_crate("alloc", "alloc.rs", 95)));
    assert_false(is_of_c(of_crate("", "", 0)));
}

/* Is no allocator of Rust's between it and malloc? */
static bool asks_itself(const char *function, const char *object)
{
    uint32_t p = asked_by(of_crate(function, "", 0));
    b->profile.program.exe = "/home/me/app";
    b->profile.frames[pb_get(b, p)->stack[1]].object = object;
    return pb_evidence(b)->facts[p].of_c;
}

/* The program's own code without lines may be Rust's, and its allocator inlined. */
static void without_lines_only_a_librarys_names_tell(void **state)
{
    (void)state;
    assert_false(asks_itself("sqlite3_open", "/home/me/app"));
    assert_true(asks_itself("sqlite3_open", "/usr/lib/libsqlite3.so.0"));
    assert_false(asks_itself("rustc_span::intern", "/usr/lib/librustc_driver.so"));
}

/* No allocator of Rust's is between, and yet they are no C library that somebody could call less.
 */
static void what_stds_and_cpps_helpers_ask_for_is_not_cs_own(void **state)
{
    (void)state;
    struct stack_frame opendir = {OWNER_LIBC, "opendir", "",   "./dirent/opendir.c",
                                  94,         "libc",    false};
    struct stack_frame new = of_crate("operator new(unsigned long)", "new_op.cc", 50);
    uint32_t p = asked_by(opendir);
    assert_true(pb_evidence(b)->facts[p].of_c);
    assert_false(is_of_c(opendir));
    p = asked_by(new);
    assert_true(pb_evidence(b)->facts[p].of_c);
    assert_false(is_of_c(new));
}

static void blocks_of_c_that_come_and_go_are_told(void **state)
{
    (void)state;
    asked_by(of_crate("onig_new", SOURCE, 9));
    const struct finding *f = only(&rule_c_churn);
    assert_told(f);
    assert_int_equal(f->scope, FINDING_DEPENDENCY);
    assert_string_equal(f->location.crate, "onig_sys");
    assert_string_equal(f->caller.function, "app::load");
    assert_non_null(strstr(f->what, "onig_new, code in C, made 1,000,000 blocks (48 B each)"));
    assert_null(strstr(f->advice, "its authors")); /* it is the caller who can keep something */
    assert_int_equal(f->saving.calls, 2000000);
    assert_int_equal(f->confidence, FINDING_DOUBTFUL);
    assert_quiet(&rule_buffer_reuse);
    assert_quiet(&rule_box_churn);
}

static void what_stays_is_not_told(void **state)
{
    (void)state;
    struct stack_frame via[] = {of_crate("onig_new", SOURCE, 9), {0}};
    uint32_t p = pb_point(b, "malloc", via, "app::load", 12);
    pb_births(b, p, 1000000, 48);
    pb_live(b, p, 1000000);
    assert_quiet(&rule_c_churn);
}

/* with_capacity, SmallVec and shrink_to_fit are Rust's. */
static void rules_for_containers_of_rusts_leave_it_alone(void **state)
{
    (void)state;
    uint32_t p = asked_by(of_crate("bbuf_init", SOURCE, 9));
    pb_growth(b, p, 500000, 8, 48);
    assert_quiet(&rule_growth);
    p = asked_by(of_crate("bbuf_init", "/registry/src/x/onig-6/src/lib.rs", 9));
    pb_growth(b, p, 500000, 8, 48);
    only(&rule_growth);
    p = asked_by(of_crate("bbuf_init", SOURCE, 9));
    pb_live(b, p, 500000);
    assert_quiet(&rule_many_small);
}

static void code_in_rust_is_not_told(void **state)
{
    (void)state;
    asked_by(of_crate("onig::Regex::new", "/registry/src/x/onig-6/src/lib.rs", 9));
    assert_quiet(&rule_c_churn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE_TEST(c_is_known_by_its_source_and_its_names),
        RULE_TEST(without_lines_only_a_librarys_names_tell),
        RULE_TEST(what_stds_and_cpps_helpers_ask_for_is_not_cs_own),
        RULE_TEST(blocks_of_c_that_come_and_go_are_told),
        RULE_TEST(what_stays_is_not_told),
        RULE_TEST(rules_for_containers_of_rusts_leave_it_alone),
        RULE_TEST(code_in_rust_is_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
