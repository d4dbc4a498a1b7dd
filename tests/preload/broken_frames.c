/* broken_frames.c - calls `bottom`, which allocates, from code that an unwinder cannot follow:
 * without rules, with wrong ones, made at run time, with its own frame overwritten. The arguments
 * say which and how often. Nothing here is wrong for the program itself: it returns as it should.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static void *volatile sink;

static __attribute__((noinline)) void bottom(void)
{
    void *block = malloc(60);
    sink = block;
    free(block);
}

typedef void caller(void (*)(void));
caller asm_without_rules, asm_with_wrong_rules, asm_with_wrong_rbp;
extern uint64_t wrong_rbp;
void *volatile wrong_slot; /* what asm_with_wrong_rules has where its rules find the return address
                            */

__asm__(".text\n"
        /* no rules at all, and rbp and rbx are its own */
        ".type asm_without_rules,@function\n"
        "asm_without_rules:\n"
        "    push %rbx\n"
        "    push %rbp\n"
        "    sub $40,%rsp\n"
        "    xor %ebp,%ebp\n"
        "    lea 1(%rbp),%rbx\n"
        "    call *%rdi\n"
        "    add $40,%rsp\n"
        "    pop %rbp\n"
        "    pop %rbx\n"
        "    ret\n"
        ".size asm_without_rules,.-asm_without_rules\n"
        /* rules that say the return address is at rsp + 0, where `wrong_slot` is put */
        ".type asm_with_wrong_rules,@function\n"
        "asm_with_wrong_rules:\n"
        "    .cfi_startproc\n"
        "    sub $56,%rsp\n"
        "    mov wrong_slot(%rip),%rax\n"
        "    mov %rax,(%rsp)\n"
        "    call *%rdi\n"
        "    add $56,%rsp\n"
        "    ret\n"
        "    .cfi_endproc\n"
        ".size asm_with_wrong_rules,.-asm_with_wrong_rules\n"
        /* rules that go by rbp, which holds anything */
        ".type asm_with_wrong_rbp,@function\n"
        "asm_with_wrong_rbp:\n"
        "    .cfi_startproc\n"
        "    push %rbp\n"
        "    .cfi_def_cfa rbp,16\n"
        "    .cfi_offset rbp,-16\n"
        "    mov wrong_rbp(%rip),%rbp\n"
        "    call *%rdi\n"
        "    pop %rbp\n"
        "    .cfi_def_cfa rsp,8\n"
        "    ret\n"
        "    .cfi_endproc\n"
        ".size asm_with_wrong_rbp,.-asm_with_wrong_rbp\n"
        ".data\n"
        "wrong_rbp: .quad 0\n"
        ".text\n");

static void no_rules(int times)
{
    for (int i = 0; i < times; i++)
        asm_without_rules(bottom);
}

static void wrong_rules(int times)
{
    static char data[64];
    void *const slots[] = {NULL, (void *)1, (void *)-8, (void *)((uintptr_t)1 << 62), data};

    for (unsigned s = 0; s < sizeof slots / sizeof *slots; s++)
        for (int i = 0; i < times; i++) {
            wrong_slot = slots[s];
            asm_with_wrong_rules(bottom);
        }
}

/* Nowhere, unaligned, at the end of all memory, in the frame itself, beyond the stack, in code,
 * in memory that cannot be read. */
static void wrong_rbps(int times)
{
    void *unreadable = mmap(NULL, 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint64_t here[4] = {0};
    const uint64_t values[] = {0,
                               1,
                               UINT64_MAX - 7,
                               (uintptr_t)here,
                               0x7ffffffff000,
                               (uintptr_t)wrong_rbps,
                               (uintptr_t)unreadable + 4088};

    for (unsigned v = 0; v < sizeof values / sizeof *values; v++)
        for (int i = 0; i < times; i++) {
            wrong_rbp = values[v];
            asm_with_wrong_rbp(bottom);
        }
}

/* A JIT's code comes and goes at the same place, without the loader's knowing. */
static void made_at_run_time(int times)
{
    static const unsigned char code[] = {0x55, 0x48, 0x89, 0xe5, /* push rbp; mov rbp, rsp */
                                         0xff, 0xd7, 0x5d, 0xc3 /* call rdi; pop rbp; ret */};
    void *at = NULL;

    for (int i = 0; i < times; i++) {
        at = mmap(at, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        memcpy(at, code, sizeof code);
        ((caller *)at)(bottom);
        munmap(at, 4096);
    }
}

/* What the frame says of its caller is replaced for the time of a call. */
static __attribute__((noinline)) void overwrite(uintptr_t return_address, uintptr_t rbp)
{
    volatile uintptr_t *frame = __builtin_frame_address(0);
    uintptr_t was[2] = {frame[0], frame[1]};

    frame[0] = rbp ? rbp : was[0];
    frame[1] = return_address ? return_address : was[1];
    bottom();
    frame[0] = was[0];
    frame[1] = was[1];
}

static void overwritten(int times)
{
    uintptr_t *frame = __builtin_frame_address(0);

    for (int i = 1; i <= times; i++) {
        overwrite((uintptr_t)i, 0);
        overwrite(-(uintptr_t)i, 0);
        overwrite((uintptr_t)frame, 0);
        overwrite(0, (uintptr_t)frame);       /* leads here, and on */
        overwrite(0, (uintptr_t)(frame - 4)); /* leads into its own frame: round and round */
        overwrite(0, (uintptr_t)i);
    }
}

static const struct {
    const char *name;
    void (*run)(int);
} kinds[] = {{"no_rules", no_rules},
             {"wrong_rules", wrong_rules},
             {"wrong_rbps", wrong_rbps},
             {"made_at_run_time", made_at_run_time},
             {"overwritten", overwritten}};

int main(int argc, char **argv)
{
    for (unsigned i = 0; argc > 2 && i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(argv[1], kinds[i].name)) {
            kinds[i].run(atoi(argv[2]));
            return 7;
        }
    return 2;
}
