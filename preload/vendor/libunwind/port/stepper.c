/* stepper.c - drives libunwind's DWARF engine one frame at a time; see stepper.h.
 *
 * This is heapcoach's file, not libunwind's. It stands in for the parts of libunwind that
 * are not vendored (address spaces, pools, the rest of src/mi and src/x86_64) and calls
 * the engine by the functions behind unw_reg_states_iterate and unw_apply_reg_state:
 *
 *   unw_step is not used, because where a frame has no rules it guesses by rbp and by what
 *   the code looks like, and because it takes an undefined rbp for the end of the stack.
 *
 *   Having the rules in hand before they are applied lets us refuse those that would make
 *   apply_reg_state read outside its arrays (a corrupt DW_CFA_register or return column).
 *
 * Always holds: between steps no object of the pools is in use; `active` is set only while
 * a step is made, and that is the only state that is not in the stepper.
 */
#include "libunwind_i.h"
#include "dwarf_i.h"
#include "unwind_i.h"

#include "stepper.h"

/* States put aside by DW_CFA_remember_state. Compilers nest one or two deep; what nests
 * deeper than this ends the walk. */
#define REMEMBERED_STATES 16

#define STATE_FOUND (-1000) /* none of libunwind's error codes */

struct stepper_body {
    struct cursor cursor; /* must be first: libunwind casts between the two */
    struct stepper_host host;
    void *host_data;
    uint64_t registers[STEPPER_REGISTERS];
    struct dwarf_cie_info cie;
    dwarf_stackable_reg_state_t remembered[REMEMBERED_STATES];
    unsigned remembered_count;
};

_Static_assert(sizeof(struct stepper_body) <= sizeof(struct stepper), "the body fits");
_Static_assert(STEPPER_REGISTERS == DWARF_NUM_PRESERVED_REGS, "libunwind's registers");

/* The stepper for which this thread makes a step: libunwind's pools know only themselves. */
static __thread struct stepper_body *active __attribute__((tls_model("initial-exec")));

/* ---- libunwind's pools, out of the active stepper ---- */

struct mempool dwarf_reg_state_pool;
struct mempool dwarf_cie_info_pool;

HIDDEN void *mempool_alloc(struct mempool *pool)
{
    if (pool == &dwarf_cie_info_pool)
        return &active->cie; /* one at a time: of the frame's FDE */
    if (active->remembered_count == REMEMBERED_STATES)
        return NULL;
    return &active->remembered[active->remembered_count++];
}

/* States are freed in the reverse order, because they are a stack. */
HIDDEN void mempool_free(struct mempool *pool, void *object)
{
    (void)object;
    if (pool == &dwarf_reg_state_pool)
        active->remembered_count--;
}

/* ---- what the engine asks of the rest of libunwind ---- */

HIDDEN const uint8_t dwarf_to_unw_regnum_map[DWARF_NUM_PRESERVED_REGS] = {
    UNW_X86_64_RAX, UNW_X86_64_RDX, UNW_X86_64_RCX, UNW_X86_64_RBX, UNW_X86_64_RSI, UNW_X86_64_RDI,
    UNW_X86_64_RBP, UNW_X86_64_RSP, UNW_X86_64_R8,  UNW_X86_64_R9,  UNW_X86_64_R10, UNW_X86_64_R11,
    UNW_X86_64_R12, UNW_X86_64_R13, UNW_X86_64_R14, UNW_X86_64_R15, UNW_X86_64_RIP};

/* There is no local address space: all memory is read through the host. */
unw_addr_space_t unw_local_addr_space;

unw_accessors_t *unw_get_accessors_int(unw_addr_space_t as)
{
    return &as->acc;
}

/* Rules registered at run time (by a JIT compiler) are not known here. */
HIDDEN int unwi_find_dynamic_proc_info(unw_addr_space_t as, unw_word_t ip, unw_proc_info_t *pi,
                                       int need_unwind_info, void *arg)
{
    (void)as, (void)ip, (void)pi, (void)need_unwind_info, (void)arg;
    return -UNW_ENOINFO;
}

HIDDEN void unwi_put_dynamic_unwind_info(unw_addr_space_t as, unw_proc_info_t *pi, void *arg)
{
    (void)as, (void)pi, (void)arg;
}

/* Notes for libunwind's own fast path, which is not used: whether a frame is a signal frame
 * is told by use_prev_instr of the frame after it. */
HIDDEN void tdep_fetch_frame(struct dwarf_cursor *c, unw_word_t ip, int need_unwind_info)
{
    (void)c, (void)ip, (void)need_unwind_info;
}

HIDDEN int tdep_cache_frame(struct dwarf_cursor *c)
{
    (void)c;
    return 0;
}

HIDDEN void tdep_reuse_frame(struct dwarf_cursor *c, int frame)
{
    (void)c, (void)frame;
}

HIDDEN void tdep_stash_frame(struct dwarf_cursor *c, struct dwarf_reg_state *rs)
{
    (void)c, (void)rs;
}

/* ---- the address space: the host's callbacks in libunwind's clothes ---- */

static int find_proc_info(unw_addr_space_t as, unw_word_t ip, unw_proc_info_t *pi,
                          int need_unwind_info, void *arg)
{
    struct stepper_body *body = arg;
    uint64_t fde;
    if (!body->host.find_fde(body->host_data, ip, &fde))
        return -UNW_ENOINFO;
    unw_word_t address = fde;
    int ret =
        dwarf_extract_proc_info_from_fde(as, &as->acc, &address, pi, 0, need_unwind_info, 0, arg);
    if (ret < 0)
        return ret;
    /* A CIE where an FDE should be is no error to the parser: it fills in nothing. */
    if (pi->format != UNW_INFO_FORMAT_TABLE || pi->unwind_info == NULL)
        return -UNW_ENOINFO;
    return ip >= pi->start_ip && ip < pi->end_ip ? 0 : -UNW_ENOINFO;
}

static void put_unwind_info(unw_addr_space_t as, unw_proc_info_t *pi, void *arg)
{
    (void)as, (void)pi, (void)arg;
}

static int get_dyn_info_list_addr(unw_addr_space_t as, unw_word_t *address, void *arg)
{
    (void)as, (void)address, (void)arg;
    return -UNW_ENOINFO;
}

static int access_mem(unw_addr_space_t as, unw_word_t address, unw_word_t *value, int write,
                      void *arg)
{
    struct stepper_body *body = arg;
    (void)as;
    if (write)
        return -UNW_EINVAL;
    *value = 0; /* callers shift it about before they look at the result */
    return body->host.read(body->host_data, address, value) ? 0 : -UNW_EINVAL;
}

static int access_reg(unw_addr_space_t as, unw_regnum_t reg, unw_word_t *value, int write,
                      void *arg)
{
    struct stepper_body *body = arg;
    (void)as;
    if (write || reg < 0 || reg >= STEPPER_REGISTERS)
        return -UNW_EBADREG;
    *value = body->registers[reg];
    return 0;
}

static int access_fpreg(unw_addr_space_t as, unw_regnum_t reg, unw_fpreg_t *value, int write,
                        void *arg)
{
    (void)as, (void)reg, (void)value, (void)write, (void)arg;
    return -UNW_EBADREG;
}

static int resume(unw_addr_space_t as, unw_cursor_t *cursor, void *arg)
{
    (void)as, (void)cursor, (void)arg;
    return -UNW_EINVAL;
}

/* Constant, so all threads may share it: its cache is switched off (UNW_CACHE_NONE is 0). */
static const struct unw_addr_space host_space = {
    .acc = {.find_proc_info = find_proc_info,
            .put_unwind_info = put_unwind_info,
            .get_dyn_info_list_addr = get_dyn_info_list_addr,
            .access_mem = access_mem,
            .access_reg = access_reg,
            .access_fpreg = access_fpreg,
            .resume = resume},
    .caching_policy = UNW_CACHE_NONE,
};

/* ---- stepping ---- */

static struct stepper_body *body_of(struct stepper *stepper)
{
    return (struct stepper_body *)stepper;
}

static const struct dwarf_cursor *cursor_of(const struct stepper *stepper)
{
    return &((const struct stepper_body *)stepper)->cursor.dwarf;
}

void stepper_start(struct stepper *stepper, const struct stepper_host *host, void *host_data,
                   const uint64_t registers[STEPPER_REGISTERS])
{
    struct stepper_body *body = body_of(stepper);
    memset(&body->cursor, 0, sizeof body->cursor);
    body->host = *host;
    body->host_data = host_data;
    body->remembered_count = 0;
    memcpy(body->registers, registers, sizeof body->registers);

    struct dwarf_cursor *c = &body->cursor.dwarf;
    c->as = (unw_addr_space_t)&host_space;
    c->as_arg = body;
    for (int i = 0; i < STEPPER_REGISTERS; i++)
        c->loc[i] = DWARF_REG_LOC(c, i);
    c->ip = registers[RIP];
    c->cfa = registers[RSP];
    c->use_prev_instr = 0;
}

struct wanted {
    unw_word_t pc;
    dwarf_reg_state_t rules;
};

/* Called for each stretch of the function that has rules of its own. */
static int take_rules_at_pc(void *token, void *rules, size_t bytes, unw_word_t from, unw_word_t to)
{
    struct wanted *wanted = token;
    if (wanted->pc < from || wanted->pc >= to)
        return 0;
    memcpy(&wanted->rules, rules, bytes);
    return STATE_FOUND;
}

/* The rules that apply_reg_state may be given: it does not check what it indexes by. */
static bool rules_make_sense(const dwarf_reg_state_t *rules)
{
    int cfa = rules->reg.where[DWARF_CFA_REG_COLUMN];
    if (cfa != DWARF_WHERE_REG && cfa != DWARF_WHERE_EXPR)
        return false;
    if (cfa == DWARF_WHERE_REG && rules->reg.val[DWARF_CFA_REG_COLUMN] >= STEPPER_REGISTERS)
        return false;
    for (int i = 0; i < STEPPER_REGISTERS; i++)
        if (rules->reg.where[i] == DWARF_WHERE_REG && rules->reg.val[i] >= STEPPER_REGISTERS)
            return false;
    /* A return address that is still in its register is our own pc once more. */
    return rules->ret_addr_column == RIP && rules->reg.where[RIP] != DWARF_WHERE_SAME;
}

static enum stepper_result step(struct dwarf_cursor *c)
{
    struct wanted wanted = {.pc = c->ip - c->use_prev_instr};
    if (dwarf_reg_states_iterate(c, take_rules_at_pc, &wanted) != STATE_FOUND)
        return STEPPER_LOST;
    if (!rules_make_sense(&wanted.rules))
        return STEPPER_LOST;
    if (wanted.rules.reg.where[RIP] == DWARF_WHERE_UNDEF)
        return STEPPER_OUTERMOST;
    return dwarf_apply_reg_state(c, &wanted.rules) > 0 ? STEPPER_STEPPED : STEPPER_LOST;
}

enum stepper_result stepper_step(struct stepper *stepper)
{
    active = body_of(stepper);
    active->remembered_count = 0;
    enum stepper_result result = step(&active->cursor.dwarf);
    active = NULL;
    return result;
}

uint64_t stepper_pc(const struct stepper *stepper)
{
    return cursor_of(stepper)->ip;
}

uint64_t stepper_sp(const struct stepper *stepper)
{
    return cursor_of(stepper)->cfa;
}

bool stepper_exact(const struct stepper *stepper)
{
    return !cursor_of(stepper)->use_prev_instr;
}
