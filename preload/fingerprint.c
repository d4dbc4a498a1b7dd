/* fingerprint.c - learns whole stacks; see fingerprint.h.
 *
 * Called by the recorder after a stack was found in a slower way. Always holds: an answer was
 * given under a shape that is still the one of its place, or can no longer be found, since the
 * shape's own offsets are part of the hash (its seed).
 */
#include "preload/fingerprint.h"

#include "preload/memory.h"

enum {
    SHAPES_FIRST_BITS = 9, /* twelve pages with the answers, for each thread */
    ANSWERS_FIRST_BITS = 10,
    OFFSETS_FIRST = 1 << 14,
    FIRST_STEPS = 3, /* the tables grow by 2^3 the first time, */
    STEPS = 2,       /* then by 2^2 */
    SCALE_MAX = 9,   /* up to 2^9 */
    CHANGES_MAX = 8,
    FORKS_MAX = 16 /* one after the other */
};

static size_t shapes_bytes(uint32_t scale)
{
    return sizeof(struct fingerprint_shape) << (SHAPES_FIRST_BITS + scale);
}

static size_t answers_bytes(uint32_t scale)
{
    return sizeof(struct fingerprint_answer) << (ANSWERS_FIRST_BITS + scale);
}

static size_t table_bytes(uint32_t scale)
{
    return shapes_bytes(scale) + answers_bytes(scale) +
           (sizeof(uint32_t) * (size_t)OFFSETS_FIRST << scale);
}

static uint32_t shape_room(const struct fingerprints *f)
{
    return f->shapes_mask / (uint32_t)sizeof *f->shapes + 1;
}

/* Lays the tables out in zeroed memory. */
static void lay_out(struct fingerprints *f, char *memory, uint32_t scale)
{
    f->scale = scale;
    f->shapes = (struct fingerprint_shape *)memory;
    f->shapes_mask = ((1u << (SHAPES_FIRST_BITS + scale)) - 1) * (uint32_t)sizeof *f->shapes;
    f->answers = (struct fingerprint_answer *)(memory + shapes_bytes(scale));
    f->answers_shift = 64 - (ANSWERS_FIRST_BITS + scale);
    f->answers_mask = (1u << (ANSWERS_FIRST_BITS + scale)) - 1;
    f->offsets = (uint32_t *)(memory + shapes_bytes(scale) + answers_bytes(scale));
    f->offsets_room = (uint32_t)OFFSETS_FIRST << scale;
    f->shape_count = f->answer_count = f->offset_count = 0;
}

bool fingerprint_start(struct fingerprints *f)
{
    char *memory = memory_map(table_bytes(0));

    if (memory)
        lay_out(f, memory, 0);
    return memory != NULL;
}

void fingerprint_fill(struct fingerprints *f)
{
    memory_fill(f->shapes, shapes_bytes(f->scale) + answers_bytes(f->scale));
}

void fingerprint_forget(struct fingerprints *f)
{
    if (f->shape_count == 0)
        return;
    for (uint32_t i = 0; i < shape_room(f); i++)
        if (f->shapes[i].key)
            f->shapes[i] = (struct fingerprint_shape){0};
    for (uint32_t i = 0; i <= f->answers_mask; i++)
        if (f->answers[i].site.node)
            f->answers[i].site.node = 0;
    f->shape_count = f->answer_count = f->offset_count = 0;
}

/* The tables are full: forgets everything, in bigger tables if there may be such. */
static void start_over(struct fingerprints *f)
{
    uint32_t scale = f->scale + (f->scale ? STEPS : FIRST_STEPS);
    char *memory = scale <= SCALE_MAX ? memory_map_sparse(table_bytes(scale)) : NULL;

    if (!memory) {
        fingerprint_forget(f);
        return;
    }
    memory_unmap(f->shapes, table_bytes(f->scale)); /* no other thread has seen it */
    lay_out(f, memory, scale);
}

/* Tables at most half full, so that what is not there is soon seen not to be. */
static void make_room(struct fingerprints *f, uint32_t slots)
{
    if (f->shape_count >= shape_room(f) / 2 || f->answer_count > f->answers_mask / 2 ||
        f->offset_count + slots > f->offsets_room)
        start_over(f);
}

/* A stack that was walked. */
struct stack {
    uintptr_t sp;
    bool uses_rbp;
    const struct base_slot *slots; /* that the walk has read, outermost first */
    uint32_t slot_count;
    uint32_t *offsets; /* of the slots, in order, each once */
    uint32_t count;    /* of these */
    uint64_t list;     /* tells lists of slots apart, whatever their order */
    uint32_t forks;    /* passed on the way to its shape */
    uint32_t fork_at;  /* of the latest */
};

/* One that is not above all before it. */
static uint32_t insert_offset(uint32_t *to, uint32_t n, uint32_t offset)
{
    uint32_t j = n;

    while (j > 0 && to[j - 1] > offset)
        j--;
    if (j > 0 && to[j - 1] == offset)
        return n;
    for (uint32_t k = n; k > j; k--)
        to[k] = to[k - 1];
    to[j] = offset;
    return n + 1;
}

/* What a slot adds to the sum that tells lists apart. Not linear in its address: the frames of one
 * stack in another order have addresses of the same sum. */
static uint64_t part_of_list(uintptr_t at)
{
    uint64_t part = at * FINGERPRINT_FACTOR;

    return (part ^ part >> 32) * FINGERPRINT_FACTOR;
}

/* Sets offsets, count and list. From the innermost slot on they come nearly in order. False: they
 * cannot be a shape. */
static bool put_offsets(struct stack *stack)
{
    uint32_t *to = stack->offsets, n = 0;
    uint64_t sum = 0;

    for (uint32_t i = stack->slot_count; i-- > 0;) {
        uintptr_t at = (uintptr_t)stack->slots[i].at, offset = at - stack->sp;
        if (offset > UINT32_MAX) /* below sp, too */
            return false;
        sum += part_of_list(at);
        if (n == 0 || to[n - 1] < offset)
            to[n++] = (uint32_t)offset;
        else
            n = insert_offset(to, n, (uint32_t)offset);
    }
    stack->count = n;
    stack->list = sum;
    return n != 0;
}

/* Both sorted lists in one, each offset once. `to` may overlap b from a_count before it on. */
static uint32_t merge_offsets(uint32_t *to, const uint32_t *a, uint32_t a_count, const uint32_t *b,
                              uint32_t b_count)
{
    uint32_t n = 0, i = 0, j = 0;

    while (i < a_count || j < b_count) {
        bool from_a = j == b_count || (i < a_count && a[i] <= b[j]);
        uint32_t offset = from_a ? a[i++] : b[j++];
        if (n == 0 || to[n - 1] != offset)
            to[n++] = offset;
    }
    return n;
}

/* Whether all of the sorted list `b` are in `a`. Of a shape the last offset may be there again. */
static bool covers(const uint32_t *a, uint32_t a_count, const uint32_t *b, uint32_t b_count)
{
    uint32_t i = 0;

    for (uint32_t j = 0; j < b_count; j++) {
        while (i < a_count && a[i] < b[j])
            i++;
        if (i == a_count || a[i] != b[j])
            return false;
    }
    return true;
}

/* How many offsets two sorted lists have in common, from the first one on. */
static uint32_t count_common(const uint32_t *a, uint32_t a_count, const uint32_t *b,
                             uint32_t b_count)
{
    uint32_t n = 0;

    while (n < a_count && n < b_count && a[n] == b[n])
        n++;
    return n;
}

/* The place of a key: its own, or the empty one where it would be. */
static struct fingerprint_shape *place_of(struct fingerprints *f, uintptr_t key, uintptr_t sp)
{
    uint64_t i = fingerprint_shape_start(key, sp);
    struct fingerprint_shape *s;

    for (; s = fingerprint_shape_at(f, i), s->key; i += sizeof *s)
        if ((s->key & ~FINGERPRINT_UNSTEADY) == key && s->sp == sp)
            break;
    return s;
}

/* Counts a sign that a place has no one shape. False: there are too many. */
static bool is_steady(struct fingerprint_shape *s)
{
    if (++s->changes <= CHANGES_MAX)
        return true;
    s->key |= FINGERPRINT_UNSTEADY;
    return false;
}

/* Makes `s`, a place for `key`, a shape with the stack's own offsets, and with those that it has
 * had: more slots than a stack needs are as right, as long as they hold the same, and the same
 * stack may be found by one set of slots or another. The seed follows from all lists that the shape
 * was made of. */
static void reshape(struct fingerprints *f, struct fingerprint_shape *s, uintptr_t key,
                    const struct stack *stack)
{
    uint32_t *offsets = stack->offsets, count = stack->count;
    uint64_t seed = s->count ? s->seed : fingerprint_mix(key, stack->sp);
    bool uses_rbp = stack->uses_rbp || s->rbp_mask;

    if (s->count) { /* the shape's go before them, so make room for the longest */
        uint32_t *own = offsets + WALK_SLOTS_MAX;
        for (uint32_t i = 0; i < count; i++)
            own[i] = offsets[i];
        count = merge_offsets(offsets, s->offsets, s->count, own, count);
    }
    for (; count % 4 != 0; count++)
        offsets[count] = offsets[count - 1];
    f->shape_count += s->key == 0;
    f->offset_count += count;
    *s = (struct fingerprint_shape){.key = key,
                                    .sp = stack->sp,
                                    .offsets = offsets,
                                    .seed = fingerprint_mix(seed, stack->list),
                                    .rbp_mask = uses_rbp ? ~(uintptr_t)0 : 0,
                                    .count = (uint16_t)count,
                                    .changes = s->changes};
}

/* Makes `s`, a shape or a fork, a fork at the last slot before those in which it differs from the
 * stack's own offsets: what stands there, mostly a return address, says where the next one
 * is. False: the first slot differs already, or the fork before is at that slot. */
static bool fork_off(struct fingerprint_shape *s, const struct stack *stack)
{
    uint32_t common =
        count_common(s->offsets, s->count ? s->count : s->common, stack->offsets, stack->count);

    if (common == 0 || (stack->forks && s->offsets[common - 1] == stack->fork_at))
        return false;
    *s = (struct fingerprint_shape){.key = s->key,
                                    .sp = s->sp,
                                    .offsets = s->offsets,
                                    .fork_at = s->offsets[common - 1],
                                    .common = (uint16_t)common};
    return true;
}

static bool has_slot(const struct stack *stack, uint32_t offset)
{
    for (uint32_t i = 0; i < stack->count && stack->offsets[i] <= offset; i++)
        if (stack->offsets[i] == offset)
            return true;
    return false;
}

/* The key beyond all forks that the stack comes to from `key` on. A fork at a slot that is none of
 * the stack's is moved to one before it; what was learnt beyond it is lost. 0: there is none. */
static uintptr_t pass_forks(struct fingerprints *f, uintptr_t key, struct stack *stack)
{
    for (;; stack->forks++) {
        struct fingerprint_shape *s = place_of(f, key, stack->sp);
        if (s->key == 0 || s->count != 0)
            return key;
        if (stack->forks == FORKS_MAX || (!has_slot(stack, s->fork_at) && !fork_off(s, stack)))
            return 0;
        stack->fork_at = s->fork_at;
        key = fingerprint_branch(s, stack->sp);
    }
}

/* The shape for a stack that comes to `key`, made if need be. NULL: it can have none. */
static struct fingerprint_shape *shape_for(struct fingerprints *f, uintptr_t key,
                                           struct stack *stack, struct fingerprint_site site)
{
    while ((key = pass_forks(f, key, stack)) != 0) {
        struct fingerprint_shape *s = place_of(f, key, stack->sp);
        if (s->key & FINGERPRINT_UNSTEADY)
            return NULL;
        /* The latest stack again, and yet not found: some slot of the shape is none of its. */
        if (s->key && s->last_site.node == site.node && !is_steady(s))
            return NULL;
        bool covered = covers(s->offsets, s->count, stack->offsets, stack->count);
        if (s->key && covered && (!stack->uses_rbp || s->rbp_mask))
            return s;
        if (s->key && !covered && !covers(stack->offsets, stack->count, s->offsets, s->count) &&
            fork_off(s, stack))
            continue;
        if (s->key && (!is_steady(s) || s->count + stack->count > WALK_SLOTS_MAX))
            return NULL;
        reshape(f, s, key, stack);
        return s;
    }
    return NULL;
}

void fingerprint_learn(struct fingerprints *f, uintptr_t key, uintptr_t sp, uintptr_t rbp,
                       bool uses_rbp, const struct base_slot *slots, uint32_t count,
                       struct fingerprint_site site)
{
    struct stack stack = {.sp = sp, .uses_rbp = uses_rbp, .slots = slots, .slot_count = count};

    make_room(f, count + WALK_SLOTS_MAX + 4);
    stack.offsets = &f->offsets[f->offset_count];
    struct fingerprint_shape *s = put_offsets(&stack) ? shape_for(f, key, &stack, site) : NULL;
    if (!s)
        return;
    uint64_t hash = fingerprint_of(s, sp, rbp);
    struct fingerprint_answer *answer = fingerprint_answer(f, hash);
    f->answer_count += answer->site.node == 0;
    *answer = (struct fingerprint_answer){hash, site};
    s->last_hash = hash;
    s->last_site = site;
}
