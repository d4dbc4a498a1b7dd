// sources: preload/slow_walk.c preload/proven.c
// libs: libunwind
// threads
/* test_slow_walk.c - the careful walk against stacks that are known.
 *
 * Most stacks are made by functions in assembler whose unwind rules are written out, so that
 * each kind of rule is certain to be met, right or corrupt. Where the rules are right, the
 * walk must also be that of libgcc's unwinder. Each function saves and restores what it uses,
 * so the program goes on whatever its rules say.
 *
 * Not covered: modules that come and go during a walk, and machines without .eh_frame_hdr. */
#define _GNU_SOURCE
#include <alloca.h>
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unwind.h>
#include <cmocka.h>

#include "preload/slow_walk.h"

#define NOINLINE __attribute__((noinline))
#define ROOM 600

/* Keeps the compiler from making a call the last thing that a function does. */
#define NOT_LAST() __asm__ volatile("" ::: "memory")

/* ---- modules ---- */

struct module_search {
    uintptr_t pc;
    struct walk_module *found;
    bool readable;
};

static int look_into_module(struct dl_phdr_info *info, size_t bytes, void *data)
{
    struct module_search *search = data;
    struct walk_module module = {.start = UINTPTR_MAX, .bias = info->dlpi_addr};
    (void)bytes;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + segment->p_vaddr, end = start + segment->p_memsz;
        if (segment->p_type == PT_LOAD) {
            module.start = start < module.start ? start : module.start;
            module.end = end > module.end ? end : module.end;
        } else if (segment->p_type == PT_GNU_EH_FRAME) {
            module.eh_frame_hdr = (const void *)start;
            module.eh_frame_hdr_bytes = segment->p_memsz;
        }
    }
    uintptr_t hdr = (uintptr_t)module.eh_frame_hdr;
    for (int i = 0; search->readable && i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + segment->p_vaddr;
        if (segment->p_type == PT_LOAD && hdr >= start && hdr < start + segment->p_filesz) {
            module.readable_start = start;
            module.readable_end = start + segment->p_filesz;
        }
    }
    if (search->pc < module.start || search->pc >= module.end)
        return 0;
    *search->found = module;
    return 1;
}

static bool find_module(uintptr_t pc, struct walk_module *found)
{
    struct module_search search = {pc, found, true};
    return dl_iterate_phdr(look_into_module, &search) == 1;
}

static bool find_module_to_be_proven(uintptr_t pc, struct walk_module *found)
{
    struct module_search search = {pc, found, false};
    return dl_iterate_phdr(look_into_module, &search) == 1;
}

static bool find_module_without_rules(uintptr_t pc, struct walk_module *found)
{
    bool is_found = find_module(pc, found);
    found->eh_frame_hdr = NULL;
    return is_found;
}

/* ---- the hook, and what it saw ---- */

struct walk {
    struct walk_frame frames[ROOM];
    int count;
    enum walk_end end;
};

static struct slow_walk_space space;
static struct walk seen;
static int room = ROOM;
static intptr_t sp_error; /* a lie about the caller's stack pointer */
static uintptr_t stack_low, stack_high;
static bool stack_low_is_sp; /* nothing is known of what lies below the hook's caller */

/* libgcc's opinion, from the same caller outwards. */
static struct walk reference;
static uintptr_t reference_from;

static _Unwind_Reason_Code note_frame(struct _Unwind_Context *context, void *data)
{
    int exact;
    uintptr_t pc = _Unwind_GetIPInfo(context, &exact);
    (void)data;
    if (pc == 0 || reference.count == ROOM)
        return _URC_END_OF_STACK;
    if (reference.count > 0 || pc == reference_from)
        reference.frames[reference.count++] = (struct walk_frame){pc, exact};
    return _URC_NO_REASON;
}

static bool ask_libgcc;

NOINLINE void hook(void);
NOINLINE void hook(void)
{
    uintptr_t pc = (uintptr_t)__builtin_return_address(0);
    uintptr_t sp = (uintptr_t)__builtin_dwarf_cfa() + (uintptr_t)sp_error;
    if (stack_low_is_sp)
        stack_low = sp;
    memset(&seen, 0xff, sizeof seen);
    seen.count = slow_walk(&space, pc, sp, stack_low, stack_high, seen.frames, room, &seen.end);
    if (ask_libgcc) {
        reference.count = 0;
        reference_from = pc;
        _Unwind_Backtrace(note_frame, NULL);
    }
    assert_in_range(seen.count, 1, room);
    assert_int_equal(seen.frames[0].pc, pc);
    for (int i = seen.count; i < ROOM; i++)
        assert_int_equal(seen.frames[i].pc, UINTPTR_MAX); /* nothing written beyond */
}

static int reset(void **state)
{
    (void)state;
    slow_walk_space_init(&space, find_module);
    room = ROOM;
    sp_error = 0;
    stack_low = stack_high = 0;
    stack_low_is_sp = false;
    ask_libgcc = true;
    return 0;
}

/* Of a signal frame libgcc knows only that its caller is exact, not that itself is. */
static void assert_as_libgcc(void)
{
    assert_int_equal(seen.count, reference.count);
    for (int i = 0; i < seen.count; i++) {
        assert_int_equal(seen.frames[i].pc, reference.frames[i].pc);
        bool trampoline = i + 1 < reference.count && reference.frames[i + 1].exact;
        assert_int_equal(seen.frames[i].exact, reference.frames[i].exact || trampoline);
    }
}

static void assert_whole_as_libgcc(void)
{
    assert_int_equal(seen.end, WALK_WHOLE);
    assert_as_libgcc();
}

/* True if frame i returns into the function [start, end). */
static bool returns_into(int i, const void *start, const void *end)
{
    return i < seen.count && seen.frames[i].pc > (uintptr_t)start &&
           seen.frames[i].pc <= (uintptr_t)end;
}

/* ---- compiled functions ---- */

NOINLINE static void plain(int depth)
{
    if (depth > 0)
        plain(depth - 1);
    else
        hook();
    NOT_LAST();
}

static volatile char sink;

NOINLINE static void with_alloca(size_t bytes)
{
    volatile char *room_made = alloca(bytes);
    room_made[0] = 1;
    plain(2);
    sink = room_made[bytes - 1];
}

NOINLINE static void realigned(int depth)
{
    _Alignas(128) volatile char aligned[256];
    aligned[0] = 1;
    assert_int_equal((uintptr_t)aligned % 128, 0);
    if (depth > 0)
        realigned(depth - 1);
    else
        with_alloca(333);
    sink = aligned[1];
}

__attribute__((noinline, force_align_arg_pointer)) static void argument_pointer_aligned(size_t n)
{
    _Alignas(64) volatile char aligned[64];
    volatile char *more = alloca(n);
    aligned[0] = more[0] = 1;
    realigned(2);
    sink = aligned[1];
}

static void compiled_functions_are_walked_as_by_libgcc(void **state)
{
    (void)state;
    plain(0);
    assert_whole_as_libgcc();
    plain(9);
    assert_whole_as_libgcc();
    assert_true(seen.count > 12);
    for (int i = 1; i < 10; i++) /* ten of plain, nine of which return to the same place */
        assert_int_equal(seen.frames[i].exact, false);
    for (int i = 2; i < 9; i++)
        assert_int_equal(seen.frames[i].pc, seen.frames[1].pc);
    with_alloca(1000);
    assert_whole_as_libgcc();
    argument_pointer_aligned(77);
    assert_whole_as_libgcc();
}

static void tell_stack_bounds(void)
{
    pthread_attr_t attributes;
    void *low;
    size_t bytes;
    assert_int_equal(pthread_getattr_np(pthread_self(), &attributes), 0);
    assert_int_equal(pthread_attr_getstack(&attributes, &low, &bytes), 0);
    pthread_attr_destroy(&attributes);
    stack_low = (uintptr_t)low;
    stack_high = stack_low + bytes;
}

static void stack_bounds_change_nothing(void **state)
{
    (void)state;
    tell_stack_bounds();
    argument_pointer_aligned(50);
    assert_whole_as_libgcc();
    stack_low_is_sp = true;
    argument_pointer_aligned(50);
    assert_whole_as_libgcc();
    stack_low_is_sp = false;
    stack_low = 1, stack_high = 2; /* another stack than the one we are on */
    argument_pointer_aligned(50);
    assert_whole_as_libgcc();
}

static void nothing_need_be_trusted(void **state)
{
    (void)state;
    slow_walk_space_init(&space, find_module_to_be_proven);
    argument_pointer_aligned(50);
    assert_whole_as_libgcc();
}

static void a_wrong_stack_pointer_gives_the_caller_only(void **state)
{
    (void)state;
    const intptr_t lies[] = {-4096, -16, -8, 8, 16, 4096, INT64_MIN / 2, INT64_MAX / 2};
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        sp_error = lies[i];
        plain(3);
        assert_int_equal(seen.count, 1);
        assert_int_equal(seen.end, WALK_LOST);
    }
}

static void a_module_without_rules_is_lost(void **state)
{
    (void)state;
    slow_walk_space_init(&space, find_module_without_rules);
    plain(3);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.end, WALK_LOST);
}

static void room_is_kept_to(void **state)
{
    (void)state;
    plain(20);
    int whole = seen.count;
    assert_int_equal(seen.end, WALK_WHOLE);
    for (room = 1; room <= whole + 1; room++) {
        plain(20);
        assert_int_equal(seen.count, room < whole ? room : whole);
        assert_int_equal(seen.end, room < whole ? WALK_DEPTH : WALK_WHOLE);
        for (int i = 1; i < seen.count; i++)
            assert_int_equal(seen.frames[i].pc, reference.frames[i].pc);
    }
}

static void errno_is_untouched(void **state)
{
    (void)state;
    errno = 4321;
    plain(1);
    assert_int_equal(errno, 4321);
}

/* ---- threads ---- */

static void *thread_main(void *argument)
{
    plain(*(int *)argument);
    NOT_LAST();
    return NULL;
}

static void a_thread_is_walked_to_its_start(void **state)
{
    (void)state;
    int depth = 5;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, thread_main, &depth), 0);
    pthread_join(thread, NULL);
    assert_whole_as_libgcc();
    assert_true(seen.count >= 8);
}

/* ---- functions in assembler ----
 *
 * FUNCTION(name, rules) calls its argument with rbp as frame pointer, 256 bytes of its own
 * (rbx, [rbp - 8], is saved), and the rules given: "" for those that are right. */

#define ASM_BEGIN(name)                                                                            \
    ".text\n.globl " #name "\n.hidden " #name "\n.type " #name ", @function\n" #name ":\n"
#define ASM_END(name)                                                                              \
    ".globl " #name "_end\n.hidden " #name "_end\n" #name "_end:\n.size " #name ", . - " #name "\n"

#define FUNCTION(name, rules)                                                                      \
    __asm__(ASM_BEGIN(name) ".cfi_startproc\n"                                                     \
                            "push %rbp\n.cfi_def_cfa_offset 16\n.cfi_offset %rbp, -16\n"           \
                            "mov %rsp, %rbp\n.cfi_def_cfa_register %rbp\n"                         \
                            "push %rbx\n.cfi_offset %rbx, -24\n"                                   \
                            "sub $248, %rsp\n"                                                     \
                            "lea 16(%rbp), %rax\nmov %rax, -32(%rbp)\n"                            \
                            "mov %rbp, %rbx\n" rules "\n"                                          \
                            "call *%rdi\n"                                                         \
                            "nop\n"                                                                \
                            "mov -8(%rbp), %rbx\nleave\nret\n.cfi_endproc\n" ASM_END(name));       \
    void name(void (*callee)(void));                                                               \
    extern const char name##_end[]

/* Right rules: CFA, registers and return address come out as in the plain form. */
FUNCTION(right_plain, "");
FUNCTION(right_by_rbx, ".cfi_def_cfa %rbx, 16");
/* DW_CFA_def_cfa_expression, 4 bytes: DW_OP_breg6 -32; DW_OP_deref */
FUNCTION(right_deref, ".cfi_escape 0x0f, 3, 0x76, 0x60, 0x06");
/* the same by way of everything: breg6 0; lit16; plus; const1s -1; dup; mul; mul; bregx 6, 0;
 * swap; over; drop; lit1; bra +1; nop; skip 0; plus_uconst 0; swap; drop */
FUNCTION(right_arithmetic, ".cfi_escape 0x0f, 30, 0x76, 0x00, 0x40, 0x22, 0x09, 0xff, 0x12, 0x1e, "
                           "0x1e, 0x92, 0x06, 0x00, 0x16, 0x14, 0x13, 0x31, 0x28, 0x01, 0x00, "
                           "0x96, 0x2f, 0x00, 0x00, 0x23, 0x00, 0x16, 0x13, 0x16, 0x13, 0x96");
/* DW_CFA_val_expression of rbp: lit16; minus; deref. Of rip: lit8; minus; deref */
FUNCTION(right_val_expression,
         ".cfi_escape 0x16, 6, 3, 0x40, 0x1c, 0x06\n.cfi_escape 0x16, 16, 3, 0x38, 0x1c, 0x06");
/* DW_CFA_expression of rbx: lit24; minus. Of rip: lit8; minus */
FUNCTION(right_expression,
         ".cfi_escape 0x10, 3, 2, 0x48, 0x1c\n.cfi_escape 0x10, 16, 2, 0x38, 0x1c");
/* DW_OP_deref_size 7: the high byte of our addresses is 0 anyway */
FUNCTION(right_deref_size, ".cfi_escape 0x0f, 4, 0x76, 0x60, 0x94, 7");
FUNCTION(right_remembered, ".cfi_remember_state\n.cfi_def_cfa %rsp, 8\n.cfi_remember_state\n"
                           ".cfi_def_cfa %rsp, 88\n.cfi_restore_state\n.cfi_restore_state");
/* the caller's rbp is not known here, but who needs it */
FUNCTION(right_undefined_rbp, ".cfi_undefined %rbp");
/* DW_CFA_GNU_args_size 32 */
FUNCTION(right_args_size, ".cfi_escape 0x2e, 32");

FUNCTION(outermost, ".cfi_undefined %rip");

/* Wrong rules: none of these may crash, hang, or give a caller. */
FUNCTION(wrong_unknown_instruction, ".cfi_escape 0x14, 6, 2");      /* DW_CFA_val_offset */
FUNCTION(wrong_register, ".cfi_escape 0x09, 16, 0xff, 0xff, 0x7f"); /* rip in a register we lack */
FUNCTION(wrong_other_register, ".cfi_escape 0x09, 3, 17");
FUNCTION(wrong_cfa_register, ".cfi_escape 0x0c, 99, 16");
FUNCTION(wrong_same_rip, ".cfi_same_value %rip");
FUNCTION(wrong_cfa_unmapped, ".cfi_escape 0x0f, 3, 0x0a, 0x00, 0x10"); /* const2u 0x1000 */
FUNCTION(wrong_cfa_not_canonical,
         ".cfi_escape 0x0f, 9, 0x0e, 0, 0, 0, 0, 0, 0x80, 0, 0"); /* const8u */
FUNCTION(wrong_cfa_zero, ".cfi_escape 0x0f, 1, 0x38");            /* lit8: rip would be at 0 */
FUNCTION(wrong_cfa_inside, ".cfi_def_cfa %rsp, 0");
FUNCTION(wrong_cfa_below, ".cfi_def_cfa %rsp, -4096");
FUNCTION(wrong_stack_underflow, ".cfi_escape 0x0f, 3, 0x13, 0x13, 0x13"); /* drop */
FUNCTION(wrong_stack_overflow, ".cfi_escape 0x0f, 6, 0x12, 0x12, 0x2f, 0xfb, 0xff, 0x96");
FUNCTION(wrong_endless, ".cfi_escape 0x0f, 4, 0x2f, 0xfd, 0xff, 0x96"); /* skip -3 */
/* the least integer, divided by -1, is itself; and not an address */
FUNCTION(wrong_quotient, ".cfi_escape 0x0f, 12, 0x0e, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x09, 0xff, 0x1b");
FUNCTION(wrong_unknown_operation, ".cfi_escape 0x0f, 3, 0x76, 16, 0xff");
FUNCTION(wrong_restore, ".cfi_escape 0x0b");
FUNCTION(wrong_remembered, ".rept 100\n.cfi_remember_state\n.endr");

/* Right, and long enough to be overwritten with what a linker would refuse to link. */
#define PLACEHOLDER                                                                                \
    0x0f, 14, 0x76, 0x60, 0x06, 0x96, 0x96, 0x96, 0x96, 0x96, 0x96, 0x96, 0x96, 0x96, 0x96, 0x96
#define AS_TEXT(...) #__VA_ARGS__
#define TEXT_OF(...) AS_TEXT(__VA_ARGS__)
FUNCTION(overwritten, ".cfi_escape " TEXT_OF(PLACEHOLDER));

struct named_function {
    const char *name;
    void (*call)(void (*callee)(void));
    const char *end;
};

#define NAMED(function)                                                                            \
    {                                                                                              \
#function, function, function##_end                                                        \
    }

static const struct named_function right_functions[] = {
    NAMED(right_plain),      NAMED(right_by_rbx),         NAMED(right_deref),
    NAMED(right_arithmetic), NAMED(right_val_expression), NAMED(right_expression),
    NAMED(right_deref_size), NAMED(right_remembered),     NAMED(right_undefined_rbp),
    NAMED(right_args_size),
};

static const struct named_function wrong_functions[] = {
    NAMED(wrong_unknown_instruction),
    NAMED(wrong_register),
    NAMED(wrong_other_register),
    NAMED(wrong_cfa_register),
    NAMED(wrong_same_rip),
    NAMED(wrong_cfa_unmapped),
    NAMED(wrong_cfa_not_canonical),
    NAMED(wrong_cfa_zero),
    NAMED(wrong_cfa_inside),
    NAMED(wrong_cfa_below),
    NAMED(wrong_stack_underflow),
    NAMED(wrong_stack_overflow),
    NAMED(wrong_endless),
    NAMED(wrong_quotient),
    NAMED(wrong_unknown_operation),
    NAMED(wrong_restore),
    NAMED(wrong_remembered),
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The callee of the function under test: two frames, so that it is not the hook's caller. */
NOINLINE static void call_plain(void)
{
    plain(1);
    NOT_LAST();
}

#define FRAMES_BELOW 3 /* plain, plain, call_plain */

static void every_kind_of_rule_is_followed(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(right_functions); i++) {
        print_message("    %s\n", right_functions[i].name);
        /* libgcc does not know DW_OP_deref_size 7 */
        ask_libgcc = right_functions[i].call != right_deref_size;
        right_functions[i].call(call_plain);
        assert_int_equal(seen.end, WALK_WHOLE);
        assert_true(
            returns_into(FRAMES_BELOW, (void *)right_functions[i].call, right_functions[i].end));
        if (ask_libgcc)
            assert_as_libgcc();
    }
}

static void an_undefined_return_address_is_the_end(void **state)
{
    (void)state;
    outermost(call_plain);
    assert_int_equal(seen.end, WALK_WHOLE);
    assert_int_equal(seen.count, FRAMES_BELOW + 1);
    assert_true(returns_into(FRAMES_BELOW, (void *)outermost, outermost_end));
}

static void assert_lost_in(void (*function)(void (*)(void)), const char *function_end)
{
    assert_int_equal(seen.end, WALK_LOST);
    assert_int_equal(seen.count, FRAMES_BELOW + 1);
    assert_true(returns_into(FRAMES_BELOW, (void *)function, function_end));
}

static void wrong_rules_are_lost(void **state)
{
    (void)state;
    ask_libgcc = false;  /* it aborts */
    tell_stack_bounds(); /* so that what is below us is known to be no one's */
    for (size_t i = 0; i < COUNT(wrong_functions); i++) {
        print_message("    %s\n", wrong_functions[i].name);
        wrong_functions[i].call(call_plain);
        assert_lost_in(wrong_functions[i].call, wrong_functions[i].end);
    }
}

/* Has a frame pointer, and no rules: libunwind's unw_step would guess its caller. */
__asm__(ASM_BEGIN(without_rules) "push %rbp\nmov %rsp, %rbp\ncall *%rdi\nnop\nleave\nret\n" ASM_END(
    without_rules));
void without_rules(void (*callee)(void));
extern const char without_rules_end[];

static void a_function_without_rules_is_lost(void **state)
{
    (void)state;
    ask_libgcc = false;
    without_rules(call_plain);
    assert_lost_in(without_rules, without_rules_end);
}

static uintptr_t bytes_above;

/* Says that the stack ends so many bytes above its caller's frame. */
NOINLINE static void call_plain_near_the_end(void)
{
    tell_stack_bounds();
    stack_high = (uintptr_t)__builtin_dwarf_cfa() + bytes_above;
    plain(1);
    NOT_LAST();
}

static void a_function_without_rules_where_the_stack_ends_is_the_first(void **state)
{
    (void)state;
    ask_libgcc = false;
    for (bytes_above = 0; bytes_above < 16; bytes_above += 8) {
        without_rules(call_plain_near_the_end);
        assert_int_equal(seen.end, WALK_WHOLE);
        assert_int_equal(seen.count, FRAMES_BELOW + 1);
        assert_true(returns_into(FRAMES_BELOW, (void *)without_rules, without_rules_end));
    }
    without_rules(call_plain_near_the_end); /* there is room for a caller */
    assert_lost_in(without_rules, without_rules_end);
}

static void code_in_no_module_is_lost(void **state)
{
    (void)state;
    /* push rbp; mov rbp, rsp; call rdi; leave; ret */
    static const unsigned char code[] = {0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0xc9, 0xc3};
    char *at =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        skip();
    memcpy(at, code, sizeof code);
    ask_libgcc = false;
    void (*function)(void (*)(void)) = (void (*)(void (*)(void)))at;
    function(call_plain);
    assert_lost_in(function, at + sizeof code);
    munmap(at, 4096);
}

/* ---- other stacks ---- */

/* Calls rdi on the stack that ends at rsi; the CFA stays on the old one. */
__asm__(ASM_BEGIN(on_stack) ".cfi_startproc\n"
                            "push %rbp\n.cfi_def_cfa_offset 16\n.cfi_offset %rbp, -16\n"
                            "mov %rsp, %rbp\n.cfi_def_cfa_register %rbp\n"
                            "mov %rsi, %rsp\ncall *%rdi\nnop\n"
                            "leave\nret\n.cfi_endproc\n" ASM_END(on_stack));
void on_stack(void (*callee)(void), char *top);
extern const char on_stack_end[];

#define STACK_BYTES (1 << 20)

static char *stacks; /* three of them in one mapping */

static void call_on_second_stack(void)
{
    on_stack(call_plain, stacks + 2 * STACK_BYTES);
    NOT_LAST();
}

static void call_on_first_stack(void)
{
    on_stack(call_on_second_stack, stacks + STACK_BYTES);
    NOT_LAST();
}

static void call_on_third_stack(void)
{
    on_stack(call_on_second_stack, stacks + 3 * STACK_BYTES);
    NOT_LAST();
}

static void assert_switched(int times)
{
    int switches = 0;
    for (int i = 0; i < seen.count; i++)
        switches += returns_into(i, (void *)on_stack, on_stack_end);
    assert_int_equal(switches, times);
    assert_whole_as_libgcc();
}

/* The second stack is above the first and below the third, and the main one is above all. */
static void switched_stacks_are_walked(void **state)
{
    (void)state;
    stacks =
        mmap(NULL, 3 * STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(stacks, MAP_FAILED);
    call_on_second_stack();
    assert_switched(1);
    call_on_first_stack();
    assert_switched(2);
    call_on_third_stack();
    assert_switched(2);
    on_stack(call_on_first_stack, stacks + 3 * STACK_BYTES);
    assert_switched(3);
    munmap(stacks, 3 * STACK_BYTES);
}

/* A stack that ends in itself: rules that are right, over a return address and a CFA that
 * lead back to where the walk has been. */
__asm__(ASM_BEGIN(in_a_ring) ".cfi_startproc\n"
                             "push %rbp\n.cfi_def_cfa_offset 16\n.cfi_offset %rbp, -16\n"
                             "mov %rsp, %rbp\n.cfi_def_cfa_register %rbp\n"
                             "push %rbx\n.cfi_offset %rbx, -24\nsub $56, %rsp\n"
                             /* [rsp]: what looks like a saved rbp, and a return address */
                             "mov %rsp, %rbx\n"
                             "mov %rbx, 0(%rsp)\nlea 1f(%rip), %rax\nmov %rax, 8(%rsp)\n"
                             ".cfi_def_cfa %rbx, 16\n.cfi_same_value %rbx\n"
                             "call *%rdi\n1:\nnop\n"
                             "mov -8(%rbp), %rbx\nleave\nret\n.cfi_endproc\n" ASM_END(in_a_ring));
void in_a_ring(void (*callee)(void));
extern const char in_a_ring_end[];

static void a_ring_is_lost(void **state)
{
    (void)state;
    ask_libgcc = false;
    in_a_ring(call_plain);
    assert_int_equal(seen.end, WALK_LOST);
    assert_int_equal(seen.count, FRAMES_BELOW + 2);
}

/* ---- signals ---- */

/* Raises SIGILL by its very first instruction, so that pc - 1 is another function's. The
 * handler steps over it. */
__asm__(ASM_BEGIN(illegal) ".cfi_startproc\nud2\nret\n.cfi_endproc\n" ASM_END(illegal));
void illegal(void);

static void (*in_handler)(void);

static void step_over_ud2(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info;
    ucontext_t *interrupted = context;
    in_handler();
    interrupted->uc_mcontext.gregs[REG_RIP] += 2;
}

static char alternate_stack[1 << 17];

static void catch_sigill(int flags)
{
    const stack_t stack = {.ss_sp = alternate_stack, .ss_size = sizeof alternate_stack};
    assert_int_equal(sigaltstack(&stack, NULL), 0);
    struct sigaction action = {.sa_sigaction = step_over_ud2, .sa_flags = SA_SIGINFO | flags};
    assert_int_equal(sigaction(SIGILL, &action, NULL), 0);
}

static int exact_frame_at(const void *pc)
{
    int found = 0;
    for (int i = 0; i < seen.count; i++)
        found += seen.frames[i].exact && seen.frames[i].pc == (uintptr_t)pc;
    return found;
}

static int exact_frames(void)
{
    int found = 0;
    for (int i = 0; i < seen.count; i++)
        found += seen.frames[i].exact;
    return found;
}

NOINLINE static void trip(void)
{
    illegal();
    NOT_LAST();
}

static void a_signal_is_walked_across(int flags)
{
    catch_sigill(flags);
    in_handler = call_plain;
    trip();
    assert_whole_as_libgcc();
    assert_int_equal(exact_frame_at((void *)illegal), 1);
    assert_int_equal(exact_frames(), 2); /* the interrupted one and the trampoline */
    signal(SIGILL, SIG_DFL);
}

static void a_signal_on_the_same_stack_is_walked_across(void **state)
{
    (void)state;
    a_signal_is_walked_across(0);
}

static void a_signal_on_an_alternate_stack_is_walked_across(void **state)
{
    (void)state;
    a_signal_is_walked_across(SA_ONSTACK);
    tell_stack_bounds();
    a_signal_is_walked_across(SA_ONSTACK);
}

/* Lets the signal in whose handler it runs come once more. Not SA_NODEFER: ThreadSanitizer blocks
 * all signals in every handler, and the kernel kills a program by the one that it raises then. */
static void trip_again(void)
{
    sigset_t again;
    sigemptyset(&again);
    sigaddset(&again, SIGILL);
    assert_int_equal(sigprocmask(SIG_UNBLOCK, &again, NULL), 0);
    in_handler = call_plain;
    trip();
}

static void nested_signals_are_walked_across(void **state)
{
    (void)state;
    for (int flags = 0; flags <= SA_ONSTACK; flags += SA_ONSTACK) {
        catch_sigill(flags);
        in_handler = trip_again;
        trip();
        assert_whole_as_libgcc();
        assert_int_equal(exact_frame_at((void *)illegal), 2);
        assert_int_equal(exact_frames(), 4);
    }
    signal(SIGILL, SIG_DFL);
}

/* ---- corrupt tables ---- */

/* This program's own unwind tables, made writable. */
static unsigned char *open_tables(size_t *bytes)
{
    struct walk_module self;
    assert_true(find_module((uintptr_t)open_tables, &self));
    uintptr_t page = self.readable_start & ~(uintptr_t)4095;
    assert_int_equal(mprotect((void *)page, self.readable_end - page, PROT_READ | PROT_WRITE), 0);
    unsigned char *start = (unsigned char *)self.eh_frame_hdr;
    *bytes = self.readable_end - (uintptr_t)start;
    return start;
}

struct overwriting {
    const char *what;
    unsigned char bytes[16];
};

static const struct overwriting overwritings[] = {
    {"an instruction that no one knows", {0x3b}},
    {"DW_CFA_GNU_window_save", {0x2d}},
    {"an expression longer than memory", {0x0f, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f}},
    {"an expression whose end is its beginning, so that it is met again",
     {0x0f, 0xf5, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}},
    {"the same of a register",
     {0x10, 3, 0xf4, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}},
};

static const unsigned char placeholder[] = {PLACEHOLDER};

static void rules_that_cannot_be_linked_are_lost(void **state)
{
    (void)state;
    size_t bytes;
    unsigned char *tables = open_tables(&bytes);
    unsigned char *at = memmem(tables, bytes, placeholder, sizeof placeholder);
    assert_non_null(at);
    overwritten(call_plain);
    assert_whole_as_libgcc();
    ask_libgcc = false;
    for (size_t i = 0; i < COUNT(overwritings); i++) {
        print_message("    %s\n", overwritings[i].what);
        memcpy(at, overwritings[i].bytes, sizeof placeholder);
        overwritten(call_plain);
        assert_lost_in(overwritten, overwritten_end);
    }
    /* DW_CFA_def_cfa_offset 16, padded to more bits than a word has, is not wrong */
    memset(at, 0x80, sizeof placeholder);
    at[0] = 0x0e, at[1] = 0x90, at[15] = 0;
    ask_libgcc = true;
    overwritten(call_plain);
    assert_whole_as_libgcc();
    memcpy(at, placeholder, sizeof placeholder);
}

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static void (*const corrupted_callers[])(void (*)(void)) = {
    right_plain, right_deref, right_arithmetic, right_val_expression, right_remembered,
};

static void walk_all_corrupted(void)
{
    for (size_t i = 0; i < COUNT(corrupted_callers); i++)
        corrupted_callers[i](call_plain);
}

/* Where to do damage: anywhere, or near the rules of the functions above. */
static size_t choose_place(uint32_t random, const unsigned char *tables, size_t bytes, bool near)
{
    const size_t nearness = 1024;
    if (!near)
        return random % bytes;
    const unsigned char *at = memmem(tables, bytes, placeholder, sizeof placeholder);
    assert_non_null(at);
    size_t middle = (size_t)(at - tables), first = middle > nearness ? middle - nearness : 0;
    size_t place = first + random % (2 * nearness);
    return place < bytes ? place : bytes - 1;
}

/* Overwrites 1 to 4 bytes of this program's own tables, walks, and puts them back. hook()
 * checks what must hold of any walk. */
static void corrupt_tables_end_every_walk(void **state)
{
    (void)state;
    size_t bytes;
    unsigned char *start = open_tables(&bytes);
    ask_libgcc = false;
    room = 40;
    int lost = 0;
    uint32_t random = 2463534242;
    for (int round = 0; round < 20000; round++) {
        unsigned char saved[4];
        size_t n = 1 + next_random(&random) % 4;
        size_t at = choose_place(next_random(&random), start, bytes - n, round % 2 != 0);
        memcpy(saved, start + at, n);
        for (size_t i = 0; i < n; i++)
            start[at + i] = (unsigned char)(next_random(&random) >> 9);
        walk_all_corrupted();
        memcpy(start + at, saved, n);
        lost += seen.end == WALK_LOST;
    }
    print_message("    %d of 20000 last walks lost\n", lost);
    assert_true(lost > 200); /* it did meet the rules that matter */
    ask_libgcc = true;
    room = ROOM;
    walk_all_corrupted();
    assert_whole_as_libgcc();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, reset)
    const struct CMUnitTest tests[] = {
        TEST(compiled_functions_are_walked_as_by_libgcc),
        TEST(stack_bounds_change_nothing),
        TEST(nothing_need_be_trusted),
        TEST(a_wrong_stack_pointer_gives_the_caller_only),
        TEST(a_module_without_rules_is_lost),
        TEST(room_is_kept_to),
        TEST(errno_is_untouched),
        TEST(a_thread_is_walked_to_its_start),
        TEST(every_kind_of_rule_is_followed),
        TEST(an_undefined_return_address_is_the_end),
        TEST(wrong_rules_are_lost),
        TEST(a_function_without_rules_is_lost),
        TEST(a_function_without_rules_where_the_stack_ends_is_the_first),
        TEST(code_in_no_module_is_lost),
        TEST(switched_stacks_are_walked),
        TEST(a_ring_is_lost),
        TEST(a_signal_on_the_same_stack_is_walked_across),
        TEST(a_signal_on_an_alternate_stack_is_walked_across),
        TEST(nested_signals_are_walked_across),
        TEST(rules_that_cannot_be_linked_are_lost),
        TEST(corrupt_tables_end_every_walk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
