/* cfi.h - the unwind rule of one code address, from .eh_frame.
 *
 * Source of the formats: Linux Standard Base 5.0, "Exception Frames" (.eh_frame and
 * .eh_frame_hdr), DWARF 4 section 6.4 (call frame instructions), System V ABI for x86-64
 * table 3.36 (register numbers: 6 rbp, 7 rsp, 16 return address).
 *
 * Pure functions on read-only memory but for the memo: thread- and signal-safe, allocate nothing,
 * read only inside the bounds given, whatever the bytes there say.
 */
#ifndef HEAPCOACH_CFI_H
#define HEAPCOACH_CFI_H

#include <stdbool.h>
#include <stdint.h>

/* Where a module's unwind tables lie; everything read is inside [lo, hi). */
struct cfi_tables {
    const uint8_t *lo, *hi; /* the readable segment that holds .eh_frame_hdr and .eh_frame */
    const uint8_t *header;  /* .eh_frame_hdr */
};

/* How the canonical frame address (the stack pointer before the call) is found. */
enum cfi_kind {
    CFI_NONE = 0, /* no table covers the address, or the table is broken */
    CFI_END,      /* the return address is undefined: a thread's first frame */
    CFI_RSP,      /* CFA = rsp + cfa_offset */
    CFI_RBP,      /* CFA = rbp + cfa_offset */
    CFI_AT_RBP,   /* CFA = *(rbp + cfa_offset): frames that gcc has realigned */
    CFI_COMPLEX   /* anything else, for libunwind: signal frames, expressions, other registers */
};

enum cfi_saved {
    CFI_SAME = 0,  /* rbp is as the caller left it */
    CFI_AT_CFA,    /* the caller's rbp is at CFA + rbp_offset */
    CFI_AT_OWN_RBP /* the caller's rbp is at rbp + rbp_offset */
};

/* The return address is at CFA - 8 in every kind but NONE, END and COMPLEX. */
struct cfi_rule {
    uint8_t kind;      /* enum cfi_kind */
    uint8_t rbp_saved; /* enum cfi_saved */
    int32_t cfa_offset;
    int32_t rbp_offset;
};

struct cfi_memo;

/* The rule at `pc` (for a return address, ask for pc - 1: the call may be the function's
 * last instruction). Never fails otherwise than by CFI_NONE. `memo` shortens the way for the next
 * address of a long function (cfi_memo.h: one thread at a time); NULL: none. */
struct cfi_rule cfi_rule_at(const struct cfi_tables *tables, uintptr_t pc, struct cfi_memo *memo);

#endif
