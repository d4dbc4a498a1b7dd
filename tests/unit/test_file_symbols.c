// sources: preload/file_symbols.c
/* test_file_symbols.c - functions of a program by their names, from its file: this test's own.
 *
 * Not covered: a program with other linkers' tables (real/test_carried.py). */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "preload/file_symbols.h"

static __attribute__((noinline)) int here_alone(int n)
{
    return n * 3;
}

/* Its name ends in that of another one, which a linker may keep as the end of this. */
static __attribute__((noinline)) int not_here_alone(int n)
{
    return n * 5;
}

int seen_by_all(int n);
__attribute__((noinline)) int seen_by_all(int n)
{
    return here_alone(n) + not_here_alone(n);
}

/* So many that end alike that not all of their places are kept. */
/* clang-format off */
#define NAMED(n) int n##_often_named(void); int n##_often_named(void) { return 0; }
#define NAMED_3(n) NAMED(n##0) NAMED(n##1) NAMED(n##2)
#define NAMED_9(n) NAMED_3(n##0) NAMED_3(n##1) NAMED_3(n##2)
#define NAMED_27(n) NAMED_9(n##0) NAMED_9(n##1) NAMED_9(n##2)
#define NAMED_81(n) NAMED_27(n##0) NAMED_27(n##1) NAMED_27(n##2)
#define NAMED_243(n) NAMED_81(n##0) NAMED_81(n##1) NAMED_81(n##2)
NAMED_243(a) NAMED_243(b) NAMED_243(c)
    /* clang-format on */

    static struct file_program headers;
static uintptr_t bias;

static int first_module(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)size;
    (void)data;
    headers = (struct file_program){info->dlpi_phdr, info->dlpi_phnum * sizeof *info->dlpi_phdr};
    bias = info->dlpi_addr;
    return 1;
}

static int find_program(void **state)
{
    (void)state;
    return dl_iterate_phdr(first_module, NULL) == 1 ? 0 : -1;
}

static void functions_are_found_where_they_are(void **state)
{
    (void)state;
    struct file_function f[] = {{"here_alone", 1},
                                {"not_here_alone", 1},
                                {"seen_by_all", 1},
                                {"nowhere_at_all", 1},
                                {"main", 1}};
    struct file_section got;

    assert_int_equal(seen_by_all(2), 16);
    assert_true(file_symbols_find("/proc/self/exe", &headers, f, 5, &got));
    assert_ptr_equal(bias + f[0].address, here_alone);
    assert_ptr_equal(bias + f[1].address, not_here_alone);
    assert_ptr_equal(bias + f[2].address, seen_by_all);
    assert_int_equal(f[3].address, 0);
    assert_true(f[4].address != 0);
    assert_true(got.bytes > 0 && got.bytes % 8 == 0 && got.address != 0);
}

static void a_name_that_is_longer_is_another(void **state)
{
    (void)state;
    struct file_function f[] = {{"here_alon", 0}, {"ere_alone", 0}, {"seen_by_all2", 0}};
    struct file_section got;

    assert_true(file_symbols_find("/proc/self/exe", &headers, f, 3, &got));
    for (int i = 0; i < 3; i++)
        assert_int_equal(f[i].address, 0);
}

static void too_many_names_are_no_answer(void **state)
{
    (void)state;
    struct file_function f[] = {{"often_named", 0}};
    struct file_section got;

    assert_false(file_symbols_find("/proc/self/exe", &headers, f, 1, &got));
}

static void another_file_is_not_the_program(void **state)
{
    (void)state;
    struct file_function f[] = {{"main", 1}};
    struct file_section got;
    static char other[4096];

    assert_false(file_symbols_find("/bin/sh", &headers, f, 1, &got));
    assert_false(file_symbols_find("/nowhere/at/all", &headers, f, 1, &got));
    assert_false(file_symbols_find("/dev/null", &headers, f, 1, &got));
    assert_true(headers.bytes < sizeof other);
    memcpy(other, headers.headers, headers.bytes);
    other[headers.bytes - 1] ^= 1;
    assert_false(file_symbols_find("/proc/self/exe", &(struct file_program){other, headers.bytes},
                                   f, 1, &got));
    assert_int_equal(f[0].address, 0);
    assert_int_equal(got.bytes, 0);
}

static size_t read_all(char **bytes)
{
    int fd = open("/proc/self/exe", O_RDONLY);
    off_t n = lseek(fd, 0, SEEK_END);

    *bytes = malloc((size_t)n);
    assert_int_equal(pread(fd, *bytes, (size_t)n, 0), n);
    close(fd);
    return (size_t)n;
}

static void write_all(const char *path, const char *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    fclose(file);
}

/* Each cut and each changed byte of the headers: found or not, but no crash, and where it is found,
 * it is right. */
static void what_is_damaged_is_survived(void **state)
{
    (void)state;
    char path[] = "/tmp/file_symbols_XXXXXX", *bytes;
    size_t n = read_all(&bytes);
    struct file_function f[] = {{"here_alone", 0}};
    struct file_section got;
    Elf64_Ehdr *h = (Elf64_Ehdr *)bytes;

    close(mkstemp(path));
    for (size_t cut = 0; cut < n; cut += 1 + n / 50) {
        write_all(path, bytes, cut);
        assert_false(file_symbols_find(path, &headers, f, 1, &got));
    }
    size_t sections = h->e_shoff, end = sections + h->e_shnum * sizeof(Elf64_Shdr);
    for (size_t at = 0; at < end;
         at = at + 3 == 66 || (at > 64 && at < sections) ? sections : at + 3) {
        bytes[at] ^= 0xff;
        write_all(path, bytes, n);
        file_symbols_find(path, &headers, f, 1, &got);
        bytes[at] ^= 0xff;
    }
    unlink(path);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_are_found_where_they_are),
        cmocka_unit_test(a_name_that_is_longer_is_another),
        cmocka_unit_test(too_many_names_are_no_answer),
        cmocka_unit_test(another_file_is_not_the_program),
        cmocka_unit_test(what_is_damaged_is_survived),
    };
    return cmocka_run_group_tests(tests, find_program, NULL);
}
