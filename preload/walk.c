/* walk.c - walks stacks by simple rules, joins remembered ones, remembers the result.
 *
 * Called by the recorder when walk_find (walk.h) does not know the caller's stack. Always
 * holds: a slot is read only inside the thread's own stack, between the caller's stack
 * pointer and the stack's end, all of which is proven mapped; what is remembered is verified
 * against memory before it is used. On any other stack (a signal's, a coroutine's) and at
 * any frame without a simple rule, the whole walk is libunwind's.
 */
#include "preload/walk.h"

#include <stddef.h>

#include "preload/memory.h"
#include "preload/modules.h"
#include "preload/proven.h"
#include "preload/recording.h"
#include "preload/rules.h"
#include "preload/slow_walk.h"
#include "preload/stacks.h"

struct walk_options walk_options = {.depth = WALK_FRAMES_MAX};

/* No thread's stack is bigger; an address further off is on another stack. */
enum { STACK_BYTES_MAX = 1 << 30 };

static bool find_walk_module(uintptr_t pc, struct walk_module *out)
{
    const struct module *m = modules_find(pc);

    if (!m || !m->tables.header)
        return false;
    *out = (struct walk_module){.start = m->start,
                                .end = m->end,
                                .bias = m->bias,
                                .eh_frame_hdr = m->tables.header,
                                .eh_frame_hdr_bytes = (size_t)(m->tables.hi - m->tables.header),
                                .readable_start = (uintptr_t)m->tables.lo,
                                .readable_end = (uintptr_t)m->tables.hi};
    return true;
}

bool walk_start(struct walk_memory *m, uintptr_t stack_high)
{
    size_t bytes = MEMO_COUNT * MEMO_BYTES + DEEP_COUNT * DEEP_BYTES +
                   2 * WALK_FRAMES_MAX * sizeof(struct walk_state) +
                   WALK_FRAMES_MAX * sizeof(struct walk_frame) + sizeof *m->space + 64;
    char *at = memory_map(bytes);

    if (!at)
        return false;
    m->memos = (struct memo *)at;
    at += MEMO_COUNT * MEMO_BYTES;
    m->deep = (struct memo *)at;
    at += DEEP_COUNT * DEEP_BYTES;
    m->frames = (struct walk_state *)at;
    at += WALK_FRAMES_MAX * sizeof(struct walk_state);
    m->fresh = (struct walk_state *)at;
    at += WALK_FRAMES_MAX * sizeof(struct walk_state);
    m->slow_frames = (struct walk_frame *)at;
    at += WALK_FRAMES_MAX * sizeof(struct walk_frame);
    m->space = (struct slow_walk_space *)(((uintptr_t)at + 63) & ~(uintptr_t)63);
    slow_walk_space_init(m->space, find_walk_module);
    walk_forget(m, stack_high);
    return true;
}

void walk_forget(struct walk_memory *m, uintptr_t stack_high)
{
    if (m->stack_high != stack_high) {
        m->stack_high = stack_high & ~(uintptr_t)7;
        m->stack_low = m->stack_high;
    }
    m->frame_count = 0;
    for (unsigned i = 0; i < MEMO_COUNT; i++)
        ((struct memo *)((char *)m->memos + i * MEMO_BYTES))->key = 0;
    for (unsigned i = 0; i < DEEP_COUNT; i++)
        ((struct memo *)((char *)m->deep + i * DEEP_BYTES))->key = 0;
}

/* Whether `sp` lies on the thread's own stack, all of it from there to the end mapped. The
 * proof is made again only when the stack goes deeper than ever. */
static bool on_own_stack(struct walk_memory *m, uintptr_t sp)
{
    if (sp >= m->stack_low && sp < m->stack_high)
        return true;
    if (sp >= m->stack_high || m->stack_high - sp > STACK_BYTES_MAX)
        return false;
    uintptr_t page = sp & ~(uintptr_t)4095;
    if (!proven_range(page, m->stack_low))
        return false;
    m->stack_low = page;
    return true;
}

/* How many of the remembered frames, counted from the outermost, are still as they were:
 * each of them leads to the next outer one by what stands on the stack now. */
static uint32_t count_holding(const struct walk_memory *m, uintptr_t sp)
{
    uint32_t n = 0;

    if (m->frame_count > 0)
        n = 1; /* the outermost leads nowhere */
    for (; n < m->frame_count; n++) {
        const struct walk_state *f = &m->frames[n], *outer = f - 1;
        if (f->sp < sp || *f->ra_slot != outer->pc ||
            (f->reads_rbp && *f->rbp_slot != outer->rbp) ||
            (f->cfa_slot && *f->cfa_slot != outer->sp))
            break;
    }
    return n;
}

enum step { STEP_ON, STEP_WHOLE, STEP_LOST, STEP_COMPLEX };

/* One step outward from *s: notes the slots in *s, and the outer frame's state in *outer. */
static enum step step(const struct walk_memory *m, struct walk_state *s, const struct rule *rule,
                      struct walk_state *outer)
{
    uintptr_t cfa, floor = s->sp;

    s->ra_slot = s->rbp_slot = s->cfa_slot = NULL;
    switch (rule->cfi.kind) {
    case CFI_END:
        return STEP_WHOLE;
    case CFI_NONE:
        return STEP_LOST;
    case CFI_RSP:
        cfa = s->sp + (uintptr_t)(intptr_t)rule->cfi.cfa_offset;
        break;
    case CFI_RBP:
        cfa = s->rbp + (uintptr_t)(intptr_t)rule->cfi.cfa_offset;
        break;
    case CFI_AT_RBP:
        s->cfa_slot = (const uintptr_t *)(s->rbp + (uintptr_t)(intptr_t)rule->cfi.cfa_offset);
        if ((uintptr_t)s->cfa_slot < floor || (uintptr_t)s->cfa_slot > m->stack_high - 8 ||
            ((uintptr_t)s->cfa_slot & 7))
            return STEP_COMPLEX;
        cfa = *s->cfa_slot;
        break;
    default:
        return STEP_COMPLEX;
    }
    /* The caller's stack pointer is above ours, the return address right below it. */
    if (cfa <= floor || cfa > m->stack_high || (cfa & 7))
        return STEP_COMPLEX;
    s->ra_slot = (const uintptr_t *)(cfa - 8);
    outer->pc = *s->ra_slot;
    outer->sp = cfa;
    outer->rbp = s->rbp;
    if (rule->cfi.rbp_saved != CFI_SAME) {
        uintptr_t base = rule->cfi.rbp_saved == CFI_AT_CFA ? cfa : s->rbp;
        uintptr_t at = base + (uintptr_t)(intptr_t)rule->cfi.rbp_offset;
        if (at < floor || at > m->stack_high - 8 || (at & 7))
            return STEP_COMPLEX;
        s->rbp_slot = (const uintptr_t *)at;
        outer->rbp = *s->rbp_slot;
    }
    return outer->pc ? STEP_ON : STEP_WHOLE;
}

/* Whether this frame's own rule reads rbp. */
static bool rule_reads_rbp(const struct rule *rule)
{
    return rule->cfi.kind == CFI_RBP || rule->cfi.kind == CFI_AT_RBP ||
           rule->cfi.rbp_saved == CFI_AT_OWN_RBP;
}

/* A walk under way. */
struct journey {
    uint32_t fresh;  /* frames walked, in m->fresh, innermost first */
    int32_t joined;  /* index of the remembered frame that was met; -1: none */
    uint32_t root;   /* enum rec_root, when none was met */
    bool complex;    /* libunwind must do it */
};

/* Whether the state is that of a remembered frame whose outer frames hold; `candidate` goes
 * outward along with the walk. */
static bool meets(const struct walk_memory *m, const struct walk_state *s, int32_t *candidate)
{
    while (*candidate >= 0 && m->frames[*candidate].sp < s->sp)
        --*candidate;
    if (*candidate < 0)
        return false;
    const struct walk_state *f = &m->frames[*candidate];
    return f->sp == s->sp && f->pc == s->pc && (!f->needs_rbp || f->rbp == s->rbp);
}

static struct journey travel(struct walk_memory *m, const struct caller *caller)
{
    struct journey j = {.joined = -1};
    int32_t candidate = (int32_t)count_holding(m, caller->sp) - 1;
    struct walk_state *s = m->fresh;

    *s = (struct walk_state){.pc = caller->pc, .sp = caller->sp, .rbp = caller->rbp};
    for (;; s++) {
        if (meets(m, s, &candidate)) {
            j.joined = candidate;
            return j;
        }
        const struct rule *rule = rules_find(s->pc);
        s->location = rule->location;
        s->needs_rbp = rule_reads_rbp(rule);
        j.fresh++;
        struct walk_state last, *outer = j.fresh < walk_options.depth ? s + 1 : &last;
        switch (step(m, s, rule, outer)) {
        case STEP_ON:
            break;
        case STEP_WHOLE:
            s->ra_slot = NULL;
            j.root = REC_ROOT_WHOLE;
            return j;
        case STEP_LOST:
            j.root = REC_ROOT_LOST;
            return j;
        case STEP_COMPLEX:
            j.complex = true;
            return j;
        }
        if (outer == &last) {
            j.root = REC_ROOT_DEPTH;
            return j;
        }
    }
}

/* Puts the fresh frames behind the joined ones, with their nodes. Returns the innermost
 * caller's node, 0 when there is no room for it. */
static uint32_t settle(struct walk_memory *m, const struct journey *j)
{
    uint32_t keep = (uint32_t)(j->joined + 1);
    uint32_t node = keep ? m->frames[j->joined].node : j->root;
    bool needs_rbp = keep ? m->frames[j->joined].needs_rbp : false;

    m->frame_count = 0; /* until all is in place again */
    for (uint32_t i = j->fresh; i-- > 0;) {
        struct walk_state *f = &m->frames[keep + (j->fresh - 1 - i)];
        *f = m->fresh[i];
        f->reads_rbp = needs_rbp && f->rbp_slot;
        f->needs_rbp |= needs_rbp && !f->rbp_slot;
        needs_rbp = f->needs_rbp;
        node = f->location ? stacks_intern(node, f->location) : 0;
        if (!node)
            return 0;
        f->node = node;
    }
    m->frame_count = keep + j->fresh;
    if (!keep)
        m->root = j->root;
    if (m->root == REC_ROOT_DEPTH) /* its outermost frame depends on how deep we stand */
        m->frame_count = 0;
    return node;
}

static void add_slot(struct memo *memo, uint32_t *n, const uintptr_t *at, uintptr_t value)
{
    memo->slots[(*n)++] = (struct walk_slot){at, value};
}

/* Writes the remembered frames into a memo. `count`: how many, as a stack cut at the depth
 * limit leaves m->frame_count at 0. */
static struct memo *remember(struct walk_memory *m, unsigned function, const struct caller *caller,
                             uint32_t node, uint32_t count)
{
    uint64_t key = walk_key(function, caller->pc), place = walk_place(key, caller->sp);
    uint32_t slots = 0, n = 0;

    for (uint32_t i = 1; i < count; i++)
        slots += 1 + m->frames[i].reads_rbp + (m->frames[i].cfa_slot != NULL);
    if (slots > DEEP_SLOTS - 4)
        return NULL;
    struct memo *memo =
        slots <= MEMO_SLOTS - 3 ? walk_memo(m, place) : walk_deep_memo(m, place);
    memo->key = 0;
    for (uint32_t i = count; i-- > 1;) {
        const struct walk_state *f = &m->frames[i], *outer = f - 1;
        add_slot(memo, &n, f->ra_slot, outer->pc);
        if (f->reads_rbp)
            add_slot(memo, &n, f->rbp_slot, outer->rbp);
        if (f->cfa_slot)
            add_slot(memo, &n, f->cfa_slot, outer->sp);
    }
    for (; n % 4; n++) /* a slot that looks at itself always holds */
        memo->slots[n] = (struct walk_slot){&memo->slots[n].value, 1};
    memo->sp = caller->sp;
    memo->rbp = caller->rbp;
    memo->rbp_mask = m->frames[count - 1].needs_rbp ? ~(uintptr_t)0 : 0;
    memo->node = node;
    memo->slot_count = n;
    memo->record = NULL;
    memo->key = key;
    return memo;
}

/* Interns frames that libunwind gave. Returns the innermost caller's node or 0. */
static uint32_t intern_slow(const struct walk_memory *m, int count, enum walk_end end)
{
    uint32_t node = end == WALK_WHOLE   ? REC_ROOT_WHOLE
                    : end == WALK_DEPTH ? REC_ROOT_DEPTH
                                        : REC_ROOT_LOST;

    for (int i = count; i-- > 0;) {
        const struct walk_frame *f = &m->slow_frames[i];
        uint32_t location = f->exact ? rules_exact_location(f->pc) : rules_find(f->pc)->location;
        node = location ? stacks_intern(node, location) : 0;
        if (!node)
            return 0;
    }
    return node;
}

static int go_slow(struct thread *t, const struct caller *caller, bool own, enum walk_end *end)
{
    struct walk_memory *m = &t->walk;

    return slow_walk(m->space, caller->pc, caller->sp, own ? m->stack_low : 0,
                     own ? m->stack_high : 0, m->slow_frames, (int)walk_options.depth, end);
}

/* The site: the interposed function called from there. A stack for which there is no room is
 * charged to one site for all such. */
static uint32_t site_of(uint32_t caller_node, unsigned function)
{
    uint32_t site = caller_node ? stacks_intern(caller_node, function) : 0;

    if (site)
        return site;
    __atomic_fetch_add(&recording.header->walks_no_room, 1, __ATOMIC_RELAXED);
    return stacks_intern(REC_ROOT_UNRECORDED, function);
}

/* A remembered stack that a join made deeper than the limit is walked again from the start:
 * the frames to be left out are the outer ones, and all nodes change with them. */
static struct journey travel_within_depth(struct walk_memory *m, const struct caller *caller)
{
    struct journey j = travel(m, caller);

    if (j.complex || j.joined < 0 || (uint32_t)j.joined + 1 + j.fresh <= walk_options.depth)
        return j;
    m->frame_count = 0;
    return travel(m, caller);
}

struct memo *walk_stack(struct thread *t, unsigned function, const struct caller *caller,
                        uint32_t *node)
{
    struct walk_memory *m = &t->walk;
    bool own = on_own_stack(m, caller->sp);
    struct journey j = {.complex = true};

    if (own)
        j = travel_within_depth(m, caller);
    if (j.complex) {
        enum walk_end end = WALK_LOST;
        int count = go_slow(t, caller, own, &end);
        t->counts->walks_slow++;
        t->counts->walks_foreign += !own;
        *node = site_of(intern_slow(m, count, end), function);
        return NULL;
    }
    if (j.joined >= 0)
        t->counts->walks_joined++;
    else
        t->counts->walks_full++;
    uint32_t count = (uint32_t)(j.joined + 1) + j.fresh;
    uint32_t caller_node = settle(m, &j);
    *node = site_of(caller_node, function);
    return caller_node ? remember(m, function, caller, *node, count) : NULL;
}

void walk_check(struct thread *t, const struct caller *caller, uint32_t node)
{
    struct walk_memory *m = &t->walk;
    enum walk_end end = WALK_LOST;
    int count = go_slow(t, caller, on_own_stack(m, caller->sp), &end);
    bool same = true;

    node = ((struct rec_node *)recording_at(REC_NODES, node))->parent; /* past the function */
    for (int i = 0; i < count && same; i++) {
        if (node < REC_FIRST_REAL_NODE) {
            same = false;
            break;
        }
        const struct rec_node *n = recording_at(REC_NODES, node);
        const struct rec_location *l = recording_at(REC_LOCATIONS, n->location);
        same = l->pc == m->slow_frames[i].pc && l->exact == m->slow_frames[i].exact;
        node = n->parent;
    }
    uint32_t root = end == WALK_WHOLE ? REC_ROOT_WHOLE : end == WALK_DEPTH ? REC_ROOT_DEPTH : REC_ROOT_LOST;
    if (node == REC_ROOT_UNRECORDED)
        return;
    t->counts->checked++;
    if (!same || node != root)
        t->counts->check_differences++;
}
