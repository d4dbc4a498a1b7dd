/* cfi_assembler.h - unwind tables written by hand, for tests of what reads them.
 *
 * Each table is assembled at the end of a page before one that cannot be read, so a read
 * beyond its end is fatal.
 */
#ifndef HEAPCOACH_CFI_ASSEMBLER_H
#define HEAPCOACH_CFI_ASSEMBLER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>

#include "preload/cfi.h"

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
    uint32_t last_bytes; /* if not 0, the program is the last function's, and so long is that */
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
        put32(i == FUNCTIONS - 1 && r->last_bytes ? r->last_bytes : FUNCTION_BYTES);
        if (augmentation[0] == 'z') {
            bool has_lsda = strchr(augmentation, 'L') != NULL;
            put8(has_lsda ? 4 : 0);
            if (has_lsda)
                put32(0x4321);
        }
        if (i == (r->last_bytes ? FUNCTIONS - 1 : 1))
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

/* To be called before anything is assembled. */
static int make_page(void **state)
{
    (void)state;
    uint8_t *at = mmap(NULL, 3 * ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        return -1;
    page_end = at + 2 * ROOM;
    return mprotect(page_end, ROOM, PROT_NONE);
}

#endif
