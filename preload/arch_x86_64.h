/* arch_x86_64.h - all that the recorder knows of x86-64: the system call instruction, the
 * cycle counter, the thread pointer, the registers that a walk starts from.
 *
 * Everything here is static inline, touches neither errno nor the C library, and may be used
 * anywhere: in a hook, in a signal handler, before the library is relocated. Another
 * processor gets a file like this one, and sys.h chooses.
 */
#ifndef HEAPCOACH_ARCH_X86_64_H
#define HEAPCOACH_ARCH_X86_64_H

#include <stdbool.h>
#include <stdint.h>

#if !defined(__x86_64__) || defined(__ILP32__)
#error "the recorder knows x86-64 with 64-bit pointers only"
#endif

/* The system call `number` with six arguments. Returns what the kernel returns: -errno on
 * failure. The kernel clobbers rcx and r11 and keeps all else. Calls that take fewer
 * arguments ignore the rest, so one form serves all: an unused register costs nothing
 * beside entering the kernel. */
static inline long arch_syscall(long number, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

/* The time stamp counter: constant rate on every processor since 2008, not serialising (a
 * reading may be some instructions early or late, which lifetimes do not notice). */
static inline uint64_t arch_ticks(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

/* What different threads write lies this far apart at least. A cache line has 64 bytes, but Intel's
 * processors fetch the other one of a pair with it (Intel 64 and IA-32 Architectures Optimization
 * Reference Manual, "Data Prefetching", spatial prefetcher). */
enum { ARCH_APART_BYTES = 128 };

/* Counts one more; stops at UINT32_MAX. No atomic instructions. */
static inline __attribute__((always_inline)) void arch_count_up(uint32_t *counter)
{
    __asm__("addl $1, %0\n\tsbbl $0, %0" : "+m"(*counter) : : "cc");
}

/* Changes nothing, but has the page of `p` ready to be written: where a page of memory is read
 * before it is written for the first time there are two faults for one. */
static inline void arch_touch(uint64_t *p)
{
    __asm__ volatile("orq $0, %0" : "+m"(*p) : : "cc");
}

/* The thread pointer, which is also glibc's pthread_self(): different for each live thread. */
static inline uintptr_t arch_thread_pointer(void)
{
    uintptr_t pointer;
    __asm__("mov %%fs:0, %0" : "=r"(pointer));
    return pointer;
}

/* DWARF's numbers of the registers of x86-64. */
enum arch_register {
    ARCH_RAX,
    ARCH_RDX,
    ARCH_RCX,
    ARCH_RBX,
    ARCH_RSI,
    ARCH_RDI,
    ARCH_RBP,
    ARCH_RSP,
    ARCH_R8,
    ARCH_R9,
    ARCH_R10,
    ARCH_R11,
    ARCH_R12,
    ARCH_R13,
    ARCH_R14,
    ARCH_R15,
    ARCH_RIP,
    ARCH_REGISTERS
};

/* Fill `to` with the registers as they are here, in the calling function: the pc is an
 * address in it, so its unwind rules apply to these values. Registers that every function
 * may clobber are set to 0: they tell nothing about the callers. */
static inline __attribute__((always_inline)) void
arch_capture_registers(uint64_t to[ARCH_REGISTERS])
{
    for (int i = 0; i < ARCH_REGISTERS; i++)
        to[i] = 0;
    /* One asm, so that the compiler can move neither rsp nor a callee-saved register
     * between the stores. */
    __asm__ volatile("mov %%rbx, 3*8(%0)\n\t"
                     "mov %%rbp, 6*8(%0)\n\t"
                     "mov %%rsp, 7*8(%0)\n\t"
                     "mov %%r12, 12*8(%0)\n\t"
                     "mov %%r13, 13*8(%0)\n\t"
                     "mov %%r14, 14*8(%0)\n\t"
                     "mov %%r15, 15*8(%0)\n\t"
                     "lea 0(%%rip), %%rax\n\t"
                     "mov %%rax, 16*8(%0)"
                     :
                     : "r"(to)
                     : "rax", "memory");
}

/* *counter -= n; whether it was no more than n. One instruction, where a compiler makes four. */
static inline __attribute__((always_inline)) bool arch_count_down(uint64_t *counter, uint64_t n)
{
    bool reached;

    __asm__("subq %[n], %[counter]"
            : [counter] "+m"(*counter), "=@ccbe"(reached)
            : [n] "r"(n)
            : "memory");
    return __builtin_expect(reached, 0);
}

#endif
