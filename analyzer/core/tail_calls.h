/* tail_calls.h - functions that a stack does not show, because they ended in a jump.
 *
 * `fn name(&self) -> String { self.text.to_lowercase() }` compiles to a jump to str::to_lowercase,
 * whose return address is that of name's caller: no walk of any kind can find name. But the call
 * before that return address says which function it calls; where that is not the function that
 * the next inner frame is in, it left by a jump, and its code says from where.
 *
 * Only functions of crates other than the standard library's are looked for, in the program itself,
 * and only one in a row. x86-64. Everything is valid until tail_calls_free.
 */
#ifndef HEAPCOACH_TAIL_CALLS_H
#define HEAPCOACH_TAIL_CALLS_H

#include "analyzer/core/elf_file.h"
#include "analyzer/core/recording.h"
#include "analyzer/core/symbols.h"

#include <stdbool.h>
#include <stdint.h>

#define TAIL_CALLS_NONE UINT32_MAX

/* Between a frame at location `inner` and its caller, which returns to location `outer`, there was
 * a function that left by the jump at `address`. */
struct tail_call {
    uint32_t inner, outer; /* locations of the recording */
    uint64_t address;      /* link-time */
    uint32_t next;         /* with the same inner; TAIL_CALLS_NONE: no more */
};

struct tail_calls {
    struct tail_call *list;
    uint32_t count, room;
    uint32_t *first; /* by inner location; NULL: there are none at all */
    bool cut_short;  /* the file shrank while it was read */
};

/* Looks through all stacks of a recording for those in its module `module`, whose file is asked
 * for like symbols. A file that cannot be read has none. 0, or -1: no memory, and nothing to
 * free. */
int tail_calls_find(struct tail_calls *tails, const struct recording *recording, const char *path,
                    const struct symbols_module *asked);

/* The number of the tail call between two frames of a stack, or TAIL_CALLS_NONE. */
static inline uint32_t tail_calls_between(const struct tail_calls *tails, uint32_t inner,
                                          uint32_t outer)
{
    uint32_t at = tails->first ? tails->first[inner] : TAIL_CALLS_NONE;
    while (at != TAIL_CALLS_NONE && tails->list[at].outer != outer)
        at = tails->list[at].next;
    return at;
}

/* Frees everything; harmless on a zeroed struct. */
void tail_calls_free(struct tail_calls *tails);

/* ---- machine code; for tail_calls.c and its tests ---- */

/* Code at link-time addresses [start, end), and the pointers that it calls through: what is not in
 * the crate itself is called by way of the global offset table. */
struct tail_calls_code {
    const uint8_t *bytes;
    uint64_t start, end;
    const struct elf_pointer *pointers; /* by address */
    uint32_t pointer_count;
};

/* Where the call goes that ends at the address; 0: it is none, or goes where nobody knows before
 * the program runs. */
uint64_t tail_calls_target(const struct tail_calls_code *code, uint64_t return_address);

/* The address of the first jump, conditional or not, in [from, to) that goes to `target`; 0: there
 * is none. */
uint64_t tail_calls_jump(const struct tail_calls_code *code, uint64_t from, uint64_t to,
                         uint64_t target);

#endif
