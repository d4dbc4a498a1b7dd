/* proven.h - reading memory that may not be there.
 *
 * An address taken from a stack or from unwind tables may be wrong, and reading it the
 * ordinary way would kill the program that is being recorded. These ask the kernel.
 *
 * All functions: async-signal-safe, thread-safe, touch no errno, allocate nothing, write
 * nothing but what the caller gave, use less than 1 KiB of stack, one system call per 16
 * pages. Memory that cannot be read (not mapped, PROT_NONE, a device, past the end of its
 * file) is an answer, never an error.
 */
#ifndef HEAPCOACH_PROVEN_H
#define HEAPCOACH_PROVEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True if every byte of [from, to) can be read right now. An empty range can. What another
 * thread unmaps afterwards is beyond any proof: ask about memory that stays, or copy. */
bool proven_range(uintptr_t from, uintptr_t to);

/* Copies n bytes from `from`, whatever lies there, to `to`, which must be writable. Returns
 * how many were copied: those before the first page that cannot be read. The copy is made by
 * the kernel, so it is right even while another thread unmaps the memory - unless a sandbox
 * forbids process_vm_readv: then each page is proven first and read a moment later. */
size_t proven_copy(void *to, uintptr_t from, size_t n);

#endif
