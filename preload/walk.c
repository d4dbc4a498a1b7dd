/* walk.c - walks stacks by simple rules, joins the last one walked, remembers the result.
 *
 * Called through site.c when a stack has no fingerprint. Always
 * holds: a slot is read only inside the thread's own stack, between the caller's stack
 * pointer and the stack's end, all of which is proven mapped; what is remembered is verified
 * against memory before it is used. On any other stack (a signal's, a coroutine's) and at
 * any frame without a simple rule, the whole walk is libunwind's.
 */
#include "preload/walk.h"

#include <stddef.h>

#include "preload/fingerprint.h"
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
    size_t bytes = WALK_SLOTS_MAX * sizeof(struct base_slot) +
                   WALK_FRAMES_MAX * sizeof(struct walk_state) +
                   (WALK_FRAMES_MAX + 1) * sizeof(struct walk_step) +
                   2 * (WALK_FRAMES_MAX + 1) * sizeof *m->path +
                   WALK_FRAMES_MAX * sizeof(struct walk_frame) + sizeof *m->space + 64;
    char *at = memory_map(bytes);

    if (!at || !fingerprint_start(&m->whole))
        return false;
    m->slots = (struct base_slot *)at;
    at += WALK_SLOTS_MAX * sizeof(struct base_slot);
    m->frames = (struct walk_state *)at;
    at += WALK_FRAMES_MAX * sizeof(struct walk_state);
    m->fresh = (struct walk_step *)at;
    at += (WALK_FRAMES_MAX + 1) * sizeof(struct walk_step);
    m->path = (uint32_t *)at;
    m->nodes = m->path + WALK_FRAMES_MAX + 1;
    at += 2 * (WALK_FRAMES_MAX + 1) * sizeof *m->path;
    m->slow_frames = (struct walk_frame *)at;
    at += WALK_FRAMES_MAX * sizeof(struct walk_frame);
    m->space = (struct slow_walk_space *)(((uintptr_t)at + 63) & ~(uintptr_t)63);
    slow_walk_space_init(m->space, find_walk_module);
    m->modules_version = UINT32_MAX; /* the first event looks, and learns whether all are checked */
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
    fingerprint_forget(&m->whole);
}

void walk_hand_over(struct walk_memory *m, uintptr_t stack_high)
{
    if (!walk_ends_at(m, stack_high) || !proven_range(m->stack_low, m->stack_high)) {
        walk_forget(m, 0); /* and what was proven, even if it ends at the same place */
        walk_forget(m, stack_high);
    }
    m->frame_count = 0;
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

/* How many of the base's slots hold, counted from the outermost. Four at a time with one branch:
 * there are as many slots as frames, and most hold. */
static uint32_t count_holding_slots(const struct base_slot *slots, uint32_t count)
{
    uint32_t i = 0;

    for (; count - i >= 4; i += 4) {
        const struct base_slot *s = &slots[i];
        if ((walk_slot(s[0].at) ^ s[0].value) | (walk_slot(s[1].at) ^ s[1].value) |
            (walk_slot(s[2].at) ^ s[2].value) | (walk_slot(s[3].at) ^ s[3].value))
            break;
    }
    while (i < count && walk_slot(slots[i].at) == slots[i].value)
        i++;
    return i;
}

/* How many of the base's frames, counted from the outermost, are still as they were: each of
 * them leads to the next outer one by what stands on the stack now. Slots below `sp` belong
 * to frames that have returned. */
static uint32_t count_holding(const struct walk_memory *m, uintptr_t sp)
{
    uint32_t n = m->frame_count;

    while (n > 0 && m->frames[n - 1].sp < sp)
        n--;
    if (n == 0)
        return 0;
    uint32_t slots = count_holding_slots(m->slots, m->frames[n - 1].slot_end);
    while (m->frames[n - 1].slot_end > slots)
        n--;
    return n;
}

enum step { STEP_ON, STEP_WHOLE, STEP_LOST, STEP_COMPLEX };

/* Whether a slot of the frame can be there: not below it, and on the stack. */
static inline bool is_slot(const struct walk_memory *m, const struct walk_step *s, uintptr_t at)
{
    return at >= s->sp && at <= m->stack_high - 8 && (at & 7) == 0;
}

/* Where the frame's rule finds the caller's rbp, which is saved. */
static inline uintptr_t rbp_slot(const struct walk_step *s, uintptr_t cfa)
{
    struct packed_rule rule = s->rule->cfi;

    return (rule.rbp_saved == CFI_AT_CFA ? cfa : s->rbp) + rule_rbp_offset(rule);
}

/* The frame's CFA in *cfa. */
static inline enum step step_cfa(const struct walk_memory *m, const struct walk_step *s,
                                 uintptr_t *cfa)
{
    struct packed_rule rule = s->rule->cfi;
    uintptr_t offset = rule_cfa_offset(rule);

    if (__builtin_expect(rule.kind == CFI_RSP, 1)) {
        *cfa = s->sp + offset;
        return STEP_ON;
    }
    switch (rule.kind) {
    case CFI_END:
        return STEP_WHOLE;
    case CFI_NONE:
        return STEP_LOST;
    case CFI_RBP:
        *cfa = s->rbp + offset;
        return STEP_ON;
    case CFI_AT_RBP:
        if (!is_slot(m, s, s->rbp + offset))
            return STEP_COMPLEX;
        *cfa = walk_slot((const uintptr_t *)(s->rbp + offset));
        return STEP_ON;
    default:
        return STEP_COMPLEX;
    }
}

/* One step outward from *s, whose rule is known: the outer frame's state in *outer. */
static inline enum step step(const struct walk_memory *m, const struct walk_step *s,
                             struct walk_step *outer)
{
    uintptr_t cfa;
    enum step found = step_cfa(m, s, &cfa);

    if (__builtin_expect(found != STEP_ON, 0))
        return found;
    /* The caller's stack pointer is above ours, the return address right below it. */
    if (__builtin_expect(cfa <= s->sp || cfa > m->stack_high || (cfa & 7), 0))
        return STEP_COMPLEX;
    outer->pc = walk_slot((const uintptr_t *)(cfa - 8));
    outer->sp = cfa;
    outer->rbp = s->rbp;
    if (s->rule->cfi.rbp_saved != CFI_SAME) {
        uintptr_t at = rbp_slot(s, cfa);
        if (__builtin_expect(!is_slot(m, s, at), 0))
            return STEP_COMPLEX;
        outer->rbp = walk_slot((const uintptr_t *)at);
    }
    /* 0 may end a stack made by hand; but a base has no slot to remember that it was 0. */
    return slow_walk_can_be_code(outer->pc) ? STEP_ON : STEP_COMPLEX;
}

/* Whether this frame's own rule reads rbp. */
static bool rule_reads_rbp(const struct rule *rule)
{
    return rule->cfi.kind == CFI_RBP || rule->cfi.kind == CFI_AT_RBP ||
           rule->cfi.rbp_saved == CFI_AT_OWN_RBP;
}

/* A walk under way. */
struct journey {
    uint32_t fresh; /* frames walked, in m->fresh, innermost first */
    int32_t joined; /* index of the remembered frame that was met; -1: none */
    uint32_t root;  /* enum rec_root, when none was met */
    bool complex;   /* libunwind must do it */
};

/* Whether the state is that of a remembered frame whose outer frames hold. They are those of the
 * base before *holding, which goes outward along with the walk; the one met is the last of them. */
static inline bool meets(const struct walk_memory *m, const struct walk_step *s,
                         const struct walk_state **holding)
{
    const struct walk_state *f = *holding;

    while (f > m->frames && f[-1].sp < s->sp)
        f--;
    *holding = f;
    return f > m->frames && f[-1].sp == s->sp && f[-1].pc == s->pc &&
           (!f[-1].needs_rbp || f[-1].rbp == s->rbp);
}

static struct journey travel(struct walk_memory *m, const struct caller *from)
{
    struct journey j = {.joined = -1};
    const struct walk_state *holding = m->frames + count_holding(m, from->sp);
    struct walk_step *s = m->fresh;

    *s = (struct walk_step){.pc = from->pc, .sp = from->sp, .rbp = from->rbp};
    for (;; s++) {
        if (meets(m, s, &holding)) {
            j.joined = (int32_t)(holding - m->frames) - 1;
            if (j.fresh) /* where a new stack branches off: asked for when its frames are in place
                          */
                stacks_expect(m->nodes[j.joined], s[-1].rule->location);
            return j;
        }
        s->rule = rules_find(s->pc);
        j.fresh++;
        switch (step(m, s, s + 1)) {
        case STEP_ON:
            break;
        case STEP_WHOLE:
            j.root = REC_ROOT_WHOLE;
            return j;
        case STEP_LOST:
            j.root =
                slow_walk_is_first_frame(s->sp, m->stack_high) ? REC_ROOT_WHOLE : REC_ROOT_LOST;
            return j;
        case STEP_COMPLEX:
            j.complex = true;
            return j;
        }
        if (j.fresh >= walk_options.depth) {
            j.root = REC_ROOT_DEPTH;
            return j;
        }
    }
}

/* Adds a frame's slots to the base's: what leads from it to the outer frame. */
static inline void add_slots(struct base_slot *slots, struct walk_state *f,
                             const struct walk_state *outer, const struct walk_step *s)
{
    struct packed_rule rule = s->rule->cfi;
    uint32_t n = outer->slot_end;

    slots[n++] = (struct base_slot){(const uintptr_t *)(outer->sp - 8), outer->pc};
    if (__builtin_expect(rule.kind == CFI_AT_RBP, 0)) {
        uintptr_t at = s->rbp + rule_cfa_offset(rule);
        slots[n++] = (struct base_slot){(const uintptr_t *)at, outer->sp};
    }
    if (outer->needs_rbp) {
        if (rule.rbp_saved != CFI_SAME)
            slots[n++] = (struct base_slot){(const uintptr_t *)rbp_slot(s, outer->sp), outer->rbp};
        else
            f->needs_rbp = true;
    }
    f->slot_end = n;
}

/* Puts the fresh frames behind the joined ones, and their locations into m->path. False: one has
 * no location. */
static bool put_frames(struct walk_memory *m, const struct journey *j)
{
    struct walk_state *f = &m->frames[j->joined + 1];
    uint32_t *path = m->path;

    for (const struct walk_step *s = m->fresh + j->fresh; s-- > m->fresh; f++) {
        f->pc = s->pc;
        f->sp = s->sp;
        f->rbp = s->rbp;
        f->needs_rbp = rule_reads_rbp(s->rule);
        if (f == m->frames)
            f->slot_end = 0;
        else
            add_slots(m->slots, f, f - 1, s);
        if (!s->rule->location)
            return false;
        *path++ = s->rule->location;
    }
    return true;
}

/* Makes the walk the base, with the nodes of its frames. Returns the site, where the innermost
 * frame has called `function`; 0: there is no room for it, or for the frames. */
static uint32_t settle(struct walk_memory *m, const struct journey *j, unsigned function)
{
    uint32_t first = (uint32_t)(j->joined + 1), *nodes = m->nodes + first;
    uint32_t parent = first ? nodes[-1] : j->root;

    m->frame_count = 0; /* until all is in place again */
    if (!put_frames(m, j))
        return 0;
    m->path[j->fresh] = function;
    uint32_t known = stacks_intern_path(parent, m->path, j->fresh + 1, nodes);
    if (known < j->fresh)
        return 0;
    m->frame_count = first + j->fresh;
    if (j->joined < 0)
        m->root = j->root;
    return known > j->fresh ? nodes[j->fresh] : 0;
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

/* A stack for which there is no room is charged to one site for all such. */
static uint32_t unrecorded(unsigned function)
{
    __atomic_fetch_add(&recording.header->walks_no_room, 1, __ATOMIC_RELAXED);
    return stacks_intern(REC_ROOT_UNRECORDED, function);
}

/* A base that a join made deeper than the limit is walked again from the start: the frames
 * to be left out are the outer ones, and all nodes change with them. */
static struct journey travel_within(struct walk_memory *m, const struct caller *from,
                                    uint32_t depth)
{
    struct journey j = travel(m, from);

    if (j.complex || j.joined < 0 || (uint32_t)j.joined + 1 + j.fresh <= depth)
        return j;
    m->frame_count = 0;
    return travel(m, from);
}

static uint32_t walk_slow(struct thread *t, unsigned function, const struct caller *caller,
                          bool own)
{
    enum walk_end end = WALK_LOST;
    int count = go_slow(t, caller, own, &end);

    t->counts->walks_slow++;
    t->counts->walks_foreign += !own;
    uint32_t caller_node = intern_slow(&t->walk, count, end);
    uint32_t site = caller_node ? stacks_intern(caller_node, function) : 0;
    return site ? site : unrecorded(function);
}

uint32_t walk_stack(struct thread *t, unsigned function, const struct caller *caller)
{
    struct walk_memory *m = &t->walk;
    bool own = on_own_stack(m, caller->sp);

    m->is_base = false;
    if (!own)
        return walk_slow(t, function, caller, own);
    struct journey j = travel_within(m, caller, walk_options.depth);
    if (j.complex)
        return walk_slow(t, function, caller, own);
    if (j.joined >= 0)
        t->counts->walks_joined++;
    else
        t->counts->walks_full++;
    uint32_t site = settle(m, &j, function);
    m->is_base = site && m->root != REC_ROOT_DEPTH;
    if (!m->is_base)
        m->frame_count = 0; /* a cut stack is no base: its nodes depend on how deep it stands */
    return site ? site : unrecorded(function);
}

uint32_t walk_slots(const struct walk_memory *m, const struct base_slot **slots, bool *uses_rbp)
{
    if (!m->is_base)
        return 0;
    const struct walk_state *innermost = &m->frames[m->frame_count - 1];
    *slots = m->slots;
    *uses_rbp = innermost->needs_rbp;
    return innermost->slot_end;
}

void walk_check(struct thread *t, const struct caller *caller, uint32_t node)
{
    struct walk_memory *m = &t->walk;
    enum walk_end end = WALK_LOST;
    int count = go_slow(t, caller, on_own_stack(m, caller->sp), &end);
    bool same = true;

    node = recording_node(node)->parent; /* past the function */
    for (int i = 0; i < count && same; i++) {
        if (node < REC_FIRST_REAL_NODE) {
            same = false;
            break;
        }
        const struct rec_node *n = recording_node(node);
        const struct rec_location *l = recording_location(n->location);
        same = l->pc == m->slow_frames[i].pc && l->exact == m->slow_frames[i].exact;
        node = n->parent;
    }
    uint32_t root = end == WALK_WHOLE   ? REC_ROOT_WHOLE
                    : end == WALK_DEPTH ? REC_ROOT_DEPTH
                                        : REC_ROOT_LOST;
    if (node == REC_ROOT_UNRECORDED)
        return;
    t->counts->checked++;
    if (!same || node != root)
        t->counts->check_differences++;
}
