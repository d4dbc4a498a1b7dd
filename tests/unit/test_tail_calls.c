// libs: analyzer
//
// Reading calls and jumps out of machine code. That the functions of a real program are found by
// them is tested end to end, in tests/rules.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/core/tail_calls.h"

#define BASE 0x1000

static uint8_t bytes[64];
static const struct elf_pointer pointers[] = {{0x2000, 0x1111}, {0x2008, 0x3333}};
static struct tail_calls_code code = {bytes, BASE, BASE + sizeof(bytes), pointers, 2};

/* An instruction whose distance leads to `to`: `opcode` bytes at BASE + at. */
static void put(unsigned at, const char *opcode, size_t n, uint64_t to)
{
    int32_t distance = (int32_t)(to - (BASE + at + n + 4));
    memcpy(bytes + at, opcode, n);
    memcpy(bytes + at + n, &distance, 4);
}

static int clear(void **state)
{
    (void)state;
    memset(bytes, 0x90, sizeof(bytes));
    return 0;
}

static void a_direct_call_tells_where_it_goes(void **state)
{
    (void)state;
    put(10, "\xe8", 1, 0x1234);
    assert_int_equal(tail_calls_target(&code, BASE + 15), 0x1234);
    put(10, "\xe8", 1, 0x800);
    assert_int_equal(tail_calls_target(&code, BASE + 15), 0x800);
    assert_int_equal(tail_calls_target(&code, BASE + 14), 0);
}

static void a_call_through_a_pointer_tells_where_that_points(void **state)
{
    (void)state;
    put(10, "\xff\x15", 2, 0x2008);
    assert_int_equal(tail_calls_target(&code, BASE + 16), 0x3333);
    put(10, "\xff\x15", 2, 0x2004); /* none that is known */
    assert_int_equal(tail_calls_target(&code, BASE + 16), 0);
    bytes[10] = 0x90;
    bytes[11] = 0xff;
    bytes[12] = 0xd0; /* call *%rax */
    assert_int_equal(tail_calls_target(&code, BASE + 13), 0);
}

static void a_jump_is_found_by_where_it_goes(void **state)
{
    (void)state;
    put(3, "\xe9", 1, 0x5000);
    put(20, "\xe9", 1, 0x4000);
    put(30, "\x0f\x84", 2, 0x4000);
    put(40, "\xff\x25", 2, 0x2000);
    assert_int_equal(tail_calls_jump(&code, BASE, BASE + 64, 0x4000), BASE + 20);
    assert_int_equal(tail_calls_jump(&code, BASE + 21, BASE + 64, 0x4000), BASE + 30);
    assert_int_equal(tail_calls_jump(&code, BASE, BASE + 64, 0x1111), BASE + 40);
    assert_int_equal(tail_calls_jump(&code, BASE, BASE + 64, 0x2000), 0);
    assert_int_equal(tail_calls_jump(&code, BASE, BASE + 24, 0x4000), 0); /* not whole */
    assert_int_equal(tail_calls_jump(&code, BASE, BASE + 25, 0x4000), BASE + 20);
}

static void code_ends_where_it_ends(void **state)
{
    (void)state;
    put(59, "\xe9", 1, 0x4000);
    put(0, "\xe8", 1, 0x4000);
    assert_int_equal(tail_calls_jump(&code, BASE, BASE + 64, 0x4000), BASE + 59);
    assert_int_equal(tail_calls_jump(&code, BASE - 1, BASE + 64, 0x4000), 0);
    assert_int_equal(tail_calls_jump(&code, BASE, BASE + 65, 0x4000), 0);
    assert_int_equal(tail_calls_target(&code, BASE + 5), 0x4000);
    assert_int_equal(tail_calls_target(&code, BASE + 4), 0);
    assert_int_equal(tail_calls_target(&code, BASE + 65), 0);
    assert_int_equal(tail_calls_target(&code, 0), 0);
    assert_int_equal(tail_calls_target(&code, UINT64_MAX), 0);
}

/* Whatever the bytes are. */
static void any_code_is_looked_through(void **state)
{
    static const uint8_t values[] = {0xe8, 0xe9, 0xff, 0x15, 0x25, 0x0f, 0x84, 0x00};
    uint32_t random = 1;
    (void)state;
    for (int round = 0; round < 2000; round++) {
        for (size_t i = 0; i < sizeof(bytes); i++) {
            random = random * 1664525 + 1013904223;
            bytes[i] = values[random >> 29];
        }
        for (uint64_t at = BASE - 8; at < BASE + 72; at++)
            tail_calls_target(&code, at);
        tail_calls_jump(&code, BASE, BASE + sizeof(bytes), 1);
    }
}

#define TEST(name) cmocka_unit_test_setup(name, clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_direct_call_tells_where_it_goes),
        TEST(a_call_through_a_pointer_tells_where_that_points),
        TEST(a_jump_is_found_by_where_it_goes),
        TEST(code_ends_where_it_ends),
        TEST(any_code_is_looked_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
