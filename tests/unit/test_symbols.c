// libs: analyzer
//
// From addresses to functions and lines, on this test program itself: real functions, functions
// inlined into each other, and files that are not the one that ran. Rust's names, split debug
// files and line-tables-only are covered by the tests on Rust programs in tests/preload; here
// only what one C file can show.
#define _GNU_SOURCE /* dl_iterate_phdr */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "analyzer/core/elf_file.h"
#include "analyzer/core/symbols.h"

/* ---- code whose lines are known ---- */

static volatile uintptr_t seen;

__attribute__((noinline)) static void note_caller(void)
{
    seen = (uintptr_t)__builtin_return_address(0);
}

enum { INNER_LINE = __LINE__ + 3 };
__attribute__((always_inline)) static inline void inner_function(void)
{
    note_caller();
    seen = seen + 0;
}

enum { MIDDLE_LINE = __LINE__ + 3 };
__attribute__((always_inline)) static inline void middle_function(void)
{
    inner_function();
    seen = seen + 0;
}

enum { OUTER_LINE = __LINE__ + 3 };
__attribute__((noinline)) static void outer_function(void)
{
    middle_function();
    seen = seen + 0;
}

enum { PLAIN_LINE = __LINE__ + 3 };
__attribute__((noinline)) static void plain_function(void)
{
    note_caller();
    seen = seen + 0;
}

/* ---- looking up ---- */

static char exe[4096];
static uintptr_t bias;
static struct elf_file self;

static int find_bias(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)size;
    (void)data;
    bias = info->dlpi_addr; /* the program comes first */
    return 1;
}

static int set_up(void **state)
{
    (void)state;
    ssize_t length = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
    dl_iterate_phdr(find_bias, NULL);
    return length > 0 && elf_file_open(&self, exe) == NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    elf_file_close(&self);
    return 0;
}

struct answer {
    struct symbols symbols;
    struct symbols_info info;
    struct symbols_frame frames[16][SYMBOLS_MOST_FRAMES];
    size_t counts[16];
    int calls;
};

static int take(void *context, size_t address, const struct symbols_frame *frames, size_t count)
{
    struct answer *a = context;
    a->calls++;
    assert_int_equal(a->counts[address], 0); /* each address once */
    a->counts[address] = count;
    memcpy(a->frames[address], frames, count * sizeof(*frames));
    return 0;
}

static struct symbols_module this_program(void)
{
    return (struct symbols_module){.path = exe,
                                   .build_id = self.build_id,
                                   .build_id_bytes = self.build_id_bytes,
                                   .start_unix_ns = UINT64_MAX};
}

static struct answer *ask(const struct symbols_module *module, const uint64_t *addresses,
                          size_t count)
{
    struct answer *a = calloc(1, sizeof(*a));
    assert_int_equal(symbols_resolve(&a->symbols, module, addresses, count, take, a, &a->info), 0);
    assert_int_equal(a->calls, count);
    return a;
}

static void done(struct answer *a)
{
    symbols_close(&a->symbols);
    free(a);
}

static const char *text(struct answer *a, uint32_t number)
{
    return intern_text(&a->symbols.texts, number);
}

static void frame_is(struct answer *a, const struct symbols_frame *frame, const char *function,
                     unsigned line, bool inlined)
{
    assert_string_equal(text(a, frame->function), function);
    assert_int_equal(frame->line, line);
    assert_int_equal(frame->inlined, inlined);
    const char *file = text(a, frame->file), *slash = strrchr(file, '/');
    assert_true(*file == '/'); /* made absolute */
    assert_string_equal(slash + 1, "test_symbols.c");
}

static uint64_t address_of(void (*function)(void))
{
    function();
    return seen - 1 - bias;
}

static void finds_a_function_and_its_line(void **state)
{
    (void)state;
    struct symbols_module module = this_program();
    uint64_t address = address_of(plain_function);
    struct answer *a = ask(&module, &address, 1);
    assert_int_equal(a->counts[0], 1);
    frame_is(a, &a->frames[0][0], "plain_function", PLAIN_LINE, false);
    assert_true(a->info.lines);
    assert_true(a->info.symbols);
    assert_string_equal(a->info.note, "");
    done(a);
}

static void finds_functions_inlined_into_each_other(void **state)
{
    (void)state;
    struct symbols_module module = this_program();
    uint64_t address = address_of(outer_function);
    struct answer *a = ask(&module, &address, 1);
    assert_int_equal(a->counts[0], 3);
    frame_is(a, &a->frames[0][0], "inner_function", INNER_LINE, true);
    frame_is(a, &a->frames[0][1], "middle_function", MIDDLE_LINE, true);
    frame_is(a, &a->frames[0][2], "outer_function", OUTER_LINE, false);
    done(a);
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void answers_every_address_even_those_of_no_function(void **state)
{
    (void)state;
    struct symbols_module module = this_program();
    uint64_t addresses[] = {
        0, 1, address_of(plain_function), address_of(outer_function), UINT64_MAX - 1, UINT64_MAX};
    qsort(addresses, 6, sizeof(*addresses), compare);
    struct answer *a = ask(&module, addresses, 6);
    assert_int_equal(a->counts[0], 1);
    assert_string_equal(text(a, a->frames[0][0].function), "");
    assert_int_equal(a->counts[2] + a->counts[3], 4);
    assert_string_equal(text(a, a->frames[5][0].function), "");
    done(a);
}

static void does_not_read_a_file_that_changed(void **state)
{
    (void)state;
    struct symbols_module module = this_program();
    uint8_t other[sizeof(self.build_id)];
    memcpy(other, self.build_id, sizeof(other));
    if (self.build_id_bytes) {
        other[0] ^= 1;
        module.build_id = other;
    } else {
        module.start_unix_ns = 0; /* then the file's time decides */
    }
    uint64_t address = address_of(plain_function);
    struct answer *a = ask(&module, &address, 1);
    assert_string_equal(text(a, a->frames[0][0].function), "");
    assert_int_equal(a->frames[0][0].line, 0);
    assert_non_null(strstr(a->info.note, "changed since the run"));
    assert_false(a->info.lines);
    done(a);
}

static void does_not_take_a_file_without_build_id_for_one_with(void **state)
{
    (void)state;
    static const uint8_t some[20] = {1, 2, 3};
    struct symbols_module module = {
        .path = "/proc/self/maps", .build_id = some, .build_id_bytes = 20};
    uint64_t address = 0x1000;
    struct answer *a = ask(&module, &address, 1);
    assert_string_equal(a->info.note, "not an ELF file");
    done(a);
}

static void says_why_a_file_cannot_be_read(void **state)
{
    (void)state;
    static const struct {
        const char *path, *note;
    } cases[] = {
        {"/no/such/file", "the file is gone"},
        {"/tmp", "not a regular file"},
        {"/dev/null", "not a regular file"},
        {"[vdso]", "made by the kernel, not a file"},
        {"linux-vdso.so.1", "made by the kernel, not a file"},
        {"", "the path is not known"},
    };
    uint64_t address = 0x1000;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct symbols_module module = {.path = cases[i].path, .build_id = (const uint8_t *)""};
        struct answer *a = ask(&module, &address, 1);
        assert_string_equal(a->info.note, cases[i].note);
        assert_int_equal(a->counts[0], 1);
        done(a);
    }
}

static void takes_no_addresses_too(void **state)
{
    (void)state;
    struct symbols_module module = this_program();
    struct answer *a = ask(&module, NULL, 0);
    assert_true(a->info.lines);
    done(a);
}

static int refuse(void *context, size_t address, const struct symbols_frame *frames, size_t count)
{
    (void)address;
    (void)frames;
    (void)count;
    ++*(int *)context;
    return -1;
}

static void stops_when_told(void **state)
{
    (void)state;
    struct symbols_module module = this_program();
    struct symbols symbols = {0};
    struct symbols_info info;
    uint64_t addresses[] = {1, 2, address_of(plain_function)};
    int calls = 0;
    assert_int_equal(symbols_resolve(&symbols, &module, addresses, 3, refuse, &calls, &info), -1);
    assert_int_equal(calls, 1);
    symbols_close(&symbols);
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Files cut, and changed in places at random, that still claim to be the one that ran: every
 * address is answered, and nothing leads out of bounds. What is answered may be wrong. */
static void survives_damaged_files(void **state)
{
    (void)state;
    char path[] = "/tmp/heapcoach-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *file = fopen(exe, "r");
    unsigned char *bytes = malloc(1 << 25);
    size_t size = fread(bytes, 1, 1 << 25, file);
    fclose(file);
    uint64_t random = 88172645463325252u;
    struct symbols_module module = {.path = path,
                                    .build_id = self.build_id,
                                    .build_id_bytes = self.build_id_bytes,
                                    .start_unix_ns = UINT64_MAX};
    uint64_t addresses[] = {address_of(plain_function), address_of(outer_function)};
    qsort(addresses, 2, sizeof(*addresses), compare);
    unsigned char *changed = malloc(size);
    for (int round = 0; round < 60; round++) {
        memcpy(changed, bytes, size);
        for (int i = 0; i < 20 * (round % 3); i++) /* not in the first page, with the build-id */
            changed[4096 + next_random(&random) % (size - 4096)] =
                (unsigned char)next_random(&random);
        size_t length = round % 3 ? size : next_random(&random) % size;
        assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(pwrite(fd, changed, length, 0), length);
        done(ask(&module, addresses, 2));
    }
    free(changed);
    free(bytes);
    close(fd);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_a_function_and_its_line),
        cmocka_unit_test(finds_functions_inlined_into_each_other),
        cmocka_unit_test(answers_every_address_even_those_of_no_function),
        cmocka_unit_test(does_not_read_a_file_that_changed),
        cmocka_unit_test(does_not_take_a_file_without_build_id_for_one_with),
        cmocka_unit_test(says_why_a_file_cannot_be_read),
        cmocka_unit_test(takes_no_addresses_too),
        cmocka_unit_test(stops_when_told),
        cmocka_unit_test(survives_damaged_files),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
