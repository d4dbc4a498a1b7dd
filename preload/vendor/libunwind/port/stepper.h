/* stepper.h - one step outwards on a stack, by DWARF unwind rules and by nothing else.
 *
 * The face that the recorder sees of the vendored libunwind: its CFI interpreter, expression
 * evaluator and CIE/FDE parser, without its own ideas of how to find modules, read memory
 * or guess where rules are missing. A step is made exactly as the rules say, or not at all.
 *
 * A stepper is plain memory of the caller's, valid until the caller drops it; it holds no
 * resources. One thread uses it at a time. All functions are async-signal-safe, allocate
 * nothing, take no lock, and read the program's memory only through the host's callback;
 * none writes it. How long a step takes on corrupt rules is for the host to bound: every
 * byte of them comes through `read`, and its refusal ends the step.
 */
#ifndef HEAPCOACH_LIBUNWIND_STEPPER_H
#define HEAPCOACH_LIBUNWIND_STEPPER_H

#include <stdbool.h>
#include <stdint.h>

#define STEPPER_REGISTERS 17 /* rax, rdx, rcx, rbx, rsi, rdi, rbp, rsp, r8 to r15, rip */

struct stepper_host {
    /* Reads the 8 bytes at `address`, which need not be aligned. False: they cannot be read,
     * or enough has been read. */
    bool (*read)(void *host, uint64_t address, uint64_t *value);
    /* Finds the frame description entry in .eh_frame that may cover `pc`; whether it does is
     * checked by the stepper. False: there is none. */
    bool (*find_fde)(void *host, uint64_t pc, uint64_t *fde);
};

/* Opaque; the words are libunwind's cursor and the memory that its pools hand out. */
struct stepper {
    uint64_t words[560];
};

enum stepper_result {
    STEPPER_STEPPED,
    STEPPER_OUTERMOST, /* the rules say that this frame has no caller */
    STEPPER_LOST       /* no rules, rules that make no sense, or memory that cannot be read */
};

/* Begins at the registers given, in DWARF's order; the pc is the very instruction, not a
 * return address. `host` is copied, `host_data` is what its callbacks get. */
void stepper_start(struct stepper *stepper, const struct stepper_host *host, void *host_data,
                   const uint64_t registers[STEPPER_REGISTERS]);

/* Goes to the caller. After anything but STEPPER_STEPPED the stepper is to be dropped. */
enum stepper_result stepper_step(struct stepper *stepper);

/* Where the current frame is: its pc, and its stack pointer there. */
uint64_t stepper_pc(const struct stepper *stepper);
uint64_t stepper_sp(const struct stepper *stepper);

/* True if the pc was interrupted there (first frame, or the caller of a signal frame), false
 * if it is a return address, so that the call is at pc - 1. */
bool stepper_exact(const struct stepper *stepper);

#endif
