// sources: preload/cfi.c
/* test_cfi.c - unwind rules of single addresses, from tables written by hand.
 *
 * Each table is assembled at the end of a page before one that cannot be read, so a read
 * beyond its end is fatal. Real functions of this program, by their own tables, are compared
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

/* ---- an assembler ---- */

enum { ROOM = 4096, FUNCTION_BYTES = 0x100, FUNCTIONS = 3 };

static uint8_t *page_end; /* of a readable page; the next one is not */

static uint8_t draft[ROOM];
static size_t used;

static void put(const void *bytes, size_t n)
{
    assert_true(used + n <= sizeof draft);
    memcpy(draft + used, bytes, n);
    used += n;
}

static void put8(uint8_t v)
{
    put(&v, 1);
}

static void put32(uint32_t v)
{
    put(&v, 4);
}

static void pad(void)
{
    while (used % 4)
        put8(0); /* nop */
}

/* What varies from table to table. */
struct recipe {
    const char *augmentation; /* default "zR" */
    uint8_t version;          /* default 1 */
    uint8_t return_register;  /* default 16 */
    const char *common;       /* the CIE's program; default: CFA = rsp + 8, ra at CFA - 8 */
    size_t common_bytes;
    const char *program; /* the middle function's program */
    size_t program_bytes;
};

#define CODE(text) text, sizeof text - 1

#define DEF_CFA_RSP_8 "\x0c\x07\x08"
#define RA_AT_CFA_8 "\x90\x01"

static size_t put_length(void)
{
    size_t at = used;
    put32(0);
    return at;
}

static void set_length(size_t at)
{
    pad();
    uint32_t length = (uint32_t)(used - at - 4);
    memcpy(draft + at, &length, 4);
}

/* FUNCTIONS functions of FUNCTION_BYTES each from `code` on, a gap of as much after each. All
 * but the middle one have the common program alone. Returns the tables, which end at the page's
 * end. */
static struct cfi_tables assemble(const struct recipe *r, uintptr_t code)
{
    const char *augmentation = r->augmentation ? r->augmentation : "zR";
    size_t fde_at[FUNCTIONS], place_at[FUNCTIONS];

    used = 0;
    put8(1);    /* .eh_frame_hdr: version */
    put8(0x1b); /* pointer to .eh_frame: pcrel sdata4 */
    put8(0x03); /* count: udata4 */
    put8(0x3b); /* table: datarel sdata4 */
    put32(0);
    put32(FUNCTIONS);
    for (int i = 0; i < FUNCTIONS; i++) {
        put32(0);
        put32(0);
    }
    size_t cie = put_length();
    put32(0);
    put8(r->version ? r->version : 1);
    put(augmentation, strlen(augmentation) + 1);
    put8(1);    /* code alignment */
    put8(0x78); /* data alignment -8 */
    put8(r->return_register ? r->return_register : 16);
    if (augmentation[0] == 'z') {
        size_t length = used;
        put8(0);
        for (const char *a = augmentation + 1; *a; a++) {
            if (*a == 'P') {
                put8(0x9b); /* indirect pcrel sdata4 */
                put32(0x1234);
            } else if (*a == 'R' || *a == 'L') {
                put8(0x1b);
            }
        }
        draft[length] = (uint8_t)(used - length - 1);
    }
    if (r->common)
        put(r->common, r->common_bytes);
    else
        put(CODE(DEF_CFA_RSP_8 RA_AT_CFA_8));
    set_length(cie);
    for (int i = 0; i < FUNCTIONS; i++) {
        fde_at[i] = put_length();
        put32((uint32_t)(used - cie));
        place_at[i] = used;
        put32(0);
        put32(FUNCTION_BYTES);
        if (augmentation[0] == 'z') {
            bool has_lsda = strchr(augmentation, 'L') != NULL;
            put8(has_lsda ? 4 : 0);
            if (has_lsda)
                put32(0x4321);
        }
        if (i == 1)
            put(r->program, r->program_bytes);
        set_length(fde_at[i]);
    }
    uint8_t *header = page_end - used;
    for (int i = 0; i < FUNCTIONS; i++) {
        uintptr_t start = code + (uintptr_t)i * 2 * FUNCTION_BYTES;
        uint32_t row[2] = {(uint32_t)(start - (uintptr_t)header), (uint32_t)fde_at[i]};
        uint32_t place = (uint32_t)(start - (uintptr_t)(header + place_at[i]));
        memcpy(draft + 12 + 8 * (size_t)i, row, 8);
        memcpy(draft + place_at[i], &place, 4);
    }
    memcpy(header, draft, used);
    return (struct cfi_tables){header, page_end, header};
}

static uintptr_t code_start(void)
{
    return (uintptr_t)page_end + 0x10000;
}

/* The middle function. */
static uintptr_t middle(void)
{
    return code_start() + 2 * FUNCTION_BYTES;
}

static struct cfi_rule rule_with(const struct recipe *r, uintptr_t pc)
{
    struct cfi_tables tables = assemble(r, code_start());
    return cfi_rule_at(&tables, pc);
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

static int make_page(void **state)
{
    (void)state;
    uint8_t *at = mmap(NULL, 3 * ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        return -1;
    page_end = at + 2 * ROOM;
    return mprotect(page_end, ROOM, PROT_NONE);
}

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

    assert_int_equal(cfi_rule_at(&tables, code_start() - 1).kind, CFI_NONE);
    for (uintptr_t i = 0; i < FUNCTIONS; i++) {
        uintptr_t start = code_start() + i * 2 * FUNCTION_BYTES;
        assert_int_equal(cfi_rule_at(&tables, start).kind, CFI_RSP);
        assert_int_equal(cfi_rule_at(&tables, start + FUNCTION_BYTES - 1).kind, CFI_RSP);
        assert_int_equal(cfi_rule_at(&tables, start + FUNCTION_BYTES).kind, CFI_NONE);
        assert_int_equal(cfi_rule_at(&tables, start + 2 * FUNCTION_BYTES - 1).kind, CFI_NONE);
    }
    assert_int_equal(cfi_rule_at(&tables, 0).kind, CFI_NONE);
    assert_int_equal(cfi_rule_at(&tables, UINTPTR_MAX).kind, CFI_NONE);
}

static void each_function_has_its_own_program(void **state)
{
    (void)state;
    struct recipe r = {.program = "\x0e\x20", .program_bytes = 2};
    struct cfi_tables tables = assemble(&r, code_start());

    assert_int_equal(cfi_rule_at(&tables, middle() - 2 * FUNCTION_BYTES).cfa_offset, 8);
    assert_int_equal(cfi_rule_at(&tables, middle()).cfa_offset, 32);
    assert_int_equal(cfi_rule_at(&tables, middle() + 2 * FUNCTION_BYTES).cfa_offset, 8);
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
        assert_int_equal(cfi_rule_at(&tables, middle()).kind, CFI_NONE);
        header[i] = was;
    }
    assert_int_equal(cfi_rule_at(&tables, middle()).kind, CFI_RSP);
    header[8] = 0; /* no entries */
    assert_int_equal(cfi_rule_at(&tables, middle()).kind, CFI_NONE);
    struct cfi_tables none = {NULL, NULL, NULL};
    assert_int_equal(cfi_rule_at(&none, middle()).kind, CFI_NONE);
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
        struct cfi_rule rule = cfi_rule_at(tables, middle() + offsets[i]);
        assert_true(rule.kind <= CFI_COMPLEX && rule.rbp_saved <= CFI_AT_OWN_RBP);
    }
    cfi_rule_at(tables, code_start());
    cfi_rule_at(tables, middle() + 2 * FUNCTION_BYTES);
}

static void any_byte_may_be_any_other(void **state)
{
    (void)state;
    struct cfi_tables tables = assemble(&rich, code_start());
    uint8_t *from = (uint8_t *)(uintptr_t)tables.lo;

    assert_int_equal(cfi_rule_at(&tables, middle() + 12).kind, CFI_RBP);
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
            struct cfi_rule rule = cfi_rule_at(&cut, middle() + moved + offset);
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
    caller_rule = cfi_rule_at(&tables, frame[1] - 1);
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
        cmocka_unit_test(any_byte_may_be_any_other),
        cmocka_unit_test(a_table_may_end_anywhere),
        cmocka_unit_test(nonsense_is_harmless),
        cmocka_unit_test(numbers_may_be_as_big_as_they_like),
        cmocka_unit_test(real_frames_are_as_their_rules_say),
    };
    return cmocka_run_group_tests(tests, make_page, NULL);
}
