// libs: analyzer
//
// Facts about this very test program and about made files; the programs that heapcoach refuses are
// compiled and tried in tests/cli/test_doctor.py.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "analyzer/core/elf_facts.h"
#include "analyzer/core/suitability.h"

static char made[] = "/tmp/heapcoach-test-elf-XXXXXX";

static int make_file(void **state)
{
    (void)state;
    int fd = mkstemp(made);
    if (fd >= 0)
        close(fd);
    return fd >= 0 ? 0 : -1;
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(made);
}

static struct elf_facts facts_of(const char *content, size_t n)
{
    struct elf_facts facts;
    struct error error;
    FILE *file = fopen(made, "wb");
    fwrite(content, 1, n, file);
    fclose(file);
    assert_int_equal(elf_facts_read(&facts, made, &error), 0);
    return facts;
}

static void this_program_is_one(void **state)
{
    struct elf_facts facts;
    struct error error;
    (void)state;
    assert_int_equal(elf_facts_read(&facts, "/proc/self/exe", &error), 0);
    assert_int_equal(facts.kind, ELF_FACTS_PROGRAM);
    assert_false(facts.is_static || facts.musl || facts.setid || facts.capabilities);
    assert_false(facts.rust);
    assert_true(facts.symbols && facts.lines && facts.debug);
    assert_non_null(strstr(facts.interpreter, "ld-linux"));
}

static void what_cannot_be_read_is_an_error(void **state)
{
    struct elf_facts facts;
    struct error error;
    (void)state;
    assert_int_equal(elf_facts_read(&facts, "/no/such/program", &error), -1);
    assert_non_null(strstr(error.text, "/no/such/program: cannot read the program"));
    assert_int_equal(elf_facts_read(&facts, "/tmp", &error), -1);
    assert_non_null(strstr(error.text, "found a folder"));
}

static void scripts_name_their_interpreter(void **state)
{
    (void)state;
    struct elf_facts facts = facts_of("#! /usr/bin/env python3\nrest", 28);
    assert_int_equal(facts.kind, ELF_FACTS_SCRIPT);
    assert_string_equal(facts.interpreter, "/usr/bin/env python3");
    assert_int_equal(facts_of("#!", 2).kind, ELF_FACTS_SCRIPT);
}

static void short_files_are_no_programs(void **state)
{
    (void)state;
    for (size_t n = 0; n <= 16; n++)
        assert_int_equal(facts_of("\177ELF\2\1\1\0\0\0\0\0\0\0\0\0", n).kind, ELF_FACTS_NOT_ELF);
}

static void setgid_without_group_execute_is_none(void **state)
{
    struct elf_facts facts;
    struct error error;
    (void)state;
    facts_of("x", 1);
    assert_int_equal(chmod(made, 02705), 0);
    assert_int_equal(elf_facts_read(&facts, made, &error), 0);
    assert_false(facts.setid);
    assert_int_equal(chmod(made, 02715), 0);
    assert_int_equal(elf_facts_read(&facts, made, &error), 0);
    assert_true(facts.setid);
    assert_int_equal(chmod(made, 0600), 0);
}

static const char *blocker(struct elf_facts facts)
{
    const struct suitability_problem *problem = suitability_find(&facts, SUITABILITY_BLOCKS);
    return problem ? problem->id : "";
}

static void the_verdict_follows_from_the_facts(void **state)
{
    struct elf_facts good = {
        .kind = ELF_FACTS_PROGRAM, .rust = true, .symbols = true, .lines = true};
    struct elf_facts f = good;
    (void)state;
    assert_string_equal(blocker(good), "");
    f.allocator = "jemalloc";
    assert_string_equal(blocker(f), "allocator");
    f.default_allocator = true; /* linked in, but not what Rust calls */
    assert_string_equal(blocker(f), "");
    f = good;
    f.allocator = "jemalloc";
    f.allocator_by_text = true; /* perhaps */
    assert_string_equal(blocker(f), "");
    f = good;
    f.own_malloc = true;
    assert_string_equal(blocker(f), "own-malloc");
    f.sanitizer = "AddressSanitizer"; /* brings malloc: told once, by its cause */
    assert_string_equal(blocker(f), "sanitizer");
    f.is_static = true;
    assert_string_equal(blocker(f), "static");
}

static void every_problem_says_what_to_change(void **state)
{
    struct elf_facts facts = {
        .interpreter = "I", .machine = "M", .sanitizer = "S", .allocator = "A"};
    char text[512];
    (void)state;
    for (const struct suitability_problem *p = suitability_problems; p->id; p++) {
        suitability_describe(p, &facts, text, sizeof(text));
        assert_null(strchr(text, '%'));
        assert_true(strlen(text) > 10);
        assert_true(p->weight != SUITABILITY_BLOCKS || p->advice[0]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(this_program_is_one),
        cmocka_unit_test(what_cannot_be_read_is_an_error),
        cmocka_unit_test(scripts_name_their_interpreter),
        cmocka_unit_test(short_files_are_no_programs),
        cmocka_unit_test(setgid_without_group_execute_is_none),
        cmocka_unit_test(the_verdict_follows_from_the_facts),
        cmocka_unit_test(every_problem_says_what_to_change),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
