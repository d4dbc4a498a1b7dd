/* entry_x86_64.c - malloc and free where blocks are sampled, and nearly none is; see entry.c.
 *
 * One branch each, the conditional jump that leads to the real function, since branches are all
 * that these two cost. A conditional jump leads to an address that is part of it, so it is written
 * into the code when the real functions are known (entry_straighten); until then, and where that is
 * not allowed or they lie more than 2 GiB away, it leads to a jump by way of a pointer.
 *
 * What they do is what C would say as
 *     if (sample_passes(size)) return real.malloc(size);
 *     return sampled_malloc(size, END_HERE());
 *     if (sample_passes_free(block)) return entry_pass_free(block);
 *     return sampled_free(block, END_HERE());
 */
#include "preload/entry.h"

#include <stddef.h>
#include <sys/mman.h>

#include "preload/calls.h"
#include "preload/real.h"
#include "preload/sample.h"
#include "preload/sampled_hooks.h"

_Static_assert(offsetof(struct real, malloc) == 0, "malloc jumps by way of `real`");
_Static_assert(offsetof(struct sample_thread, left) == 0, "malloc counts sample_thread down");
_Static_assert(ADDRESS_FILTER_GROUPS == 65536, "free takes 16 bits of the address");

/* Both on one page, each on a cache line of its own. The targets are in another section, so that
 * the assembler leaves the jumps four bytes for them. */
__asm__(".pushsection .text.entry_x86_64, \"ax\", @progbits\n"
        "    .balign 128\n"
        "    .globl malloc\n"
        "    .type malloc, @function\n"
        "malloc:\n"
        "    .cfi_startproc\n"
        "    test %rdi, %rdi\n"
        "    je 1f\n"
        "    mov sample_thread@gottpoff(%rip), %rax\n"
        "    sub %rdi, %fs:(%rax)\n"
        "    ja entry_to_malloc\n"
        "entry_malloc_target = . - 4\n"
        "1:  lea 8(%rsp), %rsi\n"
        "    jmp sampled_malloc\n"
        "    .cfi_endproc\n"
        "    .size malloc, . - malloc\n"
        "    .balign 64\n"
        "    .globl free\n"
        "    .type free, @function\n"
        "free:\n"
        "    .cfi_startproc\n"
        "    mov %rdi, %rax\n"
        "    lea sample_filter(%rip), %rdx\n"
        "    shr $4, %rax\n"
        "    movzwl %ax, %eax\n"
        "    cmpb $0, (%rdx, %rax)\n"
        "    je entry_to_free\n"
        "entry_free_target = . - 4\n"
        "    lea 8(%rsp), %rsi\n"
        "    jmp sampled_free\n"
        "    .cfi_endproc\n"
        "    .size free, . - free\n"
        ".popsection\n"
        ".pushsection .text.entry_pointers, \"ax\", @progbits\n"
        "    .globl entry_to_malloc, entry_to_free\n"
        "    .hidden entry_to_malloc, entry_to_free\n"
        "entry_to_malloc:\n"
        "    .cfi_startproc\n"
        "    jmp *real(%rip)\n"
        "    .cfi_endproc\n"
        "entry_to_free:\n"
        "    .cfi_startproc\n"
        "    jmp *entry_pass_free(%rip)\n"
        "    .cfi_endproc\n"
        ".popsection\n");

enum { TARGET_BYTES = 4, PAGE_BYTES = 4096, RUN = PROT_READ | PROT_EXEC };

/* The last bytes of the two jumps: how far the target is from their end. */
extern unsigned char entry_malloc_target[TARGET_BYTES] HIDDEN;
extern unsigned char entry_free_target[TARGET_BYTES] HIDDEN;

/* False: the function is too far from the jump. */
static bool reach(const unsigned char *target, uintptr_t function, int32_t *distance)
{
    int64_t bytes = (int64_t)(function - ((uintptr_t)target + TARGET_BYTES));

    *distance = (int32_t)bytes;
    return *distance == bytes;
}

void entry_straighten(void)
{
    void *page = (void *)((uintptr_t)entry_malloc_target & ~(uintptr_t)(PAGE_BYTES - 1));
    int32_t to_malloc, to_free;

    __atomic_store_n(&entry_pass_free, real.free, __ATOMIC_RELAXED);
    if (!reach(entry_malloc_target, (uintptr_t)real.malloc, &to_malloc) ||
        !reach(entry_free_target, (uintptr_t)real.free, &to_free) ||
        sys_failed(sys_mprotect(page, PAGE_BYTES, RUN | PROT_WRITE)))
        return;
    __builtin_memcpy(entry_malloc_target, &to_malloc, TARGET_BYTES);
    __builtin_memcpy(entry_free_target, &to_free, TARGET_BYTES);
    sys_mprotect(page, PAGE_BYTES, RUN);
}
