/* walk.c - walks stacks by simple rules, joins remembered ones, remembers the result.
 *
 * Called by the recorder when memo_find (memo.h) does not know the caller's stack. Always
 * holds: a slot is read only inside the thread's own stack, between the caller's stack
 * pointer and the stack's end, all of which is proven mapped; what is remembered is verified
 * against memory before it is used. On any other stack (a signal's, a coroutine's) and at
 * any frame without a simple rule, the whole walk is libunwind's.
 */
#include "preload/walk.h"

#include <stddef.h>

#include "preload/fingerprint.h"
#include "preload/memo.h"
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
    size_t bytes = WALK_SLOTS_MAX * sizeof(struct memo_slot) +
                   2 * WALK_FRAMES_MAX * sizeof(struct walk_state) +
                   WALK_SLOTS_MAX * sizeof *m->slot_list +
                   WALK_FRAMES_MAX * sizeof(struct walk_frame) + sizeof *m->space + 64;
    char *at = memory_map(bytes);

    if (!at || !memo_start(m) || !fingerprint_start(&m->whole))
        return false;
    m->slots = (struct memo_slot *)at;
    at += WALK_SLOTS_MAX * sizeof(struct memo_slot);
    m->frames = (struct walk_state *)at;
    at += WALK_FRAMES_MAX * sizeof(struct walk_state);
    m->fresh = (struct walk_state *)at;
    at += WALK_FRAMES_MAX * sizeof(struct walk_state);
    m->slot_list = (const uintptr_t **)at;
    at += WALK_SLOTS_MAX * sizeof *m->slot_list;
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
    memo_forget(m);
    fingerprint_forget(&m->whole);
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

/* How many of the base's frames, counted from the outermost, are still as they were: each of
 * them leads to the next outer one by what stands on the stack now. Slots below `sp` belong
 * to frames that have returned. */
static uint32_t count_holding(const struct walk_memory *m, uintptr_t sp)
{
    uint32_t n = 0;

    for (uint32_t i = 0; n < m->frame_count && m->frames[n].sp >= sp; n++)
        for (; i < m->frames[n].slot_end; i++)
            if (walk_slot(m->slots[i].at) != m->slots[i].value)
                return n;
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
        cfa = walk_slot(s->cfa_slot);
        break;
    default:
        return STEP_COMPLEX;
    }
    /* The caller's stack pointer is above ours, the return address right below it. */
    if (cfa <= floor || cfa > m->stack_high || (cfa & 7))
        return STEP_COMPLEX;
    s->ra_slot = (const uintptr_t *)(cfa - 8);
    outer->pc = walk_slot(s->ra_slot);
    outer->sp = cfa;
    outer->rbp = s->rbp;
    if (rule->cfi.rbp_saved != CFI_SAME) {
        uintptr_t base = rule->cfi.rbp_saved == CFI_AT_CFA ? cfa : s->rbp;
        uintptr_t at = base + (uintptr_t)(intptr_t)rule->cfi.rbp_offset;
        if (at < floor || at > m->stack_high - 8 || (at & 7))
            return STEP_COMPLEX;
        s->rbp_slot = (const uintptr_t *)at;
        outer->rbp = walk_slot(s->rbp_slot);
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

static struct journey travel(struct walk_memory *m, const struct caller *from)
{
    struct journey j = {.joined = -1};
    int32_t candidate = (int32_t)count_holding(m, from->sp) - 1;
    struct walk_state *s = m->fresh;

    *s = (struct walk_state){.pc = from->pc, .sp = from->sp, .rbp = from->rbp};
    for (;; s++) {
        if (meets(m, s, &candidate)) {
            j.joined = candidate;
            return j;
        }
        const struct rule *rule = rules_find(s->pc);
        s->location = rule->location;
        s->uses_rbp = s->needs_rbp = rule_reads_rbp(rule);
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

/* Adds a frame's slots to the base's: what leads from it to the outer frame. */
static void add_slots(struct walk_memory *m, struct walk_state *f, const struct walk_state *outer)
{
    uint32_t n = outer->slot_end;

    m->slots[n++] = (struct memo_slot){f->ra_slot, outer->pc};
    if (f->cfa_slot)
        m->slots[n++] = (struct memo_slot){f->cfa_slot, outer->sp};
    if (f->rbp_slot && outer->needs_rbp)
        m->slots[n++] = (struct memo_slot){f->rbp_slot, outer->rbp};
    f->slot_end = n;
}

/* Makes the walk the base: puts the fresh frames behind the joined ones, with their nodes.
 * Returns the innermost frame's node, 0 when there is no room for it. */
static uint32_t settle(struct walk_memory *m, const struct journey *j)
{
    uint32_t n = (uint32_t)(j->joined + 1), node = n ? m->frames[j->joined].node : j->root;

    m->frame_count = 0; /* until all is in place again */
    for (uint32_t i = j->fresh; i-- > 0; n++) {
        struct walk_state *f = &m->frames[n];
        *f = m->fresh[i];
        if (n == 0) {
            f->slot_end = 0;
        } else {
            f->needs_rbp |= f[-1].needs_rbp && !f->rbp_slot;
            add_slots(m, f, f - 1);
        }
        node = f->location ? stacks_intern(node, f->location) : 0;
        if (!node)
            return 0;
        f->node = node;
    }
    m->frame_count = n;
    if (j->joined < 0)
        m->root = j->root;
    return node;
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
    return site_of(intern_slow(&t->walk, count, end), function);
}

/* The site of a leaf whose hinge is the node `outer`. */
static uint32_t site_of_leaf(const struct walk_memory *m, const struct memo_leaf *leaf,
                             uint32_t outer)
{
    uint32_t node = outer;

    for (uint32_t i = leaf->location_count; i-- > 0 && node;)
        node = stacks_intern(node, m->locations[leaf->location_start + i]);
    return site_of(node, leaf->function);
}

static uint32_t depth_of(uint32_t node)
{
    uint32_t depth = 0;

    for (; node >= REC_FIRST_REAL_NODE; node = recording_node(node)->parent)
        depth++;
    return depth;
}

/* The inner path is known, but what is outside of the hinge is not: walks anew from there.
 * Returns the hinge's node, 0 if that does not do. */
static uint32_t walk_from_hinge(struct walk_memory *m, struct memo_leaf *leaf)
{
    struct caller hinge = {.pc = leaf->pc, .sp = leaf->sp, .rbp = walk_slot(leaf->rbp_at)};
    struct journey j = travel(m, &hinge);
    uint32_t count = (uint32_t)(j.joined + 1) + j.fresh;

    if (j.complex || j.root == REC_ROOT_DEPTH || count + leaf->location_count > walk_options.depth)
        return 0;
    uint32_t node = settle(m, &j);
    leaf->index = count - 1;
    return node;
}

/* The second way: the inner path is known. Returns the site or 0. */
static uint32_t walk_outer(struct walk_memory *m, struct memo_leaf **leaf, uint32_t *outer)
{
    struct memo_leaf *known = *leaf;
    bool changed = false;

    *outer = memo_outer(m, known);
    if (!*outer && memo_hinged(m, known)) {
        *outer = walk_from_hinge(m, known);
        changed = *outer != 0;
    }
    /* Each part was within the limit with another one; a cut stack has other nodes. */
    if (!*outer || depth_of(*outer) + known->location_count > walk_options.depth)
        return 0;
    uint32_t site = site_of_leaf(m, known, *outer);
    if (changed) {
        uint32_t times_forgotten = m->times_forgotten;
        memo_insert_outer(m);
        if (m->times_forgotten != times_forgotten)
            *leaf = NULL;
    }
    return site;
}

uint32_t walk_stack(struct thread *t, unsigned function, const struct caller *caller,
                    struct memo_leaf **leaf, uint32_t *outer)
{
    struct walk_memory *m = &t->walk;
    bool own = on_own_stack(m, caller->sp);

    *leaf = NULL;
    if (!own)
        return walk_slow(t, function, caller, own);
    *leaf = memo_inner(m, memo_key(function, caller->pc), caller->sp, caller->rbp);
    uint32_t site = *leaf ? walk_outer(m, leaf, outer) : 0;
    if (site) {
        t->counts->walks_joined++;
        return site;
    }
    *leaf = NULL;
    struct journey j = travel_within(m, caller, walk_options.depth);
    if (j.complex)
        return walk_slow(t, function, caller, own);
    if (j.joined >= 0)
        t->counts->walks_joined++;
    else
        t->counts->walks_full++;
    uint32_t caller_node = settle(m, &j);
    if (caller_node && m->root != REC_ROOT_DEPTH) {
        uint32_t innermost = m->frame_count - 1;
        *leaf = memo_insert(m, function, j.joined >= 0 ? (uint32_t)j.joined : innermost);
        if (*leaf)
            *outer = m->frames[(*leaf)->index].node;
    } else {
        m->frame_count = 0; /* a cut stack is no base: its nodes depend on how deep it stands */
    }
    return site_of(caller_node, function);
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
