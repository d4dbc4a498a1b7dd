// sources: preload/rules.c preload/cfi.c preload/cfi_memo.c preload/recording.c preload/memory.c
/* test_rule_table.c - the table of unwind rules while libraries come and go in the middle of a
 * look-up: what another thread would do then is done by the stand-ins for modules.c, in the order
 * that modules.c does it.
 *
 * Not covered: what the rules say (test_cfi.c), looking up while the table grows (test_walk.c). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "preload/modules.h"
#include "preload/rules.h"
#include "tests/unit/cfi_assembler.h"
#include "tests/unit/open_recording.h"

static const uintptr_t START = 0x10000, END = 0x20000, PC = 0x12345;
static struct module first = {.start = 0x10000, .end = 0x20000, .index = 1};
static struct module second = {.start = 0x10000, .end = 0x20000, .index = 2};

static const struct module *there; /* what lies at START now */
static void (*meanwhile)(void);    /* once, after a module was found and before its rule is put */
static unsigned asked;

const struct module *modules_known(uintptr_t pc)
{
    return there && pc >= there->start && pc < there->end ? there : NULL;
}

const struct module *modules_find(uintptr_t pc)
{
    const struct module *found = modules_known(pc);
    void (*now)(void) = meanwhile;

    asked++;
    meanwhile = NULL;
    if (now)
        now();
    return found;
}

static void close_library(void)
{
    there = NULL;
    rules_forget(START, END);
}

static void load_second(void)
{
    there = &second;
    rules_forget_strays(START, END);
}

static void replace_by_second(void)
{
    close_library();
    load_second();
}

static void always_replace(void)
{
    there = there == &first ? &second : &first;
    rules_forget(START, END);
    meanwhile = always_replace;
}

static uint32_t module_of(const struct rule *rule)
{
    assert_int_not_equal(rule->location, 0);
    return recording_location(rule->location)->module;
}

static int set_up(void **state)
{
    (void)state;
    open_recording();
    return rules_start() && make_page(NULL) == 0 ? 0 : -1;
}

static int forget_all(void **state)
{
    (void)state;
    meanwhile = NULL;
    close_library();
    asked = 0;
    return 0;
}

static void a_rule_is_made_once(void **state)
{
    (void)state;
    there = &first;
    const struct rule *rule = rules_find(PC);
    assert_int_equal(module_of(rule), 1);
    assert_ptr_equal(rules_find(PC), rule);
    assert_int_equal(asked, 1);
}

static void a_library_closed_meanwhile_leaves_no_rule(void **state)
{
    (void)state;
    there = &first;
    meanwhile = close_library;
    assert_int_equal(module_of(rules_find(PC)), 0);
    load_second();
    assert_int_equal(module_of(rules_find(PC)), 2);
}

static void a_library_replaced_meanwhile_gets_its_own_rule(void **state)
{
    (void)state;
    there = &first;
    meanwhile = replace_by_second;
    assert_int_equal(module_of(rules_find(PC)), 2);
    assert_int_equal(module_of(rules_find(PC)), 2);
    assert_int_equal(asked, 2);
}

static void a_library_loaded_meanwhile_is_not_taken_for_nothing(void **state)
{
    (void)state;
    meanwhile = load_second;
    assert_int_equal(module_of(rules_find(PC)), 2);
}

static void a_library_that_comes_back_has_its_locations_again(void **state)
{
    (void)state;
    there = &first;
    uint32_t before = rules_find(PC)->location;
    close_library();
    load_second();
    assert_int_not_equal(rules_find(PC)->location, before);
    close_library();
    there = &first;
    assert_int_equal(rules_find(PC)->location, before);
}

static void an_exact_place_is_kept_apart_and_forgotten_too(void **state)
{
    (void)state;
    there = &first;
    uint32_t called = rules_find(PC)->location, exact = rules_exact_location(PC);
    assert_int_not_equal(called, exact);
    assert_int_equal(recording_location(exact)->exact, 1);
    assert_int_equal(recording_location(called)->exact, 0);
    replace_by_second();
    assert_int_equal(recording_location(rules_exact_location(PC))->module, 2);
}

static void looking_up_ends_where_libraries_never_stop_changing(void **state)
{
    (void)state;
    there = &first;
    meanwhile = always_replace;
    assert_int_equal(rules_find(PC)->location, 0);
    assert_true(asked < 10);
}

/* ---- rows kept of long functions ---- */

enum { LONG_BYTES = 0x8000 };

static uintptr_t long_function(void)
{
    return code_start() + 4 * FUNCTION_BYTES;
}

/* A library whose last function has this offset of the CFA all the way. */
static void load_with_offset(struct module *m, char offset)
{
    static char program[1500];
    struct recipe r = {.program = program, .last_bytes = LONG_BYTES};

    for (size_t i = 0; i < sizeof program; i += 3)
        memcpy(program + i, "\x7f\x83\x02", 3);            /* advance_loc 63; offset rbx */
    memcpy(program, (const char[]){'\x0e', offset, 0}, 3); /* def_cfa_offset */
    r.program_bytes = sizeof program;
    *m = (struct module){.start = code_start(),
                         .end = code_start() + 0x10000,
                         .index = m->index,
                         .tables = assemble(&r, code_start())};
    there = m;
}

static uintptr_t cfa_offset_at(uintptr_t place)
{
    return rule_cfa_offset(rules_find(long_function() + place)->cfi);
}

static void rows_of_a_closed_library_are_forgotten(void **state)
{
    (void)state;
    load_with_offset(&first, 0x18);
    assert_int_equal(cfa_offset_at(0x2001), 0x18);
    assert_int_equal(cfa_offset_at(0x2011), 0x18);
    there = NULL;
    rules_forget(first.start, first.end);
    load_with_offset(&second, 0x50);
    assert_int_equal(cfa_offset_at(0x2021), 0x50);
    assert_int_equal(cfa_offset_at(0x2001), 0x50);
}

/* The library goes while it is being asked, and what was read of it is kept too late. */
static void replace_long(void)
{
    there = NULL;
    rules_forget(first.start, first.end);
}

static void rows_that_come_too_late_are_forgotten(void **state)
{
    (void)state;
    load_with_offset(&first, 0x18);
    meanwhile = replace_long;
    rules_find(long_function() + 0x3001);
    load_with_offset(&second, 0x50);
    assert_int_equal(cfa_offset_at(0x3011), 0x50);
}

/* In a forked child, where another thread was perhaps keeping one. */
static void a_new_table_has_no_rows(void **state)
{
    (void)state;
    load_with_offset(&first, 0x18);
    assert_int_equal(cfa_offset_at(0x4001), 0x18);
    assert_true(rules_start());
    load_with_offset(&first, 0x50);
    assert_int_equal(cfa_offset_at(0x4011), 0x50);
}

/* ---- what the table has room for ---- */

/* The rule in a function of this program, in a library of its own. */
static struct packed_rule rule_after(const char *program, size_t bytes)
{
    struct recipe r = {.program = program, .program_bytes = bytes};

    close_library();
    rules_forget(code_start(), code_start() + 0x10000);
    first = (struct module){.start = code_start(),
                            .end = code_start() + 0x10000,
                            .index = first.index + 2,
                            .tables = assemble(&r, code_start())};
    there = &first;
    return rules_find(code_start() + 2 * FUNCTION_BYTES + 0x21)->cfi;
}

/* Of words that the table has room for; any other rule is libunwind's. */
static void a_rule_that_does_not_fit_is_complex(void **state)
{
    (void)state;
    enum { MOST = (1 << 22) - 8, FARTHEST = -512 };
    struct packed_rule rule = rule_after(CODE("\x0e\xf8\xff\xff\x01\x86\x40"));

    assert_int_equal(rule.kind, CFI_RSP);
    assert_int_equal(rule.rbp_saved, CFI_AT_CFA);
    assert_int_equal(rule_cfa_offset(rule), MOST);
    assert_true(rule_rbp_offset(rule) == (uintptr_t)(intptr_t)FARTHEST);
    assert_int_equal(rule_after(CODE("\x0e\x80\x80\x80\x02")).kind, CFI_COMPLEX); /* MOST + 8 */
    assert_int_equal(rule_after(CODE("\x0e\x20\x86\x41")).kind, CFI_COMPLEX);     /* FARTHEST - 8 */
    assert_int_equal(rule_after(CODE("\x0e\x0c")).kind, CFI_COMPLEX);             /* half a word */
    assert_int_equal(rule_after(CODE("\x0e\x20\x86\x02")).kind, CFI_RSP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_rule_is_made_once, forget_all),
        cmocka_unit_test_setup(a_library_closed_meanwhile_leaves_no_rule, forget_all),
        cmocka_unit_test_setup(a_library_replaced_meanwhile_gets_its_own_rule, forget_all),
        cmocka_unit_test_setup(a_library_loaded_meanwhile_is_not_taken_for_nothing, forget_all),
        cmocka_unit_test_setup(a_library_that_comes_back_has_its_locations_again, forget_all),
        cmocka_unit_test_setup(an_exact_place_is_kept_apart_and_forgotten_too, forget_all),
        cmocka_unit_test_setup(looking_up_ends_where_libraries_never_stop_changing, forget_all),
        cmocka_unit_test_setup(rows_of_a_closed_library_are_forgotten, forget_all),
        cmocka_unit_test_setup(rows_that_come_too_late_are_forgotten, forget_all),
        cmocka_unit_test_setup(a_new_table_has_no_rows, forget_all),
        cmocka_unit_test_setup(a_rule_that_does_not_fit_is_complex, forget_all),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
