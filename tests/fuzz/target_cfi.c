// sources: preload/cfi.c preload/cfi_memo.c
// libs: analyzer
/* target_cfi.c - unwind tables, as the recorder's own reader of .eh_frame has them.
 *
 * Input: the place of .eh_frame_hdr in the table (2 bytes), the address asked for, relative to it
 * (4 bytes), and the table. It lies at a fixed address, so that what one input does does not depend
 * on the run, with nothing readable before and after it.
 */
#define _GNU_SOURCE
#include "preload/cfi.h"
#include "preload/cfi_memo.h"
#include "tests/fuzz/target.h"

#include <string.h>
#include <sys/mman.h>

#define PLACE ((uint8_t *)0x40000000)
#define ROOM ((size_t)64 << 10)
#define PAGE ((size_t)4096)

/* The table at the end of its pages, whose neighbours are closed; once also at their beginning. */
static void ask(const uint8_t *table, size_t n, bool at_end, uint16_t header, int32_t offset)
{
    static uint8_t *pages;
    if (!pages) {
        pages = mmap(PLACE, ROOM + 2 * PAGE, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
        MUST(pages == PLACE && mprotect(pages + PAGE, ROOM, PROT_READ | PROT_WRITE) == 0);
    }
    size_t whole = (n + PAGE - 1) / PAGE * PAGE;
    uint8_t *first = pages + PAGE + (at_end ? ROOM - n : 0);
    memset(pages + PAGE + (at_end ? ROOM - whole : 0), 0xee, whole);
    memcpy(first, table, n);
    struct cfi_tables tables = {first, first + n, first + header};
    static struct cfi_memo memo;
    uintptr_t pc = (uintptr_t)tables.header + (uintptr_t)(intptr_t)offset;
    struct cfi_rule rule = cfi_rule_at(&tables, pc, NULL);
    MUST(rule.kind <= CFI_COMPLEX && rule.rbp_saved <= CFI_AT_OWN_RBP);
    cfi_memo_clear(&memo);
    cfi_rule_at(&tables, pc + 300, &memo);
    struct cfi_rule again = cfi_rule_at(&tables, pc, &memo);
    MUST(again.kind == rule.kind && again.cfa_offset == rule.cfa_offset &&
         again.rbp_saved == rule.rbp_saved && again.rbp_offset == rule.rbp_offset);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint16_t header;
    int32_t offset;
    target_take(&data, &size, &header, sizeof(header));
    target_take(&data, &size, &offset, sizeof(offset));
    if (size > ROOM)
        return 0;
    ask(data, size, true, header, offset);
    ask(data, size, false, header, offset);
    return 0;
}
