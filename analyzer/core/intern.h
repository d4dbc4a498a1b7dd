/* intern.h - each distinct string of bytes once, with a number.
 *
 * Function names, file names, texts of frames and whole stacks (as arrays of numbers) come
 * in millions of copies of few; here each is kept once, and equal bytes have equal numbers,
 * given in order of first appearance from 0. The bytes stay where they are until the table
 * is freed, so pointers to them may be kept.
 *
 * Zero the struct to begin. One thread at a time. Functions that may need memory return -1
 * when there is none; nothing is lost then.
 */
#ifndef HEAPCOACH_INTERN_H
#define HEAPCOACH_INTERN_H

#include <stddef.h>
#include <stdint.h>

struct intern {
    struct intern_entry *entries; /* by number */
    uint32_t count, capacity;
    uint32_t *slots; /* open addressing, power of two; number + 1, 0: empty */
    uint32_t slot_mask;
    struct intern_block *blocks; /* where the bytes lie */
};

/* Finds or adds `length` bytes; they are followed by a NUL in the table and aligned for
 * uint32_t. The number, or -1 when memory is short (or 2^31 strings are kept). */
int64_t intern_bytes(struct intern *table, const void *bytes, size_t length);

/* The same for a NUL-terminated string. */
int64_t intern_string(struct intern *table, const char *text);

/* The bytes of a number that the table gave, and (where length is not NULL) how many. */
const void *intern_get(const struct intern *table, uint32_t number, size_t *length);

/* The string of a number; "" for UINT32_MAX, which callers use for "none". */
const char *intern_text(const struct intern *table, uint32_t number);

/* Frees everything and zeroes the struct. */
void intern_free(struct intern *table);

#endif
