/* sys.h - system calls without the C library.
 *
 * The recorder runs inside other people's malloc, signal handlers and dying threads, where a
 * wrapper of the C library could set errno, be a cancellation point, be interposed by yet
 * another library, or allocate. These go straight to the kernel.
 *
 * sys_callN(SYS_name, ...) takes N arguments, each as a long, and returns what the kernel
 * returns: a value, or -errno in [-4095, -1]. errno is never touched. Async-signal-safe.
 */
#ifndef HEAPCOACH_SYS_H
#define HEAPCOACH_SYS_H

#include <sys/syscall.h>

#include "preload/arch_x86_64.h"

static inline long sys_call0(long number)
{
    return arch_syscall(number, 0, 0, 0, 0, 0, 0);
}

static inline long sys_call1(long number, long a)
{
    return arch_syscall(number, a, 0, 0, 0, 0, 0);
}

static inline long sys_call2(long number, long a, long b)
{
    return arch_syscall(number, a, b, 0, 0, 0, 0);
}

static inline long sys_call3(long number, long a, long b, long c)
{
    return arch_syscall(number, a, b, c, 0, 0, 0);
}

static inline long sys_call4(long number, long a, long b, long c, long d)
{
    return arch_syscall(number, a, b, c, d, 0, 0);
}

static inline long sys_call5(long number, long a, long b, long c, long d, long e)
{
    return arch_syscall(number, a, b, c, d, e, 0);
}

static inline long sys_call6(long number, long a, long b, long c, long d, long e, long f)
{
    return arch_syscall(number, a, b, c, d, e, f);
}

#endif
