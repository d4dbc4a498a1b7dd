/* slow_walk.h - the current stack by DWARF unwind rules, read with proof.
 *
 * The recorder's way for stacks that its remembered rules do not cover: expressions, signal
 * frames, alternate stacks, switched stacks, registers other than rsp and rbp; and the
 * judge of the fast way. The rules are run by libunwind's engine (vendor/libunwind), which
 * reads only what is known or proven to be mapped, and never guesses: a frame without rules
 * ends the walk as lost. The corrupt and the hostile cannot make it crash, write, or loop.
 *
 * All functions: async-signal-safe, allocate nothing, take no lock, touch no errno, use at
 * most 3 KiB of stack. One thread at a time uses a space, and no walk may be begun while
 * the same thread is in one (a signal handler that allocates): the caller's guard sees to it.
 */
#ifndef HEAPCOACH_SLOW_WALK_H
#define HEAPCOACH_SLOW_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "preload/vendor/libunwind/port/stepper.h"

struct walk_frame {
    uintptr_t pc;
    /* pc itself is the place: a signal interrupted it, or it is the trampoline to which a
     * signal handler returns. Otherwise pc is a return address, and the call is at pc - 1. */
    bool exact;
};

enum walk_end {
    WALK_WHOLE, /* the last frame has no caller: the rules say so, its return address is 0, or it
                   stands where the stack ends */
    WALK_DEPTH, /* there are more frames than there was room */
    WALK_LOST   /* the last frame has no usable rules: its callers are not known */
};

/* A file mapped into the program. [start, end) holds all its segments and may have holes. */
struct walk_module {
    uintptr_t start, end;
    uintptr_t bias;
    const void *eh_frame_hdr; /* NULL: no unwind rules */
    size_t eh_frame_hdr_bytes;
    /* A part of [start, end) without holes that stays readable as long as the module is
     * loaded: best the segment with .eh_frame_hdr and .eh_frame in it, whose bytes are then
     * read directly. 0, 0: everything in the module is read with proof, which is slow. */
    uintptr_t readable_start, readable_end;
};

/* Finds the module with `pc` in [start, end). Called in the middle of a walk, so it must be
 * all that this header promises. */
typedef bool walk_find_module(uintptr_t pc, struct walk_module *module);

/* Whether `pc` can be a return address at all: not in the first page, which is never mapped, and
 * in the lower half of the 48 bits of addresses. Anything else comes of rules that do not fit
 * their code; it is no frame. (The tables of rules.c use the bits above for marks.) */
static inline bool slow_walk_can_be_code(uintptr_t pc)
{
    return pc - 4096 < ((uintptr_t)1 << 47) - 4096;
}

/* Whether a frame without rules is a process's first: its stack pointer is where the stack ends, so
 * there is no room for a caller. So stands the loader when it runs the constructors of
 * libraries, in an entry of its own that the C library gives no rules. The System V ABI aligns
 * the stack pointer at the entry to 16 bytes, and the entry may align it again. */
static inline bool slow_walk_is_first_frame(uintptr_t sp, uintptr_t stack_high)
{
    return stack_high - sp < 16;
}

/* ---- private to slow_walk.c, but for the size ---- */

struct walk_range {
    uintptr_t from, to;
};

#define WALK_BLOCK_BYTES 512 /* divides a page, so that a block is readable or not as a whole */
#define WALK_BLOCKS 8
#define WALK_STRETCHES 16

struct slow_walk_space {
    struct stepper stepper;
    walk_find_module *find_module;
    struct walk_module module; /* the latest found in this walk; start == end: none */
    struct walk_range stack;   /* known to be mapped */
    uintptr_t stack_high;      /* where it ends; 0: not known */
    unsigned reads_left;       /* words, and of these */
    unsigned proofs_left;      /* blocks, that this step may still read */
    unsigned next_block;       /* the one to be replaced next */
    unsigned stretch_count;
    struct walk_range stretches[WALK_STRETCHES]; /* of stack, walked so far; the last goes on */
    uintptr_t block_at[WALK_BLOCKS];             /* address of each copy; 1: none */
    _Alignas(8) unsigned char blocks[WALK_BLOCKS][WALK_BLOCK_BYTES];
};

/* Makes a space, about 10 KiB of the caller's memory that it may drop at any time. Nothing is
 * kept from one walk to the next, so modules may come and go between walks. */
void slow_walk_space_init(struct slow_walk_space *space, walk_find_module *find_module);

/* Walks outwards from the frame whose pc (a return address) is `pc` and whose stack pointer,
 * once it has returned there, is `sp`: __builtin_return_address(0) and __builtin_dwarf_cfa()
 * of the hook. Must be called by that hook or by functions below it, all of which must have
 * unwind rules and lie in modules that find_module knows.
 *
 * [stack_low, stack_high) is the part of the thread's own stack that is known to be mapped,
 * without holes, or 0, 0 if none is: when sp lies in it, all from here to stack_high is read
 * directly. Other memory is read with proof, so other stacks need not be told.
 *
 * Fills frames[0 .. count) from the inside out and returns count, at least 1 (max is, too):
 * frames[0].pc is pc, even if the walk is lost on its way there. *end says what is beyond. */
int slow_walk(struct slow_walk_space *space, uintptr_t pc, uintptr_t sp, uintptr_t stack_low,
              uintptr_t stack_high, struct walk_frame *frames, int max, enum walk_end *end);

#endif
