/* carried_own.h - what the two libraries' hooks for carried allocators share (carried_hooks.c,
 * carried_sampled.c): where they find the functions themselves, and the table of the hooks.
 */
#ifndef HEAPCOACH_CARRIED_OWN_H
#define HEAPCOACH_CARRIED_OWN_H

#include "preload/carried.h"

/* The functions themselves. Set before a hook is called. */
#define CARRIED_GIVES_MEMBER(allocator, name, as, params, args, size) void *(*name)params;
#define CARRIED_RESIZES_MEMBER(allocator, name, params, args, block, size) void *(*name)params;
#define CARRIED_FREES_MEMBER(allocator, name, params, args, block) void(*name) params;
static struct {
    HEAPCOACH_CARRIED(CARRIED_GIVES_MEMBER, CARRIED_RESIZES_MEMBER, CARRIED_FREES_MEMBER)
} own;

/* Parameters or arguments without their brackets, for more behind them. */
#define CARRIED_THESE(...) __VA_ARGS__

/* A row of carried_hooks; each hook is called like its function, with _hook behind. */
#define CARRIED_ROW(allocator, name, ...)                                                          \
    {#allocator, #name, (uintptr_t)name##_hook, (uintptr_t *)&own.name},

#endif
