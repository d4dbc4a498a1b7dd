/* cfi_memo.h - where the unwind program of a long function can be gone on with, and what all
 * functions of a file begin with.
 *
 * The rule at an address is what a program has built when it comes there, and that of a function of
 * 50 kB has thousands of instructions. So now and then the row is kept, and the next address of the
 * function begins at the nearest one before it. What is kept may always be overwritten: it spares
 * time, and no answer depends on it.
 *
 * For one thread at a time. Nothing here allocates, waits, or reads what a program pointer points
 * to; signal-safe as far as nobody else is at work on the same memo.
 */
#ifndef HEAPCOACH_CFI_MEMO_H
#define HEAPCOACH_CFI_MEMO_H

#include <stdbool.h>
#include <stdint.h>

/* One row of the unwind table: the state that the instructions build. */
struct cfi_row {
    int64_t cfa_offset, rbp_offset, ra_offset;
    uint64_t cfa_register;
    bool cfa_complex;
    bool cfa_at_rbp; /* CFA = *(rbp + cfa_offset) */
    uint8_t rbp;     /* enum cfi_saved, or another for what is not simple */
    bool ra_undefined, ra_complex;
};

/* What a CIE says of its FDEs. */
struct cfi_common {
    uint64_t code_align;
    int64_t data_align;
    uint64_t return_register;
    uint8_t code_encoding; /* DW_EH_PE_* */
    bool signal, augmented;
    struct cfi_row initial; /* what its program makes */
};

/* A program is gone on with at `at`, for addresses from `location` on. */
struct cfi_place {
    const uint8_t *program; /* its first byte; NULL: an empty place */
    const uint8_t *at;
    uintptr_t location;
    struct cfi_row row;
};

enum {
    CFI_MEMO_BLOCK_BITS =
        8, /* of code: a row is kept once in so many bytes, some 30 instructions */
    CFI_MEMO_PLACES = 128,
    CFI_MEMO_LEAST_BYTES = 96, /* of a program that is worth it */
    CFI_MEMO_COMMONS = 8
};

struct cfi_memo {
    bool used; /* is there anything to clear? */
    struct cfi_kept_common {
        uintptr_t at; /* where the CIE is; 0: none */
        struct cfi_common common;
    } commons[CFI_MEMO_COMMONS];
    struct cfi_place places[CFI_MEMO_PLACES];
};

/* The nearest place kept of the program that is not behind `pc` and not before `start`, the
 * function's first byte; NULL if there is none near. Valid until something is kept. */
const struct cfi_place *cfi_memo_find(const struct cfi_memo *memo, const uint8_t *program,
                                      uintptr_t start, uintptr_t pc);

void cfi_memo_keep(struct cfi_memo *memo, const struct cfi_place *place);

/* The CIE at that address; NULL: it is not kept. Valid until another is. */
const struct cfi_common *cfi_memo_find_common(const struct cfi_memo *memo, uintptr_t at);

void cfi_memo_keep_common(struct cfi_memo *memo, uintptr_t at, const struct cfi_common *common);

/* Forgets all: a library has gone, and another may come to where its programs were. */
void cfi_memo_clear(struct cfi_memo *memo);

#endif
