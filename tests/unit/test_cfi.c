// sources: preload/cfi.c preload/cfi_memo.c
/* test_cfi.c - unwind rules of single addresses, from tables written by hand.
 *
 * Real functions of this program, by their own tables, are compared
 * with what their frames look like when they run.
 *
 * Not covered: 64-bit lengths, and encodings that no linker writes, but for their being harmless.
 */
#define _GNU_SOURCE
#include <alloca.h>
#include <link.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>

#include "preload/cfi.h"
#include "preload/cfi_memo.h"
#include "tests/unit/cfi_assembler.h"

/* The middle function. */
static uintptr_t middle(void)
{
    return code_start() + 2 * FUNCTION_BYTES;
}

/* Without a memo, and with one that another answer was kept in before. */
static struct cfi_rule rule_at(const struct cfi_tables *tables, uintptr_t pc)
{
    static struct cfi_memo memo;
    struct cfi_rule rule = cfi_rule_at(tables, pc, NULL);

    cfi_memo_clear(&memo);
    cfi_rule_at(tables, pc + 7, &memo);
    struct cfi_rule again = cfi_rule_at(tables, pc, &memo);
    assert_int_equal(rule.kind, again.kind);
    assert_int_equal(rule.cfa_offset, again.cfa_offset);
    assert_int_equal(rule.rbp_saved, again.rbp_saved);
    assert_int_equal(rule.rbp_offset, again.rbp_offset);
    return rule;
}

static struct cfi_rule rule_with(const struct recipe *r, uintptr_t pc)
{
    struct cfi_tables tables = assemble(r, code_start());
    return rule_at(&tables, pc);
}

/* The rule at the middle function's byte `offset` when it has this program. */
static struct cfi_rule rule_after(const char *program, size_t bytes, uintptr_t offset)
{
    struct recipe r = {.program = program, .program_bytes = bytes};
    return rule_with(&r, middle() + offset);
}

static void assert_rule(struct cfi_rule rule, enum cfi_kind kind, int32_t cfa_offset,
                        enum cfi_saved saved, int32_t rbp_offset)
{
    assert_int_equal(rule.kind, kind);
    assert_int_equal(rule.cfa_offset, cfa_offset);
    assert_int_equal(rule.rbp_saved, saved);
    if (saved != CFI_SAME)
        assert_int_equal(rule.rbp_offset, rbp_offset);
}

#define RULE(text, offset) rule_after(CODE(text), offset)
#define ASSERT_KIND(text, wanted) assert_int_equal(RULE(text, 5).kind, wanted)

/* ---- which function ---- */

static void the_entry_row_is_the_common_one(void **state)
{
    (void)state;
    assert_rule(RULE("", 0), CFI_RSP, 8, CFI_SAME, 0);
}

static void a_function_has_its_bytes_and_no_others(void **state)
{
    (void)state;
    struct recipe r = {.program = ""};
    struct cfi_tables tables = assemble(&r, code_start());

    assert_int_equal(rule_at(&tables, code_start() - 1).kind, CFI_NONE);
    for (uintptr_t i = 0; i < FUNCTIONS; i++) {
        uintptr_t start = code_start() + i * 2 * FUNCTION_BYTES;
        assert_int_equal(rule_at(&tables, start).kind, CFI_RSP);
        assert_int_equal(rule_at(&tables, start + FUNCTION_BYTES - 1).kind, CFI_RSP);
        assert_int_equal(rule_at(&tables, start + FUNCTION_BYTES).kind, CFI_NONE);
        assert_int_equal(rule_at(&tables, start + 2 * FUNCTION_BYTES - 1).kind, CFI_NONE);
    }
    assert_int_equal(rule_at(&tables, 0).kind, CFI_NONE);
    assert_int_equal(rule_at(&tables, UINTPTR_MAX).kind, CFI_NONE);
}

static void each_function_has_its_own_program(void **state)
{
    (void)state;
    struct recipe r = {.program = "\x0e\x20", .program_bytes = 2};
    struct cfi_tables tables = assemble(&r, code_start());

    assert_int_equal(rule_at(&tables, middle() - 2 * FUNCTION_BYTES).cfa_offset, 8);
    assert_int_equal(rule_at(&tables, middle()).cfa_offset, 32);
    assert_int_equal(rule_at(&tables, middle() + 2 * FUNCTION_BYTES).cfa_offset, 8);
}

/* ---- the instructions ---- */

static void a_row_begins_at_its_address(void **state)
{
    (void)state;
    /* push rbp; mov rbp, rsp; ... pop rbp: the usual function */
    static const char usual[] = "\x41\x0e\x10\x86\x02\x43\x0d\x06\x7e\x0c\x07\x08";

    assert_rule(rule_after(CODE(usual), 0), CFI_RSP, 8, CFI_SAME, 0);
    assert_rule(rule_after(CODE(usual), 1), CFI_RSP, 16, CFI_AT_CFA, -16);
    assert_rule(rule_after(CODE(usual), 3), CFI_RSP, 16, CFI_AT_CFA, -16);
    assert_rule(rule_after(CODE(usual), 4), CFI_RBP, 16, CFI_AT_CFA, -16);
    assert_rule(rule_after(CODE(usual), 65), CFI_RBP, 16, CFI_AT_CFA, -16);
    assert_rule(rule_after(CODE(usual), 66), CFI_RSP, 8, CFI_AT_CFA, -16);
}

static void all_ways_to_advance(void **state)
{
    (void)state;
    assert_rule(RULE("\x02\x80\x0e\x10", 127), CFI_RSP, 8, CFI_SAME, 0);
    assert_rule(RULE("\x02\x80\x0e\x10", 128), CFI_RSP, 16, CFI_SAME, 0);
    assert_rule(RULE("\x03\xfe\0\x0e\x10", 253), CFI_RSP, 8, CFI_SAME, 0);
    assert_rule(RULE("\x03\xfe\0\x0e\x10", 254), CFI_RSP, 16, CFI_SAME, 0);
    assert_rule(RULE("\x04\xfe\0\0\0\x0e\x10", 253), CFI_RSP, 8, CFI_SAME, 0);
    assert_rule(RULE("\x04\xfe\0\0\0\x0e\x10", 254), CFI_RSP, 16, CFI_SAME, 0);
    struct recipe r = {.program = "\x03\x02\x03\x0e\x10", .program_bytes = 5, .last_bytes = 2048};
    uintptr_t last = code_start() + 4 * FUNCTION_BYTES;
    assert_rule(rule_with(&r, last + 0x301), CFI_RSP, 8, CFI_SAME, 0);
    assert_rule(rule_with(&r, last + 0x302), CFI_RSP, 16, CFI_SAME, 0);
}

/* GNU_args_size: what is pushed for a call is in the CFA's offset already. */
static void the_size_of_arguments_is_passed_over(void **state)
{
    (void)state;
    assert_rule(RULE("\x2e\x0e\x0e\x20", 0), CFI_RSP, 32, CFI_SAME, 0);
    assert_rule(RULE("\x2e\x8e\x10\x0e\x20", 0), CFI_RSP, 32, CFI_SAME, 0);
    assert_rule(RULE("\x0e\x20\x2e\x10", 0), CFI_RSP, 32, CFI_SAME, 0);
}

static void set_loc_takes_an_address(void **state)
{
    (void)state;
    /* pcrel, relative to the operand itself: found by assembling twice */
    char program[] = "\x01\0\0\0\0\x0e\x18";
    struct recipe r = {.program = program, .program_bytes = sizeof program - 1};
    struct cfi_tables tables = assemble(&r, code_start());
    uint8_t *operand = NULL;

    for (uint8_t *p = page_end - 7; p >= tables.lo && !operand; p--)
        if (memcmp(p, program, sizeof program - 1) == 0)
            operand = p + 1;
    assert_non_null(operand);
    uint32_t distance = (uint32_t)(middle() + 9 - (uintptr_t)operand);
    memcpy(program + 1, &distance, 4);
    assert_rule(rule_with(&r, middle() + 8), CFI_RSP, 8, CFI_SAME, 0);
    assert_rule(rule_with(&r, middle() + 9), CFI_RSP, 24, CFI_SAME, 0);
}

static void all_ways_to_define_the_cfa(void **state)
{
    (void)state;
    assert_rule(RULE("\x0c\x06\x10", 0), CFI_RBP, 16, CFI_SAME, 0);
    assert_rule(RULE("\x0d\x06", 0), CFI_RBP, 8, CFI_SAME, 0);
    assert_rule(RULE("\x0e\x80\x08", 0), CFI_RSP, 1024, CFI_SAME, 0);
    assert_rule(RULE("\x12\x06\x7e", 0), CFI_RBP, 16, CFI_SAME, 0); /* -2 * -8 */
    assert_rule(RULE("\x12\x06\x02", 0), CFI_RBP, -16, CFI_SAME, 0);
    assert_rule(RULE("\x13\x7d", 0), CFI_RSP, 24, CFI_SAME, 0); /* -3 * -8 */
    ASSERT_KIND("\x0c\x0a\x10", CFI_COMPLEX);                   /* r10 */
    ASSERT_KIND("\x0c\x03\x10", CFI_COMPLEX);                   /* rbx */
    ASSERT_KIND("\x0e\xff\xff\xff\xff\x0f", CFI_COMPLEX);       /* too far */
}

static void a_realigned_frame_is_found_by_what_rbp_points_at(void **state)
{
    (void)state;
    /* as gcc writes it: CFA = r10; rbp = *rbp; CFA = *(rbp - 8) */
    static const char realigned[] = "\x45\x0c\x0a\0\x49\x10\x06\x02\x76\0\x45\x0f\x03\x76\x78\x06";

    assert_int_equal(rule_after(CODE(realigned), 5).kind, CFI_COMPLEX);
    assert_int_equal(rule_after(CODE(realigned), 14).kind, CFI_COMPLEX);
    assert_rule(rule_after(CODE(realigned), 19), CFI_AT_RBP, -8, CFI_AT_OWN_RBP, 0);
    assert_rule(RULE("\x0f\x04\x76\x80\x7f\x06", 0), CFI_AT_RBP, -128, CFI_SAME, 0);
    /* and back to a plain one */
    assert_rule(RULE("\x0f\x03\x76\x78\x06\x0c\x07\x08", 0), CFI_RSP, 8, CFI_SAME, 0);
}

static void other_expressions_are_complex(void **state)
{
    (void)state;
    ASSERT_KIND("\x0f\x02\x76\x78", CFI_COMPLEX);             /* rbp - 8 itself */
    ASSERT_KIND("\x0f\x03\x77\x78\x06", CFI_COMPLEX);         /* *(rsp - 8) */
    ASSERT_KIND("\x0f\x04\x76\x78\x06\x06", CFI_COMPLEX);     /* **(rbp - 8) */
    ASSERT_KIND("\x0f\x05\x76\x78\x06\x23\x08", CFI_COMPLEX); /* *(rbp - 8) + 8 */
    ASSERT_KIND("\x0f\0", CFI_COMPLEX);
    ASSERT_KIND("\x10\x06\x03\x76\x78\x06", CFI_COMPLEX); /* rbp at *(rbp - 8) */
    ASSERT_KIND("\x10\x06\x02\x77\x08", CFI_COMPLEX);     /* rbp at rsp + 8 */
    ASSERT_KIND("\x10\x10\x02\x76\x08", CFI_COMPLEX);     /* ra at rbp + 8 */
    ASSERT_KIND("\x16\x06\x02\x76\x08", CFI_COMPLEX);     /* rbp is rbp + 8 */
    ASSERT_KIND("\x16\x10\x02\x76\x08", CFI_COMPLEX);     /* ra is rbp + 8 */
}

static void all_ways_to_save_rbp(void **state)
{
    (void)state;
    assert_rule(RULE("\x86\x03", 0), CFI_RSP, 8, CFI_AT_CFA, -24);
    assert_rule(RULE("\x05\x06\x03", 0), CFI_RSP, 8, CFI_AT_CFA, -24);
    assert_rule(RULE("\x11\x06\x03", 0), CFI_RSP, 8, CFI_AT_CFA, -24);
    assert_rule(RULE("\x11\x06\x7d", 0), CFI_RSP, 8, CFI_AT_CFA, 24);
    assert_rule(RULE("\x2f\x06\x03", 0), CFI_RSP, 8, CFI_AT_CFA, 24);
    assert_rule(RULE("\x10\x06\x02\x76\x70", 0), CFI_RSP, 8, CFI_AT_OWN_RBP, -16);
    assert_rule(RULE("\x86\x03\x08\x06", 0), CFI_RSP, 8, CFI_SAME, 0);
    assert_rule(RULE("\x86\x03\xc6", 0), CFI_RSP, 8, CFI_SAME, 0);
    assert_rule(RULE("\x86\x03\x06\x06", 0), CFI_RSP, 8, CFI_SAME, 0);
    ASSERT_KIND("\x07\x06", CFI_COMPLEX);     /* undefined */
    ASSERT_KIND("\x09\x06\x03", CFI_COMPLEX); /* in rbx */
    ASSERT_KIND("\x14\x06\x02", CFI_COMPLEX); /* val_offset */
    ASSERT_KIND("\x15\x06\x02", CFI_COMPLEX); /* val_offset_sf */
    ASSERT_KIND("\x09\x06\x03\x86\x02", CFI_RSP);
}

static void all_ways_to_find_the_return_address(void **state)
{
    (void)state;
    ASSERT_KIND("\x07\x10", CFI_END);
    ASSERT_KIND("\x07\x10\x90\x01", CFI_RSP);
    ASSERT_KIND("\x07\x10\xd0", CFI_RSP);     /* restored to the common row's */
    ASSERT_KIND("\x07\x10\x06\x10", CFI_RSP); /* the long form */
    ASSERT_KIND("\x90\x02", CFI_COMPLEX);     /* elsewhere than at CFA - 8 */
    ASSERT_KIND("\x09\x10\x03", CFI_COMPLEX); /* in rbx */
    ASSERT_KIND("\x08\x10", CFI_COMPLEX);     /* same value */
    ASSERT_KIND("\x14\x10\x01", CFI_COMPLEX);
}

static void other_registers_do_not_matter(void **state)
{
    (void)state;
    assert_rule(
        RULE("\x83\x02\x8c\x03\xc3\x05\x0d\x04\x07\x0e\x08\x0f\x09\x0c\x03\x10\x0d\x02\x76\x08"
             "\x16\x0e\x02\x76\x08\x14\x0f\x02\x15\x0c\x02\x11\x03\x7e\x2f\x0c\x02\0\x2e\x10",
             0),
        CFI_RSP, 8, CFI_SAME, 0);
}

static void a_remembered_row_comes_back_whole(void **state)
{
    (void)state;
    static const char early_return[] =
        "\x41\x0e\x10\x86\x02\x43\x0d\x06\x42\x0a\x0c\x07\x08\xc6\x42\x0b";

    assert_rule(rule_after(CODE(early_return), 4), CFI_RBP, 16, CFI_AT_CFA, -16);
    assert_rule(rule_after(CODE(early_return), 6), CFI_RSP, 8, CFI_SAME, 0);
    assert_rule(rule_after(CODE(early_return), 7), CFI_RSP, 8, CFI_SAME, 0);
    assert_rule(rule_after(CODE(early_return), 8), CFI_RBP, 16, CFI_AT_CFA, -16);
    /* two deep, and what an expression made complex comes back simple */
    assert_rule(RULE("\x0a\x0e\x10\x0a\x0e\x18\x0b", 0), CFI_RSP, 16, CFI_SAME, 0);
    assert_rule(RULE("\x0a\x0e\x10\x0a\x0e\x18\x0b\x0b", 0), CFI_RSP, 8, CFI_SAME, 0);
    assert_rule(RULE("\x0a\x0f\x02\x76\x78\x07\x10\x0b", 0), CFI_RSP, 8, CFI_SAME, 0);
}

static void what_is_remembered_is_bounded(void **state)
{
    (void)state;
    ASSERT_KIND("\x0b", CFI_NONE); /* nothing to come back to */
    ASSERT_KIND("\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a", CFI_RSP);
    ASSERT_KIND("\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a", CFI_NONE);
}

static void an_unknown_instruction_is_no_rule(void **state)
{
    (void)state;
    ASSERT_KIND("\x17", CFI_NONE);
    ASSERT_KIND("\x2d", CFI_NONE);
    ASSERT_KIND("\x3f", CFI_NONE);
    /* but what comes after the address is not looked at */
    assert_rule(RULE("\x0e\x10\x46\x3f", 5), CFI_RSP, 16, CFI_SAME, 0);
}

/* ---- the common entry ---- */

static void augmentations_are_passed_over(void **state)
{
    (void)state;
    static const char *const known[] = {"zR", "zPLR", "zRB", "zPR", "zRLP"};
    static const char *const unknown[] = {"zRx", "eh", "xyz"};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct recipe r = {.augmentation = known[i], .program = "\x0e\x10", .program_bytes = 2};
        assert_int_equal(rule_with(&r, middle()).cfa_offset, 16);
    }
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        struct recipe r = {.augmentation = unknown[i], .program = ""};
        assert_int_equal(rule_with(&r, middle()).kind, CFI_NONE);
    }
}

static void a_signal_frame_is_complex(void **state)
{
    (void)state;
    struct recipe r = {.augmentation = "zRS", .program = ""};
    assert_int_equal(rule_with(&r, middle()).kind, CFI_COMPLEX);
}

static void versions_1_and_3_are_known(void **state)
{
    (void)state;
    for (uint8_t version = 1; version < 6; version++) {
        struct recipe r = {.version = version, .program = ""};
        assert_int_equal(rule_with(&r, middle()).kind,
                         version == 1 || version == 3 ? CFI_RSP : CFI_NONE);
    }
}

static void another_return_register_is_complex(void **state)
{
    (void)state;
    struct recipe r = {.return_register = 3, .program = ""};
    assert_int_equal(rule_with(&r, middle()).kind, CFI_COMPLEX);
}

static void a_common_row_without_a_cfa_is_complex(void **state)
{
    (void)state;
    struct recipe r = {.common = RA_AT_CFA_8, .common_bytes = 2, .program = ""};
    assert_int_equal(rule_with(&r, middle()).kind, CFI_COMPLEX);
}

static void another_kind_of_header_is_no_rule(void **state)
{
    (void)state;
    struct recipe r = {.program = ""};
    struct cfi_tables tables = assemble(&r, code_start());
    uint8_t *header = (uint8_t *)(uintptr_t)tables.header;

    for (int i = 0; i < 4; i++) {
        uint8_t was = header[i];
        header[i] = 0xff;
        assert_int_equal(rule_at(&tables, middle()).kind, CFI_NONE);
        header[i] = was;
    }
    assert_int_equal(rule_at(&tables, middle()).kind, CFI_RSP);
    header[8] = 0; /* no entries */
    assert_int_equal(rule_at(&tables, middle()).kind, CFI_NONE);
    struct cfi_tables none = {NULL, NULL, NULL};
    assert_int_equal(rule_at(&none, middle()).kind, CFI_NONE);
}

/* ---- long functions ---- */

enum { LONG_BYTES = 0x8000 };

static uint64_t random_state;

static uint32_t some(uint32_t n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % n;
}

static size_t put_instruction(char *to, unsigned *depth)
{
    static const char *const texts[] = {"\x0e\x18", "\x0e\x50", "\x86\x03",    "\xc6",
                                        "\x0d\x06", "\x0d\x07", "\x0c\x07\x30"};
    switch (some(8)) {
    case 0:
        if (*depth == 3)
            return 0;
        ++*depth;
        to[0] = 0x0a; /* remember_state */
        return 1;
    case 1:
        if (*depth == 0)
            return 0;
        --*depth;
        to[0] = 0x0b; /* restore_state */
        return 1;
    case 2:
    case 3:
    case 4:
        to[0] = (char)(0x40 | (1 + some(63))); /* advance_loc */
        return 1;
    default: {
        const char *text = texts[some(sizeof texts / sizeof *texts)];
        memcpy(to, text, strlen(text));
        return strlen(text);
    }
    }
}

enum { BACK_MAX = 64 };

/* A program, and in it `backs` times a set_loc for `set_back`. */
static size_t put_program(char *to, size_t room, size_t *back_at, int *backs)
{
    size_t n = 0;
    unsigned depth = 0;

    while (n + 8 < room) {
        n += put_instruction(to + n, &depth);
        if (back_at && *backs < BACK_MAX && some(40) == 0) {
            memcpy(to + n, "\x01\x11\x22\x33\x44", 5); /* set_loc */
            back_at[(*backs)++] = n + 1;
            n += 5;
        }
    }
    return n;
}

/* Makes them go to where the program may have been before, as no compiler writes them. */
static void set_back(const struct cfi_tables *tables, const struct recipe *r, const size_t *back_at,
                     int backs)
{
    uint8_t *program = memmem((void *)(uintptr_t)tables->lo, (size_t)(tables->hi - tables->lo),
                              r->program, r->program_bytes);
    assert_non_null(program);
    for (int i = 0; i < backs; i++) {
        uintptr_t to = code_start() + 4 * FUNCTION_BYTES + some(LONG_BYTES / 4);
        uint32_t relative = (uint32_t)(to - (uintptr_t)(program + back_at[i]));
        memcpy(program + back_at[i], &relative, sizeof relative);
    }
}

static void a_memo_changes_no_answer(void **state)
{
    static struct cfi_memo memo;
    static char program[3400];
    size_t back_at[BACK_MAX];
    (void)state;

    for (uint64_t seed = 1; seed <= 40; seed++) {
        random_state = seed;
        struct recipe r = {.program = program, .last_bytes = LONG_BYTES};
        int backs = 0;
        r.program_bytes = put_program(program, sizeof program, seed % 2 ? NULL : back_at, &backs);
        struct cfi_tables tables = assemble(&r, code_start());
        set_back(&tables, &r, back_at, backs);
        cfi_memo_clear(&memo);
        for (int i = 0; i < 1000; i++) {
            uintptr_t pc = code_start() + 4 * FUNCTION_BYTES + some(LONG_BYTES);
            struct cfi_rule right = cfi_rule_at(&tables, pc, NULL);
            struct cfi_rule rule = cfi_rule_at(&tables, pc, &memo);
            assert_int_equal(right.kind, rule.kind);
            assert_int_equal(right.cfa_offset, rule.cfa_offset);
            assert_int_equal(right.rbp_saved, rule.rbp_saved);
            assert_int_equal(right.rbp_offset, rule.rbp_offset);
        }
    }
}

static void a_memo_takes_no_program_for_another(void **state)
{
    static struct cfi_memo memo;
    const uintptr_t from = 0x10000, program = 0x4000000;
    struct cfi_place place = {.program = (uint8_t *)program, .location = from + 0x80};
    (void)state;

    cfi_memo_clear(&memo);
    cfi_memo_keep(&memo, &place);
    for (uintptr_t other = program - 5000; other < program + 5000; other++) {
        const void *found = cfi_memo_find(&memo, (uint8_t *)other, from, from + 0x90);
        assert_int_equal(found != NULL, other == program);
    }
    assert_null(cfi_memo_find(&memo, place.program, from, from + 0x7f));
    assert_null(cfi_memo_find(&memo, place.program, from + 0x100, from + 0x190));
}

static void a_memo_takes_no_address_for_another(void **state)
{
    static struct cfi_memo memo;
    const uintptr_t at = 0x4000000;
    (void)state;

    cfi_memo_clear(&memo);
    cfi_memo_keep_common(&memo, at, &(struct cfi_common){.data_align = -8});
    for (uintptr_t other = at - 500; other < at + 500; other++)
        assert_int_equal(cfi_memo_find_common(&memo, other) != NULL, other == at);
}

/* So that it is the memo which answers: the program's beginning is no more. */
static void a_memo_goes_on_from_near(void **state)
{
    static struct cfi_memo memo;
    static char program[3400];
    (void)state;

    random_state = 7;
    struct recipe r = {.program = program, .last_bytes = LONG_BYTES};
    r.program_bytes = put_program(program, sizeof program, NULL, NULL);
    struct cfi_tables tables = assemble(&r, code_start());
    uintptr_t start = code_start() + 4 * FUNCTION_BYTES, late = start + 0x2000;
    cfi_memo_clear(&memo);
    struct cfi_rule right = cfi_rule_at(&tables, late, &memo);
    assert_true(right.kind == CFI_RSP || right.kind == CFI_RBP);
    uint8_t *first =
        memmem((void *)(uintptr_t)tables.lo, (size_t)(tables.hi - tables.lo), program, 64);
    assert_non_null(first);
    *first = 0x3f; /* no instruction */
    assert_int_equal(cfi_rule_at(&tables, late, NULL).kind, CFI_NONE);
    assert_int_equal(cfi_rule_at(&tables, late + 1, &memo).kind, right.kind);
    assert_int_equal(cfi_rule_at(&tables, start + 0x1000, &memo).kind != CFI_NONE, true);
    assert_int_equal(cfi_rule_at(&tables, start, &memo).kind, CFI_NONE);
    cfi_memo_clear(&memo);
    assert_int_equal(cfi_rule_at(&tables, late + 1, &memo).kind, CFI_NONE);
}

/* Of two files whose functions begin differently, in turn; then with what one says gone, so that it
 * is the memo which answers. */
static void a_memo_takes_no_common_part_for_another(void **state)
{
    static struct cfi_memo memo;
    static uint8_t first[ROOM];
    (void)state;

    cfi_memo_clear(&memo);
    struct recipe r = {.program = "", .common = "\x0c\x07\x10\x90\x02", .common_bytes = 5};
    struct cfi_tables at_end = assemble(&r, code_start());
    size_t bytes = (size_t)(at_end.hi - at_end.lo);
    memcpy(first, at_end.lo, bytes); /* relative to where they lie: for other code, as far away */
    struct cfi_tables a = {first, first + bytes, first};
    uintptr_t code_of_a = middle() - (uintptr_t)at_end.lo + (uintptr_t)first;
    struct recipe plain = {.program = ""};
    struct cfi_tables b = assemble(&plain, code_start());
    for (int i = 0; i < 3; i++) {
        assert_int_equal(cfi_rule_at(&a, code_of_a, &memo).kind, CFI_COMPLEX); /* ra at CFA - 16 */
        assert_rule(cfi_rule_at(&b, middle(), &memo), CFI_RSP, 8, CFI_SAME, 0);
    }
    uint8_t *common = memmem((void *)(uintptr_t)b.lo, (size_t)(b.hi - b.lo), "\x01zR", 4);
    assert_non_null(common);
    *common = 99; /* no version */
    assert_int_equal(cfi_rule_at(&b, middle(), NULL).kind, CFI_NONE);
    assert_rule(cfi_rule_at(&b, middle(), &memo), CFI_RSP, 8, CFI_SAME, 0);
    cfi_memo_clear(&memo);
    assert_int_equal(cfi_rule_at(&b, middle(), &memo).kind, CFI_NONE);
}

/* ---- broken tables ---- */

/* All that a program can say, so that each byte has a meaning to be broken. */
static const char rich_program[] =
    "\x41\x0e\x10\x86\x02\x43\x0d\x06\x0a\x02\x05\x0f\x03\x76\x78\x06\x10\x06\x02\x76\x70"
    "\x16\x03\x02\x76\x08\x03\x03\0\x0b\x11\x06\x7e\x12\x06\x7e\x13\x7d\x14\x03\x01"
    "\x04\x03\0\0\0\x2f\x06\x03\x05\x06\x03\x2e\x08\xc6\x09\x0c\x03";
static const struct recipe rich = {
    .augmentation = "zPLR", .program = rich_program, .program_bytes = sizeof rich_program - 1};

static void ask_everywhere(const struct cfi_tables *tables)
{
    static const uintptr_t offsets[] = {0, 1, 4, 9, 12, 20, FUNCTION_BYTES - 1};

    for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) {
        struct cfi_rule rule = rule_at(tables, middle() + offsets[i]);
        assert_true(rule.kind <= CFI_COMPLEX && rule.rbp_saved <= CFI_AT_OWN_RBP);
    }
    rule_at(tables, code_start());
    rule_at(tables, middle() + 2 * FUNCTION_BYTES);
}

static void any_byte_may_be_any_other(void **state)
{
    (void)state;
    struct cfi_tables tables = assemble(&rich, code_start());
    uint8_t *from = (uint8_t *)(uintptr_t)tables.lo;

    assert_int_equal(rule_at(&tables, middle() + 12).kind, CFI_RBP);
    for (size_t i = 0; i < (size_t)(tables.hi - tables.lo); i++) {
        uint8_t was = from[i];
        for (int v = 0; v < 256; v++) {
            from[i] = (uint8_t)v;
            ask_everywhere(&tables);
        }
        from[i] = was;
    }
}

/* All of the table but its last n bytes, moved to the page's end. */
static void a_table_may_end_anywhere(void **state)
{
    (void)state;
    struct cfi_tables tables = assemble(&rich, code_start());
    size_t whole = (size_t)(tables.hi - tables.lo);

    for (size_t n = 0; n <= whole; n++) {
        uint8_t *at = page_end - n;
        memcpy(at, draft, n);
        /* the draft's addresses are relative, so now the functions lie elsewhere, too */
        struct cfi_tables cut = {at, page_end, at};
        uintptr_t moved = whole - n;
        for (uintptr_t offset = 0; offset < FUNCTION_BYTES; offset += 5) {
            struct cfi_rule rule = rule_at(&cut, middle() + moved + offset);
            assert_true(n > 40 || rule.kind == CFI_NONE);
        }
    }
}

static void nonsense_is_harmless(void **state)
{
    (void)state;
    struct cfi_tables tables = assemble(&rich, code_start());
    size_t whole = (size_t)(tables.hi - tables.lo);
    uint8_t *from = page_end - whole;
    uint64_t random = 1;

    for (int i = 0; i < 20000; i++) {
        memcpy(from, draft, whole);
        for (int n = 0; n < 4; n++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            from[12 + (random >> 33) % (whole - 12)] = (uint8_t)(random >> 25);
        }
        ask_everywhere(&tables);
    }
}

static void numbers_may_be_as_big_as_they_like(void **state)
{
    (void)state;
#define HUGE "\xff\xff\xff\xff\xff\xff\xff\xff\x7f"
    ASSERT_KIND("\x0e" HUGE, CFI_COMPLEX);
    ASSERT_KIND("\x86" HUGE, CFI_COMPLEX);
    ASSERT_KIND("\x90" HUGE, CFI_COMPLEX);
    ASSERT_KIND("\x2f\x06" HUGE, CFI_COMPLEX);
    ASSERT_KIND("\x11\x06\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7f", CFI_COMPLEX);
    ASSERT_KIND("\x13\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7f", CFI_COMPLEX);
    ASSERT_KIND("\x0f" HUGE, CFI_NONE); /* beyond the entry's end */
    ASSERT_KIND("\x0e\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\0", CFI_RSP);
#undef HUGE
}

/* ---- real functions ---- */

static int find_own_tables(struct dl_phdr_info *info, size_t bytes, void *data)
{
    struct cfi_tables *tables = data;
    (void)bytes;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_GNU_EH_FRAME)
            tables->header = (const uint8_t *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const uint8_t *at = (const uint8_t *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
        if (info->dlpi_phdr[i].p_type == PT_LOAD && tables->header >= at &&
            tables->header < at + info->dlpi_phdr[i].p_memsz) {
            tables->lo = at;
            tables->hi = at + info->dlpi_phdr[i].p_memsz;
        }
    }
    return 1; /* the first is the program itself */
}

static struct cfi_rule caller_rule;
static uintptr_t caller_sp, caller_rbp;

__attribute__((noinline, no_sanitize("address", "undefined"))) static void look_at_caller(void)
{
    struct cfi_tables tables = {0};
    const uintptr_t *frame = __builtin_frame_address(0);

    dl_iterate_phdr(find_own_tables, &tables);
    caller_rule = rule_at(&tables, frame[1] - 1);
    caller_sp = (uintptr_t)(frame + 2);
    caller_rbp = frame[0];
}

#define PLAIN_FRAME __attribute__((noinline, no_sanitize("address", "undefined")))

/* Both say where their own frame begins. */
PLAIN_FRAME static uintptr_t plain(void)
{
    look_at_caller();
    return (uintptr_t)__builtin_dwarf_cfa();
}

PLAIN_FRAME static uintptr_t variable(size_t n)
{
    volatile char *room = alloca(n);
    room[0] = 1;
    look_at_caller();
    return (uintptr_t)__builtin_dwarf_cfa() + room[0] - 1;
}

static void real_frames_are_as_their_rules_say(void **state)
{
    (void)state;
    uintptr_t cfa = plain();
    uintptr_t found = (caller_rule.kind == CFI_RSP ? caller_sp : caller_rbp) +
                      (uintptr_t)(intptr_t)caller_rule.cfa_offset;
    assert_int_equal(found, cfa);
    for (size_t n = 1; n < 200; n += 33) {
        cfa = variable(n);
        assert_int_equal(caller_rule.kind, CFI_RBP);
        assert_int_equal(caller_rbp + (uintptr_t)(intptr_t)caller_rule.cfa_offset, cfa);
        assert_int_equal(caller_rule.rbp_saved, CFI_AT_CFA);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_entry_row_is_the_common_one),
        cmocka_unit_test(a_function_has_its_bytes_and_no_others),
        cmocka_unit_test(each_function_has_its_own_program),
        cmocka_unit_test(a_row_begins_at_its_address),
        cmocka_unit_test(all_ways_to_advance),
        cmocka_unit_test(the_size_of_arguments_is_passed_over),
        cmocka_unit_test(set_loc_takes_an_address),
        cmocka_unit_test(all_ways_to_define_the_cfa),
        cmocka_unit_test(a_realigned_frame_is_found_by_what_rbp_points_at),
        cmocka_unit_test(other_expressions_are_complex),
        cmocka_unit_test(all_ways_to_save_rbp),
        cmocka_unit_test(all_ways_to_find_the_return_address),
        cmocka_unit_test(other_registers_do_not_matter),
        cmocka_unit_test(a_remembered_row_comes_back_whole),
        cmocka_unit_test(what_is_remembered_is_bounded),
        cmocka_unit_test(an_unknown_instruction_is_no_rule),
        cmocka_unit_test(augmentations_are_passed_over),
        cmocka_unit_test(a_signal_frame_is_complex),
        cmocka_unit_test(versions_1_and_3_are_known),
        cmocka_unit_test(another_return_register_is_complex),
        cmocka_unit_test(a_common_row_without_a_cfa_is_complex),
        cmocka_unit_test(another_kind_of_header_is_no_rule),
        cmocka_unit_test(a_memo_changes_no_answer),
        cmocka_unit_test(a_memo_takes_no_program_for_another),
        cmocka_unit_test(a_memo_takes_no_address_for_another),
        cmocka_unit_test(a_memo_goes_on_from_near),
        cmocka_unit_test(a_memo_takes_no_common_part_for_another),
        cmocka_unit_test(any_byte_may_be_any_other),
        cmocka_unit_test(a_table_may_end_anywhere),
        cmocka_unit_test(nonsense_is_harmless),
        cmocka_unit_test(numbers_may_be_as_big_as_they_like),
        cmocka_unit_test(real_frames_are_as_their_rules_say),
    };
    return cmocka_run_group_tests(tests, make_page, NULL);
}
