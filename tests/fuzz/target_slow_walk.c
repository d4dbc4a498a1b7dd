// sources: preload/slow_walk.c preload/proven.c
// libs: analyzer libunwind
/* target_slow_walk.c - a hostile stack under hostile unwind tables, walked by the careful walk.
 *
 * Input: the number of bytes of the table (2 bytes), the table, which is the unwind table of a
 * module at MODULE, and the stack, at STACK. The walk begins in a real function that stands on that
 * stack and whose return address leads into the module. Both lie at fixed addresses, so that
 * an input's addresses mean something, with nothing readable around them.
 */
#define _GNU_SOURCE
#include "preload/slow_walk.h"
#include "tests/fuzz/target.h"

#include <link.h>
#include <string.h>
#include <sys/mman.h>

#define MODULE ((uintptr_t)0x20000000)
#define MODULE_BYTES                                                                               \
    ((size_t)32 << 10)          /* the table at its beginning, code that nobody runs behind */
#define ENTRY (MODULE + 0x4010) /* the pc that the walk begins at */
#define STACK ((uintptr_t)0x30000000)
#define STACK_BYTES                                                                                \
    ((size_t)256 << 10) /* the input's at its end, room for real frames before it                  \
                         */
#define MOST_INPUT ((size_t)16 << 10)
#define FRAMES 512

static struct slow_walk_space space;
static struct walk_frame frames[FRAMES];
static enum walk_end end_of_walk;
static int frame_count;
static uintptr_t entry_sp, known_low;

static bool look_into(const struct dl_phdr_info *info, uintptr_t pc, struct walk_module *module)
{
    *module = (struct walk_module){.start = UINTPTR_MAX, .bias = info->dlpi_addr};
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + segment->p_vaddr, end = start + segment->p_memsz;
        if (segment->p_type == PT_LOAD) {
            module->start = start < module->start ? start : module->start;
            module->end = end > module->end ? end : module->end;
        } else if (segment->p_type == PT_GNU_EH_FRAME) {
            module->eh_frame_hdr = (const void *)start;
            module->eh_frame_hdr_bytes = segment->p_memsz;
        }
    }
    return pc >= module->start && pc < module->end;
}

struct search {
    uintptr_t pc;
    struct walk_module *module;
};

static int look(struct dl_phdr_info *info, size_t bytes, void *data)
{
    struct search *search = data;
    (void)bytes;
    return look_into(info, search->pc, search->module);
}

static size_t table_bytes;

static bool find_module(uintptr_t pc, struct walk_module *module)
{
    if (pc < MODULE || pc >= MODULE + MODULE_BYTES) {
        struct search search = {pc, module};
        return dl_iterate_phdr(look, &search) != 0;
    }
    *module = (struct walk_module){.start = MODULE,
                                   .end = MODULE + MODULE_BYTES,
                                   .eh_frame_hdr = (const void *)MODULE,
                                   .eh_frame_hdr_bytes = table_bytes,
                                   .readable_start = MODULE,
                                   .readable_end = MODULE + MODULE_BYTES};
    return true;
}

/* Stands on the hostile stack; its return address, just below entry_sp, is ENTRY. */
__attribute__((used, noinline)) static void walk_here(void)
{
    frame_count = slow_walk(&space, ENTRY, entry_sp, known_low, known_low ? STACK + STACK_BYTES : 0,
                            frames, FRAMES, &end_of_walk);
    __asm__ volatile("" ::: "memory"); /* no tail call: the walk passes through this frame */
}

/* walk_from(sp, pc): goes to the stack below sp, takes the first word there for rbp, and calls
 * walk_here through a frame whose caller is at pc by its rules. It leaves by a jump, because the
 * bytes at pc are not code. */
void walk_from(uintptr_t sp, uintptr_t pc);
__asm__(".text\n"
        ".type walk_from, @function\n"
        "walk_from:\n"
        ".cfi_startproc\n"
        "push %rbp\n"
        ".cfi_def_cfa_offset 16\n"
        ".cfi_offset 6, -16\n"
        "push %rbx\n"
        ".cfi_def_cfa_offset 24\n"
        ".cfi_offset 3, -24\n"
        "mov %rsp, %rbx\n"
        ".cfi_def_cfa_register 3\n"
        "mov (%rdi), %rbp\n"
        "lea -8(%rdi), %rsp\n"
        "mov %rsi, (%rsp)\n"
        "jmp walk_and_leave\n"
        "back_from_walk:\n"
        "mov %rbx, %rsp\n"
        ".cfi_def_cfa 7, 24\n"
        "pop %rbx\n"
        ".cfi_def_cfa_offset 16\n"
        "pop %rbp\n"
        ".cfi_def_cfa_offset 8\n"
        "ret\n"
        ".cfi_endproc\n"
        ".size walk_from, . - walk_from\n"
        ".type walk_and_leave, @function\n"
        "walk_and_leave:\n"
        ".cfi_startproc\n"
        "sub $24, %rsp\n"
        ".cfi_def_cfa_offset 32\n"
        "call walk_here\n"
        "jmp back_from_walk\n"
        ".cfi_endproc\n"
        ".size walk_and_leave, . - walk_and_leave\n");

static void map_once(void)
{
    static bool mapped;
    if (mapped)
        return;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
    MUST(mmap((void *)MODULE, MODULE_BYTES, PROT_READ | PROT_WRITE, flags, -1, 0) ==
         (void *)MODULE);
    MUST(mmap((void *)STACK, STACK_BYTES, PROT_READ | PROT_WRITE, flags, -1, 0) == (void *)STACK);
    slow_walk_space_init(&space, find_module);
    mapped = true;
}

static void must_be_sane(void)
{
    MUST(frame_count >= 1 && frame_count <= FRAMES && frames[0].pc == ENTRY);
    MUST(end_of_walk == WALK_WHOLE || end_of_walk == WALK_DEPTH || end_of_walk == WALK_LOST);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint16_t wanted;
    target_take(&data, &size, &wanted, sizeof(wanted));
    table_bytes = wanted < size ? wanted : size;
    if (table_bytes > MOST_INPUT || size - table_bytes > MOST_INPUT)
        return 0;
    map_once();
    size_t stack_bytes = ((size - table_bytes) | 15) + 1;
    memset((void *)MODULE, 0, MODULE_BYTES);
    memcpy((void *)MODULE, data, table_bytes);
    memset((void *)STACK, 0, STACK_BYTES);
    entry_sp = STACK + STACK_BYTES - stack_bytes;
    memcpy((void *)entry_sp, data + table_bytes, size - table_bytes);
    known_low = 0;
    walk_from(entry_sp, ENTRY);
    must_be_sane();
    known_low = STACK;
    walk_from(entry_sp, ENTRY);
    must_be_sane();
    return 0;
}
