/* slow_walk.c - the current stack by DWARF unwind rules, read with proof; see slow_walk.h.
 * Called by the recorder where its fast way does not apply, and to check it.
 *
 * The vendored stepper runs the rules. This file decides for it what may be read, where the
 * rules of a pc are, how long a step may take, and whether the frame that it comes to can
 * be a caller. What always holds:
 *
 *   Memory is read directly only in space->stack and in the readable part of the module in
 *   hand; everything else is copied by proven_copy. Nothing is ever written.
 *
 *   A step reads at most STEP_READS words and proves at most STEP_PROOFS blocks, so corrupt
 *   rules end. Real functions' rules are tens of bytes, the largest known some 100 KB.
 *
 *   No piece of stack is walked twice. Within one stretch the stack pointer grows with every
 *   frame; a signal frame or a function that switches stacks may lead anywhere, but only to
 *   where no stretch has been. So a walk cannot go round, even where `max` would end it.
 */
#include "preload/slow_walk.h"

#include "preload/arch_x86_64.h"
#include "preload/proven.h"

#define STEP_READS (1u << 20)
#define STEP_PROOFS 256
#define OWN_FRAMES 64 /* between slow_walk and the hook's caller; there are about five */

/* A step further up than this is taken for a switch of stacks. A frame that is really so big
 * costs one of the stretches, no more. */
#define STRETCH_STEP ((uintptr_t)1 << 20)

#define NO_BLOCK 1 /* no block begins at an odd address */

/* ---- memory ---- */

static bool within(uintptr_t from, uintptr_t to, uintptr_t address, size_t bytes)
{
    return address >= from && address < to && to - address >= bytes;
}

/* Volatile, because other threads may write what we read, and not instrumented, because a
 * saved register may lie next to what a sanitizer has fenced off. */
__attribute__((no_sanitize("address", "thread", "undefined"))) static uint64_t
load_word(uintptr_t address)
{
    typedef uint64_t __attribute__((may_alias, aligned(1))) any_word;
    return *(const volatile any_word *)address;
}

/* The copy of the block that begins at `at`, or NULL if it cannot be read. */
static const unsigned char *proven_block(struct slow_walk_space *space, uintptr_t at)
{
    for (unsigned i = 0; i < WALK_BLOCKS; i++)
        if (space->block_at[i] == at)
            return space->blocks[i];
    if (space->proofs_left == 0)
        return NULL;
    space->proofs_left--;
    unsigned i = space->next_block++ % WALK_BLOCKS;
    space->block_at[i] = NO_BLOCK;
    if (proven_copy(space->blocks[i], at, WALK_BLOCK_BYTES) != WALK_BLOCK_BYTES)
        return NULL;
    space->block_at[i] = at;
    return space->blocks[i];
}

static bool read_proven_word(struct slow_walk_space *space, uintptr_t address, uint64_t *value)
{
    unsigned char bytes[8];
    const unsigned char *block = NULL;
    for (unsigned i = 0; i < 8; i++) {
        uintptr_t offset = (address + i) % WALK_BLOCK_BYTES;
        if (block == NULL || offset == 0)
            block = proven_block(space, address + i - offset);
        if (block == NULL)
            return false;
        bytes[i] = block[offset];
    }
    *value = load_word((uintptr_t)bytes);
    return true;
}

static bool read_word(void *host, uint64_t address, uint64_t *value)
{
    struct slow_walk_space *space = host;
    if (space->reads_left == 0)
        return false;
    space->reads_left--;
    if (within(space->stack.from, space->stack.to, address, 8) ||
        within(space->module.readable_start, space->module.readable_end, address, 8)) {
        *value = load_word(address);
        return true;
    }
    return read_proven_word(space, address, value);
}

/* `address` must be a multiple of 4: then the value lies in one aligned word, and no byte
 * beyond the end of a mapping is touched. */
static bool read_u32(struct slow_walk_space *space, uintptr_t address, uint32_t *value)
{
    uint64_t word;
    if (!read_word(space, address & ~(uintptr_t)7, &word))
        return false;
    *value = (uint32_t)(word >> (address & 4) * 8);
    return true;
}

/* ---- finding rules ---- */

static bool enter_module(struct slow_walk_space *space, uintptr_t pc)
{
    struct walk_module *module = &space->module;
    if (pc >= module->start && pc < module->end)
        return true;
    if (!space->find_module(pc, module) || pc < module->start || pc >= module->end) {
        *module = (struct walk_module){0};
        return false;
    }
    if (module->readable_start < module->start || module->readable_end > module->end)
        module->readable_start = module->readable_end = 0;
    return true;
}

/* The sorted table in .eh_frame_hdr: entries of two 32-bit offsets from the section's start,
 * where a function begins and where its FDE is. */
struct fde_table {
    uintptr_t base;
    uintptr_t first;
    uint32_t entries;
};

/* Linux Standard Base, "the .eh_frame_hdr section". Linkers write the table as they please,
 * in theory; in practice all of them write this form. */
#define HDR_VERSION 1
#define ENC_FORMAT 0x0f
#define ENC_UDATA4 0x03
#define ENC_SDATA4 0x0b
#define ENC_DATAREL_SDATA4 0x3b

static bool open_table(struct slow_walk_space *space, struct fde_table *table)
{
    const struct walk_module *module = &space->module;
    uintptr_t hdr = (uintptr_t)module->eh_frame_hdr;
    uint32_t head;
    if (hdr == 0 || hdr % 4 != 0 || !within(module->start, module->end, hdr, 12) ||
        module->eh_frame_hdr_bytes < 12 || !read_u32(space, hdr, &head))
        return false;
    unsigned eh_frame_format = head >> 8 & ENC_FORMAT, count_format = head >> 16 & ENC_FORMAT;
    if ((head & 0xff) != HDR_VERSION || head >> 24 != ENC_DATAREL_SDATA4 ||
        (eh_frame_format != ENC_UDATA4 && eh_frame_format != ENC_SDATA4) ||
        (count_format != ENC_UDATA4 && count_format != ENC_SDATA4))
        return false;
    table->base = hdr;
    table->first = hdr + 12;
    return read_u32(space, hdr + 8, &table->entries) &&
           table->entries <= (module->eh_frame_hdr_bytes - 12) / 8;
}

/* The number of entries that begin at or before `offset` from the table's base. */
static bool entries_up_to(struct slow_walk_space *space, const struct fde_table *table,
                          int64_t offset, uint32_t *count)
{
    uint32_t low = 0, high = table->entries;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2, start;
        if (!read_u32(space, table->first + (uintptr_t)middle * 8, &start))
            return false;
        if ((int32_t)start <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    *count = low;
    return true;
}

static bool find_fde(void *host, uint64_t pc, uint64_t *fde)
{
    struct slow_walk_space *space = host;
    struct fde_table table;
    uint32_t count, offset;
    if (!enter_module(space, pc) || !open_table(space, &table) ||
        !entries_up_to(space, &table, (int64_t)(pc - table.base), &count) || count == 0 ||
        !read_u32(space, table.first + (uintptr_t)(count - 1) * 8 + 4, &offset))
        return false;
    *fde = table.base + (uint64_t)(int64_t)(int32_t)offset;
    return within(space->module.start, space->module.end, *fde, 4);
}

/* ---- walking ---- */

/* Takes a step's new stack pointer into the stretches. False: it cannot be a caller's. */
static bool go_on_to(struct slow_walk_space *space, uintptr_t sp)
{
    for (unsigned i = 0; i < space->stretch_count; i++)
        if (sp >= space->stretches[i].from && sp <= space->stretches[i].to)
            return false;
    struct walk_range *last = &space->stretches[space->stretch_count - 1];
    if (sp > last->to && sp - last->to <= STRETCH_STEP) {
        last->to = sp;
        return true;
    }
    if (space->stretch_count == WALK_STRETCHES)
        return false;
    space->stretches[space->stretch_count++] = (struct walk_range){sp, sp};
    return true;
}

static enum stepper_result step(struct slow_walk_space *space)
{
    space->reads_left = STEP_READS;
    space->proofs_left = STEP_PROOFS;
    enum stepper_result result = stepper_step(&space->stepper);
    if (result == STEPPER_STEPPED && !go_on_to(space, stepper_sp(&space->stepper)))
        return STEPPER_LOST;
    return result;
}

/* Through our own frames to that of the hook's caller. */
static bool step_to(struct slow_walk_space *space, uintptr_t pc, uintptr_t sp)
{
    for (int i = 0; i < OWN_FRAMES; i++) {
        if (step(space) != STEPPER_STEPPED || stepper_sp(&space->stepper) > sp)
            return false;
        if (stepper_sp(&space->stepper) == sp)
            return stepper_pc(&space->stepper) == pc;
    }
    return false;
}

static int record_frames(struct slow_walk_space *space, struct walk_frame *frames, int max,
                         enum walk_end *end)
{
    for (int count = 1;; count++) {
        uintptr_t sp = stepper_sp(&space->stepper);
        enum stepper_result result = step(space);
        if (result == STEPPER_STEPPED && stepper_pc(&space->stepper) != 0 &&
            !slow_walk_can_be_code(stepper_pc(&space->stepper)))
            result = STEPPER_LOST;
        if (result != STEPPER_STEPPED || stepper_pc(&space->stepper) == 0) {
            bool lost = result == STEPPER_LOST && !slow_walk_is_first_frame(sp, space->stack_high);
            *end = lost ? WALK_LOST : WALK_WHOLE;
            return count;
        }
        bool exact = stepper_exact(&space->stepper);
        if (exact) /* then the frame before is a trampoline, which nothing has called */
            frames[count - 1].exact = true;
        if (count == max) {
            *end = WALK_DEPTH;
            return count;
        }
        frames[count] = (struct walk_frame){stepper_pc(&space->stepper), exact};
    }
}

void slow_walk_space_init(struct slow_walk_space *space, walk_find_module *find_module)
{
    space->find_module = find_module;
}

static const struct stepper_host host = {read_word, find_fde};

static void begin(struct slow_walk_space *space, const uint64_t registers[ARCH_REGISTERS],
                  uintptr_t sp, uintptr_t stack_low, uintptr_t stack_high)
{
    uintptr_t here = registers[ARCH_RSP];
    space->module = (struct walk_module){0};
    space->stack = (struct walk_range){here, sp}; /* we run on it, so it is there */
    space->stack_high = 0;
    space->stretch_count = 1;
    space->stretches[0] = (struct walk_range){here, here};
    if (sp >= stack_low && sp < stack_high) {
        space->stack.to = space->stack_high = stack_high;
        if (stack_low < here)
            space->stretches[0].from = stack_low; /* below us is no caller */
    }
    space->next_block = 0;
    for (unsigned i = 0; i < WALK_BLOCKS; i++)
        space->block_at[i] = NO_BLOCK;
    stepper_start(&space->stepper, &host, space, registers);
}

int slow_walk(struct slow_walk_space *space, uintptr_t pc, uintptr_t sp, uintptr_t stack_low,
              uintptr_t stack_high, struct walk_frame *frames, int max, enum walk_end *end)
{
    uint64_t registers[ARCH_REGISTERS];
    arch_capture_registers(registers);
    begin(space, registers, sp, stack_low, stack_high);
    frames[0] = (struct walk_frame){pc, false};
    *end = WALK_LOST;
    return step_to(space, pc, sp) ? record_frames(space, frames, max, end) : 1;
}
